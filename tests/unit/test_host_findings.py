"""Each check of host.doctor, on a computer that passes it and on one that fails it."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import platform
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import errors, host, model, paths
from kubelab.components import inventory
from kubelab.host import (
    capacity,
    doctor,
    doctor_findings,
    engine,
    kernel,
    names,
    network,
    packages,
    platforms,
    setup,
    tools,
)

LAB = labs_data.lab()
INFO = {"ServerVersion": "20.10.24", "NCPU": 2, "Driver": "overlay2", "CgroupDriver": "cgroupfs"}
DEBIAN = 'ID=debian\nVERSION_ID="12"\n'


def subject(**changed: Any) -> doctor_findings.Subject:
    """Return a computer on which all is well, with some of it changed."""
    usual: dict[str, Any] = {
        "lab": LAB,
        "engine": INFO,
        "problem": None,
        "running": frozenset(),
        "bridges": {},
        "routes": {},
    }
    return doctor_findings.Subject(**{**usual, **changed})


def of_provider(provider: model.Provider) -> doctor_findings.Subject:
    """Return a subject whose lab wants another provider."""
    return subject(lab=dataclasses.replace(LAB, provider=provider))


def root(tmp_path: Path, **files: str) -> Path:
    """Return a folder that stands for `/`; `__` in a name stands for a slash."""
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_silent_docker_is_a_finding_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong, and the remedy of that very problem."""
    computer = Computer.made(tmp_path, monkeypatch)
    computer.program("docker", {"": Answer(err="permission denied while trying to connect", code=1)})
    seen = doctor_findings.subject(LAB)
    row = engine.check_engine(seen)
    assert (row.ok, row.required) == (False, True)
    assert row.fix == errors.TABLE["docker-forbidden"].remedy


def test_a_client_without_an_engine_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`docker info` ends with 0 when only the client is there: it is asked again for the reason."""
    computer = Computer.made(tmp_path, monkeypatch)
    answers = {"info": Answer(out="{}"), "ps": Answer(), "network": Answer(), "volume": Answer()}
    computer.program("docker", {**answers, "version": Answer(err="Cannot connect to the Docker daemon", code=1)})
    problem = doctor_findings.subject(LAB).problem
    assert problem
    assert problem.ident == "docker-unreachable"


def test_what_docker_says_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine, running boxes and the labs' networks: four questions for all checks, and two inspections."""
    computer = Computer.made(tmp_path, monkeypatch)
    bridge = {
        "Id": "n1",
        "Name": "b",
        "Labels": {"kubelab.lab": "other"},
        "IPAM": {"Config": [{"Subnet": "192.168.57.0/24"}]},
    }
    boxes = [
        {"Id": "1", "Name": "/kubelab-default-etcd-01", "State": {"Running": True}},
        {"Id": "2", "Name": "/kubelab-default-kube-worker-01", "State": {"Running": False}},
    ]
    computer.program(
        "docker",
        {
            "info": Answer(out=json.dumps(INFO)),
            "ps -aq --filter label=kubelab.lab=default": Answer(out="1 2\n"),
            "container inspect 1 2": Answer(out=json.dumps(boxes)),
            "network ls": Answer(out="n1"),
            "network inspect": Answer(out=json.dumps([bridge])),
            "volume ls -q --filter label=kubelab.lab=default": Answer(out="kubelab-default-etcd-01-etcd\n"),
        },
    )
    seen = doctor_findings.subject(LAB)
    assert seen.running == {"kubelab-default-etcd-01"}
    assert seen.bridges == {IPv4Network("192.168.57.0/24"): "other"}
    assert seen.exists
    assert len(computer.calls("docker")) == 6


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ({}, "native"),
        ({"SecurityOptions": ["name=rootless"]}, "rootless"),
        ({"SecurityOptions": ["name=userns"]}, "userns"),
        ({"OperatingSystem": "Docker Desktop"}, "Docker Desktop"),
        ({"Driver": "vfs"}, "copies every image"),
    ],
)
def test_a_docker_of_another_kind_is_named(found: dict[str, Any], word: str) -> None:
    """Boxes mount this computer's folders and share its kernel."""
    row = engine.check_kind(subject(engine={**INFO, **found}))
    assert word in row.found
    assert row.ok is (word == "native")


def test_processors_are_counted_as_docker_counts_them(tmp_path: Path) -> None:
    """A machine with more than there are is refused by Docker; without Docker, /proc tells."""
    assert capacity.check_processors(subject()).ok
    small = capacity.check_processors(subject(engine={**INFO, "NCPU": 1}))
    assert (small.ok, small.found) == (False, "1")
    assert "cpus: 1" in small.fix
    assert capacity.processors(root(tmp_path, cpuinfo="processor : 0\nx\nprocessor : 1\n")) == 2


def test_a_cache_that_cannot_be_written_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is freed, a read-only one is not: the doctor names another place for the cache."""

    class ReadOnly:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(inventory, "rows", lambda *_: ())
    monkeypatch.setattr(os, "statvfs", lambda _: ReadOnly())
    found = capacity.check_cache(subject())
    assert not found.ok
    assert "cannot be written" in found.found
    assert "export KUBELAB_CACHE=" in found.fix


def test_memory_is_wanted_for_boxes_that_do_not_run_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look at a lab that is up asks for nothing more."""
    monkeypatch.setattr(capacity, "_meminfo", lambda _: 1000)
    row = capacity.check_memory(subject())
    assert not row.ok
    assert "4 boxes" in row.wanted
    everything = frozenset(machine.container for machine in LAB.machines)
    assert capacity.check_memory(subject(running=everything)).ok


def test_a_memory_below_the_limits_is_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    """7168 MiB are the sum of the lab's limits; a lab that is not used to the full works with less."""
    monkeypatch.setattr(capacity, "_meminfo", lambda _: 4000)
    row = capacity.check_limits(subject())
    assert (row.ok, row.required) == (False, False)
    assert "7168" in row.wanted


def test_a_full_disk_is_found_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's folder is asked for, and the nearest one that there is."""
    monkeypatch.setattr(capacity.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 3 << 30}))  # type: ignore[attr-defined]
    row = capacity.check_engine_disk(subject(engine={**INFO, "DockerRootDir": "/nothing/here"}))
    assert (row.ok, row.found) == (False, "3 GiB at /")


def test_features_of_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded, built in by either record, loadable, or not there at all."""
    monkeypatch.setattr(platform, "release", lambda: "6.1")
    config = "CONFIG_VETH=y\n# CONFIG_IP_SET is not set\nCONFIG_BRIDGE=m\n"
    folder = root(tmp_path, sys__module__vxlan__x="", proc__x="")
    modules = folder / "lib/modules/6.1"
    modules.mkdir(parents=True)
    (modules / "modules.builtin").write_text("kernel/net/netfilter/nf_tables.ko\n", encoding="utf-8")
    (modules / "modules.dep").write_text("kernel/fs/overlayfs/overlay.ko.xz: x\n", encoding="utf-8")
    (folder / "proc/config.gz").write_bytes(gzip.compress(config.encode()))
    seen = {feature.module: state for feature, state in kernel.states(folder).items()}
    assert seen["vxlan"] is seen["nf_tables"] is seen["veth"] is kernel.State.PRESENT
    assert seen["overlay"] is kernel.State.LOADABLE
    assert seen["ip_set"] is seen["bridge"] is kernel.State.ABSENT
    assert kernel.loadable(folder) == ["overlay"]


def test_a_kernel_that_tells_nothing_is_not_called_unfit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Could not tell is not missing."""
    monkeypatch.setattr(platform, "release", lambda: "nobody-knows")
    seen = kernel.states(tmp_path)
    assert set(seen.values()) == {kernel.State.UNKNOWN}
    monkeypatch.setattr(kernel, "states", lambda: seen)
    row = kernel.check_features(subject())
    assert row.ok
    assert row.found.startswith("could not tell: ")


def test_inotify_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's 128 are too few for two labs, and host.setup is told what to raise."""
    names = {f"proc__sys__fs__inotify__{name}": "128\n" for name in kernel.INOTIFY}
    folder = root(tmp_path, **names)
    assert kernel.low_limits(folder) == dict(kernel.INOTIFY)
    monkeypatch.setattr(kernel, "_limit", lambda _: 128)
    assert not kernel.check_inotify(subject()).ok
    monkeypatch.setattr(kernel, "_limit", lambda _: 1024)
    assert kernel.check_inotify(subject()).ok


def test_a_network_that_leads_elsewhere() -> None:
    """A VPN's route is named; the lab's own bridge and a default route in two halves are none."""
    mine = LAB.network.machines
    vpn = network.check_subnet(subject(routes={IPv4Network("192.168.0.0/16"): "tun0"}))
    assert (vpn.ok, vpn.found) == (False, "192.168.0.0/16 leads to tun0")
    own = network.check_subnet(subject(routes={mine: "br-1"}, bridges={mine: "default"}))
    assert own.ok
    other = network.check_subnet(subject(routes={mine: "br-1"}, bridges={mine: "exam"}))
    assert "leads to lab exam" in other.found
    halves = {IPv4Network("128.0.0.0/1"): "tun0"}
    assert network.check_subnet(subject(routes=halves)).ok


def test_a_proxy_must_not_stand_before_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is said, never its value: that may hold a password."""
    for name in ("http_proxy", "HTTPS_PROXY", "NO_PROXY", "no_proxy", "https_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert network.check_proxy(subject()).ok
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy:3128")
    row = network.check_proxy(subject())
    assert not row.ok
    assert "secret" not in str(row)
    monkeypatch.setenv("NO_PROXY", "localhost, 192.168.56.0/21")
    assert network.check_proxy(subject()).ok


def test_a_provider_without_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VirtualBox needs VBoxManage; for docker the row points at Docker's own, and Docker is then not required."""
    computer = Computer.made(tmp_path, monkeypatch)
    monkeypatch.setattr(packages, "ADMINISTRATORS", str(tmp_path))
    assert not tools.check_provider(of_provider(model.Provider.VIRTUALBOX)).ok
    computer.program("VBoxManage", {})
    assert tools.check_provider(of_provider(model.Provider.VIRTUALBOX)).ok
    assert tools.check_provider(subject()).ok
    assert engine.check_engine(of_provider(model.Provider.VIRTUALBOX)).required is False


@pytest.mark.parametrize(("said", "ok"), [("Vagrant 2.3.4", True), ("Vagrant 2.2.19", False), ("", False)])
def test_an_old_vagrant(said: str, ok: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2.3 is the oldest that was tried; where apt offers none, Vagrant's own package is named."""
    computer = Computer.made(tmp_path, monkeypatch)
    computer.program("vagrant", {"--version": Answer(out=said)} if said else {})
    row = tools.check_vagrant(subject())
    assert row.ok is ok
    assert "apt offers none" in row.found
    assert row.fix == packages.UPSTREAM["vagrant"]


@pytest.mark.parametrize(
    ("system", "processor", "ok"),
    [("Linux", "x86_64", True), ("Linux", "aarch64", False), ("Darwin", "arm64", False), ("Windows", "AMD64", False)],
)
def test_what_is_not_supported_is_said(
    system: str, processor: str, ok: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """arm64, macOS and Windows."""
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: processor)
    here = platforms.this(root(tmp_path, release=DEBIAN) / "release")
    monkeypatch.setattr(platforms, "this", lambda: here)
    row = platforms.check_platform(subject())
    assert row.ok is ok
    assert "arm64, macOS and Windows are not supported" in row.fix
    assert here.sets_up is ok


def test_a_package_is_there_if_any_of_its_signs_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed it; the administrator's folders count although they are not on everybody's PATH."""
    computer = Computer.made(tmp_path, monkeypatch)
    monkeypatch.setattr(packages, "ADMINISTRATORS", str(tmp_path / "sbin"))
    chromium = next(package for package in packages.PACKAGES if package.name == "chromium")
    assert not chromium.present
    computer.program("google-chrome", {})
    assert chromium.present
    root(tmp_path, sbin__iptables="")
    (tmp_path / "sbin/iptables").chmod(0o755)
    assert next(package for package in packages.PACKAGES if package.name == "iptables").present


def test_apt_is_asked_what_it_would_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does not offer is said with where to get it; what older releases have elsewhere lacks nothing."""
    computer = Computer.made(tmp_path, monkeypatch)
    policy = "vagrant:\n  Installed: (none)\n  Candidate: (none)\nzstd:\n  Installed: (none)\n  Candidate: 1.5\n"
    computer.program("apt-cache", {"policy": Answer(out=policy)})
    assert packages.candidates(["vagrant", "zstd"]) == {"zstd": "1.5"}
    wanted = [package for package in packages.PACKAGES if package.name in ("vagrant", "zstd", "docker-cli")]
    (line,) = packages.lacking(wanted, {"zstd": "1.5"})
    assert "no vagrant" in line
    assert packages.UPSTREAM["vagrant"] in line


def rows(*states: tuple[bool, bool]) -> list[doctor_findings.Finding]:
    """Return findings that are (good, required)."""
    return [
        doctor_findings.Finding(what=f"row {number}", found="x", wanted="y", fix="z", ok=ok, required=required)
        for number, (ok, required) in enumerate(states)
    ]


def test_only_what_is_required_makes_a_computer_unfit(capsys: pytest.CaptureFixture[str]) -> None:
    """Advice is shown and does not count; programs read the same."""
    advice = rows((True, True), (False, False))
    assert doctor.fit(advice)
    bad = rows((True, True), (False, True))
    assert not doctor.fit(bad)
    document = json.loads(doctor.as_json(bad))
    assert (document["fit"], [row["ok"] for row in document["checks"]]) == (False, [True, False])
    doctor.show(bad)
    shown = capsys.readouterr().out
    assert "row 1: z" in shown
    assert "1 of 2 need mending." in shown


def test_a_lab_is_refused_with_every_reason_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is created; each with what to type."""
    monkeypatch.setattr(doctor, "quick", lambda _: rows((False, True), (False, True), (False, False), (True, True)))
    with pytest.raises(errors.LabError) as caught:
        host.refuse_unfit(LAB)
    assert caught.value.details == tuple(f"row {number}: found x, wanted y; type: z" for number in (0, 1))


def files(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let this computer's name servers be what files of a folder say."""
    for name, file in {"CONFIG": "conf", "RESOLVED": "behind", "SOCKETS": "udp"}.items():
        monkeypatch.setattr(names, name, folder / file)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nameserver 9.9.9.9\nnameserver 1.1.1.1\nnameserver 9.9.9.9\n", ("9.9.9.9", "1.1.1.1")),
        ("nameserver 127.0.0.1\nnameserver ::1\nsearch example.org\n", ()),
        ("# nothing\nnameserver\n", ()),
    ],
)
def test_name_servers_that_a_pod_can_reach(
    text: str, wanted: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None on a loopback address, each once."""
    files(monkeypatch, root(tmp_path, conf=text))
    assert names.reachable() == wanted


def test_the_servers_behind_systemds_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.53 is this computer's own: CoreDNS would ask itself."""
    folder = root(tmp_path, conf="nameserver 127.0.0.53\n", behind="nameserver 10.0.0.2\n")
    files(monkeypatch, folder)
    assert names.reachable() == ("10.0.0.2",)


def test_in_a_pack_a_file_of_one_s_own_is_advised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that came with it: findings that have a lab file changed name a copy; elsewhere they name the file."""
    monkeypatch.setattr(paths, "PACK", tmp_path)
    monkeypatch.setattr(capacity, "_meminfo", lambda _: 1)
    taken = {LAB.network.machines: "tun0", LAB.network.pods: "tun0"}
    found = subject(engine={**INFO, "NCPU": 1}, routes=taken, addresses={LAB.network.pods[9]: "tun0"})
    looks = (capacity.check_processors, capacity.check_limits, network.check_subnet, network.check_inner)
    fixes = [look(found).fix for look in looks]
    assert [f"labs/{LAB.name}.yaml" in fix and "--lab mine" not in fix for fix in fixes] == [True] * 4
    (tmp_path / "files.json").write_text(f'["labs/{LAB.name}.yaml"]', encoding="utf-8")
    fixes = [look(found).fix for look in looks]
    assert [f"cp labs/{LAB.name}.yaml labs/mine.yaml, and --lab mine" in fix for fix in fixes] == [True] * 4


def test_dockers_folder_behind_a_closed_one_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person of the group docker may not look into /srv/private/docker: the disk of the closed folder is its own."""
    closed = tmp_path / "private"
    closed.mkdir()
    real = Path.stat

    def stat(path: Path, **given: Any) -> os.stat_result:
        if path.is_relative_to(closed / "docker"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **given)

    monkeypatch.setattr(Path, "stat", stat)
    row = capacity.check_engine_disk(subject(engine={**INFO, "DockerRootDir": str(closed / "docker")}))
    assert str(closed) in row.found


def test_a_check_that_may_not_look_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row says why it could not tell, and what to type; it refuses no lab."""

    def check_inotify(_: doctor_findings.Subject) -> doctor_findings.Finding:
        raise FileNotFoundError(2, "No such file or directory", "/proc/sys/fs/inotify/it's")

    monkeypatch.setattr(doctor_findings, "subject", lambda _: subject())
    monkeypatch.setattr(doctor, "QUICK", (check_inotify, kernel.check_cgroups))
    found = doctor.quick(LAB)
    assert [row.what for row in found] == ["inotify", "cgroups"]
    assert "could not tell" in found[0].found
    assert (found[0].ok, found[0].required) == (False, False)
    assert """'/proc/sys/fs/inotify/it'"'"'s'""" in found[0].fix


def test_files_in_another_coding_are_read(tmp_path: Path) -> None:
    """A name with an accent in a file of the system's, in latin-1."""
    release = tmp_path / "os-release"
    release.write_bytes(b'NAME="caf\xe9"\nID=debian\nVERSION_ID="12"\n')
    assert platforms.this(release).distribution == "debian"
    (tmp_path / "subuid").write_bytes(b"caf\xe9:100000:65536\n")
    assert len(setup._rows(tmp_path / "subuid")) == 1
    (tmp_path / "docker.pid").write_bytes(b"\xff\n")
    assert engine.stale(engine.Engine(pid_files={tmp_path / "docker.pid": "dockerd"})) == [tmp_path / "docker.pid"]


@pytest.mark.parametrize(
    ("rows", "given"),
    [
        ([], "100000-165535"),
        (["ann:100000:65536"], "165536-231071"),
        (["ann:100000:65536", "bob:231072:65536", "odd", "x:y:z", "", "ann:165536:65536"], "296608-362143"),
        (["small:1000:10"], "100000-165535"),
    ],
)
def test_no_person_is_given_the_ids_of_another(rows: list[str], given: str) -> None:
    """usermod gives out a range twice without a word: the containers of two persons would share their files."""
    assert setup._free_ids(rows) == given
