"""The real Ignition, built from its Go module: its validator, and its stages run against a folder as root."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import machine_root
import pytest
import rendering

from kubelab import artifact, components, errors
from kubelab.components import tool_catalogue
from kubelab.converge import compose
from kubelab.host import packages
from kubelab.render import ignition
from kubelab.ui import progress

STAGES = ("fetch-offline", "files")
USERS = "root:x:0:0::/root:/bin/sh\ncore:x:0:0::/home/core:/bin/bash\n"
"""What a root needs for the key of user core: the user. Its id is the one that a user namespace has."""
ITS_OWN = ("etc/passwd", "etc/group", "etc/.ignition-result.json", "home/core/")
"""What is in a root beside what the machine's folder asks for."""

_DONE: dict[Path, Mapping[str, bytes]] = {}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file or link of a root: mode, owner and group are 0 and the target is empty where they mean nothing."""

    digest: str = ""
    mode: int = 0
    owners: tuple[int, int] = (0, 0)
    target: str = ""


def built(name: str) -> Path:
    """Return one of Ignition's programs, built if it is missing; skip where this computer cannot build it."""
    header = next(package for package in packages.PACKAGES if package.name == "libblkid-dev")
    if tool_catalogue.TOOLS[name].cgo and not header.present:
        pytest.skip(f"{name} is built with libblkid, whose header is missing; type: ./run host.setup")
    try:
        return components.ensure_tool(name, progress.Progress(progress.Style.PLAIN))
    except errors.LabError as problem:
        if problem.ident == "go-missing" or "module proxy" in problem.cause:
            pytest.skip(f"{name} cannot be built here: {problem.what}; {problem.cause}; type: {problem.remedy}")
        raise


def documents(rendered: rendering.Rendered) -> Mapping[str, bytes]:
    """Return the documents of a lab, rendered when they are first asked for."""
    if rendered.where.root not in _DONE:
        _DONE[rendered.where.root] = anew(rendered)
    return _DONE[rendered.where.root]


def anew(rendered: rendering.Rendered) -> Mapping[str, bytes]:
    """Return the documents of a lab, from its files, which are rendered again."""
    return ignition.documents(rendered.lab, compose.compose(rendered.lab, rendered.where).files)


def run(document: bytes, folder: Path) -> Path:
    """Return a root folder, empty but for the user `core`, after Ignition has put a document into effect there."""
    program, root = built("ignition"), folder / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text(USERS, encoding="ascii")
    (root / "etc/group").write_text("root:x:0:\n", encoding="ascii")
    config = folder / "config.ign"
    config.write_bytes(document)
    places = {"config-cache": "cache.json", "state-file": "state", "neednet": "neednet"}
    options = [word for option, name in places.items() for word in (f"--{option}", str(folder / name))]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "IGNITION_CONFIG_FILE": str(config)}
    for stage in STAGES:
        words = [
            *machine_root.namespace(),
            str(program),
            "--platform",
            "file",
            "--root",
            str(root),
            "--stage",
            stage,
            *options,
        ]
        rendering.said([*words, "--log-to-stdout"], env=environment)
    return root


def tree(root: Path) -> dict[str, Entry]:
    """Return path to entry for every file and link that Ignition made for the machine."""
    found = {}
    for path in sorted(root.rglob("*")):
        relative = str(path.relative_to(root))
        if path.is_symlink():
            found[f"/{relative}"] = Entry(target=str(path.readlink()))
        elif path.is_file() and not relative.startswith(ITS_OWN):
            found[f"/{relative}"] = entry(path)
    return found


def entry(path: Path) -> Entry:
    """Return the entry of a file as it lies here; what this user owns is root's, in the namespace."""
    status = path.stat()
    owners = (status.st_uid - os.geteuid(), status.st_gid - os.getegid())
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return Entry(digest=content, mode=stat.S_IMODE(status.st_mode), owners=owners)


def file(path: Path) -> artifact.HostFile:
    """Return a file of a lab's folder as it was rendered."""
    return artifact.HostFile(content=path.read_bytes(), mode=stat.S_IMODE(path.stat().st_mode))
