"""The list of what a pack holds: what a student needs; any other file stays with the teacher.

More than solution.sh reveals a solution: near-misses and mutations say what does not count, a fault's clear.sh undoes
it, the pages of proofs name what each check looks at, and an editor's copy of any of them reveals the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from kubelab import pages
from kubelab.course import course_plan
from kubelab.exercises import library
from kubelab.faults import catalogue

FILES = frozenset(
    {
        "README.md",
        "Vagrantfile",
        "pyproject.toml",
        "requirements.lock",
        "run",
        "tasks.py",
        "templates/exam/page.html",
        "templates/exercise/page.html",
        "tests/conftest.py",
        "toolchain.lock",
        "provision/exercises/end-old-pods.sh",
        "provision/exercises/lib.sh",
        "provision/exercises/put-back.sh",
        "provision/faults/back.sh",
        "provision/faults/lib.sh",
        "provision/faults/pod-network.sh",
        pages.CONFORMANCE_DATA,
    }
)
"""Single files."""
FOLDERS = {
    "boxes": (),
    "components": (),
    "kubelab": (".py",),
    "provision/checkpoint": (".sh",),
    "provision/looks": (".sh",),
    "provision/steps": (".sh",),
    "templates/addons": (".j2",),
    "templates/control-plane": (".j2",),
    "templates/course": (".j2",),
    "templates/etcd": (".j2",),
    "templates/lab": (".j2",),
    "templates/node": (".j2",),
    "tests/live": (".py",),
}
"""Folders with all below them, and the endings of their files' names; any ending if none is given."""
SCRIPTS = re.compile(r"provision/[a-z0-9-]+\.sh")
PAGES = frozenset(
    {
        "docs/README.md",
        "docs/explain/live-tests.md",
        "docs/how-to/components.md",
        "docs/how-to/converge.md",
        "docs/how-to/keeping.md",
        "docs/how-to/not-here.md",
        "docs/how-to/surroundings.md",
        "docs/start/exam.md",
        "docs/start/exercises.md",
        "docs/start/first-hour.md",
        "docs/reference/licences.md",
        pages.CONFORMANCE,
        pages.ERRORS,
        pages.LAB_FILE,
        pages.SECURITY,
        pages.WHY,
        pages.ARCHITECTURE,
    }
)
"""Of docs/: the pages for students. Pages of faults, of proofs and for teachers stay."""
LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]+)\)")
AUTHORS = re.compile(rb"^no_other_solution:.*\n?(?:[ \t]+.*\n?)*", re.MULTILINE)
"""Keys of exercise.yaml that reveal a solution."""
ELSEWHERE = re.compile(r"[a-z]+:|#")


def travels(name: str) -> bool:
    """Return whether a file of the checkout is in every pack; those of labs/ and of faults are chosen by the course."""
    path = PurePosixPath(name)
    if name in FILES or name in PAGES or SCRIPTS.fullmatch(name):
        return True
    if any(library.LITTER.fullmatch(part) for part in path.parts):
        return False
    return any(name.startswith(f"{folder}/") and name.endswith(endings or "") for folder, endings in FOLDERS.items())


def breaks(course: course_plan.Course) -> Iterator[str]:
    """Yield the scripts that break a lab for the exercises of a course, by their paths in the checkout."""
    faults = {row.fault for one in course.assignments for row in one.exercise.spec.variants if row.fault}
    for name in sorted(faults):
        yield f"provision/{catalogue.find(name).home}/{name}/inject.sh"


def as_held(name: str, content: bytes, there: Collection[str]) -> bytes:
    """Return a file as a pack holds it: without words for authors in an exercise, and without links to missing
    pages."""
    if name.startswith("labs/exercises/") and name.endswith("/exercise.yaml"):
        return AUTHORS.sub(b"", content)
    if not name.endswith(".md"):
        return content
    folder = PurePosixPath(name).parent

    def plain(found: re.Match[str]) -> str:
        words, target = found.groups()
        path = target.partition("#")[0]
        kept = ELSEWHERE.match(target) or _joined(folder, path) in there
        return found[0] if kept else words

    return LINK.sub(plain, content.decode("utf-8", "replace")).encode()


def _joined(folder: PurePosixPath, path: str) -> str:
    parts: list[str] = []
    for part in (folder / path).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)
