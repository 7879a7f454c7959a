"""A separate checkout for a test, whose build folder, cache, home and PATH may lack parts."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from acts import Said

from kubelab import paths

PARTS = ("kubelab", "labs", "provision", "templates", "components", "boxes")
FILES = ("run", "tasks.py", "requirements.lock", "toolchain.lock", "pyproject.toml", "Vagrantfile", "README.md")
PROGRAMS = ("/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin")
PATIENCE = 120.0
"""Seconds for one word: it takes one, and many on a computer that has more to do than it can."""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A folder with the project in it; what is broken here is broken for nobody else."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> Checkout:
        """Copy the project and let `./run` find this Python environment in place of making one."""
        for name in PARTS:
            shutil.copytree(paths.ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy2(paths.ROOT / name, root / name)
        environment = root / ".venv"
        environment.mkdir()
        for entry in Path(sys.prefix).iterdir():
            if entry.name != "made-from":
                (environment / entry.name).symlink_to(entry)
        lock = hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest()
        made_from = f"{lock}  - {root} {(environment / 'bin/python').resolve()}\n"
        (environment / "made-from").write_text(made_from, encoding="utf-8")
        (root / "home").mkdir()
        return cls(root=root)

    def lab(self, name: str, content: bytes) -> None:
        """Write a lab file."""
        (self.root / f"labs/{name}.yaml").write_bytes(content)

    def word(self, *words: str, where: Sequence[str] = (), **env: str) -> Said:
        """Type `./run WORDS` as a person does; variables in capital letters come on top of the environment."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("KUBELAB_", "KUBECONFIG"))}
        own = {"HOME": str(self.root / "home"), "KUBELAB_CACHE": str(self.root / "cache")}
        done = subprocess.run(
            [*where, self.root / "run", *words],
            cwd=self.root,
            env={**inherited, **own, **env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Said(code=done.returncode, out=done.stdout, err=done.stderr)

    def path_without(self, *names: str) -> str:
        """Return a PATH with every program of this computer but these."""
        folder = self.root / f"path-without-{'-'.join(names)}"
        folder.mkdir()
        for program in (entry for place in PROGRAMS if Path(place).is_dir() for entry in Path(place).iterdir()):
            if program.name not in names and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
        return str(folder)

    @contextmanager
    def disk(self, name: str, kib: int) -> Iterator[Path]:
        """Put a disk of that many KiB below the checkout; it is gone afterwards."""
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
