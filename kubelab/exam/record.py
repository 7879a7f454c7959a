"""The record of an exam: its tasks, each with its attempt, its clock and its flags, and its files.

Each lab of the exam has a copy under `build/<lab>/state/exam/exam.json`; that of the first lab counts. Finished exams
are in the first lab's `history/`. Submissions are made of these records: their shape changes only together with
`SCHEMA`.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pydantic

from kubelab import errors, paths
from kubelab.exercises import attempt, exam_mark, scoring, timestamps
from kubelab.files import atomic, strictjson
from kubelab.state import locks

SCHEMA = 1
"""The JSON's version; a file with another number is refused."""
HISTORY = exam_mark.HISTORY
PASS = 66
"""Percent of all points that pass."""
MINUTES = (10, 480)
"""The least and the most of a clock."""


class Outcome(enum.StrEnum):
    """The result of an exam. `UNKNOWN`: what could not be told decides."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One task: its number from 1, the student's flag, and the work on it: an attempt, with one check once graded."""

    number: int
    flagged: bool = False
    work: attempt.Attempt

    @property
    def graded(self) -> attempt.Check | None:
        """Return its verdicts; None before it is graded."""
        return self.work.checks[-1] if self.work.checks else None

    @property
    def points(self) -> int:
        """Return the points that it won; 0 before it is graded."""
        return self.graded.points if self.graded else 0

    @property
    def possible(self) -> int:
        """Return the points that it would have if all that could not be told were good."""
        return possible(self.graded.verdicts) if self.graded else 0


@dataclass(frozen=True, kw_only=True)
class Exam:
    """One exam. Times are UTC, ISO 8601, seconds; the clock runs from `started`, which is empty until all is laid out.

    `submitted` is empty until it is graded, `ended` until the labs are put back.
    """

    seed: str
    minutes: int
    labs: tuple[str, ...]
    student: str = ""
    course: str = ""
    begun: str
    started: str = ""
    submitted: str = ""
    ended: str = ""
    questions: Annotated[tuple[Question, ...], pydantic.FailFast()] = ()

    @property
    def full(self) -> int:
        """Return the sum of all tasks' points."""
        return sum(row.work.full for row in self.questions)

    @property
    def points(self) -> int:
        """Return the sum of the points that were won."""
        return sum(row.points for row in self.questions)

    @property
    def percent(self) -> int:
        """Return the part of all points that was won, rounded down."""
        return percent(self.points, self.full)

    @property
    def outcome(self) -> Outcome:
        """Return the result of a graded exam."""
        return outcome(self.points, sum(row.possible for row in self.questions), self.full)

    @property
    def given_up(self) -> bool:
        """Return whether it ended without being graded, once its clock ran: its tasks were read."""
        return bool(self.started and self.ended and not self.submitted)

    def of_lab(self, lab: str) -> tuple[Question, ...]:
        """Return the tasks of one lab."""
        return tuple(row for row in self.questions if row.work.lab == lab)

    def left(self, at: str) -> int:
        """Return the seconds that were left at a moment; below 0 when time was over, and never more than there were."""
        begin, now = timestamps.read(self.started), timestamps.read(at)
        spent = (now - begin).total_seconds() if begin and now else 0.0
        return self.minutes * 60 - max(0, int(spent))

    @property
    def late(self) -> int:
        """Return the seconds between the end of the time and the submission; 0 in time."""
        return max(0, -self.left(self.submitted)) if self.submitted else 0


def percent(points: int, full: int) -> int:
    """Return a part of all points, rounded down: what does not pass is never shown as `PASS` percent."""
    return points * 100 // full if full else 0


def outcome(points: int, possible: int, full: int) -> Outcome:
    """Return the result of so many points, which would be `possible` if all that could not be told were good."""
    if points * 100 >= full * PASS:
        return Outcome.PASSED
    return Outcome.UNKNOWN if possible * 100 >= full * PASS else Outcome.FAILED


def possible(verdicts: Iterable[attempt.Verdict]) -> int:
    """Return the points of verdicts if all that could not be told were good."""
    states = attempt.State
    return scoring.total(
        dataclasses.replace(row, state=states.PASSED) if row.state is states.UNKNOWN else row for row in verdicts
    )


STRICT = pydantic.TypeAdapter(Exam)
"""Reads an exam only if every value in it has its type."""
MOST = 40
"""The most tasks and labs of a record."""


def load(where: paths.LabPaths) -> Exam | None:
    """Return the exam of a lab, None without one; raise `exam-unreadable` if its record was damaged."""
    path = exam_mark.folder(where) / exam_mark.FILE
    if not path.exists():
        return None
    found = _read(path)
    first = exam_mark.folder(paths.LabPaths(name=found.labs[0])) / exam_mark.FILE
    if first != path and first.exists():
        home = _read(first)
        return home if home.begun == found.begun else found
    return found


def save(exam: Exam) -> None:
    """Keep an exam, each file atomically."""
    for lab in exam.labs:
        atomic.write(exam_mark.folder(paths.LabPaths(name=lab)) / exam_mark.FILE, text(exam))


Change = Callable[[Exam], Exam]


def update(exam: Exam, change: Change) -> Exam:
    """Change an exam in its present state, and return it; raise `exam-absent` if it is gone or another one."""
    where = paths.LabPaths(name=exam.labs[0])
    with locks.file(exam_mark.folder(where) / exam_mark.FILE):
        now = load(where)
        if now is None or now.begun != exam.begun:
            raise errors.LabError("exam-absent", f"the exam in lab {where.name} has ended meanwhile")
        changed = change(now)
        save(changed)
        return changed


def finish(exam: Exam) -> Exam:
    """Move an exam into the history of its first lab, ended now; return it."""
    ended = dataclasses.replace(exam, ended=attempt.now())
    home = exam_mark.folder(paths.LabPaths(name=exam.labs[0]))
    atomic.write(home / HISTORY / exam_mark.kept_name(exam.begun).removeprefix("exam-"), text(ended))
    for lab in exam.labs:
        (exam_mark.folder(paths.LabPaths(name=lab)) / exam_mark.FILE).unlink(missing_ok=True)
    return ended


def history(where: paths.LabPaths) -> tuple[Exam, ...]:
    """Return the finished exams of a lab, oldest first; raise `exam-unreadable`: a lost one is not passed over."""
    paths_ = sorted((exam_mark.folder(where) / HISTORY).glob("*.json"))
    return tuple(_read(path, remedy="move the file away; the exam in it is lost") for path in paths_)


def every(where: paths.LabPaths) -> tuple[Exam, ...]:
    """Return the finished exams of a lab, and the one that occupies it; raise `exam-unreadable` as `load` does."""
    now = load(where)
    return (*history(where), *([now] if now else []))


def text(exam: Exam) -> str:
    """Return an exam as it is kept."""
    return json.dumps(as_json(exam), indent=1, ensure_ascii=False) + "\n"


def as_json(exam: Exam) -> dict[str, Any]:
    """Return an exam as plain values, with `schema`."""
    rows = [{"number": row.number, "flagged": row.flagged, "work": attempt.as_json(row.work)} for row in exam.questions]
    return {"schema": SCHEMA, **dataclasses.asdict(exam), "questions": rows}


def from_json(row: Mapping[str, Any]) -> Exam:
    """Return the exam of `as_json`'s values; raise ValueError, KeyError or TypeError for other values."""
    if row.get("schema") != SCHEMA:
        raise ValueError(f"schema {row.get('schema')!r}; this version reads {SCHEMA}")
    for name in ("questions", "labs"):
        if not isinstance(row[name], Sequence) or not 1 <= len(row[name]) <= MOST:
            raise ValueError(f"{name} are no list of 1 to {MOST}")
    for item in row["questions"]:
        if attempt.from_json(item["work"]).score != item["work"].pop("score"):
            raise ValueError("the score of a task is not that of its verdicts")
        del item["work"]["schema"]
        if set(item) != {"number", "flagged", "work"}:
            raise ValueError("a task has other keys")
    if set(row) != {"schema", *(part.name for part in dataclasses.fields(Exam))}:
        raise ValueError("it has other keys than an exam")
    found = STRICT.validate_json(json.dumps(row), strict=True)
    if not all(paths.LAB_NAME.fullmatch(lab) for lab in found.labs):
        raise ValueError("a lab's name is none")
    _refuse_odd(found)
    return found


def _refuse_odd(exam: Exam) -> None:
    """Raise ValueError for values that no exam has together: the words reckon with them, and name files by them."""
    if len(set(exam.labs)) < len(exam.labs) or {row.work.lab for row in exam.questions} != set(exam.labs):
        raise ValueError("its labs are not those of its tasks")
    if [row.number for row in exam.questions] != list(range(1, len(exam.questions) + 1)):
        raise ValueError("its tasks are not numbered from 1")
    if not MINUTES[0] <= exam.minutes <= MINUTES[1]:
        raise ValueError(f"it has {exam.minutes} minutes, and not {MINUTES[0]} to {MINUTES[1]}")
    times = [exam.begun, *filter(None, (exam.started, exam.submitted, exam.ended))]
    if not all(timestamps.read(text) for text in times):
        raise ValueError("a time of it is none")
    if exam.submitted and not (exam.started and all(row.work.checks for row in exam.questions)):
        raise ValueError("it is submitted, and was not begun or not graded")


def _read(path: Path, remedy: str | None = None) -> Exam:
    most = exam_mark.LARGEST
    try:
        return from_json(strictjson.table(strictjson.content(path, most=most), most=most))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        what = f"{path} holds no exam"
        raise errors.LabError("exam-unreadable", what, details=[problem], remedy=remedy) from problem
