"""Mutations of this computer, for the checks that look at it: each is made on entry and taken back on exit.

Each yields the changes of the suite's environment meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from kubelab import paths, providers
from kubelab.proofs import check_verdict
from kubelab.providers import docker
from kubelab.state import workspace

Environment = Mapping[str, str]
Maker = Callable[[paths.LabPaths], AbstractContextManager[Environment]]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NETWORK = "kubelab-mutation"
LEAVING = """#!/bin/sh
(setsid sh -c 'sleep 120' "$@" > /dev/null 2>&1 < /dev/null &)
exec {browser} "$@"
"""
"""A browser that leaves a process behind, with the words that the browser was given."""


@contextlib.contextmanager
def _mode(path: Path, mode: int) -> Iterator[Environment]:
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield {}
    finally:
        path.chmod(before)


def _keys_folder_open(where: paths.LabPaths) -> AbstractContextManager[Environment]:
    return _mode(where.keys, 0o755)


def _kubeconfig_open(where: paths.LabPaths) -> AbstractContextManager[Environment]:
    return _mode(where.kubeconfig, 0o644)


def _key(where: paths.LabPaths) -> bytes:
    return (where.keys / "kubernetes/admin.key").read_bytes()


@contextlib.contextmanager
def _log_tells(where: paths.LabPaths) -> Iterator[Environment]:
    log = where.logs / "mutation.log"
    workspace.keep(log, _key(where))
    try:
        yield {}
    finally:
        log.unlink()


@contextlib.contextmanager
def _docker_shows(where: paths.LabPaths) -> Iterator[Environment]:
    """A box has a line of a key for a name in some network."""
    line = _key(where).decode().splitlines()[1]
    with docker.in_another_network(providers.boxes(where.name)[0], NETWORK, alias=line):
        yield {}


@contextlib.contextmanager
def _browser_leaves_something(_: paths.LabPaths) -> Iterator[Environment]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise check_verdict.Unproven(f"this computer has none of {', '.join(BROWSERS)}: ./run host.setup installs one")
    with tempfile.TemporaryDirectory(prefix="kubelab-mutation-") as folder:
        shim = Path(folder) / BROWSERS[0]
        shim.write_text(LEAVING.format(browser=browser), encoding="utf-8")
        shim.chmod(0o755)
        yield {"PATH": f"{folder}:{os.environ['PATH']}"}


MAKERS: Mapping[str, Maker] = {
    "keys-folder-open": _keys_folder_open,
    "kubeconfig-open": _kubeconfig_open,
    "log-tells": _log_tells,
    "docker-shows": _docker_shows,
    "browser-leaves-something": _browser_leaves_something,
}
"""Mutation's name to what makes it."""
