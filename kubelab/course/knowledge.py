"""The teacher's knowledge beside a submission, and the form of a doubt."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import paths
from kubelab.course import course_plan, handout, keys, submission
from kubelab.exercises import attempt, exercise_file


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One reason not to accept results. `grave`: a person must look before the grade counts."""

    rule: str
    grave: bool
    says: str
    exercise: str = ""


@dataclass(frozen=True, kw_only=True)
class Given:
    """The teacher's knowledge: the course, its key, the time, and what was handed out, the newest last."""

    course: course_plan.Course
    key: bytes
    records: Sequence[handout.Record]
    now: datetime.datetime

    def record(self, found: submission.Submission) -> handout.Record:
        """Return the record of the pack in which a submission was made."""
        return handout.nearest(self.records, found.results.digests)

    def digest(self, exercise: str) -> str:
        """Return an exercise as it was handed out last."""
        return self.records[-1].digests[exercise]

    def version(self, one: attempt.Attempt) -> handout.Record | None:
        """Return the newest record with the exercise as an attempt had it; None if it was never handed out so."""
        rows = [row for row in self.records if row.digests.get(one.exercise) == one.digest]
        return rows[-1] if rows else None

    def spec(self, one: attempt.Attempt) -> exercise_file.Spec:
        """Return the exercise whose points count for an attempt: as it was handed out, or else as it is now."""
        record = self.version(one)
        kept = record.spec(one.exercise) if record else None
        return kept or self.course.by_id[one.exercise].exercise.spec

    def numbers_lost(self, one: attempt.Attempt) -> bool:
        """Return whether the exercise has changed since it was handed out by a version that kept no points."""
        record = self.version(one)
        if record is None or record.spec(one.exercise):
            return False
        name = f"labs/exercises/{one.exercise}/exercise.yaml"
        return record.files.get(name) != _sha256(self.course.by_id[one.exercise].exercise.folder / "exercise.yaml")

    def outdated(self, one: attempt.Attempt) -> str:
        """Return a sentence about an exercise that this checkout has in another version; empty for the same one."""
        record = self.version(one)
        if record is None:
            return ""
        folder, here = f"labs/exercises/{one.exercise}/", self.course.by_id[one.exercise].exercise.folder
        rows = {name.removeprefix(folder): digest for name, digest in record.files.items() if name.startswith(folder)}
        changed = [name for name, digest in rows.items() if _sha256(here / name) != digest]
        if not changed:
            return ""
        return f"{', '.join(changed[:3])} differ from what was handed out; commit {record.commit or 'unknown'} has them"

    def known(self, found: submission.Submission) -> list[tuple[course_plan.Assignment, attempt.Attempt]]:
        """Return the attempts of a submission at exercises of the course, each with its assignment."""
        rows = self.course.by_id
        return [(rows[one.exercise], one) for one in found.results.attempts if one.exercise in rows]

    def counting(self, attempts: Iterable[attempt.Attempt]) -> tuple[attempt.Attempt, ...]:
        """Return the attempts that were made for the course: practice and other courses' work do not count."""
        return tuple(one for one in attempts if one.course == self.course.id)


def digests(names: Iterable[str]) -> dict[str, str]:
    """Return files of this checkout, by their paths in it, to their SHA-256; empty text for a missing one."""
    return {name: _sha256(paths.ROOT / name) for name in names}


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def of(course: course_plan.Course, now: datetime.datetime) -> Given:
    """Return the teacher's knowledge at a moment; raises `course-key`, `course-record`."""
    return Given(course=course, key=keys.read(course), records=handout.read(course), now=now)
