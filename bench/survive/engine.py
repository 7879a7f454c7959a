"""Runs a second Docker engine with its own socket, data and network namespace; the computer's engine is only read.

`python -m bench.survive.engine --into LAB` is started by the survival run inside a new network namespace, so that the
engine's bridges and firewall rules stay apart. It brings up a lab there, restarts the engine, and keeps the result
beside LAB's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.survive import harms, run, stage
from kubelab import paths
from kubelab.components import box_image
from kubelab.converge import session
from kubelab.lab import lifecycle

LAB = "selftest-docker"
SCENARIO = "docker-restart"
START = 60.0
"""Seconds in which the engine must answer; three are usual."""


class Engine:
    """One dockerd, as a context manager: it is stopped and its data are removed at the end."""

    def __init__(self, folder: Path) -> None:
        """Keep all files of the engine in `folder`."""
        self.folder = folder
        self.socket = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Engine:
        """Start it."""
        (self.folder / "daemon.json").write_text("{}", encoding="utf-8")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the engine, and with it every box that still runs."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start dockerd and wait until it answers."""
        here = self.folder
        words = ["dockerd", "--config-file", str(here / "daemon.json"), "--host", self.socket]
        words += ["--data-root", str(here / "data"), "--exec-root", str(here / "run"), "--pidfile", str(here / "pid")]
        with (here / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + START
        while self.docker("info", check=False).returncode:
            if time.monotonic() > end or self._process.poll() is not None:
                raise stage.NeverWhole((here / "log").read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask dockerd to stop, as a service manager does, and wait until it has."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(120)

    def docker(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run the docker command against this engine."""
        environment = {**os.environ, "DOCKER_HOST": self.socket}
        return subprocess.run(["docker", *words], env=environment, capture_output=True, check=check, timeout=300)

    def take(self, image: str) -> None:
        """Copy an image from the computer's engine."""
        archive = self.folder / "image.tar"
        subprocess.run(["docker", "save", "--output", str(archive), image], check=True, capture_output=True)
        self.docker("load", "--input", str(archive))
        archive.unlink()


def act_out(into: paths.LabPaths) -> None:
    """Bring up a lab on its own engine, restart the engine, and keep the result."""
    image = box_image.box_image()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with Engine(Path(tempfile.mkdtemp(prefix="kubelab-docker-", dir="/var/tmp"))) as engine:
        engine.take(image)
        os.environ["DOCKER_HOST"] = engine.socket
        harms.ENGINE.append(engine)
        try:
            with session.held(LAB, stage.quiet(), claim=True) as held:
                lifecycle.up(held)
            with stage.Stage.open(LAB) as on:
                run.keep(into, run.run(SCENARIO, on))
        finally:
            with session.held_places(LAB) as where:
                lifecycle.destroy(where, stage.quiet(), keep_keys=False)


def elsewhere(lab: str) -> run.Result:
    """Run the scenario in another process with its own network namespace; return the result."""
    into = paths.LabPaths(name=lab)
    run.record(into, SCENARIO).unlink(missing_ok=True)
    words = ["unshare", "--net", sys.executable, "-m", "bench.survive.engine", "--into", lab]
    done = subprocess.run(words, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    record = run.record(into, SCENARIO)
    if not record.exists():
        raise stage.NeverWhole(f"no engine of its own could be used: {done.stderr[-2000:]}")
    return run.Result(**json.loads(record.read_text(encoding="utf-8")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", required=True)
    act_out(paths.LabPaths(name=parser.parse_args().into))
