"""The exam of a student's submissions: counted anew from its verdicts, and compared with what was handed out.

An exam that the student's pack does not draw does not count. Other doubts about one, of its times or its history, are
grave as those about an attempt are, and its points count until a person has looked.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubelab.course import knowledge, submission, time_rules
from kubelab.exam import draw, record, touches
from kubelab.exercises import scoring, timestamps, variants

RULES = ("kubelab/exam/draw.py", "kubelab/exam/touches.py", "kubelab/exercises/exercise_file.py")
"""The files that say which tasks and variants a seed may draw."""
SHOWN = 40
"""Characters that are shown of a name from a student's file."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A student's best exam: its points, those that could not be told, the minutes late, and how many were tried."""

    points: int
    undecided: int
    full: int
    late: int
    tried: int

    @property
    def share(self) -> float:
        """Return the part of all points that was won, 0 to 1."""
        return self.points / self.full if self.full else 0.0

    @property
    def percent(self) -> int:
        """Return the part of all points that was won: the number that `exam.submit` printed."""
        return record.percent(self.points, self.full)

    @property
    def outcome(self) -> record.Outcome:
        """Return whether it is passed."""
        return record.outcome(self.points, self.points + self.undecided, self.full)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A graded exam as a file of a student tells it."""

    exam: record.Exam
    file: submission.Submission


def of(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Result | None:
    """Return the result of the exams in a student's files that are the course's; None without one."""
    rows = [_result(given, told.exam) for told in _newest(given, mine) if not list(_wrong(given, told))]
    best = max(rows, key=lambda row: row.share, default=None)
    return None if best is None else dataclasses.replace(best, tried=len(rows))


def doubts(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Iterator[knowledge.Doubt]:
    """Yield what speaks against the exams in a student's files; one of rule "another exam" does not count."""
    for told in _newest(given, mine):
        wrong = list(_wrong(given, told))
        yield from wrong
        if wrong:
            continue
        for row in told.exam.questions:
            if given.version(row.work) is None:
                says = "in the exam it was another version of it"
                yield knowledge.Doubt(rule="graders differ", grave=True, says=says, exercise=row.work.exercise)
        if says := _wrong_times(told):
            yield knowledge.Doubt(rule="clock", grave=True, says=says)
        if says := _too_soon(given, told):
            yield knowledge.Doubt(rule="impossible times", grave=True, says=says)
    yield from _contradictions(given, mine)
    yield from _given_up(given, mine)


def _given_up(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Iterator[knowledge.Doubt]:
    """Yield that exams were given up once their clock ran: each has the tasks of the one that counts."""
    every = [exam for file in mine for exam in file.results.exams if exam.course == given.course.id]
    gone = {exam.begun: exam for exam in every if exam.given_up}
    if gone:
        spent = [(time_rules.read(exam.started), time_rules.read(exam.ended)) for exam in gone.values()]
        longest = max(((end - begin).total_seconds() for begin, end in spent if begin and end), default=0.0)
        says = f"{len(gone)} begun and not graded, up to {longest / 60:.0f} min long: they have the tasks of the next"
        yield knowledge.Doubt(rule="exam given up", grave=False, says=says)


def _told(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Iterator[_Told]:
    """Yield the graded exams that were begun for the course, file by file, the newest file last."""

    def age(one: submission.Submission) -> tuple[str, str]:
        made = timestamps.read(one.results.made)
        return made.isoformat() if made else "", one.digest

    for file in sorted(mine, key=age):
        for exam in file.results.exams:
            if exam.submitted and exam.course == given.course.id:
                yield _Told(exam=exam, file=file)


def _newest(given: knowledge.Given, mine: Sequence[submission.Submission]) -> list[_Told]:
    """Return each exam once, as the newest file tells it."""
    return list({told.exam.begun: told for told in _told(given, mine)}.values())


def _contradictions(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Iterator[knowledge.Doubt]:
    """Yield what a later file changes of a graded exam: nothing may, but that its labs were put back."""
    before: dict[str, _Told] = {}
    for told in _told(given, mine):
        earlier = before.setdefault(told.exam.begun, told)
        if told.exam not in (earlier.exam, dataclasses.replace(earlier.exam, ended=told.exam.ended)):
            says = f"{earlier.file.file.name} tells another story of the exam of {told.exam.begun[:SHOWN]}"
            yield knowledge.Doubt(rule="history changed", grave=True, says=says)
        before[told.exam.begun] = told


def _wrong(given: knowledge.Given, told: _Told) -> Iterator[knowledge.Doubt]:
    """Yield why an exam is none that the student's pack draws, or one of a course that has none any more."""
    handed = {minutes for row in given.records for minutes in row.exams}
    if not given.course.exam and handed:
        says = "the course has no exam any more: it is not counted"
        yield knowledge.Doubt(rule="other exercises", grave=False, says=says)
        return
    for says in _foreign(given, told, {given.course.exam, *handed} - {0}):
        yield knowledge.Doubt(rule="another exam", grave=True, says=says)


def _foreign(given: knowledge.Given, told: _Told, minutes: set[int]) -> Iterator[str]:
    """Yield why an exam is none that the student's pack draws, in words."""
    exam, student = told.exam, told.file.student
    if not minutes:
        yield "the course has no exam"
        return
    if exam.seed != draw.seed_of(given.key, student):
        yield f"its seed is not that of {student}'s pack"
    if exam.minutes not in minutes:
        yield f"its clock had {exam.minutes} minutes"
    names = [row.work.exercise for row in exam.questions]
    strangers = {row.work.exercise for row in exam.questions if not _known(given, row)}
    if strangers:
        yield f"its tasks are not the course's: {_listed(strangers)}"
    if not draw.LEAST <= len(names) <= draw.MOST or len(set(names)) < len(names):
        yield f"it has {len(set(names))} different tasks"
    elif not strangers and _rules_kept(given, told) and not _shared_out(given, exam):
        yield "its tasks do not have the curriculum's shares"
    other = {row.work.exercise for row in exam.questions if row.work.seed != _seed(row, exam)}
    if _rules_kept(given, told):
        other |= {row.work.exercise for row in exam.questions if row.work.variant not in _drawn(given, row, strangers)}
    if other - strangers:
        yield f"its variants are not the drawn ones: {_listed(other - strangers)}"


def _listed(names: set[str]) -> str:
    return ", ".join(name[:SHOWN] for name in sorted(names)[:3])


def _known(given: knowledge.Given, row: record.Question) -> bool:
    """Return whether a task is an exercise of the course, now or when it was handed out."""
    handed = given.version(row.work)
    return row.work.exercise in given.course.by_id or bool(handed and handed.spec(row.work.exercise))


def _rules_kept(given: knowledge.Given, told: _Told) -> bool:
    """Return whether the student's pack draws as this checkout does: other versions may draw other tasks."""
    handed, now = given.record(told.file), knowledge.digests(RULES)
    return all(handed.files.get(name, digest) == digest for name, digest in now.items())


def _shared_out(given: knowledge.Given, exam: record.Exam) -> bool:
    """Return whether an exam's tasks are divided among the domains as every drawn exam's are."""
    topics = Counter(given.spec(row.work).topic for row in exam.questions)
    return any(topics == Counter(division) for division in draw.divisions(len(exam.questions)))


def _drawn(given: knowledge.Given, row: record.Question, strangers: set[str]) -> set[int]:
    """Return the variants that a task's seed may draw, one for each of its exercise's touches."""
    if row.work.exercise in strangers:
        return set()
    spec = given.spec(row.work)
    return {draw.variant_of(spec, touch, row.work.seed) for touch in touches.ROWS.get(row.work.exercise, ())}


def _seed(row: record.Question, exam: record.Exam) -> str:
    return variants.seed(draw.KEY, row.work.exercise, exam.seed)


def _times(told: _Told) -> list[datetime.datetime | None]:
    """Return the moments of an exam in their order; its checks are made once it was submitted."""
    exam = told.exam
    looked = [row.graded.at for row in exam.questions if row.graded]
    between = [max(looked)] if looked else []
    texts = [exam.begun, exam.started, exam.submitted, *between, *([exam.ended] if exam.ended else [])]
    return [time_rules.read(text) for text in [*texts, told.file.results.made]]


def _wrong_times(told: _Told) -> str:
    """Return what is wrong with an exam's times; empty if nothing is."""
    times = _times(told)
    if None in times:
        return "a time of the exam is none"
    known = [at for at in times if at is not None]
    if any(second + time_rules.STEP < first for first, second in itertools.pairwise(known)):
        return "the clock went backwards during the exam"
    return ""


def _too_soon(given: knowledge.Given, told: _Told) -> str:
    """Return why points of an exam came too quickly; empty if they did not."""
    begin, end = (time_rules.read(text) for text in (told.exam.started, told.exam.submitted))
    if begin is None or end is None or not _result(given, told.exam).points:
        return ""
    took = (end - begin).total_seconds()
    least = time_rules.QUICKEST
    return f"points {took:.0f} s after the exam began; {least:.0f} s are the least" if 0 <= took < least else ""


def _result(given: knowledge.Given, exam: record.Exam) -> Result:
    """Return an exam's points by the exercises' own numbers; its own are ignored."""
    points = possible = full = 0
    for row in exam.questions:
        spec, verdicts = given.spec(row.work), row.graded.verdicts if row.graded else ()
        settled = scoring.settled(spec, verdicts)
        points += scoring.total(settled)
        possible += record.possible(settled) if verdicts else 0
        full += spec.full
    return Result(points=points, undecided=possible - points, full=full, late=-(-exam.late // 60), tried=1)


def shown(row: Result | None) -> str:
    """Return a result as one phrase, with whole percent, rounded down as the student sees them; empty without one."""
    if row is None:
        return ""
    late = f", {row.late} min late" if row.late else ""
    several = f", the best of {row.tried}" if row.tried > 1 else ""
    return f"{row.percent} % ({row.outcome}{late}{several})"
