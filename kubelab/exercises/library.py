"""Finds exercises: the folders under labs/exercises/, each read strictly and identified by a digest of its content."""

from __future__ import annotations

import functools
import hashlib
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from kubelab import errors, paths, source
from kubelab.config import strict, yaml_reader
from kubelab.exercises import exercise_file

FOLDER = paths.LABS / "exercises"
WANTED = ("task.md", "checks.py", "solution.sh", "explain.md")
"""Files that every exercise has beside exercise.yaml; near-misses/ has at least one."""
TEACHERS = ("solution.sh", "solution-2.sh", "solution-3.sh", "explain.md", "near-misses", "mutations")
"""Files that stay with the teacher: a student's pack has none of them, and works without."""
STUDENTS = ("exercise.yaml", "task.md", "checks.py", "break.sh", "undo.sh")
"""Files of an exercise in a student's pack, enough to start, check, reset and stop it; and DATA."""
DATA = "files"
"""The folder of an exercise with data for its checks and scripts; the student's pack has all of it."""
LITTER = re.compile(r"\..*|.*(~|\.(swp|swo|orig|rej|bak|tmp|pyc|part))|#.*#|__pycache__")
"""Leftovers of editors, tools and merges: they never travel, in any folder."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """An exercise: its spec, and the folder with the rest."""

    spec: exercise_file.Spec
    folder: Path

    def text(self, name: str) -> str:
        """Return one of its files."""
        return (self.folder / name).read_text(encoding="utf-8")

    def scripts(self, kind: str) -> tuple[Path, ...]:
        """Return the scripts under near-misses/ or mutations/, ordered by name."""
        return tuple(sorted((self.folder / kind).glob("*.sh")))

    @property
    def goals(self) -> tuple[str, ...]:
        """Return the names of its goals, in the order of exercise.yaml."""
        return tuple(row.check for row in self.spec.goals)

    @property
    def breaks(self) -> Path | None:
        """Return break.sh, if it has one."""
        path = self.folder / "break.sh"
        return path if path.exists() else None


def refuse_pack(word: str) -> None:
    """Raise `solution-away` in a student's pack, which lacks what a word needs."""
    if paths.PACK.exists():
        remedy = f"{word} in a checkout that is no pack"
        raise errors.LabError("solution-away", f"{word} does not work in a course's pack", remedy=remedy)


def names() -> tuple[str, ...]:
    """Return the ids of all exercises."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/exercise.yaml")))


def find(name: str) -> Exercise:
    """Return an exercise; raise `exercise-unknown`, or `exercise-invalid` with all its problems."""
    if not exercise_file.SLUG.fullmatch(name) or not (FOLDER / name / "exercise.yaml").is_file():
        near = strict.did_you_mean(name, names())
        raise errors.LabError("exercise-unknown", f"there is no exercise {yaml_reader.shown(name)}{near}")
    return read(FOLDER / name)


def read(folder: Path) -> Exercise:
    """Return the exercise of a folder; raise `exercise-invalid`."""
    file = f"{folder.name}/exercise.yaml"
    content = (folder / "exercise.yaml").read_bytes()[: yaml_reader.LARGEST + 1]
    try:
        text = _text(content, file)
    except errors.LabError as problem:
        raise errors.LabError("exercise-invalid", problem.what, details=problem.details) from problem
    spec, flaws = exercise_file.shape(text.values)
    flaws = [*text.flaws, *flaws]
    if spec:
        flaws += _flaws(spec, folder)
    if flaws or spec is None:
        found = yaml_reader.problems(flaws, text)
        what = f"{file} has {len(found)} problem{'s' if len(found) != 1 else ''}"
        raise errors.LabError("exercise-invalid", what, details=found[: yaml_reader.MOST])
    return Exercise(spec=spec, folder=folder)


@functools.lru_cache(maxsize=256)
def _text(content: bytes, file: str) -> yaml_reader.Text:
    """Return what a file says, which is not changed: an exam reads each of its exercises a hundred times."""
    return yaml_reader.read(content, file)


def _flaws(spec: exercise_file.Spec, folder: Path) -> list[yaml_reader.Flaw]:
    """Return the files that the spec promises and the folder lacks."""
    flaws = []
    if spec.id != folder.name:
        flaws.append(yaml_reader.Flaw(place=("id",), message=f"the folder is called {folder.name}"))
    packed = paths.PACK.exists()
    for name in (*WANTED, *spec.runs):
        if not (folder / name).is_file() and not (packed and name.split("/")[0] in TEACHERS):
            flaws.append(yaml_reader.Flaw(place=(), message=f"there is no {name} beside it"))
    if not packed and not list((folder / "near-misses").glob("*.sh")):
        flaws.append(
            yaml_reader.Flaw(place=(), message="there is no near-misses/*.sh: a wrong repair that must not pass")
        )
    if not (folder / "break.sh").is_file() and not all(row.fault for row in spec.variants):
        flaws.append(yaml_reader.Flaw(place=("variants",), message="every variant has a fault, or break.sh is there"))
    return flaws


def is_students(name: str) -> bool:
    """Return whether a file, by its path in an exercise's folder, is in a student's pack."""
    parts = name.split("/")
    if len(parts) == 1:
        return name in STUDENTS
    return parts[0] == DATA and not any(LITTER.fullmatch(part) for part in parts)


def digest(exercise: Exercise) -> str:
    """Return the version of an exercise: a digest over the files of its folder.

    mutations/ is left out: it proves the checks and is invisible to a student.
    """
    return digest_of({path: content for path, content in files(exercise).items() if not path.startswith("mutations/")})


def files(exercise: Exercise) -> dict[str, bytes]:
    """Return the files of an exercise's folder: path in it to SHA-256, in the order of the paths.

    Editors' leftovers do not count; in a pack, neither do a student's notes.
    """
    found, packed = {}, paths.PACK.exists()
    for path in sorted(exercise.folder.rglob("*")):
        name = path.relative_to(exercise.folder)
        ours = is_students(str(name)) if packed else not any(LITTER.fullmatch(part) for part in name.parts)
        if path.is_file() and ours:
            found[str(name)] = hashlib.sha256(path.read_bytes()).digest()
    return found


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the digest of an exercise from its files' SHA-256, in the order of their paths."""
    whole = hashlib.sha256()
    for path, sha256 in files.items():
        whole.update(f"{path}\0".encode())
        whole.update(sha256)
    return whole.hexdigest()


def functions(exercise: Exercise) -> ModuleType:
    """Return the module of checks.py from its present text; an exercise's code is trusted like the project's own.

    Raises `exercise-invalid` if it cannot be loaded.
    """
    path = exercise.folder / "checks.py"
    name = f"kubelab_exercise_{exercise.spec.id.replace('-', '_')}"
    try:
        return source.load(name, path)
    except Exception as problem:
        what = f"{exercise.spec.id}/checks.py cannot be loaded"
        raise errors.LabError("exercise-invalid", what, details=[f"{type(problem).__name__}: {problem}"]) from problem


def function(module: ModuleType, name: str, *others: ModuleType) -> Callable[..., Any]:
    """Return a check by name, from checks.py or else from `others`; raise `exercise-invalid` for a missing one."""
    for place in (module, *others):
        found = getattr(place, name, None)
        if inspect.isfunction(found):
            return found
    known = [key for key, value in vars(module).items() if inspect.isfunction(value)]
    what = f"{Path(str(module.__file__)).parent.name}: no check {name}{strict.did_you_mean(name, known)}"
    raise errors.LabError("exercise-invalid", what)
