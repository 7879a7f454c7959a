"""A computer without any network: its own Docker engine in a network namespace that leads nowhere, and a fresh home.

Everything that is run here, the engine and the boxes included, is in that namespace: it has a loopback and what the
engine makes, and no way out, no name server and no route. Nothing of this computer's own network is changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from acts import another_engine

from kubelab.clients import patience

PATIENCE = 60.0
ALONE = "ip link set lo up && exec dockerd --data-root {0}/docker --exec-root {0}/exec --pidfile {0}/pid --host unix://{0}/sock"


@dataclass(frozen=True, kw_only=True)
class Computer:
    """The place under which everything of it is, and the process that holds its namespace."""

    place: Path
    pid: int

    @property
    def checkout(self) -> Path:
        """Return the folder to work in, as it came out of a bundle."""
        return self.place / "kubelab"

    @property
    def environment(self) -> dict[str, str]:
        """Return what programs there see: a home, a cache and an engine of their own, no proxy, nothing of ours."""
        home = self.place / "home"
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "KUBELAB_CACHE": str(home / "cache"),
        }

    def run(self, *words: str, codes: Sequence[int] = (0,), timeout: float = 900) -> str:
        """Run a command there from the checkout; return what it printed, fail unless it ends with one of `codes`."""
        done = subprocess.run(
            ["nsenter", f"--target={self.pid}", "--net", *another_engine(f"{self.place}/sock"), *words],
            cwd=self.checkout if self.checkout.exists() else self.place,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode in codes, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout


@contextlib.contextmanager
def computer(place: Path) -> Iterator[Computer]:
    """Yield a computer under `place`; nothing of it is left afterwards."""
    (place / "home").mkdir(parents=True)
    log = (place / "dockerd.log").open("w", encoding="utf-8")
    process = subprocess.Popen(
        ["unshare", "--net", "bash", "-c", ALONE.format(place)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    found = Computer(place=place, pid=process.pid)
    try:
        _answers(found, process)
        yield found
    finally:
        _end(found, process)
        log.close()


def _answers(found: Computer, process: subprocess.Popen[bytes]) -> None:
    for _ in patience.polls(PATIENCE):
        assert process.poll() is None, (found.place / "dockerd.log").read_text(encoding="utf-8")[-3000:]
        with contextlib.suppress(AssertionError):
            found.run("docker", "version", timeout=10)
            return
    raise AssertionError("the engine of the computer without a network does not answer")


def _end(found: Computer, process: subprocess.Popen[bytes]) -> None:
    """Remove every container of that engine, end it, and remove its folder with whatever is mounted there."""
    with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
        names = found.run("docker", "ps", "--all", "--quiet", timeout=30).split()
        if names:
            found.run("docker", "rm", "--force", *names, timeout=120)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    for mount in reversed([one for one in mounts if one.startswith(f"{found.place}/")]):
        subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
    shutil.rmtree(found.place, ignore_errors=True)


def unpack_checkout(bundle: Path, found: Computer) -> None:
    """Unpack the folder to work in from a bundle, as the page of components says."""
    with tarfile.open(bundle) as tar:
        for entry in tar:
            if entry.name.startswith("kubelab/"):
                tar.extract(entry, found.place, filter="data")
            elif entry.name != "manifest.json":
                return  # the checkout comes first: the rest need not be read
