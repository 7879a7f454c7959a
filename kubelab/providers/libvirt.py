"""Boxes that are virtual machines of libvirt on this computer, found by their names and descriptions.

The Vagrantfile names a machine as a container would be named, and describes it in words that are read here.
"""

from __future__ import annotations

import contextlib
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from kubelab import model, paths
from kubelab.clients import doors, patience, ssh, virsh
from kubelab.providers import libvirt_found, machine_disk, provider

STOP = "sudo systemctl poweroff"
STOPPED = 60.0
"""Seconds for a machine to stop cleanly; then its power is cut. Eight are usual with KVM."""

_VIRSH = f"virsh -c {virsh.SYSTEM}"
_CONSOLE = f"{_VIRSH} console {{container}} (Ctrl+] leaves it)"
TYPED = {
    "list_all_boxes": f"{_VIRSH} list --all",
    "list_boxes": f"{_VIRSH} list",
    "read_box_log": _CONSOLE,
    "look_at_ssh": _CONSOLE,
    "resume_box": f"{_VIRSH} resume {{container}}",
    "restart_box": f"{_VIRSH} reboot {{container}}",
}


def description(values: Mapping[str, object]) -> str:
    """Return the description of a machine for `libvirt_found.KEYS`: words that need no quotes, in XML or anywhere."""
    return " ".join(f"{key}={urllib.parse.quote(str(values[key]))}" for key in libvirt_found.KEYS)


def disk(machine: model.Machine) -> str:
    """Return the name of the disk that keeps a machine's data when the machine is made anew.

    A dot ends the lab's name: no name of a lab has one.
    """
    return f"{libvirt_found.PREFIX}{machine.lab}.{machine.name}{libvirt_found.DISK_END}"


def network(lab: str) -> str:
    """Return the name of a lab's network."""
    return f"{libvirt_found.PREFIX}{lab}"


@dataclass(frozen=True, kw_only=True)
class Libvirt(provider.Provider):
    """The libvirt of this computer, asked by virsh."""

    kind: model.Provider = model.Provider.LIBVIRT
    delivery: provider.Delivery = provider.Delivery.DISK
    cannot: frozenset[provider.Act] = frozenset({provider.Act.MANY, provider.Act.SEED})
    typed: Mapping[str, str] = field(default_factory=lambda: TYPED)

    def answers(self) -> bool:
        """Return whether libvirt is installed here, runs, and is this user's to use."""
        return virsh.answers()

    def boxes(self, lab: str | None = None) -> tuple[provider.Box, ...]:
        """Return the boxes of a lab (of all labs), running or not."""
        states = libvirt_found.states(f"{libvirt_found.PREFIX}{lab}-" if lab else libvirt_found.PREFIX)
        found = (libvirt_found.box(text, states) for text in libvirt_found.told("dumpxml", list(states), "domain"))
        return tuple(box for box in found if box and lab in (None, box.lab))

    def networks(self, lab: str | None = None) -> tuple[provider.Network, ...]:
        """Return the networks of a lab (of all labs)."""
        there = virsh.run("net-list", "--all", "--name").split()
        names = [name for name in there if (name == network(lab) if lab else name.startswith(libvirt_found.PREFIX))]
        return tuple(map(libvirt_found.network, libvirt_found.told("net-dumpxml", names, "network")))

    def volumes(self, lab: str | None = None, machine: str | None = None) -> tuple[str, ...]:
        """Return the names of a lab's disks (of all labs', of one machine's of it)."""
        owners = libvirt_found.disks()
        return tuple(name for name, (own, of) in owners.items() if lab in (None, own) and machine in (None, of))

    def volume_machines(self, lab: str) -> frozenset[str]:
        """Return the names of the machines that a lab's disks belong to."""
        return frozenset(machine for own, machine in libvirt_found.disks().values() if own == lab)

    def described(self, lab: str) -> str:
        """Return libvirt's own description of a lab's boxes, as XML for people."""
        names = [box.name for box in self.boxes(lab)]
        return "\n".join(
            ElementTree.tostring(one, encoding="unicode") for one in libvirt_found.told("dumpxml", names, "domain")
        )

    def version(self) -> str:
        """Return the version of libvirt's daemon."""
        return virsh.run("version", "--daemon", timeout=10).strip().splitlines()[-1].rpartition(" ")[2]

    def fill(self, lab: model.Lab, where: paths.LabPaths) -> None:
        """Write each machine's disk anew, for its next start."""
        machine_disk.renew_all(lab, where)

    def send(self, lab: model.Lab, machine: model.Machine, where: paths.LabPaths) -> None:
        """Give a running box its folder as it is now."""
        machine_disk.send(lab, machine, where)

    def start(self, boxes: Sequence[str]) -> None:
        """Start boxes, by name or identifier."""
        for box in boxes:
            virsh.run("start", box)

    def stop(self, boxes: Sequence[str]) -> None:
        """Stop boxes cleanly by their own systemd; one that does not stop in time loses its power."""
        found = [box for box in self.boxes() if box.runs and {box.name, box.ident} & set(boxes)]
        for box in found:
            with contextlib.suppress(doors.DoorError):  # the connection ends with the machine
                ssh.run(paths.LabPaths(name=box.lab), _Login(name=box.machine), STOP)
        running = [box.name for box in found]
        for _ in patience.polls(patience.seconds(STOPPED)):
            running = _running(found)
            if not running:
                return
        self.cut_power(running)

    def restart(self, boxes: Sequence[str]) -> None:
        """Stop boxes, cleanly, and start them again."""
        self.stop(boxes)
        self.start(boxes)

    def pause(self, boxes: Sequence[str]) -> None:
        """Freeze running boxes; memory and connections stay."""
        for box in boxes:
            virsh.run("suspend", box)

    def resume(self, boxes: Sequence[str]) -> None:
        """Let paused boxes run on."""
        for box in boxes:
            virsh.run("resume", box)

    def cut_power(self, boxes: Sequence[str]) -> None:
        """End boxes without a warning."""
        for box in boxes:
            virsh.run("destroy", box)

    def cut_off(self, box: provider.Box) -> None:
        """Pull the box's cable to the network of its lab; it goes on running."""
        _cable(box, "down")

    def reconnect(self, box: provider.Box) -> None:
        """Put the cable of a box that was cut off back."""
        _cable(box, "up")

    def remove_boxes(self, boxes: Sequence[str]) -> None:
        """Remove boxes by name or identifier, running or not; the disks with their data stay."""
        for box in self.boxes():
            if {box.name, box.ident} & set(boxes):
                if box.runs:
                    self.cut_power([box.ident])
                virsh.run("undefine", box.ident, "--managed-save", "--snapshots-metadata", "--storage", "vda")

    def remove_networks(self, networks: Sequence[str]) -> None:
        """Remove networks by name."""
        active = virsh.run("net-list", "--name").split() if networks else []
        for name in networks:
            if name in active:
                virsh.run("net-destroy", name)
            virsh.run("net-undefine", name)

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        """Remove disks by name, with their content."""
        for name in volumes:
            virsh.run("vol-delete", name, "--pool", libvirt_found.POOL)


@dataclass(frozen=True, kw_only=True)
class _Login:
    """The name of a machine for ssh: its lab file may be gone."""

    name: str


def _running(boxes: Iterable[provider.Box]) -> list[str]:
    states = libvirt_found.states(libvirt_found.PREFIX)
    return [box.name for box in boxes if states.get(box.name, "shut off") != "shut off"]


def _cable(box: provider.Box, state: str) -> None:
    """Plug or unplug the box's interface in its lab's network."""
    for told in libvirt_found.told("dumpxml", [box.name], "interface"):
        source, mac = told.find("source"), told.find("mac")
        if source is not None and mac is not None and source.get("network") == network(box.lab):
            virsh.run("domif-setlink", box.ident, str(mac.get("address")), state)
