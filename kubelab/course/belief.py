"""What of a submission cannot be believed, and why: a table of rules, each about one submission alone."""

from __future__ import annotations

import datetime
import functools
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from kubelab import errors
from kubelab.course import marks, plan, submission
from kubelab.exercises import attempt, library, variants

TOLERANCE = datetime.timedelta(minutes=10)
"""Two computers' clocks differ."""
QUICKEST = 10.0
"""Seconds in which nobody reads a task, finds its cause and mends it."""
MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One reason not to take results as they are. `grave`: the grade must not count before a person has looked."""

    rule: str
    grave: bool
    says: str
    exercise: str = ""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the teacher knows: the course, its key, what was handed out, and the time."""

    course: plan.Course
    key: bytes
    files: Mapping[str, str]
    now: datetime.datetime

    @functools.cached_property
    def digests(self) -> Mapping[str, str]:
        """Return `library.digest` of every exercise of the course as it was handed out."""
        return {row.id: self._digest(row.id) for row in self.course.assignments}

    def digest(self, exercise: str) -> str:
        """Return that of one."""
        return self.digests[exercise]

    def _digest(self, exercise: str) -> str:
        folder = f"labs/exercises/{exercise}/"
        mine = {PurePosixPath(name.removeprefix(folder)): name for name in self.files if name.startswith(folder)}
        return library.digest_of({str(path): bytes.fromhex(self.files[mine[path]]) for path in sorted(mine)})


def record(course: plan.Course) -> Mapping[str, str]:
    """Return the digests of the files that were handed out; raises `course-record`."""
    try:
        rows = json.loads(course.record_file.read_text(encoding="utf-8"))
        found = {str(name): bytes.fromhex(digest).hex() for name, digest in rows["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        what = f"what was handed out cannot be read from {course.record_file}"
        raise errors.LabError("course-record", what, details=[problem]) from problem
    if rows.get("course") != course.id:
        raise errors.LabError("course-record", f"{course.record_file} is of the course {rows.get('course')}")
    return found


def doubts(given: Given, found: submission.Submission) -> tuple[Doubt, ...]:
    """Return everything that cannot be believed of one submission, rule by rule."""
    return tuple(itertools.chain.from_iterable(rule(given, found) for rule in RULES))


def _tools(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Files of the pack that are not as they were handed out: what grades may have been changed."""
    has = found.results.digests
    changed = [name for name, digest in given.files.items() if has.get(name) != digest]
    if changed:
        more = f" and {len(changed) - MOST_SHOWN} more" if len(changed) > MOST_SHOWN else ""
        says = f"files are not as they were handed out: {', '.join(changed[:MOST_SHOWN])}{more}"
        yield Doubt(rule="graders differ", grave=True, says=says)


def _exercises(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Attempts at another version of an exercise, at another's variant, or under another name."""
    for one in found.results.attempts:
        row = given.course.by_id.get(one.exercise)
        if row is None:
            continue
        if one.digest != given.digest(one.exercise):
            yield Doubt(rule="graders differ", grave=True, says="it was another version of it", exercise=one.exercise)
        wanted = variants.seed(given.key, one.exercise, found.student)
        if one.seed != wanted:
            yield Doubt(
                rule="another variant", grave=True, says="the variant is not this student's", exercise=one.exercise
            )
        elif not _drawn(row, one):
            yield Doubt(rule="another variant", grave=True, says="the variant is not its seed's", exercise=one.exercise)
        if one.student not in ("", found.student):
            says = "the attempt was made under another name"
            yield Doubt(rule="another student", grave=True, says=says, exercise=one.exercise)


def _drawn(row: plan.Assignment, one: attempt.Attempt) -> bool:
    """Return whether an attempt's variant and values are what its seed gives; beside them are those of its lab."""
    drawn = variants.of(row.exercise.spec, one.seed)
    return drawn.number == one.variant and drawn.values.items() <= dict(one.values).items()


def _clock(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Times that go backwards, lie in the future, or are none."""
    made = submission.moment(found.results.made)
    if made is None or made > given.now + TOLERANCE:
        yield Doubt(
            rule="clock", grave=True, says=f"it was made at {found.results.made[:40] or 'no time'}, which is not yet"
        )
    for one in found.results.attempts:
        said = [
            one.started,
            *filter(None, [one.ready]),
            *(check.at for check in one.checks),
            *filter(None, [one.ended]),
        ]
        times = [submission.moment(text) for text in (*said, found.results.made)]
        if None in times:
            yield Doubt(rule="clock", grave=True, says="a time of it is none", exercise=one.exercise)
        elif any(first > second for first, second in itertools.pairwise(_known(times))):
            yield Doubt(rule="clock", grave=True, says="the clock went backwards during it", exercise=one.exercise)


def _overlap(_: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Two exercises at once in one lab, which no lab allows."""
    stays = []
    for one in found.results.attempts:
        begin, end = submission.moment(one.started), submission.moment(one.ended or found.results.made)
        if begin and end:
            stays.append((begin, end, one.exercise, one.lab))
    for first, second in itertools.pairwise(sorted(stays)):
        if second[0] < first[1] and first[3] == second[3]:
            says = f"it ran while {first[2]} was running in the same lab"
            yield Doubt(rule="impossible times", grave=True, says=says, exercise=second[2])


def _speed(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Every goal sooner than anybody reads; a check that took time, and an attempt that ended before it was over."""
    for one in found.results.attempts:
        row = given.course.by_id.get(one.exercise)
        begin, end = submission.moment(one.ready), submission.moment(one.ended or found.results.made)
        if row is None or begin is None or end is None:
            continue
        after = {check.check: check.least for check in row.exercise.spec.stability}
        for looked in one.checks:
            at = submission.moment(looked.at)
            passed = [item for item in looked.verdicts if item.state is attempt.State.PASSED]
            goals = [item for item in passed if item.kind is attempt.Kind.GOAL]
            took = max([0, *(after.get(item.check, 0) for item in passed)])
            if at and len(goals) == len(row.exercise.spec.goals) and (at - begin).total_seconds() < QUICKEST:
                says = (
                    f"every goal {(at - begin).total_seconds():.0f} s after the break; {QUICKEST:.0f} s are the least"
                )
                yield Doubt(rule="impossible times", grave=True, says=says, exercise=one.exercise)
            elif at and (end - at).total_seconds() < took:
                says = f"it ended {(end - at).total_seconds():.0f} s after a check that takes {took} s"
                yield Doubt(rule="impossible times", grave=True, says=says, exercise=one.exercise)


def _sums(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Points that are not the sum of the verdicts, checks that the exercise has not got, hints at another price."""
    for one in found.results.attempts:
        row = given.course.by_id.get(one.exercise)
        if row is None:
            continue
        spec = row.exercise.spec
        worth = {item.check: item.points for item in marks.scored(spec)}
        worth |= {item.check: item.points for item in spec.guards}
        said = {item.check: item.points for looked in one.checks for item in looked.verdicts}
        prices = dict(enumerate((item.price for item in spec.hints), 1))
        wrong = sorted(name for name, value in said.items() if worth.get(name) != value)
        if one.full != spec.full or wrong or any(prices.get(hint.number) != hint.price for hint in one.hints):
            where = ", ".join(wrong)[:80] or "the whole, or a hint"
            says = f"points are not the exercise's ({where}); they were counted anew"
            yield Doubt(rule="sums", grave=True, says=says, exercise=one.exercise)


def _dates(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Work before an exercise opened, and after its deadline: the latter is not counted."""
    for one in found.results.attempts:
        row = given.course.by_id.get(one.exercise)
        started = submission.moment(one.started)
        if row is None or started is None:
            continue
        if row.opens and started < row.opens:
            yield Doubt(
                rule="before it opened", grave=False, says=f"begun at {one.started[:25]}", exercise=one.exercise
            )
        late = [check.at for check in one.checks if row.due and (submission.moment(check.at) or row.due) > row.due]
        if late:
            says = f"{len(late)} checks after the deadline do not count; the first at {late[0][:25]}"
            yield Doubt(rule="after the deadline", grave=False, says=says, exercise=one.exercise)


def _help(_: Given, found: submission.Submission) -> Iterator[Doubt]:
    """Help that the exercise does not count on; a solution that was shown."""
    for one in found.results.attempts:
        if one.assisted:
            how = ", ".join(sorted({item.how[:40] for item in one.assisted}))
            yield Doubt(rule="assisted", grave=False, says=f"with {how}", exercise=one.exercise)
        if one.solved:
            says = "the reference solution was run: no score"
            yield Doubt(rule="solution shown", grave=False, says=says, exercise=one.exercise)


def _strangers(given: Given, found: submission.Submission) -> Iterator[Doubt]:
    """A student whom the list does not have, and exercises that the course has not got."""
    if found.student not in given.course.roll:
        yield Doubt(rule="unknown student", grave=True, says="the students' file has nobody of that id")
    others = sorted({one.exercise[:40] for one in found.results.attempts if one.exercise not in given.course.by_id})
    if others:
        yield Doubt(
            rule="other exercises",
            grave=False,
            says=f"not of this course, not counted: {', '.join(others[:MOST_SHOWN])}",
        )


def _known(times: Sequence[datetime.datetime | None]) -> list[datetime.datetime]:
    return [time for time in times if time is not None]


RULES: tuple[Callable[[Given, submission.Submission], Iterator[Doubt]], ...] = (
    _strangers,
    _tools,
    _exercises,
    _clock,
    _overlap,
    _speed,
    _sums,
    _dates,
    _help,
)
