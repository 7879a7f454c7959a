"""A submission: one signed zip; written by the student's side, read as foreign by the teacher's."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pydantic
from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab.course import envelope, keys
from kubelab.exam import record
from kubelab.exercises import attempt
from kubelab.files import strictjson

SCHEMA = 1
MANIFEST, SIGNATURE, RESULTS, JUNIT, EVIDENCE = (
    envelope.MANIFEST,
    envelope.SIGNATURE,
    envelope.RESULTS,
    envelope.JUNIT,
    envelope.EVIDENCE,
)
CONTENT = envelope.CONTENT
Unreadable = envelope.Unreadable
ATTEMPTS = 500
LENGTHS = {
    "attempts": ATTEMPTS,
    "exams": 50,
    "questions": record.MOST,
    "checks": 5000,
    "verdicts": 100,
    "hints": 50,
    "assisted": 500,
    "values": 100,
    "versions": 50,
    "labs": 50,
    "digests": 20_000,
}
"""The most rows of every list and table in results.json, by its name: about ten times the usual."""
VALUES = 1_000_000
"""Values in results.json: some 65000 verdicts. Twenty exercises, each checked a hundred times, have 16000."""
TIME = (2000, 1, 1, 0, 0, 0)
Identity = tuple[str, str, str]
"""The key of an attempt among those of the same student: exercise, beginning, lab."""
STRICT = pydantic.ConfigDict(strict=True, hide_input_in_errors=True)


@pydantic.with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Results:
    """The content of results.json. `digests` are the pack's files as they were then, `versions` name to version.

    `labs` are the pack's lab files as they were then, whole: a student may change them.
    """

    schema: int
    course: str
    student: str
    lab: str
    made: str
    versions: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    labs: Mapping[str, str] = field(default_factory=dict)
    attempts: Annotated[tuple[attempt.Attempt, ...], pydantic.FailFast()] = ()
    exams: Annotated[tuple[record.Exam, ...], pydantic.FailFast()] = ()


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One verified file of a student's; `evidence` only if it was asked for."""

    file: Path
    digest: str
    results: Results
    evidence: bytes
    size: int = 0
    """Bytes of the results."""
    told: Mapping[Identity, Collection[str]] = field(default_factory=dict)
    """The digests of the files with an attempt, where attempts of several files were put together."""

    def beside(self, file: Path) -> Submission:
        """Return the same under another file name."""
        return dataclasses.replace(self, file=file)

    @property
    def student(self) -> str:
        """Return the student's id."""
        return self.results.student


def identity(one: attempt.Attempt) -> Identity:
    """Return the key of an attempt among those of the same student."""
    return one.exercise, one.started, one.lab


_RESULTS = pydantic.TypeAdapter(Results)


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
        "labs": dict(results.labs),
        "attempts": [attempt.as_json(one) for one in results.attempts],
        "exams": [record.as_json(one) for one in results.exams],
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


def read(
    file: Path, key: bytes, course: str, *, evidence: bool = False, admit: envelope.Admit | None = None
) -> Submission:
    """Return the content of a file after checking signature and digests; raises `Unreadable` for anything else."""
    wanted = (RESULTS, EVIDENCE) if evidence else (RESULTS,)
    found = envelope.opened(file, course, lambda student: keys.signing(key, student).public_key(), wanted, admit)
    results = _results(found.members[RESULTS])
    if (results.student, results.course) != (found.student, course):
        raise Unreadable("its results are another student's than its manifest says")
    kept, size = found.members.get(EVIDENCE, b""), len(found.members[RESULTS])
    return Submission(file=file, digest=found.digest, results=results, evidence=kept, size=size)


def _results(content: bytes) -> Results:
    try:
        _refuse_long(strictjson.table(content, most=len(content), values=VALUES))
        found = _RESULTS.validate_json(content)
    except strictjson.Refused as problem:
        raise Unreadable(f"{RESULTS} in it {problem}") from problem
    except pydantic.ValidationError as problem:
        places = [_place(row["loc"]) for row in problem.errors(include_url=False, include_input=False)[:3]]
        raise Unreadable(f"its results have another shape at {', '.join(places)}") from problem
    if found.schema != SCHEMA:
        raise Unreadable(f"its results have format {found.schema}; this version reads {SCHEMA}")
    return found


def _refuse_long(rows: Mapping[str, object]) -> None:
    """Refuse lists beyond any real length, wherever they are: a row costs much more to read than to write."""
    waiting: list[object] = [rows]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for name, value in one.items():
                most = LENGTHS.get(name)
                if most is not None and isinstance(value, list | dict) and len(value) > most:
                    raise Unreadable(f"it has more than {most} {name}")
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _place(parts: Sequence[str | int]) -> str:
    """Return the place of an error in the results, without control characters."""
    return ascii(".".join(str(part)[:30] for part in parts))[1:-1] or "the whole"
