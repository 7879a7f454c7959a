"""The record of what was handed out: one entry for every version of the packs; none is ever overwritten.

Packs that were given out stay valid when new ones are made. So a submission is compared with the record nearest to it,
and an attempt counts by the exercise as it was when that attempt was made.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pydantic

from kubelab import errors, paths
from kubelab.config import yaml_reader
from kubelab.course import course_plan
from kubelab.exercises import exercise_file, library
from kubelab.files import atomic, strictjson
from kubelab.state import locks

SCHEMA = 2
"""The format: a list of records. Number 1 was a single record, which was overwritten each time."""
LARGEST = 64 << 20
"""Bytes; one record of 32 exercises has some 120 KB."""
LAB_FILE = re.compile(r"labs/[^/]+\.yaml")
KEPT = re.compile(rf"{LAB_FILE.pattern}|labs/exercises/[^/]+/exercise\.yaml")
"""Files whose text is kept, too: the points of exercises, and the lab file, which a student may change."""


@pydantic.with_config(pydantic.ConfigDict(extra="ignore", hide_input_in_errors=True))
@dataclass(frozen=True, kw_only=True)
class Record:
    """Packs that hold the same files. `files` and `packs` are SHA-256, `texts` are the kept texts.

    `exams` are the minutes of the exams that such packs begin.
    """

    files: Mapping[str, str]
    commit: str = ""
    made: str = ""
    packs: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    exams: tuple[int, ...] = ()

    @functools.cached_property
    def digests(self) -> Mapping[str, str]:
        """Return `library.digest` of every exercise in these packs."""
        found: dict[str, dict[str, bytes]] = {}
        for name in self.files:
            parts = PurePosixPath(name).parts
            if parts[:2] == ("labs", "exercises") and len(parts) > 3:
                found.setdefault(parts[2], {})[str(PurePosixPath(*parts[3:]))] = bytes.fromhex(self.files[name])
        return {name: library.digest_of(_ordered(files)) for name, files in found.items()}

    def changed(self, has: Mapping[str, str]) -> list[str]:
        """Return the files of `has` that differ from those handed out."""
        return [name for name, digest in self.files.items() if has.get(name) != digest]

    def text(self, name: str) -> str | None:
        """Return a file as it was handed out; None if its text was not kept, and the file has changed since."""
        if name in self.texts:
            return self.texts[name]
        try:
            content = (paths.ROOT / name).read_bytes()
        except OSError:
            return None
        same = hashlib.sha256(content).hexdigest() == self.files.get(name)
        return content.decode("utf-8", "replace") if same else None

    def spec(self, exercise: str) -> exercise_file.Spec | None:
        """Return an exercise as it was handed out; None if it was not kept."""
        return _spec(self.texts.get(f"labs/exercises/{exercise}/exercise.yaml", ""))


def _ordered(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {str(path): files[str(path)] for path in sorted(map(PurePosixPath, files))}


@functools.lru_cache(maxsize=512)
def _spec(text: str) -> exercise_file.Spec | None:
    try:
        return exercise_file.shape(yaml_reader.read(text.encode(), "exercise.yaml").values)[0] if text else None
    except errors.LabError:
        return None


def nearest(records: Sequence[Record], has: Mapping[str, str]) -> Record:
    """Return the record from which the fewest files differ; of equals the newest, which is the last."""
    return min(reversed(records), key=lambda row: len(row.changed(has)))


def read(course: course_plan.Course) -> tuple[Record, ...]:
    """Return every record of a course, the newest last, one that an older version wrote included.

    Raises `course-record` if there is none, or it is damaged or of another course.
    """
    try:
        rows = strictjson.table(strictjson.content(course.record_file, most=LARGEST), most=LARGEST, values=10_000_000)
        listed = rows["records"] if rows.get("schema") == SCHEMA else [rows]
        found = tuple(_RECORD.validate_python(row) for row in listed)
        _ = [bytes.fromhex(digest) for row in found for digest in row.files.values()]
        if not found:
            raise ValueError("it lists nothing")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        what = f"what was handed out cannot be read from {course.record_file}"
        raise errors.LabError("course-record", what, details=[_short(problem)]) from problem
    if rows.get("course") != course.id:
        raise errors.LabError("course-record", f"{course.record_file} is of the course {str(rows.get('course'))[:40]}")
    return found


_RECORD = pydantic.TypeAdapter(Record)


def _short(problem: Exception) -> str:
    if isinstance(problem, pydantic.ValidationError):
        return f"another shape at {'.'.join(str(part)[:30] for part in problem.errors()[0]['loc'])}"
    return f"{type(problem).__name__}: {problem}"[:200]


def keep(course: course_plan.Course, record: Record) -> None:
    """Write a record beside the others, in place of one with the same files; raises `course-record`, `-unwritable`.

    An unreadable file is never replaced: nothing else knows the packs that were given out.
    """
    with locks.file(course.record_file):
        known = read(course) if course.record_file.exists() else ()
        target = _with(known, record)
        if target == known:
            return
        rows = {"schema": SCHEMA, "course": course.id, "records": [dataclasses.asdict(row) for row in target]}
        content = json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        atomic.write(course.record_file, content, ident="course-unwritable")


def _with(known: tuple[Record, ...], record: Record) -> tuple[Record, ...]:
    """Return the records with one more at the end; one with the same files keeps its packs."""
    same = next((row for row in known if row.files == record.files), None)
    if same is None:
        return (*known, record)
    merged = dataclasses.replace(
        same,
        commit=same.commit or record.commit,
        packs={**same.packs, **{student: digest for student, digest in record.packs.items() if digest}},
        texts={**record.texts, **same.texts},
        exams=tuple(sorted({*same.exams, *record.exams})),
    )
    return (*(row for row in known if row is not same), merged)


def texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the kept texts of files."""
    return {name: content.decode("utf-8", "replace") for name, content in files.items() if KEPT.fullmatch(name)}
