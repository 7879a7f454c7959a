"""Boxes that are containers of the local Docker engine, found by their labels."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from kubelab import errors, model
from kubelab.clients import docker
from kubelab.providers import provider

LAB = "kubelab.lab"
BOX = "kubelab.box"
SECONDS = "30"
"""Seconds for a box to stop cleanly; then it is killed."""
TOLD = ("Name", "State", "RestartCount", "Image", "Mounts", "NetworkSettings")
"""What a person is shown of an unwell container."""
TYPED = {
    "list_all_boxes": "docker ps -a --filter label=kubelab.lab={name}",
    "list_boxes": "docker ps --filter label=kubelab.lab={name}",
    "read_box_log": "docker logs --tail 20 {container}",
    "look_at_ssh": "docker exec {container} systemctl status ssh --no-pager",
    "resume_box": "docker unpause {container}",
    "restart_box": "docker restart {container}",
}
Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Docker(provider.Provider):
    """The Docker engine of this computer; it supports every operation."""

    kind: model.Provider = model.Provider.DOCKER
    delivery: provider.Delivery = provider.Delivery.MOUNT
    cannot: frozenset[provider.Act] = frozenset()
    typed: Mapping[str, str] = field(default_factory=lambda: TYPED)

    def boxes(self, lab: str | None = None) -> tuple[provider.Box, ...]:
        """Return the boxes of a lab (of all labs), running or not."""
        return tuple(map(_box, _containers(lab)))

    def networks(self, lab: str | None = None) -> tuple[provider.Network, ...]:
        """Return the networks of a lab (of all labs)."""
        return tuple(map(_network, _inspected("network", "network", "ls", "-q", "--filter", _label(lab))))

    def volumes(self, lab: str | None = None, machine: str | None = None) -> tuple[str, ...]:
        """Return the names of a lab's volumes (of all labs', of one machine's of it)."""
        one = ("--filter", f"label={BOX}={machine}") if machine else ()
        return tuple(docker.run("volume", "ls", "-q", "--filter", _label(lab), *one).split())

    def volume_machines(self, lab: str) -> frozenset[str]:
        """Return the names of the machines that a lab's volumes belong to."""
        shown = docker.run("volume", "ls", "--filter", _label(lab), "--format", f'{{{{.Label "{BOX}"}}}}')
        return frozenset(name for name in shown.split() if name)

    def described(self, lab: str) -> str:
        """Return Docker's own description of a lab's boxes, as JSON for people."""
        return json.dumps([{key: row[key] for key in TOLD} for row in _containers(lab)], indent=1)

    def version(self) -> str:
        """Return the version of the engine."""
        return docker.run("version", "--format", "{{.Server.Version}}", timeout=10).strip()

    def start(self, boxes: Sequence[str]) -> None:
        """Start boxes, by name or identifier."""
        if boxes:
            docker.run("start", *boxes)

    def stop(self, boxes: Sequence[str]) -> None:
        """Stop boxes, cleanly."""
        if boxes:
            docker.run("stop", "--time", SECONDS, *boxes, timeout=120)

    def restart(self, boxes: Sequence[str]) -> None:
        """Stop boxes, cleanly, and start them again."""
        if boxes:
            docker.run("restart", "--time", SECONDS, *boxes, timeout=120)

    def pause(self, boxes: Sequence[str]) -> None:
        """Freeze every process of running boxes; memory and connections stay."""
        if boxes:
            docker.run("pause", *boxes)

    def resume(self, boxes: Sequence[str]) -> None:
        """Let paused boxes run on."""
        if boxes:
            docker.run("unpause", *boxes)

    def cut_power(self, boxes: Sequence[str]) -> None:
        """Kill boxes without a warning."""
        if boxes:
            docker.run("kill", *boxes)

    def cut_off(self, box: provider.Box) -> None:
        """Take a box off the network of its lab, ssh included; it goes on running."""
        for network in self.networks(box.lab):
            docker.run("network", "disconnect", "--force", network.ident, box.ident)

    def reconnect(self, box: provider.Box) -> None:
        """Give a box that was cut off its network and its address back."""
        for network in self.networks(box.lab):
            docker.run("network", "connect", "--ip", str(box.address), network.ident, box.ident)

    def remove_boxes(self, boxes: Sequence[str]) -> None:
        """Remove boxes by name or identifier, running or not; their volumes stay."""
        _remove("container", boxes, "--force")

    def remove_networks(self, networks: Sequence[str]) -> None:
        """Remove networks by identifier."""
        _remove("network", networks)

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        """Remove volumes by name, with their content."""
        _remove("volume", volumes, "--force")

    def make_volume(self, name: str, machine: model.Machine, *, content: Path, image: str) -> None:
        """Make a machine's volume, labelled as Vagrant would, with the content of a folder of this computer."""
        labels = (f"{LAB}={machine.lab}", f"{BOX}={machine.name}")
        docker.run("volume", "create", *(word for label in labels for word in ("--label", label)), name)
        mounts = ("--volume", f"{name}:/to", "--volume", f"{content}:/from:ro", "--entrypoint", "/bin/cp")
        docker.run("run", "--rm", "--network", "none", *mounts, image, "-a", "/from/.", "/to/")


@contextlib.contextmanager
def in_another_network(box: provider.Box, network: str, *, alias: str) -> Iterator[None]:
    """Let a box be in one more network, made for it, under a name of its own there."""
    docker.run("network", "create", network)
    try:
        docker.run("network", "connect", "--alias", alias, network, box.ident)
        yield
    finally:
        with contextlib.suppress(errors.LabError):
            docker.run("network", "disconnect", "--force", network, box.ident)
        docker.run("network", "rm", network)


def _label(lab: str | None) -> str:
    return f"label={LAB}={lab}" if lab else f"label={LAB}"


def _containers(lab: str | None) -> list[Json]:
    return _inspected("container", "ps", "-aq", "--filter", _label(lab))


def _inspected(kind: str, *listing: str) -> list[Json]:
    """Return what `docker KIND inspect` says of every listed object, read at one moment."""
    for last in (False, False, True):
        names = docker.run(*listing).split()
        try:
            return json.loads(docker.run(kind, "inspect", *names)) if names else []
        except errors.LabError as problem:
            gone = any("No such" in detail for detail in problem.details)
            if last or not gone:  # one that went away between the listing and the look is no error
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _remove(kind: str, names: Sequence[str], *options: str) -> None:
    if names:
        docker.run(kind, "rm", *options, *names, timeout=120)


def _box(row: Json) -> provider.Box:
    """Return a box as `docker container inspect` describes it."""
    config, state, host = row.get("Config") or {}, row.get("State") or {}, row.get("HostConfig") or {}
    labels = config.get("Labels") or {}
    root = labels.get("kubelab.root")
    return provider.Box(
        ident=str(row["Id"]),
        name=str(row["Name"]).lstrip("/"),
        lab=str(labels.get(LAB, "")),
        machine=str(labels.get(BOX, "")),
        root=Path(root) if root else None,
        shape=str(labels.get("kubelab.shape", "")),
        state=str(state.get("Status", "")),
        runs=bool(state.get("Running")),
        paused=bool(state.get("Paused")),
        since=str(state.get("StartedAt", "")),
        process=int(state.get("Pid", 0)),
        image=str(config.get("Image", "")),
        memory=int(host.get("Memory", 0)) >> 20,
        cpus=int(host.get("NanoCpus", 0)) // 10**9,
        processes=host.get("PidsLimit") or None,
        address=_address(row),
    )


def _address(row: Json) -> IPv4Address | None:
    """Return the address that the container was assigned on the lab's own network."""
    networks = (row.get("NetworkSettings") or {}).get("Networks") or {}
    asked = [(item.get("IPAMConfig") or {}).get("IPv4Address") for item in networks.values()]
    return next((IPv4Address(address) for address in asked if address), None)


def _network(row: Json) -> provider.Network:
    """Return a network as `docker network inspect` describes it, without its IPv6 ranges."""
    subnets = [str(config["Subnet"]) for config in (row.get("IPAM") or {}).get("Config") or []]
    return provider.Network(
        ident=str(row["Id"]),
        name=str(row["Name"]),
        lab=str((row.get("Labels") or {}).get(LAB, "")),
        ranges=tuple(IPv4Network(subnet) for subnet in subnets if "." in subnet),
    )
