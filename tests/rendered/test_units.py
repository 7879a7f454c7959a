"""systemd accepts every unit without a warning: it reports a misspelt key by a warning only."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import rendering

from kubelab import paths
from kubelab.render import roles

UNITS = roles.UNITS.removeprefix("/")
TARGETS = ("sysinit", "basic", "shutdown", "network", "local-fs", "multi-user")
"""What units of a box refer to and Debian brings; stand-ins, so that this computer's own systemd does not matter."""


def verified(root: Path) -> str:
    """Return what systemd says of the units below a root folder; nothing if all are good. Needs no init system."""
    assert shutil.which("systemd-analyze"), "systemd-analyze is not installed; type: sudo apt-get install systemd"
    folder = root / UNITS
    units = [path.name for path in sorted(folder.glob("*.service"))]
    assert units, f"no unit in {folder}"
    targets = root / "usr/lib/systemd/system"
    targets.mkdir(parents=True)
    for name in TARGETS:
        (targets / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n", encoding="utf-8")
    for command in commands(folder):
        path = root / command.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o755)
    return rendering.said(["systemd-analyze", "verify", "--man=no", f"--root={root}", *units])


def commands(folder: Path) -> Iterator[str]:
    """Yield the programs that the units of a folder and their drop-ins run."""
    for path in sorted([*folder.glob("*.service"), *folder.glob("*.service.d/*.conf")]):
        yield from re.findall(r"(?m)^Exec\w+=[-@+!:]*(/\S+)", path.read_text(encoding="utf-8"))


def copied(source: Path, root: Path) -> Path:
    """Return a root folder with the units of a folder in it."""
    shutil.copytree(source, root / UNITS)
    return root


def test_systemd_accepts_every_unit(rendered: rendering.Rendered, tmp_path: Path) -> None:
    """Units and their drop-ins, box by box, as they lie together there."""
    for machine in rendered.lab.machines:
        source = rendered.where.box(machine.name) / "files" / UNITS
        assert verified(copied(source, tmp_path / machine.name)) == ""


def test_systemd_accepts_the_units_of_the_box_image(tmp_path: Path) -> None:
    """Those that every box has before it applies its folder."""
    assert verified(copied(paths.BOXES / "files" / UNITS, tmp_path)) == ""


def test_what_applies_a_folder_has_no_time_limit() -> None:
    """A control plane on an emulated processor worked longer than the 15 minutes that it had, and was cut off."""
    limit = re.compile(r"(?m)^TimeoutStartSec=(.*)$")
    for path in (
        paths.BOXES / "files" / UNITS / "kubelab-apply.service",
        paths.TEMPLATES / "ignition/kubelab.service.j2",
    ):
        assert limit.findall(path.read_text(encoding="utf-8")) == ["infinity"], path


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("RestartSec=1", "RestartSecs=1", "Unknown key"),
        ("ExecStart=/opt/bin/kubelet", "ExecStart=kubelett", "not executable"),
        ("Restart=always", "Restart=allways", "Failed to parse"),
    ],
)
def test_a_mistake_in_a_unit_is_seen(labs: rendering.Labs, tmp_path: Path, good: str, bad: str, said: str) -> None:
    """A misspelt key, a program that is not there and a value that is none."""
    source = labs["default"].where.box("kube-worker-01") / "files" / UNITS
    unit = copied(source, tmp_path) / UNITS / "kubelet.service"
    text = unit.read_text(encoding="utf-8")
    assert good in text
    unit.write_text(text.replace(good, bad), encoding="utf-8")
    try:
        words = verified(tmp_path)
    except AssertionError as refused:
        words = str(refused)
    assert said in words


def test_units_name_units_of_the_same_box(rendered: rendering.Rendered) -> None:
    """After, Wants and Requires of a service that the box does not have would be ignored in silence."""
    for machine in rendered.lab.machines:
        folder = rendered.where.box(machine.name) / "files" / UNITS
        known = {path.name for path in folder.glob("*.service")}
        for path in folder.rglob("*"):
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                rows = re.findall(r"(?m)^(?:After|Before|Wants|Requires|BindsTo|PartOf)=(.+)$", text)
                named = {name for row in rows for name in row.split() if name.endswith(".service")}
                assert named <= known, f"{machine.name}: {path.name}"


def test_the_runtime_starts_after_flannel(labs: rendering.Labs) -> None:
    """As in the original lab, by drop-ins: pods get no address before flannel has the node's range."""
    folder = labs["default"].where.box("kube-worker-01") / "files" / UNITS
    for unit in ("containerd.service", "kubelet.service"):
        assert "After=flanneld.service" in (folder / f"{unit}.d/40-after-flanneld.conf").read_text(encoding="utf-8")
    options = (folder / "flanneld.service.d/40-options.conf").read_text(encoding="utf-8")
    assert "EnvironmentFile=/etc/flannel/options.env" in options


def test_every_restart_names_a_unit_of_the_box(rendered: rendering.Rendered) -> None:
    """A changed file restarts its readers: a misspelt unit in files.tsv would restart nothing."""
    for machine in rendered.lab.machines:
        folder = rendered.where.box(machine.name) / "files" / UNITS
        known = {path.name for path in folder.glob("*.service")}
        named = {unit for row in rendered.rows(machine.name).values() for unit in row[3].split(",")} - {"-"}
        assert named
        assert named <= known
