"""What libvirt has of labs, in our own words: machines, networks, and disks with data."""

from __future__ import annotations

import contextlib
import datetime
import urllib.parse
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from xml.etree import ElementTree

from kubelab import errors
from kubelab.clients import virsh
from kubelab.providers import provider

PREFIX = "kubelab-"
"""The beginning of the name of every machine and network of a lab."""
POOL = "default"
"""Vagrant's pool, where the disks are."""
DISK_END = ".data.qcow2"
PROCESSES = Path("/run/libvirt/qemu")
"""Where libvirt keeps the process number of each running machine."""
KEYS = ("lab", "box", "root", "shape", "image", "address")
"""What the description of a machine says."""


def states(prefix: str) -> dict[str, str]:
    """Return name to libvirt's word for its state, of every machine whose name begins so."""
    rows = [line.split(None, 2) for line in virsh.run("list", "--all").splitlines() if line.strip()]
    return {name: state.strip() for _, name, state in rows if name.startswith(prefix)}


def told(command: str, names: Sequence[str], kind: str) -> list[ElementTree.Element]:
    """Return what libvirt says of each object, asked at once; one that went away meanwhile is left out."""
    if not names:
        return []
    try:
        said = virsh.run("; ".join(f"{command} {name}" for name in names))
    except errors.LabError as problem:
        if problem.ident != "libvirt-failed" or len(names) == 1:
            return _unless_gone(problem)
        return [one for name in names for one in told(command, [name], kind)]
    return list(ElementTree.fromstring(f"<all>{said}</all>").iter(kind))  # noqa: S314 (libvirt's own words)


def _unless_gone(problem: errors.LabError) -> list[ElementTree.Element]:
    if any("no domain" in row or "no network" in row for row in map(str, problem.details)):
        return []
    raise problem


def box(told: ElementTree.Element, states: Mapping[str, str]) -> provider.Box | None:
    """Return a box as libvirt describes it; None for a machine that no lab made."""
    words = dict(word.partition("=")[::2] for word in (told.findtext("description") or "").split())
    name = told.findtext("name") or ""
    if not set(KEYS) <= set(words):
        return None
    values = {key: urllib.parse.unquote(value) for key, value in words.items()}
    state = states.get(name, "")
    process, since = _process(name)
    return provider.Box(
        ident=told.findtext("uuid") or "",
        name=name,
        lab=values["lab"],
        machine=values["box"],
        root=Path(values["root"]),
        shape=values["shape"],
        state=state,
        runs=state not in ("shut off", "crashed", ""),
        since=since,
        process=process,
        image=values["image"],
        memory=int(told.findtext("memory") or 0) >> 10,
        cpus=int(told.findtext("vcpu") or 0),
        address=IPv4Address(values["address"]),
    )


def _process(name: str) -> tuple[int, str]:
    """Return the number of a running machine's process and the time of its start, if this user may see them."""
    with contextlib.suppress(OSError, ValueError):
        record = PROCESSES / f"{name}.pid"
        since = datetime.datetime.fromtimestamp(record.stat().st_mtime, datetime.UTC)
        return int(record.read_text(encoding="ascii")), since.isoformat()
    return 0, ""


def network(told: ElementTree.Element) -> provider.Network:
    """Return a network as libvirt describes it, without its IPv6 ranges."""
    name = told.findtext("name") or ""
    rows = [row for row in told.iter("ip") if row.get("family", "ipv4") == "ipv4"]
    ranges = (
        IPv4Network(f"{row.get('address')}/{row.get('netmask') or row.get('prefix')}", strict=False) for row in rows
    )
    return provider.Network(ident=name, name=name, lab=name.removeprefix(PREFIX), ranges=tuple(ranges))


def disks() -> dict[str, tuple[str, str]]:
    """Return the name of each disk with data to its lab and its machine."""
    if POOL not in virsh.run("pool-list", "--name").split():
        return {}
    names = [line.split()[0] for line in virsh.run("vol-list", "--pool", POOL).splitlines() if line.strip()]
    ours = [name for name in names if name.startswith(PREFIX) and name.endswith(DISK_END)]
    return {name: _owner(name) for name in ours}


def _owner(name: str) -> tuple[str, str]:
    lab, _, machine = name.removeprefix(PREFIX).removesuffix(DISK_END).partition(".")
    return lab, machine
