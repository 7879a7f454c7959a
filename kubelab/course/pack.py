"""The pack of this checkout: its student, its exercises, and the student's signing key."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path

import pydantic
from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab import errors, paths
from kubelab.config import strict
from kubelab.course import keys
from kubelab.exercises import timestamps
from kubelab.files import strictjson

SCHEMA = 1
NAME, KEY, FILES = "pack.json", "signing.key", "files.json"


class Task(strict.Strict):
    """One exercise: the seed of this student's variant, its dates (UTC, empty: none) and its share."""

    id: str
    seed: str
    opens: str
    due: str
    weight: float

    def opening(self) -> datetime.datetime | None:
        """Return when it opens; None if it is open."""
        opens = timestamps.read(self.opens)
        return opens if opens and datetime.datetime.now(datetime.UTC) < opens else None


class Exam(strict.Strict):
    """The course's mock exam: its minutes, and the seed of this student's tasks."""

    minutes: int
    seed: str


class Watch(strict.Strict):
    """The address for summaries, and the token that proves whose they are."""

    url: str
    token: str


class Pack(strict.Strict):
    """The content of pack/pack.json."""

    schema_: int = pydantic.Field(alias="schema")
    course: str
    title: str
    lab: str
    student: str
    name: str
    watch: Watch | None
    exercises: list[Task]
    exam: Exam | None = None

    def task(self, exercise: str) -> Task | None:
        """Return the exercise of that id; None if the course does not have it."""
        return next((task for task in self.exercises if task.id == exercise), None)

    def closed(self) -> dict[str, datetime.datetime]:
        """Return the exercises that are not open yet, by id, with the time when each opens."""
        return {task.id: opens for task in self.exercises if (opens := task.opening())}

    def document(self) -> bytes:
        """Return it as the bytes that a pack holds."""
        rows = self.model_dump(by_alias=True, exclude=None if self.exam else {"exam"})
        return (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode()


SHAPE = pydantic.TypeAdapter(Pack)
LARGEST = 1 << 20
"""Bytes of a pack's description; one of 32 exercises has some 6 KB."""


def here(root: Path = paths.ROOT) -> Pack | None:
    """Return the pack of this checkout, None if it is no pack; raises `pack-damaged`."""
    file = root / "pack" / NAME
    if not file.exists():
        return None
    try:
        return strict.of_file(SHAPE, file, most=LARGEST)
    except (OSError, ValueError) as problem:
        raise errors.LabError("pack-damaged", f"{file} cannot be read", details=[problem]) from problem


def needed(root: Path = paths.ROOT) -> Pack:
    """Return the pack of this checkout; raises `pack-missing` or `pack-damaged`."""
    found = here(root)
    if found is None:
        raise errors.LabError("pack-missing", "this checkout is no pack of a course")
    return found


def signing_key(root: Path = paths.ROOT) -> ed25519.Ed25519PrivateKey:
    """Return the student's signing key; raises `pack-damaged`."""
    file = root / "pack" / KEY
    try:
        return keys.opened(strictjson.content(file, most=LARGEST).decode("ascii"))
    except (OSError, ValueError) as problem:
        raise errors.LabError("pack-damaged", f"{file} cannot be read", details=[problem]) from problem


def digests(root: Path = paths.ROOT) -> dict[str, str]:
    """Return the SHA-256 of every file of the pack in its present state; empty text for a missing one."""
    file = root / "pack" / FILES
    try:
        names = strictjson.rows(strictjson.content(file, most=1 << 20), most=1 << 20)
        return {str(name): _sha256(root / str(name)) for name in names}
    except (OSError, ValueError) as problem:
        raise errors.LabError("pack-damaged", f"{file} cannot be read", details=[problem]) from problem


def _sha256(file: Path) -> str:
    if not file.is_file():
        return ""
    return hashlib.sha256(file.read_bytes()).hexdigest()
