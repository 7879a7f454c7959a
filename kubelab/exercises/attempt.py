"""The attempt: all records about one student at one exercise, and their files.

The running one is `build/<lab>/state/exercise/attempt.json`; finished ones are under `history/` beside it. Submissions
are made of these records: their shape changes only together with `SCHEMA`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pydantic

from kubelab import errors, paths
from kubelab.exercises import timestamps
from kubelab.files import atomic, strictjson

SCHEMA = 1
"""The JSON's version; a file with another number is refused."""
HISTORY = "history"
FIRST = pydantic.FailFast()
"""Only the first wrong row of a foreign list is reported: a million of them would take gigabytes to list."""


class Kind(enum.StrEnum):
    """The purposes of a check."""

    GOAL = "goal"
    GUARD = "guard"
    STABILITY = "stability"


class State(enum.StrEnum):
    """The result of a check. `UNKNOWN`: no answer came, so it cannot be told."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One check: its function's name, the sentence for the student, the reason if it did not pass.

    `points` is the worth of a goal or stability check, and the price of a failed guard.
    """

    kind: Kind
    check: str
    says: str
    state: State
    seen: str = ""
    points: int
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One `exercise.check`: its time, its verdicts, points won (hints not yet taken off), all points."""

    at: str
    verdicts: Annotated[tuple[Verdict, ...], FIRST]
    points: int
    full: int

    @property
    def reached(self) -> bool:
        """Return whether every goal held."""
        return all(row.state is State.PASSED for row in self.verdicts if row.kind is Kind.GOAL)


@dataclass(frozen=True, kw_only=True)
class Hint:
    """A hint that was taken, the first is number 1, and its price."""

    at: str
    number: int
    price: int


@dataclass(frozen=True, kw_only=True)
class Assisted:
    """Help that an exercise does not allow for, taken with --give-up: which task."""

    at: str
    how: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One student at one variant of one exercise. Times are UTC, ISO 8601, seconds; `ended` is empty while it runs.

    `seed` gives the variant (`variants.of`); `digest` is the exercise folder's (`library.digest`); `solved` says that
    the reference solution was run in it, or before it began in another one of that variant: it has no score.
    """

    exercise: str
    digest: str
    student: str = ""
    course: str = ""
    lab: str
    versions: str = ""
    seed: str
    variant: int
    values: Mapping[str, str] = field(default_factory=dict)
    full: int
    started: str
    ready: str = ""
    ended: str = ""
    resets: int = 0
    solved: bool = False
    checks: Annotated[tuple[Check, ...], FIRST] = ()
    hints: Annotated[tuple[Hint, ...], FIRST] = ()
    assisted: Annotated[tuple[Assisted, ...], FIRST] = ()

    @property
    def running(self) -> bool:
        """Return whether it has not been stopped."""
        return not self.ended

    @property
    def price(self) -> int:
        """Return what the hints taken cost together."""
        return sum({hint.number: hint.price for hint in self.hints}.values())

    @property
    def best(self) -> Check | None:
        """Return the check with the most points, the first of equals; None without any check."""
        return max(self.checks, key=lambda check: check.points, default=None)

    @property
    def score(self) -> int:
        """Return the score: the best check less the hints' price; 0 if the solution was shown."""
        return 0 if self.solved or not self.best else max(0, self.best.points - self.price)

    @property
    def done(self) -> bool:
        """Return whether a check won every point, without the solution."""
        return not self.solved and bool(self.best) and self.best is not None and self.best.points == self.full


def shown(one: Attempt, attempts: Iterable[Attempt]) -> bool:
    """Return whether the solution of an attempt's variant was shown in it, or before it began."""
    others = [row for row in attempts if (row.exercise, row.seed) == (one.exercise, one.seed) and row is not one]
    return one.solved or any(row.solved and timestamps.until(row.ended or row.started, one.started) for row in others)


STRICT = pydantic.TypeAdapter(Attempt)
"""Reads an attempt only if every value in it has its type."""
LARGEST = 8 << 20
"""Bytes of one attempt: hundreds of checks."""


def now() -> str:
    """Return the time in the attempts' form."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def folder(where: paths.LabPaths) -> Path:
    """Return the folder of a lab's attempts."""
    return where.state / "exercise"


def load(where: paths.LabPaths) -> Attempt | None:
    """Return the running attempt of a lab, None without one; raise `attempt-unreadable` if it was damaged."""
    path = folder(where) / "attempt.json"
    return _read(path) if path.exists() else None


def save(where: paths.LabPaths, attempt: Attempt) -> None:
    """Keep the running attempt, atomically."""
    _write(folder(where) / "attempt.json", attempt)


def finish(where: paths.LabPaths, attempt: Attempt) -> Path:
    """Move the running attempt into the history, ended now if it was not; return its file."""
    ended = attempt if attempt.ended else dataclasses.replace(attempt, ended=now())
    target = folder(where) / HISTORY / file_name(ended)
    _write(target, ended)
    (folder(where) / "attempt.json").unlink(missing_ok=True)
    return target


def file_name(attempt: Attempt) -> str:
    """Return the name of a finished attempt's file: its begin and its exercise."""
    return f"{attempt.started.replace(':', '').replace('+0000', 'Z')}-{attempt.exercise}.json"


def history(where: paths.LabPaths) -> tuple[Attempt, ...]:
    """Return the finished attempts of a lab, oldest first."""
    return tuple(_read(path) for path in sorted((folder(where) / HISTORY).glob("*.json")))


def readable(where: paths.LabPaths) -> tuple[Attempt, ...]:
    """Return the readable finished attempts of a lab, oldest first."""
    found = []
    for path in sorted((folder(where) / HISTORY).glob("*.json")):
        with contextlib.suppress(errors.LabError):
            found.append(_read(path))
    return tuple(found)


def everywhere() -> tuple[Attempt, ...]:
    """Return the readable attempts of every lab of this checkout, running ones included, oldest first."""
    found: list[Attempt] = []
    for path in sorted(paths.BUILD.glob("*/state/exercise")):
        if paths.LAB_NAME.fullmatch(path.parts[-3]):
            where = paths.LabPaths(name=path.parts[-3])
            found += readable(where)
            with contextlib.suppress(errors.LabError):
                found += filter(None, [load(where)])
    return tuple(sorted(found, key=lambda one: one.started))


def forget(where: paths.LabPaths) -> None:
    """Delete the finished ones of no student: `lab.destroy` does not ask about them any more."""
    shutil.rmtree(folder(where) / HISTORY, ignore_errors=True)


def as_json(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as plain values, with `schema` and the derived `score`."""
    return {"schema": SCHEMA, "score": attempt.score, **dataclasses.asdict(attempt)}


def from_json(row: Mapping[str, Any]) -> Attempt:
    """Return the attempt of `as_json`'s values; raise ValueError, KeyError or TypeError for other values."""
    if row.get("schema") != SCHEMA:
        raise ValueError(f"schema {row.get('schema')!r}; this version reads {SCHEMA}")
    values = {key: value for key, value in row.items() if key not in ("schema", "score")}
    values["checks"] = tuple(_check(item) for item in row["checks"])
    values["hints"] = tuple(Hint(**item) for item in row["hints"])
    values["assisted"] = tuple(Assisted(**item) for item in row["assisted"])
    return Attempt(**values)


def _check(row: Mapping[str, Any]) -> Check:
    verdicts = tuple(
        Verdict(**{**item, "kind": Kind(item["kind"]), "state": State(item["state"])}) for item in row["verdicts"]
    )
    return Check(**{**row, "verdicts": verdicts})


def _read(path: Path) -> Attempt:
    try:
        row = strictjson.table(strictjson.content(path, most=LARGEST), most=LARGEST)
        from_json(row)  # its number, and no key that an attempt has not
        return STRICT.validate_json(json.dumps(row), strict=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.LabError("attempt-unreadable", f"{path} holds no attempt", details=[problem]) from problem


def _write(path: Path, attempt: Attempt) -> None:
    atomic.write(path, json.dumps(as_json(attempt), indent=1, ensure_ascii=False) + "\n")
