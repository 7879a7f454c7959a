"""The course's key, and what is derived from it: every secret of a student follows from it and the student's id.

Nothing of a student has to be kept to verify what comes back, and no student's secret tells another's, nor the key.
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
from kubelab.course import plan
from kubelab.files import atomic

BYTES = 32
# No exercise can be called so: what signs is never what a variant is drawn from.
SIGNING, WATCHING = b"KUBELAB SIGNING\0", b"KUBELAB WATCHING\0"


def ensure(course: plan.Course) -> bytes:
    """Return the course's key; make it, for the teacher's eyes only, if the course has none yet."""
    if not course.key_file.exists():
        with contextlib.suppress(FileExistsError):  # another run has just made it
            atomic.write(course.key_file, f"{secrets.token_hex(BYTES)}\n", ident="course-unwritable", new=True)
    return read(course)


def read(course: plan.Course) -> bytes:
    """Return the course's key; raises `course-key` if it is not there, no key, or open to others."""
    file = course.key_file
    try:
        text, mode = file.read_text(encoding="ascii").strip(), file.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as problem:
        raise errors.LabError("course-key", f"the key {file} cannot be read", details=[problem]) from problem
    if mode:
        raise errors.LabError(
            "course-key", f"others may read the key {file}", remedy=f"chmod 600 {shlex.quote(str(file))}"
        )
    if not re.fullmatch(rf"[0-9a-f]{{{2 * BYTES}}}", text):
        raise errors.LabError("course-key", f"{file} holds no key")
    return bytes.fromhex(text)


def signing(key: bytes, student: str) -> ed25519.Ed25519PrivateKey:
    """Return the key with which a student signs; the teacher derives it anew to verify."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(_derived(key, SIGNING, student))


def token(key: bytes, student: str) -> str:
    """Return what a student shows to the class's watcher."""
    return _derived(key, WATCHING, student).hex()


def sealed(private: ed25519.Ed25519PrivateKey) -> str:
    """Return a signing key as a pack holds it: 64 hex digits."""
    raw, plain = serialization.Encoding.Raw, serialization.NoEncryption()
    return private.private_bytes(raw, serialization.PrivateFormat.Raw, plain).hex()


def opened(text: str) -> ed25519.Ed25519PrivateKey:
    """Return the signing key of a pack; raises ValueError if it is none."""
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
