"""An emulated virtual machine through the words and `vagrant up`: etcd serves in it, it stops, starts, and is removed.

It runs on `labs/selftest-vm.yaml`, of which it starts the first machine: `./run test --only vm`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
import testinfra

from kubelab import checks, paths, providers
from kubelab.checks import high_availability, wait
from kubelab.clients import ssh, vagrant
from kubelab.converge import bring_up, compose, observed, session
from kubelab.lab import lifecycle
from kubelab.state import locks
from kubelab.ui import progress

LAB = "selftest-vm"
VAGRANT = 600.0
"""Seconds for one call of Vagrant; a first start takes 60 to 230, by the load of the computer."""
ETCD = 60.0
"""Seconds for etcd to serve once its machine lets one in."""


@pytest.fixture(scope="module")
def view() -> Iterator[checks.View]:
    """Yield the rendered lab with all that its machines are made of; afterwards nothing of it is left."""
    report = progress.Progress.chosen()
    with locks.tests(), session.held(LAB, report, claim=True) as held:
        lifecycle.make(held)
        yield held.view
        lifecycle.destroy(held.where, report, keep_keys=False)


def by_vagrant(view: checks.View, *words: str) -> None:
    """Run a word of Vagrant on the first machine, as a person would type it."""
    environment = vagrant.environment(view.lab.name, provider=view.lab.provider)
    command = ["vagrant", words[0], view.lab.etcd[0].vagrant_name, *words[1:]]
    done = subprocess.run(
        command, cwd=paths.ROOT, env=environment, timeout=VAGRANT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def serves(view: checks.View) -> None:
    """Wait until etcd answers this computer over mutual TLS."""
    assert wait.until(view, checks.etcd_answers, ETCD * view.lab.slowness) is None


def states(view: checks.View) -> dict[str, observed.State]:
    """Return what each machine needs."""
    return observed.boxes(view, compose.run_box(view.lab))


def test_a_machine_comes_up_and_etcd_serves(view: checks.View) -> None:
    """One `vagrant up`; the machine applies its folder by itself, and a plan finds it as its file says."""
    by_vagrant(view, "up", "--provider", "libvirt")
    serves(view)
    wait.wait(view, {"folder": _applied}, progress.Progress.silent(), ETCD * view.lab.slowness)
    first, *others = states(view).values()
    assert (first, set(others)) == (observed.State.EQUAL, {observed.State.CREATE})
    (box,) = providers.of(view.lab).boxes(LAB)
    assert (box.machine, box.state, box.address) == ("etcd-01", "running", view.lab.etcd[0].address)


def _applied(view: checks.View) -> None:
    """The machine has applied its folder."""
    if states(view)["etcd-01"] is not observed.State.EQUAL:
        raise checks.Wrong("it has not applied its folder")


def test_the_machine_keeps_the_contract(view: checks.View) -> None:
    """By testinfra: units, a read-only /usr, no Python, cgroup v2, data on its own disk, nothing failed."""
    host = testinfra.get_host(f"ssh://etcd-01?ssh_config={view.where.ssh_config}")
    for unit in ("etcd.service", "kubelab-apply.service", "ssh.service"):
        assert host.service(unit).is_running
        assert host.service(unit).is_enabled
    assert host.check_output("systemctl is-system-running") == "running"
    assert host.check_output("id --name --user") == "core"
    assert host.check_output("stat --file-system --format %T /sys/fs/cgroup") == "cgroup2fs"
    assert host.run("sudo touch /usr/x").failed
    assert host.run("command -v python3").failed
    assert host.check_output("findmnt --noheadings --output SOURCE /var/lib/etcd").startswith("/dev/vdb[")


def test_a_changed_folder_reaches_the_running_machine(view: checks.View) -> None:
    """It is sent, put in the place of the disk's, and applied; there was nothing new in it."""
    machine = view.lab.etcd[0]
    bring_up.folders(view, [machine])
    assert ssh.run(view.where, machine, "findmnt -n -o FSTYPE /opt/kubelab/box | tail -n 1").strip() == "tmpfs"
    serves(view)


def test_it_stops_and_comes_back_with_its_data(view: checks.View) -> None:
    """What was written to etcd before a halt is there after the next start, and the plan says each."""
    machine = view.lab.etcd[0]
    ssh.run(view.where, machine, high_availability.ETCDCTL.format("put before halt"))
    by_vagrant(view, "halt")
    assert states(view)["etcd-01"] is observed.State.START
    by_vagrant(view, "up", "--provider", "libvirt")
    serves(view)
    assert (
        ssh.run(view.where, machine, high_availability.ETCDCTL.format("get --print-value-only before")).strip()
        == "halt"
    )


def test_nothing_is_left_of_it(view: checks.View) -> None:
    """Machine, network, disk and folder go by the lab's name alone; Vagrant has forgotten the machine."""
    lifecycle.destroy(view.where, progress.Progress.silent(), keep_keys=False)
    found = providers.of(view.lab)
    assert (found.boxes(LAB), found.networks(LAB), found.volumes(LAB)) == ((), (), ())
    assert not view.where.root.exists()
    assert observed.vagrant_id(view.lab.etcd[0]) is None
