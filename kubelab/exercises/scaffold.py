"""The folder of a new exercise, with every file begun: a small working exercise to change."""

from __future__ import annotations

from pathlib import Path

from kubelab import errors, paths
from kubelab.config import yaml_reader
from kubelab.exercises import exercise_file, library
from kubelab.files import atomic

SAMPLE = paths.TEMPLATES / "exercise" / "new"


def make(name: str) -> Path:
    """Make the folder of an exercise and return it; raise `exercise-invalid` for an impossible or taken name."""
    library.refuse_pack("./run exercise.new")
    folder = library.FOLDER / name
    if not exercise_file.SLUG.fullmatch(name):
        what = f"{yaml_reader.shown(name)} is no name of an exercise: small letters, digits and dashes"
        raise errors.LabError("exercise-invalid", what, remedy="./run exercise.new a-name-like-this")
    if folder.exists():
        raise errors.LabError("exercise-invalid", f"there is an exercise {name}", remedy=f"./run exercise.show {name}")
    for path in sorted(SAMPLE.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(SAMPLE)
            atomic.write(target, path.read_text(encoding="utf-8").replace("SLUG", name), mode=atomic.PUBLIC)
    return folder
