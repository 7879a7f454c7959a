"""Turns a course file and a students' file into a course: strictly, and all problems are reported at once."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pydantic

from kubelab import errors, paths
from kubelab.config import strict, yaml_reader
from kubelab.course import course_file, course_plan
from kubelab.exam import draw, touches
from kubelab.exercises import library
from kubelab.files import bounded

Shape = TypeVar("Shape", bound=strict.Strict)
LATEST = datetime.time(23, 59, 59)


def course(file: Path, students: Path | None) -> course_plan.Course:
    """Return the course of a file, with the students of another (by default of the one that it names).

    Raises `course-invalid` with every problem of the course file, or of the students' file.
    """
    text = _text(file)
    spec, flaws = _shaped(course_file.CourseSpec, text)
    if spec:
        flaws += _rules(spec)
    if text.flaws or flaws or spec is None:
        raise _invalid(file, [*text.flaws, *flaws], text)
    zone = zoneinfo.ZoneInfo(spec.timezone)
    return course_plan.Course(
        id=spec.course,
        title=spec.title,
        lab=spec.lab,
        zone=spec.timezone,
        watch=spec.watch,
        assignments=tuple(_assignment(row, zone) for row in spec.exercises),
        students=roll(students or file.with_name(spec.students)),
        file=file,
        exam=spec.exam.minutes if spec.exam else 0,
    )


def roll(file: Path) -> tuple[course_plan.Student, ...]:
    """Return the students of a file, in its order; raises `course-invalid`."""
    text = _text(file)
    spec, flaws = _shaped(course_file.RollSpec, text)
    if spec:
        flaws += _doubles([row.id for row in spec.students], "students", str.casefold)
        if not spec.students:
            flaws.append(yaml_reader.Flaw(place=("students",), message="names no student"))
    if text.flaws or flaws or spec is None:
        raise _invalid(file, [*text.flaws, *flaws], text)
    return tuple(course_plan.Student(id=row.id, name=row.name) for row in spec.students)


def _text(file: Path) -> yaml_reader.Text:
    try:
        content = bounded.beginning(file, yaml_reader.LONG + 1)
        return yaml_reader.read(content, str(file), yaml_reader.LONG)
    except OSError as problem:
        what = f"{file} cannot be read"
        raise errors.LabError("course-missing", what, details=[problem.strerror or problem]) from problem
    except errors.LabError as problem:
        raise errors.LabError("course-invalid", problem.what, details=problem.details) from problem


def _invalid(file: Path, flaws: list[yaml_reader.Flaw], text: yaml_reader.Text) -> errors.LabError:
    found = yaml_reader.problems(flaws, text)
    what = f"{file} has {len(found)} problem{'s' if len(found) != 1 else ''}"
    more = [f"… and {len(found) - yaml_reader.MOST} more"] if len(found) > yaml_reader.MOST else []
    return errors.LabError("course-invalid", what, details=[*found[: yaml_reader.MOST], *more])


def _shaped(model: type[Shape], text: yaml_reader.Text) -> tuple[Shape | None, list[yaml_reader.Flaw]]:
    def keys(place: yaml_reader.Place) -> list[str]:
        return list((course_file.SECTIONS[str(place[0])] if place else model).model_fields)

    try:
        return model.model_validate(text.values), []
    except pydantic.ValidationError as problem:
        return None, strict.flaws(problem, keys)


def _rules(spec: course_file.CourseSpec) -> Iterator[yaml_reader.Flaw]:
    """Yield the broken rules that involve more than one key."""
    yield from _doubles([row.id for row in spec.exercises], "exercises", str)
    if not spec.exercises:
        yield yaml_reader.Flaw(place=("exercises",), message="names none")
    drawn = sum(row.id in touches.ROWS for row in spec.exercises)
    if spec.exam and drawn < draw.LEAST:
        message = f"an exam draws {draw.LEAST} exercises of the course; {drawn} of these may be drawn"
        yield yaml_reader.Flaw(place=("exam",), message=message)
    if not (paths.LABS / f"{spec.lab}.yaml").is_file():
        yield yaml_reader.Flaw(place=("lab",), message=f"there is no lab {yaml_reader.shown(spec.lab)} under labs/")
    zone = _zone(spec.timezone)
    if zone is None:
        wanted = "is no time zone such as Europe/Zurich"
        yield yaml_reader.Flaw(place=("timezone",), message=f"{yaml_reader.shown(spec.timezone)} {wanted}")
    for index, row in enumerate(spec.exercises):
        place: yaml_reader.Place = ("exercises", index)
        try:
            library.find(row.id)
        except errors.LabError as problem:
            yield yaml_reader.Flaw(place=(*place, "id"), message="; ".join([problem.what, *problem.details]))
        opens, due = moment(row.opens, zone, late=False), moment(row.due, zone, late=True)
        if opens and due and opens >= due:
            yield yaml_reader.Flaw(place=(*place, "due"), message=f"{row.due} is not after {row.opens}, when it opens")


def _doubles(ids: Iterable[str], section: str, same: Callable[[str], str]) -> list[yaml_reader.Flaw]:
    seen: dict[str, int] = {}
    flaws = []
    for index, name in enumerate(ids):
        first = seen.setdefault(same(name), index)
        if first != index:
            message = f"{yaml_reader.shown(name)} is there already, as number {first + 1}"
            flaws.append(yaml_reader.Flaw(place=(section, index, "id"), message=message))
    return flaws


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _assignment(row: course_file.AssignmentSpec, zone: zoneinfo.ZoneInfo) -> course_plan.Assignment:
    return course_plan.Assignment(
        exercise=library.find(row.id),
        weight=float(row.weight),
        opens=moment(row.opens, zone, late=False),
        due=moment(row.due, zone, late=True),
    )


def moment(text: str, zone: datetime.tzinfo | None, *, late: bool) -> datetime.datetime | None:
    """Return the UTC time of a date (its first second, or its last if `late`) or of a date with a time; None for "".

    "9999-12-31" may mean never: at the calendar's ends, where UTC may have no such day, it is taken for UTC already.
    """
    if not text:
        return None
    if len(text) == len("2026-11-08"):
        day = datetime.date.fromisoformat(text)
        found = datetime.datetime.combine(day, LATEST if late else datetime.time(), zone or datetime.UTC)
    else:
        found = datetime.datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=zone or datetime.UTC)
    # The hour that a clock repeats in autumn: what opens does so at its first, what ends at its second.
    found = found.replace(fold=int(late))
    try:
        return found.astimezone(datetime.UTC)
    except OverflowError:
        return found.replace(tzinfo=datetime.UTC)
