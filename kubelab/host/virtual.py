"""Virtual machines on this computer: whether libvirt answers and its driver works, and how libvirt is started."""

from __future__ import annotations

import shlex
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.clients import patience, program, virsh
from kubelab.host import actions, doctor_findings, packages, platforms

EMULATOR = "qemu-system-x86_64"
TINY = bytes.fromhex(
    "fa31c08ed88ec08ed0bc007cfcbf0010b90018f3abc70600100320c70600200330c7060030830066b8001000000f22d866b8a0000000"
    "0f22e066b9800000c00f32660d000100000f300f20c0660d010000800f01166f7c0f22c0ea757c080000000000000000000000000000"
    "9a20000f005f7c000066baf400b010eef4ebfd"
)
"""A kernel for a boot sector: it maps 2 MiB, enters the processor's 64-bit mode and writes 0x10 to port 0xf4."""
WELL = 33
"""QEMU's exit code for that write: twice the value, and one."""
SECONDS = 2.0
CONFIG = Path("/etc/libvirt/qemu.conf")
MARK = "# kubelab: there is no init system here"
WITHOUT_INIT = (
    MARK,
    'user = "root"',
    'group = "root"',
    'security_driver = "none"',
    "cgroup_controllers = []",
    "namespaces = []",
    "remember_owner = 0",
)
"""libvirt's settings where it has neither systemd nor D-Bus: no cgroups, no namespaces, no labels."""
STARTED = 30.0
"""Seconds for libvirt to listen; one is usual."""


def problem() -> errors.LabError | None:
    """Return why libvirt cannot be used: missing, not running, not this user's; None if it can."""
    try:
        virsh.run("version", timeout=10)
    except errors.LabError as found:
        return found
    return None


def start() -> Iterator[actions.Action]:
    """Yield the actions that start libvirt where it does not answer, and wait until it does."""
    found = problem()
    if not found or found.ident == "libvirt-forbidden":
        return
    if platforms.has_systemd():
        yield actions.Action(what="start libvirt", words=("systemctl", "enable", "--now", "libvirtd"), then=wait)
        return
    if MARK not in (CONFIG.read_text(encoding="utf-8") if CONFIG.exists() else ""):
        rows = "\n".join(WITHOUT_INIT)
        script = f"mkdir -p {CONFIG.parent} && cat >> {CONFIG} << 'END'\n{rows}\nEND"
        yield actions.Action(what="let libvirt work without an init system", words=("sh", "-c", script))
    script = "mkdir -p /run/libvirt /run/lock && cd / && virtlogd -d; exec libvirtd -d"
    yield actions.Action(what="start libvirt (there is no init system)", words=("sh", "-c", script), then=wait)


def wait() -> None:
    """Wait until libvirt answers, or refuses this user; raise `host-action-failed` if it does not."""
    found = None
    for _ in patience.polls(patience.seconds(STARTED)):
        found = problem()
        if not found or found.ident == "libvirt-forbidden":
            return
    raise errors.LabError("host-action-failed", "libvirt was started and does not answer", details=[str(found)])


def check_libvirt(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Its daemon answers this user, and Vagrant has the plug-in for it."""
    found, plugin = problem(), packages.plugin_present()
    words = found.what if found else f"libvirt {_version()}{'' if plugin else ', and no vagrant-libvirt'}"
    return doctor_findings.Finding(
        what="libvirt",
        found=words,
        wanted="a daemon that answers, and vagrant-libvirt",
        fix=f"{doctor_findings.SETUP} --lab {subject.lab.name}",
        ok=not found and plugin,
    )


def check_driver(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """With driver kvm a tiny kernel reaches the 64-bit mode: that /dev/kvm exists says nothing."""
    lab = subject.lab
    said = "emulation, as its file says" if lab.emulated else _tried()
    return doctor_findings.Finding(
        what=f"driver {lab.driver}",
        found=said or "a tiny kernel ran",
        wanted="a processor that runs virtual machines",
        fix=f"write driver: qemu into {doctor_findings.lab_file(lab.name)} (all takes about ten times as long); or "
        "enable VT-x or AMD-V in the computer's firmware",
        ok=lab.emulated or not said,
    )


def check_reach(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """libvirt's own user reads the disks: every folder above them lets others through."""
    shut = [] if _is_root() else [str(folder) for folder in _above() if not folder.stat().st_mode & stat.S_IXOTH]
    return doctor_findings.Finding(
        what="disks of virtual machines",
        found=f"closed to libvirt: {', '.join(shut)}" if shut else "libvirt reaches them",
        wanted="folders that others may pass through",
        fix=shlex.join(["chmod", "o+x", *shut]),
        ok=not shut,
    )


LOOKS: tuple[doctor_findings.Look, ...] = (check_libvirt, check_driver, check_reach)
"""What a lab of libvirt needs beside what every lab needs."""


def looks(lab: model.Lab) -> tuple[doctor_findings.Look, ...]:
    """Return the further checks of a lab's provider."""
    return LOOKS if lab.provider is model.Provider.LIBVIRT else ()


def _tried() -> str:
    """Return what was wrong when a tiny kernel ran with KVM; empty if nothing was."""
    with tempfile.NamedTemporaryFile(prefix="kubelab-", suffix=".img") as disk:
        disk.write(TINY.ljust(510, b"\0") + b"\x55\xaa")
        disk.flush()
        machine = ("-accel", "kvm", "-cpu", "host", "-m", "32", "-nodefaults", "-display", "none", "-no-reboot")
        drives = ("-device", "isa-debug-exit,iobase=0xf4", "-drive", f"file={disk.name},format=raw,if=ide")
        try:
            done = program.run([EMULATOR, *machine, *drives], timeout=patience.seconds(SECONDS))
        except FileNotFoundError:
            return f"no {EMULATOR}"
        except subprocess.TimeoutExpired:
            return "a tiny kernel hung"
    if done.returncode == WELL:
        return ""
    return f"a tiny kernel ended with {done.returncode}: {(done.stderr.strip().splitlines() or ['no word'])[0]}"


def _version() -> str:
    return virsh.run("version", "--daemon", timeout=10).strip().rpartition(" ")[2]


def _is_root() -> bool:
    """Return whether libvirt runs machines as root; only root may read that file on some systems."""
    try:
        return 'user = "root"' in CONFIG.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def _above() -> list[Path]:
    places = (paths.cache() / "disks", paths.BUILD)
    found = {folder for place in places for folder in (place, *place.parents) if folder.is_dir()}
    return sorted(found)
