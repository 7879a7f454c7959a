"""Reads an EncryptionConfiguration as the API server does, and makes one that reads the data of two others.

Run as a program, `python -m kubelab.exercises.encryption between OWN NOW`, it writes the one for the way back.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kubelab import checks
from kubelab.exercises import quantities

CIPHERS = ("secretbox", "aescbc", "aesgcm")
"""Providers with their keys in the file; `kms` asks a program for them."""
PLAIN = "identity"
KEY = 32
"""The least bytes of a key."""
Provider = tuple[str, Mapping[str, Any]]


def writer(text: str, resource: str = "secrets") -> Provider:
    """Return the provider that writes a resource of the core group, with its settings; `Wrong` without one.

    That is the first provider of the first entry for the resource, by its name or by a wildcard. The first key of a
    cipher, which writes, must be whole.
    """
    for names, providers in _entries(quantities.parsed_yaml(text)):
        if {resource, f"{resource}.", "*.", "*.*"}.intersection(names):
            if not providers:
                raise checks.Wrong(f"the entry for {resource} has no providers")
            kind, said = providers[0]
            if kind in CIPHERS:
                _whole(kind, said)
            return kind, said
    raise checks.Wrong(f"the configuration does not name {resource}")


def between(own: str, now: str) -> dict[str, Any]:
    """Return a configuration that reads the data of two others, and writes as `own` does.

    Secrets go to the first provider of `own`; everything else is written plainly.
    """
    mine, theirs = _ciphers(own), _ciphers(now)
    ciphers = [*mine, *(row for row in theirs if row not in mine)]
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {"resources": ["secrets"], "providers": [*ciphers, {PLAIN: {}}]},
            {"resources": ["*.*"], "providers": [{PLAIN: {}}, *ciphers]},
        ],
    }


def _ciphers(text: str) -> list[dict[str, Any]]:
    """Return every provider that encrypts; none for an unreadable text."""
    try:
        rows = [row for _names, providers in _entries(quantities.parsed_yaml(text)) for row in providers]
    except checks.Wrong:
        return []
    found: list[dict[str, Any]] = []
    for kind, said in rows:
        if kind != PLAIN and {kind: said} not in found:
            found.append({kind: dict(said)})
    return found


def _entries(found: Any) -> Iterator[tuple[list[str], list[Provider]]]:
    """Yield each entry's resources and its providers, in their order; `Wrong` for any other text."""
    if not isinstance(found, dict) or found.get("kind") != "EncryptionConfiguration":
        raise checks.Wrong("the file holds no EncryptionConfiguration")
    for entry in _list(found, "resources"):
        if not isinstance(entry, dict):
            raise checks.Wrong("an entry under resources is no mapping")
        yield [str(name) for name in _list(entry, "resources")], [_provider(row) for row in _list(entry, "providers")]


def _provider(row: Any) -> Provider:
    if not isinstance(row, dict) or len(row) != 1:
        raise checks.Wrong("each provider is one name with what it is told")
    ((kind, said),) = row.items()
    return str(kind), said if isinstance(said, dict) else {}


def _whole(kind: str, said: Mapping[str, Any]) -> None:
    keys = _list(said, "keys")
    first = keys[0] if keys and isinstance(keys[0], dict) else {}
    try:
        size = len(base64.b64decode(str(first.get("secret") or ""), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size < KEY:
        raise checks.Wrong(f"the key with which {kind} writes has {size} bytes; {KEY} are wanted")


def _list(row: Mapping[str, Any], key: str) -> list[Any]:
    found = row.get(key) or []
    if not isinstance(found, list):
        raise checks.Wrong(f"{key} is no list")
    return found


def foreign(own: str, now: str) -> list[str]:
    """Return what `own` could not read of the data that `now` has written: kinds of the API, or `all`; empty for
    nothing."""
    known = _ciphers(own)
    strange = any(row not in known for row in _ciphers(now))
    found = {"secrets"} if strange else set()
    try:
        entries = list(_entries(quantities.parsed_yaml(now)))
    except checks.Wrong:
        return sorted(found)
    for names, providers in entries:
        if any(kind != PLAIN for kind, _said in providers):
            found.update(names)
    found -= set() if strange else {"secrets", "secrets."}
    return ["all"] if any("*" in name for name in found) else sorted(name.rstrip(".") for name in found)


def main(argv: Sequence[str]) -> None:
    """Print the answer for undo.sh: `kinds OWN NOW`, or `between OWN NOW`."""
    word, *files = argv
    own, now = (Path(name).read_text(encoding="utf-8", errors="replace") for name in files)
    sys.stdout.write(" ".join(foreign(own, now)) if word == "kinds" else json.dumps(between(own, now)))


if __name__ == "__main__":
    main(sys.argv[1:])
