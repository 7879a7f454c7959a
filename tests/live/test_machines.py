"""Every box through testinfra: its units, its sockets, the contract of a CoreOS machine, its kernel."""

from __future__ import annotations

import pytest
import suite
import testinfra.host

from kubelab import checks, model
from kubelab.render import roles

APPLY = "kubelab-apply.service"


@suite.each("unit", lambda machine: (APPLY, "ssh.service", *roles.units(machine.kind)))
@pytest.mark.red_by("flanneld-stopped", depends_on="the whole lab")
def test_unit_is_active_and_enabled(machine: model.Machine, unit: str, host: testinfra.host.Host) -> None:
    """The unit runs now, and runs again after the next start of the box."""
    service = host.service(unit)
    assert service.is_running
    assert service.is_enabled


@pytest.mark.red_by("unit-that-failed", depends_on="the whole lab")
def test_nothing_has_failed(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """systemd says `running`: every unit is where it should be, not only those of our tables."""
    assert host.check_output("systemctl is-system-running") == "running"
    checks.nothing_failed(view, machine)


@pytest.mark.red_by("flanneld-stopped", depends_on="the whole lab")
def test_roles_units_are_what_runs(view: checks.View, machine: model.Machine) -> None:
    """The check that waiting and diagnosing use agrees."""
    checks.units_active(view, machine)


ANY = "any port"
EVERYWHERE = {("tcp", "0.0.0.0", "22", "sshd"), ("tcp", "[::]", "22", "sshd")}  # noqa: S104 (expected, not bound)
NODE = {
    ("tcp", "{own}", "10250", "kubelet"),
    ("tcp", "127.0.0.1", "10248", "kubelet"),
    ("tcp", "127.0.0.1", ANY, "containerd"),  # where the kubelet takes the streams of logs and exec from
    ("tcp", "127.0.0.1", "10249", "kube-proxy"),
    ("tcp", "127.0.0.1", "10256", "kube-proxy"),
    ("tcp", "127.0.0.1", "8471", "flanneld"),
    ("tcp", "127.0.0.1", "9099", "calico-node"),
    ("udp", "0.0.0.0", "8472", ""),  # noqa: S104 (vxlan is the kernel's, and it takes no address)
}
if model.Addon.LOADBALANCER in suite.opened()[0].addons:
    # Its metrics cannot be switched off, and take no address.
    NODE |= {("tcp", "127.0.0.1", "17472", "speaker"), ("tcp", "0.0.0.0", "9120", "speaker")}  # noqa: S104 (as above)
# A virtual address comes and goes: a server that has to answer there listens everywhere.
API = "0.0.0.0" if suite.opened()[0].virtual else "{own}"  # noqa: S104 (expected, not bound)
SOCKETS = {
    model.Kind.ETCD: {
        ("tcp", "{own}", "2379", "etcd"),
        ("tcp", "127.0.0.1", "2379", "etcd"),
        ("tcp", "{own}", "2380", "etcd"),
        ("tcp", "127.0.0.1", "2381", "etcd"),
    },
    model.Kind.CONTROL_PLANE: NODE
    | {
        ("tcp", API, "6443", "kube-apiserver"),
        ("tcp", "127.0.0.1", "10257", "kube-controller"),
        ("tcp", "127.0.0.1", "10259", "kube-scheduler"),
    },
    model.Kind.WORKER: NODE,
}
"""Who listens where on a kind of machine; `{own}` is the machine's address on the lab's network."""
DOCKERS = "127.0.0.11"
"""Docker's name server listens here inside every container; no process of the box has it."""
VAGRANTS = ("udp", "eth0", "68", "systemd-network")
"""A virtual machine asks here for its address on Vagrant's own network."""


def listening(view: checks.View, host: testinfra.host.Host) -> set[tuple[str, str, str, str]]:
    """Return protocol, address, port and process of what listens in a box; a guest's pod does so on its own account."""
    visiting = suite.guests(view, host)
    return {
        (protocol, address.replace("*", "0.0.0.0"), port, name)  # noqa: S104 (expected, not bound)
        for protocol, address, port, name, numbers in suite.sockets(host)
        if address.partition("%")[0] != DOCKERS
        and not (numbers and numbers <= visiting)
        and (protocol, address.partition("%")[2], port, name) != VAGRANTS
    }


@pytest.mark.red_by("stranger-listens", depends_on="the whole lab")
def test_listens_only_where_it_should(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """Everything of the lab's that should listen does, on the right address only; nothing else of it listens at all."""
    wanted = {(protocol, address.format(own=machine.address), port, name) for protocol, address, port, name in
              EVERYWHERE | SOCKETS[machine.kind]}  # fmt: skip
    free = {row for row in wanted if row[2] == ANY}
    found = {
        row if (row[0], row[1], ANY, row[3]) not in free or row in wanted else (row[0], row[1], ANY, row[3])
        for row in listening(view, host)
    }
    assert found - wanted == set(), "unexpected"
    assert wanted - found == set(), "nobody there"


@pytest.mark.red_by("usr-writable", depends_on="nothing")
def test_usr_refuses_writes(machine: model.Machine, host: testinfra.host.Host) -> None:
    """Root cannot put anything under /usr, as on CoreOS; what the lab brings is under /opt."""
    tried = host.run("touch /usr/bin/kubelab-was-here")
    assert tried.rc != 0
    assert "Read-only file system" in tried.stderr
    assert not host.file("/usr/bin/kubelab-was-here").exists


@pytest.mark.red_by("python-in-a-box", depends_on="nothing")
def test_there_is_no_python(machine: model.Machine, host: testinfra.host.Host) -> None:
    """No interpreter of the original's PyPy trick is needed: neither on PATH nor anywhere else in the box."""
    for name in ("python", "python3", "pypy", "pypy3"):
        assert not host.exists(name)
    found = host.check_output("find / -xdev -path /var/lib/containerd -prune -o -type f -name 'python3*' -print")
    assert found == ""


@pytest.mark.red_by("root-may-enter", depends_on="nothing")
def test_user_core_enters_and_becomes_root(machine: model.Machine, host: testinfra.host.Host) -> None:
    """One enters as `core`, who needs no password for root and has none; root itself does not enter."""
    core = host.user("core")
    assert (core.uid, core.home, core.shell) == (500, "/home/core", "/bin/bash")
    assert {"sudo", "systemd-journal"} <= set(core.groups)
    assert core.password == "*"  # noqa: S105 (nothing matches it)
    assert host.check_output("id --user --name") == "root"
    assert host.check_output("sshd -T | grep -i ^permitrootlogin").lower() == "permitrootlogin no"


@pytest.mark.red_by("program-replaced", depends_on="nothing")
def test_software_is_in_opt(machine: model.Machine, host: testinfra.host.Host) -> None:
    """/opt/bin is on everybody's PATH, and what is in it comes from the lab's cache, which the box cannot change."""
    name = "etcd" if machine.kind is model.Kind.ETCD else "kubelet"
    assert host.check_output("command -v %s", name) == f"/opt/bin/{name}"
    target = host.check_output("readlink /opt/bin/%s", name)
    assert target.startswith("/opt/kubelab/")
    assert "Read-only file system" in host.run("touch %s", f"{target}.x").stderr


KERNEL = {"/proc/sys/net/ipv4/ip_forward": "1"}
BRIDGES = ("/proc/sys/net/bridge/bridge-nf-call-iptables", "/proc/sys/net/bridge/bridge-nf-call-ip6tables")


@pytest.mark.red_by("no-forwarding", depends_on="network")
def test_kernel_forwards_packets(node: model.Machine, host: testinfra.host.Host) -> None:
    """The kernel forwards between pods; bridged packets meet the firewall, where the kernel has that setting."""
    wanted = KERNEL | {path: "1" for path in BRIDGES if host.file(path).exists}
    found = {path: host.check_output("cat %s", path) for path in wanted}
    assert found == wanted


@pytest.mark.red_by("record-forged", depends_on="files")
def test_record_is_what_was_rendered(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """The box's own record of what it applied is, byte for byte, the list that was rendered for it."""
    rendered = (view.where.box(machine.name) / "files.tsv").read_text(encoding="utf-8")
    assert rendered
    assert host.file("/var/lib/kubelab/applied.tsv").content_string == rendered


@pytest.mark.red_by("kube-proxy-gone", "scheduler-gone", "controller-manager-gone", depends_on="nodes")
def test_runtime_has_what_static_pods_need(view: checks.View, node: model.Machine, host: testinfra.host.Host) -> None:
    """Every static pod of the node has a running container in its runtime, known without the API server."""
    names = [pod.name for pod in roles.pods_of(node)]
    assert names
    for name in names:
        checks.container_running(view, node, name)


@pytest.mark.red_by("foreign-manifest", depends_on="nodes")
def test_container_that_does_not_run_is_found_out(view: checks.View, node: model.Machine) -> None:
    """The look at the runtime can say no."""
    with pytest.raises(checks.Wrong):
        checks.container_running(view, node, "kube-nobody")
