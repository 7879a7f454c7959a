"""Reads the signed zip of a submission as foreign: sizes first, then the signature, then the rest.

Before the signature is verified, no more than `LARGEST_FILE` and two small members are read: anybody can send a zip,
only a student of the course can sign one. What the signature covers is bounded all the same, for students can be many.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab.course import course_file, keys
from kubelab.files import strictjson

MANIFEST, SIGNATURE, RESULTS, JUNIT, EVIDENCE = (
    "manifest.json",
    "signature",
    "results.json",
    "junit.xml",
    "evidence.json",
)
CONTENT = (RESULTS, JUNIT, EVIDENCE)
LARGEST_FILE = 8 << 20
"""Bytes; a course of twenty exercises makes about 100 KB."""
LARGEST = {MANIFEST: 16 << 10, SIGNATURE: 256, RESULTS: 8 << 20, JUNIT: 8 << 20, EVIDENCE: 24 << 20}
"""Bytes of each member, unpacked; whatever the zip says of them."""
PIECE = 1 << 20
LISTED = 64
"""The most entries of a zip's own list, counted by their mark before it is read: each costs a thousand bytes."""
ENTRY = b"PK\1\2"
KEPT = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
VALUES = 64


class Unreadable(ValueError):
    """A file that is no submission, was edited or has a wrong signature; its text says which."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A verified zip of a student of the course: its digest and the wanted members."""

    student: str
    digest: str
    members: Mapping[str, bytes]


Admit = Callable[[str, str], None]
"""Called with student and SHA-256 of a file once its signature is right; raises `Unreadable` to stop its reading."""


def opened(
    file: Path,
    course: str,
    public: Callable[[str], ed25519.Ed25519PublicKey],
    wanted: Collection[str],
    admit: Admit | None = None,
) -> Envelope:
    """Return the content of a file; members that are not `wanted` are compared with their digests and not kept.

    Raises `Unreadable` for anything that is not a submission to this course, whatever is wrong with it.
    """
    try:
        content = strictjson.content(file, most=LARGEST_FILE)
        if content.count(ENTRY) > LISTED:
            raise Unreadable("it holds other files than a submission does")
        digest = hashlib.sha256(content).hexdigest()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_others(archive)
            head = _head(archive, course, public)
            if admit:
                admit(str(head["student"]), digest)
            members = {name: _member(archive, name, head, name in wanted) for name in CONTENT}
    except Unreadable:
        raise
    except strictjson.Refused as problem:
        raise Unreadable(f"it {problem}") from problem
    except Exception as problem:  # a crafted zip makes zipfile and zlib raise a dozen kinds, MemoryError among them
        raise Unreadable(f"it is no readable zip: {problem}"[:200]) from problem
    kept = {name: found for name, found in members.items() if found is not None}
    return Envelope(student=str(head["student"]), digest=digest, members=kept)


def _refuse_others(archive: zipfile.ZipFile) -> None:
    names = [entry.filename for entry in archive.infolist()]
    if sorted(names) != sorted((MANIFEST, SIGNATURE, *CONTENT)):
        raise Unreadable("it holds other files than a submission does")
    if any(entry.compress_type not in KEPT or entry.flag_bits & 1 for entry in archive.infolist()):
        raise Unreadable("it is packed in another way than submissions are")


def _head(
    archive: zipfile.ZipFile, course: str, public: Callable[[str], ed25519.Ed25519PublicKey]
) -> Mapping[str, object]:
    """Return the manifest, after verifying that the student whom it names signed it."""
    content = _whole(archive, MANIFEST)
    try:
        head = strictjson.table(content, most=LARGEST[MANIFEST], values=VALUES)
    except strictjson.Refused as problem:
        raise Unreadable(f"its manifest {problem}") from problem
    student = head.get("student")
    if head.get("course") != course or not isinstance(student, str) or not course_file.STUDENT.fullmatch(student):
        raise Unreadable("it names no student of this course")
    if not keys.valid(public(student), _hex(_whole(archive, SIGNATURE)), content):
        raise Unreadable(f"it is not signed with the key of {student}'s pack: forged, edited, or of another course")
    return head


def _hex(content: bytes) -> bytes:
    try:
        return bytes.fromhex(content.decode("ascii"))
    except ValueError:
        return b""


def _whole(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as source:
        found = source.read(LARGEST[name] + 1)
    if len(found) > LARGEST[name]:
        raise Unreadable(f"{name} in it has more than {_size(LARGEST[name])}")
    return found


def _member(archive: zipfile.ZipFile, name: str, head: Mapping[str, object], keep: bool) -> bytes | None:
    """Return a member if it is to be kept; raise `Unreadable` if it differs from the signed one."""
    whole, size, pieces = hashlib.sha256(), 0, []
    with archive.open(name) as source:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > LARGEST[name]:
                raise Unreadable(f"{name} in it has more than {_size(LARGEST[name])}")
            whole.update(piece)
            if keep:
                pieces.append(piece)
    signed = head.get("members")
    if not isinstance(signed, dict) or signed.get(name) != whole.hexdigest():
        raise Unreadable(f"{name} in it was edited after it had been signed")
    return b"".join(pieces) if keep else None


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count} bytes"
