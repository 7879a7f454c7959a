"""The student's side of handing in: gathers the attempts of a lab, signs them with the pack's key, writes one file."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, paths, providers
from kubelab.course import evidence_filter, exports, handout, labfile, pack, stray_files, submission
from kubelab.exam import record
from kubelab.exercises import attempt, exam_mark
from kubelab.files import atomic
from kubelab.ui import amounts

USUAL = "default"
"""The default lab."""
SUBMITTED = "submitted"
"""Beside the attempts: the names of submitted ones; `lab.destroy` does not ask about them."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """The attempts of one lab: the running one, if there is one, the finished ones, oldest first; and its exams."""

    where: paths.LabPaths
    running: attempt.Attempt | None
    finished: tuple[attempt.Attempt, ...]
    exams: tuple[record.Exam, ...] = ()


def default_name(found: pack.Pack) -> str:
    """Return the default name of a submission."""
    return f"{found.course}-{found.student}.zip"


def submit(lab: str, out: Path, root: Path = paths.ROOT) -> submission.Results:
    """Write the course work of every lab of this checkout to `out`, signed; return its content.

    The lab that is named by `lab` must have some. Raises `pack-missing`, `pack-damaged`, `attempts-none`,
    `attempt-unreadable` and `course-unwritable`.
    """
    found, private = pack.needed(root), pack.signing_key(root)
    labs = works(lab)
    attempts = mine(found, labs)
    named = labs if lab in (USUAL, found.lab) else labs[:1]
    if not mine(found, named) and not exams(found, named):
        what = f"nothing of the course {found.course} was tried in lab {' or '.join(row.where.name for row in named)}"
        details = [f"exercises: {', '.join(row.id for row in found.exercises)}"]
        raise errors.LabError("attempts-none", what, details=details)
    results = submission.Results(
        schema=submission.SCHEMA,
        course=found.course,
        student=found.student,
        lab=lab,
        made=attempt.now(),
        versions=versions(attempts),
        digests={**pack.digests(root), **stray_files.digests(root)},
        labs={name: labfile.read(root / name) for name in pack.digests(root) if handout.LAB_FILE.fullmatch(name)},
        attempts=attempts,
        exams=(*exams(found, labs), *given_up(found, labs)),
    )
    evidence = evidence_filter.submitted([row.where for row in labs])
    _put(out, submission.write(results, exports.junit(attempts), evidence, private))
    for row in labs:
        _remember(row)
    return results


def told(results: submission.Results) -> str:
    """Return what a submission holds, as one sentence without its end: every kind of record that travels, counted."""
    graded = [one for one in results.exams if one.submitted]
    kinds = {"attempt": results.attempts, "exam": graded, "lab file": results.labs}
    *first, last = [amounts.counted(len(rows), kind) for kind, rows in kinds.items() if rows or kind == "attempt"]
    if gone := len(results.exams) - len(graded):
        first, last = [*first, last], f"{amounts.counted(gone, 'exam')} given up"
    return f"{' and '.join([', '.join(first), last]) if first else last}, signed for {results.student}"


def works(first: str) -> list[Work]:
    """Return the exercise work in the labs of this checkout: one that was asked for first, and always.

    The running attempt is read before the finished ones: one that is stopped meanwhile is not missed.
    """
    names = dict.fromkeys(
        path.parts[-3] for path in sorted({*paths.BUILD.glob("*/state/exercise"), *paths.BUILD.glob("*/state/exam")})
    )
    others = [name for name in names if name != first and paths.LAB_NAME.fullmatch(name)]
    labs = [paths.LabPaths(name=name) for name in (first, *others)]
    return [
        Work(where=where, running=attempt.load(where), finished=attempt.history(where), exams=record.every(where))
        for where in labs
    ]


def mine(found: pack.Pack, labs: Sequence[Work]) -> tuple[attempt.Attempt, ...]:
    """Return the attempts of some labs that were begun for the course, oldest first, without practice.

    An attempt that was being stopped when a computer failed exists twice, running and finished: it counts once.
    """
    every: dict[tuple[str, str, str], attempt.Attempt] = {}
    for row in labs:
        for one in [*([row.running] if row.running else []), *row.finished]:
            every[one.lab, one.exercise, one.started] = one
    rows = [one for one in every.values() if one.course == found.course and found.task(one.exercise)]
    return tuple(sorted(rows, key=lambda one: one.started))


def exams(found: pack.Pack, labs: Sequence[Work]) -> tuple[record.Exam, ...]:
    """Return the graded exams of some labs that were begun for the course, oldest first, each once."""
    return tuple(one for one in _exams(found, labs) if one.submitted)


def given_up(found: pack.Pack, labs: Sequence[Work]) -> tuple[record.Exam, ...]:
    """Return the exams of some labs that were begun for the course and given up, oldest first, each once.

    The next one has the same tasks, which were read: a teacher is told so.
    """
    return tuple(one for one in _exams(found, labs) if one.given_up)


def _exams(found: pack.Pack, labs: Sequence[Work]) -> list[record.Exam]:
    rows = {one.begun: one for row in labs for one in row.exams if one.course == found.course}
    return [rows[begun] for begun in sorted(rows)]


def versions(attempts: Sequence[attempt.Attempt]) -> dict[str, str]:
    """Return the versions of the programs behind the results."""
    try:
        engine = providers.BY_KIND[model.Provider.DOCKER].version()
    except errors.LabError:
        engine = "not running"
    return {
        "components": ", ".join(sorted({one.versions for one in attempts if one.versions})),
        "docker": engine,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _put(out: Path, content: bytes) -> None:
    atomic.write(out, content, ident="course-unwritable")


def _remember(row: Work) -> None:
    """Record which finished attempts and exams were handed in, or are practice; a running one may still change."""
    exams = {exam_mark.kept_name(one.begun) for one in row.exams if one.submitted}
    names = sorted({attempt.file_name(one) for one in row.finished} | exams)
    atomic.write(attempt.folder(row.where) / SUBMITTED, "".join(f"{name}\n" for name in names))
