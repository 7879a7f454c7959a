"""The door to Vagrant: create, start, stop and destroy boxes; its output goes to the lab's log."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import IO, Any

from kubelab import errors, model, paths
from kubelab.clients import surroundings
from kubelab.files import atomic, strictjson

Watcher = Callable[[str], None]
LARGEST = 16 << 20
"""Bytes of Vagrant's index of machines; a machine takes some 500."""
TRIES = 3
"""How often `vagrant up` runs again when only a container that came or went stopped it."""


def unwatched(_: str) -> None:
    """Watch nothing: the log has the output."""


class Machines:
    """The boxes of one lab, by Vagrant."""

    def __init__(self, lab: model.Lab, where: paths.LabPaths) -> None:
        """Run Vagrant from the project's root, on the rendered file of this lab."""
        self._lab = lab
        self.log = where.logs / "vagrant.log"
        network = lab.network
        ranges = (network.machines, network.pods, network.services)
        self._vagrant = _opened(environment(lab.name, provider=lab.provider, exempt=ranges), self._errors)

    def up(self, watch: Watcher = unwatched, *, only: model.Machine | None = None) -> None:
        """Create and start every box, or `only` one; `watch` gets each line that Vagrant prints.

        To find taken ports, Vagrant lists all containers of the computer and then inspects each. It fails if one came
        or went in between, even another box of this lab. It is then run again and does the rest.
        """
        options = {"vm_name": only.vagrant_name if only else None, "provider": str(self._lab.provider)}
        for tried in range(1, TRIES + 1):
            try:
                self._run("up", self._vagrant.up(**options, stream_output=True), watch)
            except errors.LabError as problem:
                if tried == TRIES or not any("No such object" in line for line in problem.details):
                    raise
            else:
                return

    def halt(self, watch: Watcher = unwatched) -> None:
        """Stop every box, cleanly."""
        self._run("halt", self._vagrant._stream_vagrant_command(["halt"]), watch)

    def destroy(self, watch: Watcher = unwatched) -> None:
        """Destroy every box that Vagrant knows."""
        self._run("destroy", self._vagrant._stream_vagrant_command(["destroy", "--force", "--parallel"]), watch)

    def _run(self, action: str, lines: Iterator[str], watch: Watcher) -> None:
        last: list[str] = []
        try:
            with self._writing() as log:
                for line in lines:
                    log.write(line)
                    last = [*last[-9:], line.rstrip()]
                    watch(line.rstrip())
        except subprocess.CalledProcessError as problem:
            raise errors.LabError(
                "vagrant-failed",
                f"vagrant {action} ended with exit code {problem.returncode}",
                details=_tail(self.log) or last,
                log=self.log,
            ) from problem

    @contextlib.contextmanager
    def _writing(self) -> Iterator[IO[str]]:
        atomic.folder(self.log.parent)
        with self.log.open("a", encoding="utf-8", buffering=1) as log:
            yield log

    def _errors(self) -> contextlib.AbstractContextManager[IO[str]]:
        """Return the target of Vagrant's stderr: python-vagrant would drop it."""
        return self._writing()


def _opened(env: Mapping[str, str], errors_to: Callable[[], contextlib.AbstractContextManager[IO[str]]]) -> Any:
    """Return python-vagrant, which complains on import if the computer has no Vagrant yet."""
    if not shutil.which("vagrant"):
        raise errors.LabError("vagrant-missing", "there is no vagrant command")
    import vagrant  # noqa: PLC0415 (see above)

    return vagrant.Vagrant(root=str(paths.ROOT), env=dict(env), err_cm=errors_to)  # type: ignore[no-untyped-call]


def forget(name: str) -> None:
    """Forget a machine that the lab file no longer has, by Vagrant's name for it: Vagrant cannot destroy it."""
    folder = paths.ROOT / ".vagrant/machines" / name
    for record in folder.glob("*/index_uuid"):
        # An entry too many in `vagrant global-status` is no reason to fail.
        with contextlib.suppress(OSError, ValueError):
            _unlist(strictjson.content(record, most=LARGEST).decode().strip())
    shutil.rmtree(folder, ignore_errors=True)


def _unlist(ident: str) -> None:
    """Take one entry out of Vagrant's indexes of machines, under the lock that Vagrant takes for each."""
    for home in (surroundings.vagrant_home(), _theirs()):
        with contextlib.suppress(OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
            _strike(home / "data/machine-index/index", ident)


def _theirs() -> Path:
    """Return the person's own Vagrant folder: `vagrant` typed by hand uses it, and so did older versions of kubelab."""
    return Path(os.environ.get("VAGRANT_HOME") or Path.home() / ".vagrant.d")


def _strike(index: Path, ident: str) -> None:
    with index.with_name("index.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = strictjson.table(strictjson.content(index, most=LARGEST), most=LARGEST)
        if whole.get("version") == 1 and whole["machines"].pop(ident, None):
            atomic.write(index, json.dumps(whole), mode=index.stat().st_mode & 0o777)


def environment(
    lab: str, *, provider: model.Provider = model.Provider.DOCKER, exempt: Iterable[IPv4Network] = ()
) -> dict[str, str]:
    """Return the environment of a Vagrant call: the lab, no wait for ssh, no calls home, no other Vagrantfile.

    Boxes that are containers need nothing of a person's Vagrant; virtual machines need its plug-ins and images.
    """
    rows = {
        "KUBELAB_LAB": lab,
        "KUBELAB_CACHE": str(paths.cache()),
        "KUBELAB_UP": "1",
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_NO_COLOR": "1",
    }
    theirs = os.environ.get("VAGRANT_HOME", "")
    home = str(surroundings.vagrant_home()) if provider is model.Provider.DOCKER else theirs
    return surroundings.child(rows, {"VAGRANT_HOME": home} if home else {}, exempt=exempt)


def _tail(log: Path, count: int = 10) -> list[str]:
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if line.strip()][-count:]
