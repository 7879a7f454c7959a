"""The exam of a student's submissions: counted anew from its verdicts, and compared with what was handed out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubelab.course import knowledge, submission
from kubelab.exam import draw, record
from kubelab.exercises import scoring, variants


@dataclass(frozen=True, kw_only=True)
class Result:
    """A student's best exam: its points, those that could not be told, the minutes late, and how many were tried."""

    points: int
    undecided: int
    full: int
    late: int
    tried: int

    @property
    def percent(self) -> float:
        """Return the part of all points that was won, 0 to 100."""
        return 100 * self.points / self.full if self.full else 0.0

    @property
    def outcome(self) -> record.Outcome:
        """Return whether it is passed."""
        return record.outcome(self.points, self.points + self.undecided, self.full)


def of(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Result | None:
    """Return the result of the exams in a student's files that are the course's; None without one."""
    rows = [_result(given, exam) for exam in _exams(given, mine) if not list(_wrong(given, exam, mine[0].student))]
    best = max(rows, key=lambda row: row.percent, default=None)
    return None if best is None else Result(**{**vars(best), "tried": len(rows)})


def doubts(given: knowledge.Given, mine: Sequence[submission.Submission]) -> Iterator[knowledge.Doubt]:
    """Yield what speaks against the exams in a student's files: such an exam does not count."""
    for exam in _exams(given, mine):
        for says in _wrong(given, exam, mine[0].student):
            yield knowledge.Doubt(rule="another exam", grave=True, says=says)


def _exams(given: knowledge.Given, mine: Sequence[submission.Submission]) -> list[record.Exam]:
    """Return the graded exams that were begun for the course, each once: the newest file's."""
    found = sorted(mine, key=lambda one: one.results.made)
    rows = {exam.begun: exam for one in found for exam in one.results.exams if exam.submitted}
    return [exam for exam in rows.values() if exam.course == given.course.id]


def _wrong(given: knowledge.Given, exam: record.Exam, student: str) -> Iterator[str]:
    """Yield why an exam is none that the student's pack draws."""
    if not given.course.exam:
        yield "the course has no exam"
        return
    if exam.seed != draw.seed_of(given.key, student):
        yield f"its seed is not that of {student}'s pack"
    if exam.minutes != given.course.exam:
        yield f"its clock had {exam.minutes} minutes"
    names = [row.work.exercise for row in exam.questions]
    strangers = sorted(set(names) - given.course.by_id.keys())
    if strangers:
        yield f"its tasks are not the course's: {', '.join(strangers[:3])}"
    if not draw.LEAST <= len(names) <= draw.MOST or len(set(names)) < len(names):
        yield f"it has {len(set(names))} different tasks"
    other = [row.work.exercise for row in exam.questions if row.work.seed != _seed(row, exam)]
    if other:
        yield f"its variants are not the drawn ones: {', '.join(other[:3])}"


def _seed(row: record.Question, exam: record.Exam) -> str:
    return variants.seed(draw.KEY, row.work.exercise, exam.seed)


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
    return f"{int(row.percent)} % ({row.outcome}{late})"
