"""The shape of a course file and of a students' file: their keys and types."""

from __future__ import annotations

import datetime
import re
from typing import Annotated

import pydantic

from kubelab import paths
from kubelab.config import strict, yaml_reader
from kubelab.ui import foreign

COURSE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
STUDENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,38}[A-Za-z0-9])?", re.ASCII)
"""The form of a student's id: it becomes a part of file names."""
BESIDE = re.compile(r"(?!\.{1,2}$)[^/\x00-\x1f\x7f]{1,100}")
"""The name of a file in the course file's own folder."""
LONGEST_NAME = 80
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
WATCH = re.compile(r"http://[A-Za-z0-9.-]{1,200}(:\d{1,5})?/?", re.ASCII)


def _readable(value: str) -> str:
    bad = [letter for letter in value if foreign.line(letter) != letter]
    if bad:
        raise ValueError(f"has a character that cannot be shown: {bad[0]!r}")
    if len(value) > LONGEST_NAME:
        raise ValueError(f"has more than {LONGEST_NAME} characters")
    return value


def _date(value: str) -> str:
    if not DATE.fullmatch(value):
        raise ValueError(f"{yaml_reader.shown(value)} is no date such as 2026-11-08, or 2026-11-08T18:00")
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError as problem:
        raise ValueError(f"{value}: {problem}") from problem
    return value


CourseId = Annotated[str, strict.matching(COURSE, "course: small letters, digits and dashes, at most 40")]
StudentId = Annotated[
    str, strict.matching(STUDENT, "id: letters, digits and . _ @ -, at most 40, a letter or digit at the ends")
]
LabName = Annotated[str, strict.matching(paths.LAB_NAME, "lab's name: small letters, digits and dashes, at most 20")]
Beside = Annotated[str, strict.matching(BESIDE, "name of a file beside this one")]
Readable = Annotated[str, pydantic.AfterValidator(_readable)]
When = Annotated[str, pydantic.AfterValidator(_date)]
Address = Annotated[str, strict.matching(WATCH, "address such as http://192.0.2.10:8765")]
Weight = Annotated[int, pydantic.Field(ge=0, le=1000)]


class AssignmentSpec(strict.Strict):
    """One exercise of the course: its share, and the time in which it counts."""

    id: str
    weight: Weight = 1
    opens: When = ""
    due: When = ""


class ExamSpec(strict.Strict):
    """The mock exam of the course: the minutes on its clock."""

    minutes: Annotated[int, pydantic.Field(ge=10, le=480)] = 120


class CourseSpec(strict.Strict):
    """A course file. `watch` is the address for summaries of students who opt in; `timezone` is that of the dates."""

    course: CourseId
    title: Readable = ""
    lab: LabName = "default"
    timezone: str = "UTC"
    students: Beside = "students.yaml"
    watch: Address = ""
    exercises: list[AssignmentSpec]
    exam: ExamSpec | None = None


class StudentSpec(strict.Strict):
    """One student."""

    id: StudentId
    name: Readable = ""


class RollSpec(strict.Strict):
    """A students' file."""

    students: list[StudentSpec]


SECTIONS: dict[str, type[strict.Strict]] = {"exercises": AssignmentSpec, "exam": ExamSpec, "students": StudentSpec}
