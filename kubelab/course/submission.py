"""What a student hands in: one signed zip; written there, and read here as what a stranger sent."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pydantic
from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab.course import keys, shape
from kubelab.exercises import attempt

SCHEMA = 1
MANIFEST, SIGNATURE, RESULTS, JUNIT, EVIDENCE = (
    "manifest.json",
    "signature",
    "results.json",
    "junit.xml",
    "evidence.json",
)
CONTENT = (RESULTS, JUNIT, EVIDENCE)
LARGEST_FILE = 8 << 20
LARGEST_MEMBER = 24 << 20
"""Bytes; a course of twenty exercises makes about 100 KB."""
ATTEMPTS = 500
TIME = (2000, 1, 1, 0, 0, 0)
KEPT = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
STRICT = pydantic.ConfigDict(strict=True, hide_input_in_errors=True)


class Unreadable(ValueError):
    """A file that is no submission, was edited or is not signed by whom it says; its text says which."""


@pydantic.with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Results:
    """What is in results.json. `digests` are the pack's files as they were then, `versions` name to version."""

    schema: int
    course: str
    student: str
    lab: str
    made: str
    versions: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    attempts: tuple[attempt.Attempt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One file that was handed in, signed by its student and unchanged since."""

    file: Path
    digest: str
    results: Results
    evidence: bytes

    @property
    def student(self) -> str:
        """Return whose it is."""
        return self.results.student


_RESULTS = pydantic.TypeAdapter(Results)


def moment(text: str) -> datetime.datetime | None:
    """Return a time as attempts keep it, in UTC; None for what is none, or names no zone."""
    try:
        found = datetime.datetime.fromisoformat(text)
        return found.astimezone(datetime.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def write(results: Results, junit: bytes, evidence: bytes, private: ed25519.Ed25519PrivateKey) -> bytes:
    """Return the zip: results, JUnit and evidence, a manifest of their digests, and the signature over that."""
    rows = {
        "schema": SCHEMA,
        "course": results.course,
        "student": results.student,
        "lab": results.lab,
        "made": results.made,
        "versions": dict(results.versions),
        "digests": dict(results.digests),
        "attempts": [attempt.as_json(one) for one in results.attempts],
    }
    members = {RESULTS: json.dumps(rows, ensure_ascii=False, indent=1).encode(), JUNIT: junit, EVIDENCE: evidence}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    head = {"schema": SCHEMA, "course": results.course, "student": results.student, "members": digests}
    members[MANIFEST] = json.dumps(head, indent=1, sort_keys=True).encode()
    members[SIGNATURE] = private.sign(members[MANIFEST]).hex().encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in (MANIFEST, SIGNATURE, *CONTENT):
            entry = zipfile.ZipInfo(name, TIME)
            entry.external_attr = 0o644 << 16
            target.writestr(entry, members[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def read(file: Path, key: bytes, course: str) -> Submission:
    """Return what a file holds, once its signature and digests are right; raises `Unreadable` for anything else."""
    members, digest = _members(file)
    head = _json(members[MANIFEST], "its manifest")
    student = head.get("student")
    if head.get("course") != course or not isinstance(student, str) or not shape.STUDENT.fullmatch(student):
        raise Unreadable("it names no student of this course")
    public = keys.signing(key, student).public_key()
    if not keys.valid(public, _hex(members[SIGNATURE]), members[MANIFEST]):
        raise Unreadable(f"it is not signed with the key of {student}'s pack: forged, edited, or of another course")
    wanted = {name: hashlib.sha256(members[name]).hexdigest() for name in CONTENT}
    edited = sorted(name for name in CONTENT if not _same(head.get("members"), name, wanted[name]))
    if edited:
        raise Unreadable(f"{', '.join(edited)} in it was edited after it had been signed")
    results = _results(members[RESULTS])
    if (results.student, results.course) != (student, course):
        raise Unreadable("its results are somebody else's than its manifest says")
    return Submission(file=file, digest=digest, results=results, evidence=members[EVIDENCE])


def _same(rows: object, name: str, digest: str) -> bool:
    return isinstance(rows, dict) and rows.get(name) == digest


def _hex(content: bytes) -> bytes:
    try:
        return bytes.fromhex(content.decode("ascii"))
    except ValueError:
        return b""


def _json(content: bytes, what: str) -> dict[str, object]:
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(f"{what} is no JSON") from problem
    if not isinstance(rows, dict):
        raise Unreadable(f"{what} is no object")
    return rows


def _results(content: bytes) -> Results:
    try:
        found = _RESULTS.validate_json(content)
    except pydantic.ValidationError as problem:
        places = [".".join(str(part)[:30] for part in row["loc"]) for row in problem.errors(include_url=False)[:3]]
        raise Unreadable(f"its results have another shape at {', '.join(places)}") from problem
    if found.schema != SCHEMA:
        raise Unreadable(f"its results have format {found.schema}; this version reads {SCHEMA}")
    if len(found.attempts) > ATTEMPTS:
        raise Unreadable(f"it has more than {ATTEMPTS} attempts")
    return found


def _members(file: Path) -> tuple[dict[str, bytes], str]:
    """Return the members of a zip and its digest; no more is read than a submission may have."""
    try:
        with file.open("rb") as source:
            content = source.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Unreadable(f"it has more than {LARGEST_FILE >> 20} MiB")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _contents(archive), hashlib.sha256(content).hexdigest()
    except Unreadable:
        raise
    except (OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as problem:
        raise Unreadable(f"it is no readable zip: {problem}"[:200]) from problem


def _contents(archive: zipfile.ZipFile) -> dict[str, bytes]:
    names = [entry.filename for entry in archive.infolist()]
    if sorted(names) != sorted((MANIFEST, SIGNATURE, *CONTENT)):
        raise Unreadable("it holds other files than a submission does")
    found = {}
    for entry in archive.infolist():
        if entry.compress_type not in KEPT or entry.flag_bits & 1:
            raise Unreadable("it is packed in another way than submissions are")
        with archive.open(entry) as source:
            found[entry.filename] = source.read(LARGEST_MEMBER + 1)
        if len(found[entry.filename]) > LARGEST_MEMBER:
            raise Unreadable(f"{entry.filename} in it has more than {LARGEST_MEMBER >> 20} MiB")
    return found
