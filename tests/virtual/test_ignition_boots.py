"""An emulated machine makes itself by Ignition: the bootstrap in its firmware and two disks are all that it gets.

No Flatcar and no Fedora CoreOS can be had here. In their place is kubelab's own box, without what makes it kubelab's
(`stock/`) and with the real Ignition in its initramfs. QEMU alone runs it: `./run test --only vm`.
"""

from __future__ import annotations

import json
import socket
import ssl
import stat
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kubelab import checks, components, model
from kubelab.checks import high_availability
from kubelab.clients import docker
from kubelab.components import selection, software_disk, userland, vm_image
from kubelab.converge import session
from kubelab.lab import ignition_documents, lifecycle, port_forward
from kubelab.providers import machine_disk
from kubelab.render import files_tsv, ignition
from kubelab.ui import progress

LAB = "selftest-vm"
STOCK = Path(__file__).parent / "stock"
LIMIT = 540.0
"""Seconds from the start of QEMU until etcd serves and the folder is applied; 25 to 100 are usual."""
SAID = "sudo journalctl --boot --unit kubelab.service --output cat"
ETCD_CONF = "/etc/etcd/etcd.conf.yaml"
HOOKS = {
    "scripts/init-bottom/ORDER": STOCK / "ORDER",
    "scripts/init-bottom/ignition": STOCK / "ignition.sh",
    "stock/become-stock.sh": STOCK / "become-stock.sh",
}
APPEND = "root=LABEL=kl-root rw console=ttyS0 net.ifnames=0 mitigations=off panic=-1 quiet"


@dataclass(kw_only=True)
class Booted:
    """A machine: the files that it is started from, and where this computer reaches its ports."""

    view: checks.View
    machine: model.Machine
    folder: Path
    ports: dict[int, int]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start QEMU; its console begins anew."""
        self.process = subprocess.Popen(words(self.view, self.machine, self.folder, self.ports))

    def end(self, seconds: float = 0) -> None:
        """Wait until the machine has stopped; if it does not stop in time its power is cut."""
        assert self.process
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def console(self) -> str:
        """Return what the console said since the last start."""
        return (self.folder / "console").read_text(encoding="utf-8", errors="replace")

    def ssh(self, command: str) -> str:
        """Return what a command says there, over ssh with the lab's key and the lab's known host."""
        address = str(self.machine.address)
        options = ["-o", "HostName=127.0.0.1", "-p", str(self.ports[22]), "-o", f"HostKeyAlias={address}"]
        words = ["ssh", "-F", str(self.view.where.ssh_config), *options, self.machine.name, command]
        done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def health(self) -> str:
        """Return etcd's word for its health, over mutual TLS: its certificate names the lab's address."""
        keys = self.view.where.keys
        trusted = ssl.create_default_context(cafile=str(keys / "etcd/ca.crt"))
        trusted.load_cert_chain(keys / "etcd/apiserver-etcd-client.crt", keys / "etcd/apiserver-etcd-client.key")
        with (
            socket.create_connection(("127.0.0.1", self.ports[2379]), timeout=30) as plain,
            trusted.wrap_socket(plain, server_hostname=str(self.machine.address)) as secure,
        ):
            secure.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: secure.recv(4096), b""))
        return str(json.loads(answer.split(b"\r\n\r\n", 1)[1])["health"])

    def serves(self) -> None:
        """Wait until etcd serves and the unit has applied the folder."""
        end, last = time.monotonic() + LIMIT, ""
        while time.monotonic() < end and self.process and self.process.poll() is None:
            try:
                last = f"etcd's health is {self.health()}"
                if last.endswith("true") and self.ssh("systemctl is-active kubelab.service") == "active":
                    return
            except (OSError, AssertionError, ValueError, IndexError) as problem:
                last = str(problem)
            time.sleep(3)
        raise AssertionError(f"{last}\n{self.console[-3000:]}")


def entry(name: str, content: bytes, mode: int) -> bytes:
    """Return one file of a cpio archive as the kernel unpacks it (format newc)."""
    kind = stat.S_IFDIR if name.endswith("/") else stat.S_IFREG
    label = name.rstrip("/").encode() + b"\0"
    numbers = (0, kind | mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(label), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + label
    return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)


def with_ignition(initrd: bytes) -> bytes:
    """Return an initramfs that runs Ignition once the root file system is there: what comes later replaces."""
    program = components.ensure_tool("ignition", progress.Progress.chosen())
    files = {name: place.read_bytes() for name, place in HOOKS.items()} | {"stock/ignition": program.read_bytes()}
    added = entry("stock/", b"", 0o755) + b"".join(entry(name, content, 0o755) for name, content in files.items())
    return initrd + b"\0" * (-len(initrd) % 4) + added + entry("TRAILER!!!", b"", 0)


def unpacked(folder: Path) -> None:
    """Put kubelab's own box into a folder: box.img, and the kernel and the initramfs from its disk."""
    with tarfile.open(vm_image.path(model.Provider.LIBVIRT)) as box:
        box.extract("box.img", folder, filter="data")
    ground = userland.ensure(vm_image.base(), progress.Progress.chosen())
    subprocess.run(["qemu-img", "convert", "-O", "raw", "box.img", "disk.raw"], cwd=folder, check=True)
    take = "mcopy -n -i /work/disk.raw@@1M ::vmlinuz ::initrd.img /work"
    bind = docker.bind(folder, "/work")
    docker.run("run", "--rm", "--network", "none", "--mount", bind, "--entrypoint", "bash", ground, "-c", take)
    (folder / "disk.raw").unlink()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", "box.img", "-F", "qcow2", "own.qcow2"],
                   cwd=folder, check=True)  # fmt: skip


def words(view: checks.View, machine: model.Machine, folder: Path, ports: dict[int, int]) -> list[str]:
    """Return QEMU's words: as the Vagrantfile's, but with networks of QEMU's own."""
    document = (view.where.ignition / f"{machine.name}.bootstrap.ign").read_bytes()
    lab = view.lab.network
    forwards = "".join(f",hostfwd=tcp:127.0.0.1:{own}-{machine.address}:{port}" for port, own in ports.items())
    disks = [machine_disk.path(view.where, machine), software_disk.path(view.lab.versions, selection.of_lab(view.lab))]
    readonly = [word for disk in disks for word in ("-drive", f"file={disk},if=virtio,format=raw,readonly=on")]
    return [
        *("qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-smp", "2"),
        *("-m", str(machine.memory), "-display", "none", "-no-reboot", "-serial", f"file:{folder / 'console'}"),
        *("-kernel", str(folder / "vmlinuz"), "-initrd", str(folder / "initrd.img"), "-append", APPEND),
        *("-drive", f"file={folder / 'own.qcow2'},if=virtio,cache=unsafe", *readonly),
        *("-netdev", "user,id=out", "-device", "virtio-net-pci,netdev=out", "-device", "virtio-rng-pci"),
        *("-netdev", f"user,id=lab,net={lab.machines},host={lab.gateway},restrict=on{forwards}"),
        *("-device", "virtio-net-pci,netdev=lab", "-fw_cfg", ignition.fw_cfg(model.System.COREOS, document)),
    ]


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """Yield the first machine of the lab, started; afterwards nothing of it is left."""
    report, folder = progress.Progress.chosen(), tmp_path_factory.mktemp("machine")
    with session.held(LAB, report, claim=True) as held:
        lifecycle.make(held)
        ignition_documents.write(held)
        unpacked(folder)
        (folder / "initrd.img").write_bytes(with_ignition((folder / "initrd.img").read_bytes()))
        machine, ports = held.lab.etcd[0], {port: port_forward.free_port(0) for port in (22, 2379)}
        made = Booted(view=held.view, machine=machine, folder=folder, ports=ports)
        made.start()
        try:
            yield made
        finally:
            made.end()
            lifecycle.destroy(held.where, report, keep_keys=False)


def test_the_machine_makes_itself(booted: Booted) -> None:
    """Ignition's stages run in its initramfs; then its unit alone finds the disks, applies the folder, and etcd serves
    this computer over mutual TLS."""
    booted.serves()
    assert "stock: Ignition is done" in booted.console
    assert "wrote" in booted.ssh(SAID)


def test_ignition_brought_only_the_bootstrap(booted: Booted) -> None:
    """The document of the firmware was read; the folder is the disk's; kubelab's own units are not there."""
    unit = booted.ssh("cat /etc/systemd/system/kubelab.service")
    document = json.loads((booted.view.where.ignition / f"{booted.machine.name}.bootstrap.ign").read_bytes())
    assert unit == document["systemd"]["units"][0]["contents"].strip()
    assert booted.ssh("findmnt -n -o FSTYPE,OPTIONS /opt/kubelab/box").startswith("iso9660 ro")
    assert "could not be found" in booted.ssh(
        "systemctl status kubelab-apply.service kubelab-prepare.service 2>&1 || true"
    )
    assert booted.ssh("systemctl is-enabled kubelab.service") == "enabled"


def test_the_machine_is_what_was_rendered(booted: Booted) -> None:
    """Its record is files.tsv; name, host key (ssh would not let this test in) and address are the lab's; nothing
    failed, and /usr is read-only."""
    listed = (booted.view.where.box(booted.machine.name) / files_tsv.NAME).read_text(encoding="utf-8")
    assert booted.ssh(f"cat {files_tsv.RECORD}") == listed.strip()
    assert booted.ssh("hostname") == booted.machine.name
    assert f"inet {booted.machine.address}/24 " in booted.ssh("ip -4 -o address show eth1")
    assert booted.ssh("systemctl --failed --plain --no-legend") == ""
    assert booted.ssh("findmnt -n -o OPTIONS --target /usr").startswith("ro,")
    assert "Read-only file system" in booted.ssh("sudo touch /usr/x 2>&1 || true")


def test_the_next_start_is_the_units_alone(booted: Booted) -> None:
    """Ignition has nothing to do then; the unit mounts the disks and writes no file again, and etcd has its data."""
    booted.ssh(high_availability.ETCDCTL.format("put before halt"))
    changed = booted.ssh(f"stat --format %Y {ETCD_CONF}")
    booted.ssh("sudo systemctl poweroff --no-block")
    booted.end(120)
    booted.start()
    booted.serves()
    assert "Ignition v" not in booted.console
    assert "wrote" not in booted.ssh(SAID)
    assert booted.ssh(f"stat --format %Y {ETCD_CONF}") == changed
    assert booted.ssh(high_availability.ETCDCTL.format("get --print-value-only before")) == "halt"
