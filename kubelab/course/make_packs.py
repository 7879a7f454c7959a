"""Makes the packs: a checkout without solutions, with the seeds of a student's own variants and a signing key."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import hashlib
import io
import json
import shlex
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, paths
from kubelab.components import bundle
from kubelab.converge import session
from kubelab.course import course_plan, handout, keys, pack, pack_contents
from kubelab.exam import draw
from kubelab.exercises import attempt, exercise_file, library, needs, proven, variants
from kubelab.files import atomic
from kubelab.render import templates
from kubelab.ui import progress

SEALED = 100
"""Bytes; a pack's sealed key has 65."""
TIME = 946_684_800
"""Every file in a pack is of 2000-01-01: equal inputs give equal bytes."""
START = "START.md"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """The packs that were made: student to file, and their common files."""

    files: Mapping[str, Path]
    digests: Mapping[str, str]


def make(course: course_plan.Course, out: Path, report: progress.Progress) -> Handed:
    """Write a pack for every student into `out`, and the record of them beside the course file.

    Raises `course-key`, `course-record`, `course-unwritable` and the errors of reading the exercises.
    """
    key = keys.ensure(course)
    _refuse_others(course, out, key)
    common = dict(sorted(shared(course)))
    record = _record(course, {name: content for name, (content, _) in common.items()})
    handout.keep(course, record)  # before any pack is there: one without a record could be believed by nobody
    with report.phase(f"packs for {len(course.students)} students") as phase:
        made = {}
        for number, student in enumerate(course.students, 1):
            phase.update(f"{number} of {len(course.students)}: {student.id}")
            made[student.id] = _write(out / _name(course, student), {**common, **_own(course, student, key, common)})
        phase.done(f"in {out}")
    packs = {student: hashlib.sha256(path.read_bytes()).hexdigest() for student, path in made.items()}
    handout.keep(course, dataclasses.replace(record, packs=packs))
    return Handed(files=made, digests=record.files)


def refuse_unproven(course: course_plan.Course) -> None:
    """Refuse a course with exercises that were not proven in their present version: LabError."""
    found = [(row.id, proven.lacking(row.exercise, proven.WALKS)) for row in course.assignments]
    rows = [f"{name}: variant {', '.join(map(str, numbers))}" for name, numbers in found if numbers]
    if rows:
        remedy = f"./run exercise.prove {rows[0].partition(':')[0]} --resume; or hand them out all the same: --unproven"
        raise errors.LabError(
            "exercise-unproven", f"course {course.id} has exercises that are not proven", details=rows, remedy=remedy
        )


def refuse_unfit(course: course_plan.Course) -> None:
    """Refuse a course whose lab lacks what its exercises need, or from which some student's exam cannot be drawn.

    Raises `exercise-unfit`, `exam-unfit`, and as `load.read` and `keys.ensure`.
    """
    needs.refuse_lacking_file([row.exercise for row in course.assignments], course.lab)
    if course.exam:
        _refuse_undrawn(course)


def _refuse_undrawn(course: course_plan.Course) -> None:
    """Draw every student's exam in the course's lab, as the packs will."""
    lab, key = session.open_lab(course.lab)[0], keys.ensure(course)
    exercises = [row.exercise for row in course.assignments]
    undrawn = []
    for student in course.students:
        try:
            draw.draw([lab], exercises, draw.seed_of(key, student.id))
        except errors.LabError as problem:
            undrawn.append(f"{student.id}: {problem.what}")
    if undrawn:
        there = draw.by_domain(draw.choices(exercises))
        shares = [
            f"{topic}: {there[topic]} of the course's exercises, an exam has {round(draw.LEAST * share / 100)} or so"
            for topic, share in exercise_file.SHARES.items()
            if share
        ]
        what = f"{len(undrawn)} of {len(course.students)} students of {course.id} would get no exam"
        remedy = (
            "name more exercises in the course file (./run exercise.list shows each one's topic), or take exam: out"
        )
        raise errors.LabError("exam-unfit", what, details=[*undrawn[:3], *shares], remedy=remedy)


def shared(course: course_plan.Course) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Yield what every pack of a course holds: path to content and mode."""
    chosen = {name: paths.ROOT / name for name in bundle.tracked() if pack_contents.travels(name)}
    chosen |= {name: paths.ROOT / name for name in pack_contents.breaks(course)}
    labs = [*sorted(paths.VERSIONS.glob("*.yaml")), paths.LABS / "default.yaml", paths.LABS / f"{course.lab}.yaml"]
    chosen |= {str(path.relative_to(paths.ROOT)): path for path in labs}
    for row in course.assignments:
        folder = row.exercise.folder
        for path in sorted(folder.rglob("*")):
            relative = str(path.relative_to(folder))
            if path.is_file() and library.is_students(relative):
                chosen[f"labs/exercises/{row.id}/{relative}"] = path
    for name, path in chosen.items():
        content, mode = _read(path)
        yield name, (pack_contents.as_held(name, content, chosen.keys()), mode)


def _refuse_others(course: course_plan.Course, out: Path, key: bytes) -> None:
    """Refuse to write over packs with other keys: their students would sign for nobody. LabError `course-unwritable`.

    Two courses of one name, and the course `a-b` with a student `c` beside `a` with `b-c`, name their packs alike.
    """
    theirs = []
    for student in course.students:
        target = out / _name(course, student)
        if _key_in(target) not in ("", keys.sealed(keys.signing(key, student.id))):
            theirs.append(target.name)
    if theirs:
        what = f"{len(theirs)} packs in {out} are another course's, or of another key: {', '.join(theirs[:3])}"
        cause = "two courses name their packs alike, or the course's key was made anew"
        remedy = f"./run course.make {shlex.quote(str(course.file))} --out FOLDER, with another folder"
        raise errors.LabError("course-unwritable", what, cause=cause, remedy=remedy)


def _name(course: course_plan.Course, student: course_plan.Student) -> str:
    return f"{course.id}-{student.id}.tar.gz"


def _key_in(target: Path) -> str:
    """Return the signing key of a pack as it is sealed there; empty for a file that is missing or no pack."""
    with contextlib.suppress(OSError, EOFError, tarfile.TarError, zlib.error), tarfile.open(target, "r:gz") as tar:
        for entry in tar:
            content = tar.extractfile(entry) if entry.name.endswith(f"/pack/{pack.KEY}") else None
            if content:
                return content.read(SEALED).decode("ascii", "replace").strip()
    return ""


def _own(
    course: course_plan.Course, student: course_plan.Student, key: bytes, common: Mapping[str, object]
) -> dict[str, tuple[bytes, int]]:
    """Return what only this student's pack holds."""
    watch = pack.Watch(url=course.watch, token=keys.token(key, student.id)) if course.watch else None
    found = pack.Pack(
        schema=pack.SCHEMA,
        course=course.id,
        title=course.title,
        lab=course.lab,
        student=student.id,
        name=student.name,
        watch=watch,
        exercises=[
            pack.Task(
                id=row.id,
                seed=variants.seed(key, row.id, student.id),
                opens=row.opens.isoformat() if row.opens else "",
                due=row.due.isoformat() if row.due else "",
                weight=row.weight,
            )
            for row in course.assignments
        ],
        exam=pack.Exam(minutes=course.exam, seed=draw.seed_of(key, student.id)) if course.exam else None,
    )
    names = json.dumps(sorted(common), indent=0, ensure_ascii=False).encode()
    return {
        START: (start(course, student).encode(), 0o644),
        f"pack/{pack.NAME}": (found.document(), 0o600),
        f"pack/{pack.KEY}": (f"{keys.sealed(keys.signing(key, student.id))}\n".encode(), 0o600),
        f"pack/{pack.FILES}": (names, 0o644),
    }


def start(course: course_plan.Course, student: course_plan.Student) -> str:
    """Return the page that a student reads first."""
    values: dict[str, object] = {"course": course, "student": student, "lab": _lab(course)}
    return templates.text(f"course/{START}", values)


def _lab(course: course_plan.Course) -> str:
    return "" if course.lab == "default" else f" --lab {course.lab}"


def _read(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644


def _write(target: Path, files: Mapping[str, tuple[bytes, int]]) -> Path:
    """Write one pack, 0600 (it holds a key), whole or not at all; equal files give equal bytes."""
    name = target.name.removesuffix(".tar.gz")
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mode, entry.mtime = len(content), mode, TIME
            tar.addfile(entry, io.BytesIO(content))
    _put(target, buffer.getvalue())
    return target


def _put(target: Path, content: bytes) -> None:
    atomic.write(target, content, ident="course-unwritable")


def _record(course: course_plan.Course, files: Mapping[str, bytes]) -> handout.Record:
    """Return the record of packs: with it `course.collect` tells edited files from those that were given."""
    return handout.Record(
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        commit=bundle.commit(),
        made=attempt.now(),
        packs={student.id: "" for student in course.students},
        texts=handout.texts(files),
        exams=(course.exam,) if course.exam else (),
    )
