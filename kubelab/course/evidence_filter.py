"""What of the kept evidence leaves a student's computer, and its replacement on the teacher's."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubelab import paths
from kubelab.course import diff_capture, diff_store, lab_diff, submission
from kubelab.exercises import attempt, baseline_objects, register
from kubelab.pki import redact

SECRETS = "/api/v1/secrets"
LONGEST = 4096
"""Bytes of the replacement of one secret: the number of secrets in a foreign file is not trusted."""


def submitted(labs: Iterable[paths.LabPaths]) -> bytes:
    """Return the evidence beside the attempts of some labs, without secrets, for a submission.

    It is redacted here again: an older version of the project kept everything. Unreadable evidence is left out.
    """
    found = {}
    for where in labs:
        with register.locked(where):
            rows = diff_store.kept(attempt.folder(where) / submission.EVIDENCE)
        redactor = diff_capture.own(where)
        for name, row in rows.items():
            with contextlib.suppress(ValueError, RecursionError):
                difference = lab_diff.Difference.model_validate_json(json.dumps(row))
                found[name] = _cut(difference, redactor).model_dump()
    return json.dumps(found).encode() + b"\n"


def _cut(found: lab_diff.Difference, redactor: redact.Redactor) -> lab_diff.Difference:
    boxes = {name: _box(box, redactor) for name, box in found.boxes.items()}
    rows = [row.model_copy(update={"body": row.body and redactor.tree(row.body)}) for row in found.objects]
    return found.model_copy(update={"boxes": boxes, "objects": rows})


def _box(box: lab_diff.Box, redactor: redact.Redactor) -> lab_diff.Box:
    files, digests = dict(box.files), dict(box.digests)
    for path, file in box.files.items():
        if file.content is None:
            continue
        content = base64.b64decode(file.content)
        kept = redactor.file(path, content)
        if kept is None:
            del files[path]
            digests[path] = hashlib.sha256(content).hexdigest()[: lab_diff.DIGITS]
        elif kept != content:
            files[path] = file.model_copy(update={"content": base64.b64encode(kept).decode()})
    withheld = list(dict.fromkeys([*box.withheld, *digests]))
    return box.model_copy(update={"files": files, "withheld": withheld, "digests": digests})


@dataclass(frozen=True, kw_only=True)
class Refill:
    """Replaces every secret that was left out; `notes` names those that could not be the student's.

    `own` is this lab's encryption key, `known` are values that the student's may equal: their digest tells.
    """

    own: str = field(repr=False)
    known: Mapping[str, str] = field(repr=False)
    made: dict[str, str] = field(default_factory=dict, repr=False)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, where: paths.LabPaths, values: Iterable[str], before: baseline_objects.Objects) -> Refill:
        """Return a filler with this lab's key, the variant's values, and the values of this lab's Secrets."""
        key = (where.keys / "encryption.key").read_text(encoding="ascii").strip()
        secrets = [row for (path, _, _), row in before.found.items() if path == SECRETS]
        known = [str(value) for row in secrets for value in (row.get("data") or {}).values()]
        known += [way for value in values for way in (value, base64.b64encode(value.encode()).decode())]
        return cls(own=key, known={_digest(value): value for value in known})

    def difference(self, found: lab_diff.Difference) -> lab_diff.Difference:
        """Return a difference with a replacement for every secret that was left out."""
        boxes = {}
        for name, box in found.boxes.items():
            files = {path: self._file(file, f"{name} {path}") for path, file in box.files.items()}
            boxes[name] = box.model_copy(update={"files": files})
        rows = [
            row.model_copy(update={"body": row.body and self.tree(row.body, f"{row.path} {row.namespace} {row.name}")})
            for row in found.objects
        ]
        return found.model_copy(update={"boxes": boxes, "objects": rows})

    def _file(self, file: lab_diff.File, place: str) -> lab_diff.File:
        try:
            text = base64.b64decode(file.content or "").decode("utf-8")
        except UnicodeDecodeError:
            return file
        full = self.text(text, place)
        return file if full == text else file.model_copy(update={"content": base64.b64encode(full.encode()).decode()})

    def text(self, text: str, place: str) -> str:
        """Return a text with a replacement of the same length and kind for every secret that was cut out."""
        return redact.MARK.sub(lambda match: self._value(match, place), text)

    def tree(self, value: Any, place: str) -> Any:
        """Return an object with all of its texts filled."""
        if isinstance(value, dict):
            return {name: self._entry(str(name), item, place) for name, item in value.items()}
        if isinstance(value, list):
            return [self.tree(item, place) for item in value]
        return self.text(value, place) if isinstance(value, str) else value

    def _entry(self, name: str, value: Any, place: str) -> Any:
        filled = self.tree(value, f"{place} {name}" if isinstance(value, str) else place)
        # The API takes nothing but JSON under these names.
        return base64.b64encode(b"{}").decode() if name.startswith(".docker") and filled != value else filled

    def _value(self, match: re.Match[str], place: str) -> str:
        how, size, digest = match["how"], min(int(match["size"]), LONGEST), match["digest"] or ""
        if how == "own":
            return self.own
        if digest in self.known:
            return self.known[digest]
        self.notes.append(f"{place}: a secret of {size} bytes was left out of the submission; another one stands there")
        if digest not in self.made:
            text = base64.b64encode(os.urandom(size)).decode()
            self.made[digest] = text if how == "base64" else text.replace("/", "x").replace("+", "y")[:size]
        return self.made[digest]


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[: lab_diff.DIGITS]
