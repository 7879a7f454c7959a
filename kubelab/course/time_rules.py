"""Rules about time: impossible clock readings, and impossibly quick work.

Computers set their clocks right while people work, by seconds and mostly forwards: that is never a doubt.
"""

from __future__ import annotations

import bisect
import datetime
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from kubelab.course import knowledge, submission
from kubelab.exercises import attempt, scoring, timestamps

TOLERANCE = datetime.timedelta(minutes=10)
"""How much two computers' clocks may differ."""
STEP = datetime.timedelta(minutes=1)
"""How far a corrected clock may go back."""
LONGEST = 600.0
"""Seconds that a check may take."""
MARGIN = datetime.timedelta(days=1)
"""How near a foreign time may be to the first and the last that Python has: the rules add to it."""
QUICKEST = 10.0
"""Seconds in which no person reads a task, finds its cause and mends it."""


def _clock(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Times that go backwards, lie in the future, or are missing."""
    made = read(found.results.made)
    if made is None or made > given.now + TOLERANCE:
        says = f"it was made at {found.results.made[:40] or 'no time'}, which is not yet"
        yield knowledge.Doubt(rule="clock", grave=True, says=says)
    for one in found.results.attempts:
        says = _wrong_times(one, found.results.made)
        if says:
            yield knowledge.Doubt(rule="clock", grave=True, says=says, exercise=one.exercise)


def _wrong_times(one: attempt.Attempt, made: str) -> str:
    """Return what is wrong with an attempt's times, empty if nothing is.

    Of two checks at once, one in the terminal and one in the page, the longer one is recorded last.
    """
    rows = [(one.started, 0.0), *((text, 0.0) for text in [one.ready] if text)]
    rows += [(check.at, sum(row.seconds for row in check.verdicts)) for check in one.checks]
    rows += [*((text, 0.0) for text in [one.ended] if text), (made, 0.0)]
    noted = [read(at) for at in (*(row.at for row in one.hints), *(row.at for row in one.assisted))]
    times = [(read(text), datetime.timedelta(seconds=took if 0 <= took <= LONGEST else 0)) for text, took in rows]
    known = [(at, took) for at, took in times if at is not None]
    if len(known) < len(times) or None in noted:
        return "a time of it is none"
    if any(second + took + STEP < first for (first, _), (second, took) in itertools.pairwise(known)):
        return "the clock went backwards during it"
    end = read(one.ended or made)
    if any(at and end and at > end + STEP for at in noted):
        return "a hint or help is noted after its end"
    return ""


def _overlap(_: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Two exercises at once in one lab, which no lab allows; a lab of that name on another computer is another one.

    So it is grave for attempts of one file. Two files may be of two computers: it is grave there only for one exercise
    at which the two attempts go on in turn, as an attempt does whose times were moved.
    """
    named: set[submission.Identity] = set()
    for pairs, rule in (
        (_at_once(found, lambda one: found.told.get(submission.identity(one), ("",))), "impossible times"),
        (_in_turn(found), "impossible times"),
        (_at_once(found, lambda _: ("",)), "two computers"),
    ):
        for one, other in pairs:
            if submission.identity(one) not in named:
                named.add(submission.identity(one))
                grave = rule == "impossible times"
                where = "the same lab" if grave else "a lab of that name, as another file says"
                says = f"it ran while {other.exercise} was running in {where}"
                yield knowledge.Doubt(rule=rule, grave=grave, says=says, exercise=one.exercise)


def _in_turn(found: submission.Submission) -> Iterator[tuple[attempt.Attempt, attempt.Attempt]]:
    """Yield two attempts at one exercise in a lab of one name, of which each was worked at during the other.

    One that was left running at school, and done at home meanwhile, is not worked at.
    """
    work = defaultdict(list)
    for one in found.results.attempts:
        texts = (one.started, *(check.at for check in one.checks), *(hint.at for hint in one.hints))
        begin, times = read(one.started), [at for at in map(read, texts) if at]
        if begin:  # hints of an earlier attempt come along with their times
            work[one.lab, one.exercise].append((sorted(at for at in times if at >= begin), one))
    for rows in work.values():
        rows.sort(key=lambda row: row[0])
        for place, (before, first) in enumerate(rows, 1):
            for after, second in rows[place:]:
                if after[0] >= before[-1]:
                    break
                if _worked_at(before, after) and _worked_at(after, before):
                    yield second, first


def _worked_at(times: Sequence[datetime.datetime], others: Sequence[datetime.datetime]) -> bool:
    """Return whether one of some times lies between the first and the last of others; each in their order."""
    place = bisect.bisect_right(times, others[0])
    return place < len(times) and times[place] + STEP <= others[-1]


def _at_once(
    found: submission.Submission, keys: Callable[[attempt.Attempt], Iterable[str]]
) -> Iterator[tuple[attempt.Attempt, attempt.Attempt]]:
    """Yield the attempts that began while another of the lab with a same key ran, each with the one that ran
    longest."""
    stays = defaultdict(list)
    for one in found.results.attempts:
        begin, end = read(one.started), read(one.ended or found.results.made)
        if begin and end:
            for key in keys(one):
                stays[one.lab, key].append((begin, end, one))
    for rows in stays.values():
        last = None
        for row in sorted(rows, key=lambda stay: stay[:2]):
            if last and row[0] + STEP < last[1]:
                yield row[2], last[2]
            last = row if last is None else max(last, row, key=lambda stay: stay[1])


def _speed(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Points before the break; all goals sooner than anybody can read; an end before a check was over."""
    for _, one in given.known(found):
        for check in one.checks:
            says = _too_soon(given, found, one, check)
            if says:
                yield knowledge.Doubt(rule="impossible times", grave=True, says=says, exercise=one.exercise)


def _too_soon(given: knowledge.Given, found: submission.Submission, one: attempt.Attempt, check: attempt.Check) -> str:
    """Return why the time of a check is impossible; empty if it is possible."""
    spec = given.spec(one)
    rows = scoring.settled(spec, check.verdicts)
    passed = [row for row in rows if row.state is attempt.State.PASSED]
    at, begin = read(check.at), read(one.ready) or read(one.started)
    end = read(one.ended or found.results.made)
    if at is None or begin is None or end is None:
        return ""  # no times: told by the rule above
    if not one.ready and scoring.total(rows):
        return "points were won before the trouble was in place"
    after = (at - begin).total_seconds()
    goals = [row for row in passed if row.kind is attempt.Kind.GOAL]
    if len(goals) == len(spec.goals) and after < QUICKEST and not _met_before(one, found):
        return f"every goal {after:.0f} s after the break; {QUICKEST:.0f} s are the least"
    kept = {key for key, row in scoring.keyed(rows).items() if row in passed}
    took = max((row.least for key, row in scoring.keyed(scoring.slots(spec)).items() if key in kept), default=0)
    if (end - at).total_seconds() < took:
        return f"it ended {(end - at).total_seconds():.0f} s after a check that takes {took} s"
    return ""


def _met_before(one: attempt.Attempt, found: submission.Submission) -> bool:
    """Return whether an earlier attempt had the same variant: its repair is then at hand."""
    alike = [row for row in found.results.attempts if (row.exercise, row.seed) == (one.exercise, one.seed)]
    began = read(one.started)
    times = [read(row.started) for row in alike if row is not one]
    return began is not None and any(at and at.timestamp() + QUICKEST <= began.timestamp() for at in times)


def read(text: str) -> datetime.datetime | None:
    """Return a time that can be reckoned with; None for an invalid one, or one at an end of the calendar."""
    found = timestamps.read(text)
    first, last = (end.replace(tzinfo=datetime.UTC) for end in (datetime.datetime.min, datetime.datetime.max))
    return found if found and min(found - first, last - found) > MARGIN else None


RULES: tuple[Callable[[knowledge.Given, submission.Submission], Iterator[knowledge.Doubt]], ...] = (
    _clock,
    _overlap,
    _speed,
)
