"""`pyproject.toml` declares every dependency: the built wheel, in its own environment, imports every module."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from kubelab import paths

IMPORT = """
import importlib, pkgutil, kubelab
names = [row.name for row in pkgutil.walk_packages(kubelab.__path__, "kubelab.")]
for name in names:
    importlib.import_module(name)
print(*names, sep="\\n")
"""
SOURCES = ("pyproject.toml", "README.md", "kubelab")


def run(*words: str | Path, cwd: Path) -> str:
    """Return what a program printed; fail with all it said."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an empty environment into which the wheel was installed, with what it declares and no more.

    It is built from a copy: a build in the checkout would leave its files where the labs' folders are.
    """
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "source").mkdir()
    for name in SOURCES:
        source = paths.ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / "source" / name)
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
    run(sys.executable, *pip, "wheel", "--no-deps", "--wheel-dir", folder, folder / "source", cwd=folder)
    venv.create(folder / "env", with_pip=True)
    made = folder / "env/bin/python"
    run(made, *pip, "install", *folder.glob("*.whl"), cwd=folder)
    return made


def test_every_module_is_in_the_wheel_and_can_be_imported(python: Path, tmp_path: Path) -> None:
    """No subpackage is left out, and no module needs what only the development environment has."""
    imported = set(run(python, "-I", "-c", IMPORT, cwd=tmp_path).split())
    files = (path.relative_to(paths.ROOT).with_suffix("") for path in (paths.ROOT / "kubelab").rglob("*.py"))
    wanted = {".".join(path.parts).removesuffix(".__init__") for path in files} - {"kubelab"}
    assert imported == wanted
