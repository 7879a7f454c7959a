"""A course, once its files have been read: exercises with dates and weights, and the students."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab.exercises import library


@dataclass(frozen=True, kw_only=True)
class Student:
    """One student; `name` is only for people to read."""

    id: str
    name: str

    @property
    def called(self) -> str:
        """Return the name for lists."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One exercise of a course: its share of the whole, and the time in which it counts (UTC; None: no limit)."""

    exercise: library.Exercise
    weight: float
    opens: datetime.datetime | None
    due: datetime.datetime | None

    @property
    def id(self) -> str:
        """Return the exercise's id."""
        return self.exercise.spec.id


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course in the order in which its exercises are to be done."""

    id: str
    title: str
    lab: str
    zone: str
    watch: str
    assignments: tuple[Assignment, ...]
    students: tuple[Student, ...]
    file: Path
    exam: int = 0
    """Minutes of its mock exam; 0 without one."""

    @property
    def key_file(self) -> Path:
        """Return the path of the course's key: beside its file, and nowhere else."""
        return self.file.with_suffix(".key")

    @property
    def record_file(self) -> Path:
        """Return the path of the record of what was handed out."""
        return self.file.with_suffix(".record.json")

    @property
    def by_id(self) -> Mapping[str, Assignment]:
        """Return the assignments by exercise."""
        return {row.id: row for row in self.assignments}

    @property
    def roll(self) -> Mapping[str, Student]:
        """Return the students by id."""
        return {row.id: row for row in self.students}
