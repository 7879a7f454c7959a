"""The course's key, and the secrets that are derived from it and a student's id.

Nothing about a student must be kept to verify a submission, and no student's secret reveals another's, nor the key.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import secrets
import shlex

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab import errors
from kubelab.course import course_plan
from kubelab.files import atomic, strictjson

BYTES = 32
LARGEST = 1 << 16
"""Bytes of a key's file; a key has 65."""
# No exercise can be called so: what signs is never what a variant is drawn from.
SIGNING, WATCHING = b"KUBELAB SIGNING\0", b"KUBELAB WATCHING\0"


def ensure(course: course_plan.Course) -> bytes:
    """Return the course's key; a course without one gets a new key, private to the teacher.

    Raises `course-key` as `read` does, and for a lost key: the packs that were handed out sign and draw by it.
    """
    if not course.key_file.exists():
        if course.record_file.exists():
            what = f"the key {course.key_file} is gone, by which the packs of {course.record_file.name} sign and draw"
            aside = f"mv {shlex.quote(str(course.record_file))} elsewhere, then ./run course.make FILE"
            remedy = f"put it back from where you keep it; if it is lost: {aside}; packs given out count no more then"
            raise errors.LabError("course-key", what, remedy=remedy)
        with contextlib.suppress(FileExistsError):  # another run has just made it
            atomic.write(course.key_file, f"{secrets.token_hex(BYTES)}\n", ident="course-unwritable", new=True)
    return read(course)


def read(course: course_plan.Course) -> bytes:
    """Return the course's key; raises `course-key` if it is missing, invalid, or readable by others."""
    file = course.key_file
    try:
        text, mode = strictjson.content(file, most=LARGEST).decode("ascii").strip(), file.stat().st_mode & 0o077
    except (OSError, ValueError) as problem:
        raise errors.LabError("course-key", f"the key {file} cannot be read", details=[problem]) from problem
    if mode:
        raise errors.LabError(
            "course-key", f"others may read the key {file}", remedy=f"chmod 600 {shlex.quote(str(file))}"
        )
    if not re.fullmatch(rf"[0-9a-f]{{{2 * BYTES}}}", text):
        raise errors.LabError("course-key", f"{file} holds no key")
    return bytes.fromhex(text)


def signing(key: bytes, student: str) -> ed25519.Ed25519PrivateKey:
    """Return the key with which a student signs; the teacher derives it again to verify."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(_derived(key, SIGNING, student))


def token(key: bytes, student: str) -> str:
    """Return the token that a student shows to the class's watcher."""
    return _derived(key, WATCHING, student).hex()


def sealed(private: ed25519.Ed25519PrivateKey) -> str:
    """Return a signing key as a pack holds it: 64 hex digits."""
    raw, plain = serialization.Encoding.Raw, serialization.NoEncryption()
    return private.private_bytes(raw, serialization.PrivateFormat.Raw, plain).hex()


def opened(text: str) -> ed25519.Ed25519PrivateKey:
    """Return the signing key of a pack; raises ValueError if it is invalid."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip()))


def valid(public: ed25519.Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Return whether the holder of the key signed exactly this."""
    try:
        public.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _derived(key: bytes, purpose: bytes, student: str) -> bytes:
    return hmac.new(key, purpose + student.encode(), hashlib.sha256).digest()
