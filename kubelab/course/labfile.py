"""What a student changed in a lab file: it grades nothing, and kubelab itself advises to change it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from kubelab import errors
from kubelab.config import yaml_reader
from kubelab.files import bounded

LARGEST = 32 << 10
"""Characters; a lab file has a few hundred, and a foreign one is parsed here."""
MOST_SHOWN = 6
LONGEST = 40
UNKNOWN = "is not as it was handed out; which of its keys differ is not known"


def differing(was: str | None, now: str | None, digest: str) -> str:
    """Return how a lab file differs from the one handed out, as one phrase.

    `digest` is the SHA-256 in the submission, empty for a missing file.
    """
    if not digest:
        return "is gone"
    if was is None or now is None or len(now) > LARGEST or hashlib.sha256(now.encode()).hexdigest() != digest:
        return UNKNOWN
    try:
        before, after = (dict(_flat(yaml_reader.read(text.encode(), "").values)) for text in (was, now))
    except (errors.LabError, RecursionError):
        return UNKNOWN
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if not names:
        return "has other comments"
    shown = ", ".join(_plain(name) for name in names[:MOST_SHOWN])
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return f"has its own {shown}{more}"


def read(file: Path) -> str:
    """Return the beginning of a lab file's text; empty if it cannot be read."""
    try:
        return bounded.beginning(file, LARGEST + 1).decode("utf-8", "replace")
    except OSError:
        return ""


def _flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, repr(value)


def _plain(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:LONGEST]
