"""The student's side: gather the attempts of a lab, sign them with the pack's key, write one file."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from kubelab import atomic, docker, errors, paths
from kubelab.course import evidence, exports, handout, labfile, pack, strays, submission
from kubelab.exercises import attempt

SUBMITTED = "submitted"
"""Beside the attempts: the names of those that were handed in; `lab.destroy` asks no more for them."""


def default_name(found: pack.Pack) -> str:
    """Return how a submission is called if nobody says."""
    return f"{found.course}-{found.student}.zip"


def submit(lab: str, out: Path, root: Path = paths.ROOT) -> submission.Results:
    """Write what was done in a lab to `out`, signed; return what is in it.

    Raises `pack-missing`, `pack-damaged`, `attempts-none`, `attempt-unreadable` and `course-unwritable`.
    """
    found, private = pack.needed(root), pack.signing_key(root)
    where = paths.LabPaths(name=lab)
    attempts = mine(found, where)
    if not attempts:
        what = f"nothing of the course {found.course} was tried in lab {lab}"
        raise errors.LabError(
            "attempts-none", what, details=[f"exercises: {', '.join(row.id for row in found.exercises)}"]
        )
    results = submission.Results(
        schema=submission.SCHEMA,
        course=found.course,
        student=found.student,
        lab=lab,
        made=attempt.now(),
        versions=versions(attempts),
        digests={**pack.digests(root), **strays.digests(root)},
        labs={name: labfile.read(root / name) for name in pack.digests(root) if handout.LAB_FILE.fullmatch(name)},
        attempts=attempts,
    )
    kept = evidence.of_file(attempt.folder(where) / submission.EVIDENCE)
    content = submission.write(results, exports.junit(attempts), kept, private)
    _put(out, content)
    _remember(where)
    return results


def mine(found: pack.Pack, where: paths.LabPaths) -> tuple[attempt.Attempt, ...]:
    """Return a lab's attempts that were begun for the course, oldest first, the running one last; practice is none."""
    running = attempt.load(where)
    every = [*attempt.history(where), *([running] if running else [])]
    return tuple(one for one in every if one.course == found.course and found.task(one.exercise))


def versions(attempts: Sequence[attempt.Attempt]) -> dict[str, str]:
    """Return what the results were made with."""
    try:
        engine = docker.run("version", "--format", "{{.Server.Version}}", timeout=10).strip()
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


def _remember(where: paths.LabPaths) -> None:
    """Write down which finished attempts were handed in; the running one may still change."""
    folder = attempt.folder(where)
    names = sorted(path.name for path in (folder / "history").glob("*.json"))
    atomic.write(folder / SUBMITTED, "".join(f"{name}\n" for name in names))
