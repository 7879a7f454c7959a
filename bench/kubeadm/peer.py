"""One run of the peer: boxes by Vagrant, kubeadm init and join in them, until an application answers by DNS name."""

from __future__ import annotations

import base64
import concurrent.futures
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ruamel.yaml

from bench import cost, cpu, marks
from bench.kubeadm import folder, place
from kubelab import checks, model, providers
from kubelab.clients import doors, kube_api

ANSWERS = "application answers"
TIMEOUT = 300.0
"""Seconds until a run is given up; 60 are usual on two cores."""
PREPARED = "systemctl start kubelab-apply.service && bash /opt/kubelab/box/kubeadm.sh"
ADMIN = "until [ -s /etc/kubernetes/admin.conf ]; do sleep 0.2; done; cat /etc/kubernetes/admin.conf"


class PeerFailed(Exception):
    """The peer did not come up; the message has its last lines."""


def up(peer: folder.Peer) -> tuple[list[marks.Mark], cpu.Usage]:
    """Bring the peer up; return its marks, `ANSWERS` among them, and what it took without this process's watching."""
    with cpu.Watch() as watch:
        run = _Run(peer)
        _rise(run, best_case=peer.best_case)
    boxes = providers.boxes(place.NAME)
    found = [*run.marks, *marks.of_containers(run.clock, boxes), *run.inside()]
    return marks.ordered(found), watch.usage.named({box.ident: box.machine for box in boxes})


def _rise(run: _Run, *, best_case: bool) -> None:
    """Bring up the boxes and the cluster; return when kubeadm is done everywhere and the application has answered."""
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=8)
    try:
        boxes, answers = pool.submit(run.boxes), pool.submit(run.answered)
        _all(boxes, answers) if best_case else _all(boxes)
        kubeadm = [] if best_case else [pool.submit(run.kubeadm, machine) for machine in run.machines]
        _all(*kubeadm, answers)
    finally:
        run.give_up()  # ends commands that still run after a failure or a Ctrl-C
        pool.shutdown()


def answered(found: Sequence[marks.Mark]) -> float:
    """Return the seconds until the application answered."""
    return next(mark.at for mark in found if mark.name == ANSWERS)


def rows(found: Sequence[marks.Mark], usage: cpu.Usage) -> cost.Rows:
    """Return the CPU seconds until the application answers, until kubeadm is done everywhere, and between the marks."""
    phases = cost.of_marks(found)
    return cost.rows(usage, answered=answered(found), whole=phases[-1].end, phases=phases)


def _all(*futures: concurrent.futures.Future[None]) -> None:
    """Wait for all; raise the exception of the first that fails."""
    done, late = concurrent.futures.wait(futures, timeout=TIMEOUT, return_when=concurrent.futures.FIRST_EXCEPTION)
    for future in done:
        future.result()
    if late:
        raise PeerFailed(f"not done in {TIMEOUT:.0f} s")


class _Run:
    """The state of one run: its clock, its marks, its running commands."""

    def __init__(self, peer: folder.Peer) -> None:
        self._peer = peer
        self.machines = peer.machines
        self.clock = marks.Clock()
        self.marks: list[marks.Mark] = []
        self._stopped = False
        self._running: list[subprocess.Popen[str]] = []

    def reach(self, name: str) -> None:
        self.marks.append(self.clock.mark(name))

    def give_up(self) -> None:
        """Make every thread end soon."""
        self._stopped = True
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)

    def boxes(self) -> None:
        """Run `vagrant up`."""
        where = self._peer.where
        self._say("vagrant", "up", "--provider", "docker", cwd=where, env=place.environment(where))
        self.reach("boxes (vagrant is done)")

    def kubeadm(self, machine: model.Machine) -> None:
        """Run on one box the command that a user would type."""
        self._inside(machine, PREPARED)
        self.reach(f"kubeadm is done on {machine.name}")

    def _inside(self, machine: model.Machine, command: str) -> str:
        return self._say("docker", "exec", machine.container, "bash", "-c", command)

    def _say(self, *words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
        """Return a command's output; raise `PeerFailed` with its last lines if it fails."""
        process = subprocess.Popen(
            words, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self._running.append(process)
        out, said = process.communicate()
        if process.returncode:
            raise PeerFailed(f"{' '.join(words)}: ended with {process.returncode}\n{(out + said)[-3000:]}")
        return out

    def answered(self) -> None:
        """Watch the API until the client has its answer."""
        self._until(lambda: _listens(self._peer.control_plane))
        door = self._door(self._inside(self._peer.control_plane, ADMIN))
        seen: set[str] = set()
        wanted: dict[str, Callable[[], bool]] = {
            "API server ready": door.ready,
            "nodes Ready": lambda: _all_ready(door.items("/api/v1/nodes"), len(self.machines)),
            "cluster DNS ready": lambda: _any_ready(door.items("/api/v1/pods", labelSelector="k8s-app=kube-dns")),
            ANSWERS: lambda: _any_ready(door.items("/api/v1/pods", labelSelector="app=client")),
        }

        def look() -> bool:
            for name, reached in wanted.items():
                if name not in seen and _quietly(reached):
                    seen.add(name)
                    self.reach(name)
            return ANSWERS in seen

        self._until(look)
        self.marks += marks.of_cluster(self.clock, door)

    def inside(self) -> list[marks.Mark]:
        """Return the steps that the boxes kept."""
        command = "cat /var/lib/kubelab/timeline.tsv"
        texts = {machine.name: self._inside(machine, command) for machine in self.machines}
        return marks.of_boxes(self.clock, texts)

    def _until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + TIMEOUT
        while not reached():
            if self._stopped or time.monotonic() > end:
                raise PeerFailed("the application did not answer in time")
            time.sleep(0.25)  # as the lab's own waiting does

    def _door(self, kubeconfig: str) -> kube_api.Api:
        """Return the door to the peer's API server, from the kubeconfig that kubeadm wrote."""
        config = ruamel.yaml.YAML(typ="safe").load(kubeconfig)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        files = {
            "ca.crt": cluster["certificate-authority-data"],
            "admin.crt": user["client-certificate-data"],
            "admin.key": user["client-key-data"],
        }
        for name, content in files.items():
            (self._peer.where / name).write_bytes(base64.b64decode(content))
        where = self._peer.where
        return kube_api.Api(self._peer.endpoint, where / "ca.crt", (where / "admin.crt", where / "admin.key"))


def _listens(machine: model.Machine) -> bool:
    """Return whether its ssh server says who it is: asking Docker again and again would take CPU seconds from the peer.

    An open port says less: some networks' gateways accept a connection to any address.
    """
    try:
        with socket.create_connection((str(machine.address), 22), timeout=1.0) as there:
            return there.recv(4) == b"SSH-"
    except OSError:
        return False


def _quietly(reached: Callable[[], bool]) -> bool:
    try:
        return reached()
    except doors.DoorError:
        return False


def _all_ready(items: list[kube_api.Json], count: int) -> bool:
    return len(items) == count and all(checks.condition(item, "Ready") for item in items)


def _any_ready(items: list[kube_api.Json]) -> bool:
    return any(checks.condition(item, "Ready") for item in items)
