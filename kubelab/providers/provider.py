"""What every provider of boxes answers and does, for containers and virtual machines alike.

On every provider a box is reached by ssh, at the address of its machine (`clients.ssh`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from kubelab import errors, model, paths


class Act(enum.StrEnum):
    """What a provider may lack, in the words of a refusal."""

    RUN = "run boxes"
    MANY = "run a lab for each student of a course"
    HARM = "cut the power or the network of a box"
    SEED = "put files into a volume that no box has"
    PAUSE = "pause boxes"


class Delivery(enum.StrEnum):
    """How a box gets its folder and its software."""

    MOUNT = "mount"
    """This computer's folders are mounted: what is rendered is in the box at once."""
    DISK = "disk"
    """Read-only disks: a changed folder is sent to a running box, and is on its disk at the next start."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """One box as found."""

    ident: str
    """The provider's identifier of this box: a box that is made anew has another."""
    name: str
    lab: str
    machine: str = ""
    """The name of its machine in the lab file."""
    root: Path | None = None
    """The checkout that made it."""
    shape: str = ""
    """The digest of what is fixed in it (`lab_files.shape`)."""
    state: str = ""
    """The provider's word for its state: running, paused, exited, …"""
    runs: bool = False
    """Whether it has processes; those of a paused box stand still."""
    paused: bool = False
    since: str = ""
    """When it was started last, RFC 3339."""
    process: int = 0
    """Its first process as this computer sees it."""
    image: str = ""
    memory: int = 0
    """MiB."""
    cpus: int = 0
    processes: int | None = None
    """The most processes that it may have; None without a limit."""
    address: IPv4Address | None = None
    """Its address on the network of its lab."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """A lab's network; it may have no range of its own yet."""

    ident: str
    name: str
    lab: str
    ranges: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The interface of a provider. An operation that a provider lacks is refused: `not-on-provider`.

    A lab is found by its name alone: neither its file nor its folder under build/ is needed.
    """

    kind: model.Provider
    delivery: Delivery = Delivery.DISK
    cannot: frozenset[Act] = frozenset(Act)
    typed: Mapping[str, str] = field(default_factory=dict)
    """What a person types on this computer, by purpose: `list_all_boxes`, `list_boxes`, `read_box_log`, `look_at_ssh`,
    `resume_box`, `restart_box`. With the holes {name} (the lab) and {container} (a box)."""

    def demand(self, act: Act) -> None:
        """Raise LabError `not-on-provider` if this provider lacks that."""
        if act in self.cannot:
            raise self._unable(act)

    def answers(self) -> bool:
        """Return whether a search over all providers asks this one: one that is not installed has no box."""
        return Act.RUN not in self.cannot

    def fill(self, lab: model.Lab, where: paths.LabPaths) -> None:
        """Let every box find its rendered folder at its next start; nothing to do where folders are mounted."""

    def send(self, lab: model.Lab, machine: model.Machine, where: paths.LabPaths) -> None:
        """Give a running box its rendered folder as it is now; nothing to do where folders are mounted."""

    def boxes(self, lab: str | None = None) -> tuple[Box, ...]:
        """Return the boxes of a lab (of all labs), running or not."""
        raise self._unable(Act.RUN)

    def networks(self, lab: str | None = None) -> tuple[Network, ...]:
        """Return the networks of a lab (of all labs)."""
        raise self._unable(Act.RUN)

    def volumes(self, lab: str | None = None, machine: str | None = None) -> tuple[str, ...]:
        """Return the names of a lab's volumes (of all labs', of one machine's of it)."""
        raise self._unable(Act.RUN)

    def volume_machines(self, lab: str) -> frozenset[str]:
        """Return the names of the machines that a lab's volumes belong to."""
        raise self._unable(Act.RUN)

    def described(self, lab: str) -> str:
        """Return the provider's own description of a lab's boxes, as JSON for people."""
        raise self._unable(Act.RUN)

    def version(self) -> str:
        """Return the version of the program that runs the boxes."""
        raise self._unable(Act.RUN)

    def start(self, boxes: Sequence[str]) -> None:
        """Start boxes, by name; an empty list is fine, here and below."""
        raise self._unable(Act.RUN)

    def stop(self, boxes: Sequence[str]) -> None:
        """Stop boxes, cleanly."""
        raise self._unable(Act.RUN)

    def restart(self, boxes: Sequence[str]) -> None:
        """Stop boxes, cleanly, and start them again."""
        raise self._unable(Act.RUN)

    def pause(self, boxes: Sequence[str]) -> None:
        """Freeze every process of running boxes; memory and connections stay."""
        raise self._unable(Act.PAUSE)

    def resume(self, boxes: Sequence[str]) -> None:
        """Let paused boxes run on."""
        raise self._unable(Act.PAUSE)

    def cut_power(self, boxes: Sequence[str]) -> None:
        """Kill boxes without a warning."""
        raise self._unable(Act.HARM)

    def cut_off(self, box: Box) -> None:
        """Take a box off the network of its lab, ssh included; it goes on running."""
        raise self._unable(Act.HARM)

    def reconnect(self, box: Box) -> None:
        """Give a box that was cut off its network and its address back."""
        raise self._unable(Act.HARM)

    def remove_boxes(self, boxes: Sequence[str]) -> None:
        """Remove boxes by name, running or not; their volumes stay."""
        raise self._unable(Act.RUN)

    def remove_networks(self, networks: Sequence[str]) -> None:
        """Remove networks by identifier."""
        raise self._unable(Act.RUN)

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        """Remove volumes by name, with their content."""
        raise self._unable(Act.RUN)

    def make_volume(self, name: str, machine: model.Machine, *, content: Path, image: str) -> None:
        """Make a machine's volume with the content of a folder of this computer; `image` is a box image."""
        raise self._unable(Act.RUN)

    def _unable(self, act: Act) -> errors.LabError:
        return errors.LabError("not-on-provider", f"kubelab does not {act} on provider {self.kind}")
