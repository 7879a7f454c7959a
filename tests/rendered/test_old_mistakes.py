"""The original lab's ten mistakes, as far as they show without a running lab; tests/live has the rest."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import cast

import pytest
import rendering
from cryptography import x509

from kubelab import checks, paths
from kubelab.clients import kube_api
from kubelab.converge import compose
from kubelab.lab import kube_context
from kubelab.render import roles

PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{60,}")
FOREIGN = """\
apiVersion: v1
kind: Config
current-context: work
clusters: [{name: work, cluster: {server: "https://work.example:6443"}}]
users: [{name: me, user: {token: not-a-real-one}}]
contexts: [{name: work, context: {cluster: work, user: me}}]
"""
CLIENTS = ("/etc/etcd/etcdctl.env", "/etc/kubernetes/addons/kubeconfig")
"""Read by a command that ends: nothing runs that would keep an old value."""
TYPE = """\
import pathlib, sys
from kubelab import paths
paths.BUILD = pathlib.Path(sys.argv[1])
sys.argv[1:2] = []
from kubelab.tasks import main, namespace
main.main(namespace.collection())
"""


def typed(checkout: Path, *words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type words as a person does, on the labs of this suite."""
    call = [sys.executable, "-c", TYPE, str(checkout / "build"), *words]
    return subprocess.run(call, cwd=paths.ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, text: str) -> Path:
    """Put a stand-in for a program into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def certificate(where: paths.LabPaths, name: str) -> x509.Certificate:
    """Return one of the lab's certificates."""
    return x509.load_pem_x509_certificate((where.keys / f"{name}.crt").read_bytes())


def sans(found: x509.Certificate) -> set[str]:
    """Return every name and address of a certificate, as text."""
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def flags(rendered: rendering.Rendered, box: str, pod: str) -> dict[str, str]:
    """Return the options of a static pod's program."""
    document = rendering.yaml_of(rendered.where.box(box) / f"files{roles.MANIFESTS}/{pod}.yaml")
    words = document["spec"]["containers"][0]["command"][1:]
    return dict(word.removeprefix("--").split("=", 1) for word in words)


def rows(rendered: rendering.Rendered, box: str, file: str) -> dict[str, str]:
    """Return the assignments of an environment file of a box."""
    text = (rendered.where.box(box) / f"files{file}").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines())


def test_1_no_cluster_but_the_lab_is_acted_on(checkout: Path, labs: rendering.Labs, tmp_path: Path) -> None:
    """Whatever the person's current context names: kubectl is the lab's own, with the lab's own kubeconfig."""
    where = labs["default"].where
    foreign = tmp_path / "config"
    foreign.write_text(FOREIGN, encoding="utf-8")
    link = where.bin / "kubectl"
    before = link.readlink()
    program(where.bin, "kubectl", 'echo "$KUBECONFIG $*"')
    try:
        done = typed(
            checkout, "lab.kubectl", "--", "delete", "ns", "x", env={"KUBECONFIG": str(foreign), "HOME": str(tmp_path)}
        )
    finally:
        link.unlink()
        link.symlink_to(before)
    assert done.stdout.split() == [str(where.kubeconfig), "delete", "ns", "x"]
    assert foreign.read_text(encoding="utf-8") == FOREIGN
    assert rendering.yaml_of(where.kubeconfig)["clusters"][0]["cluster"]["server"] == labs["default"].lab.api_endpoint


def test_1_boxes_name_their_own_cluster(rendered: rendering.Rendered) -> None:
    """No kubectl in a box relies on a context that somebody else has set."""
    for machine in rendered.lab.control_plane:
        unit = rendered.where.box(machine.name) / f"files{roles.UNITS}/kubelab-addons.service"
        assert "Environment=KUBECONFIG=/etc/kubernetes/addons/kubeconfig" in unit.read_text(encoding="utf-8")
        assert "/etc/kubernetes/addons/kubeconfig" in rendered.rows(machine.name)


@dataclasses.dataclass
class Pods:
    """An API that has the pods that it is given, and nothing else."""

    pods: list[kube_api.Json]

    def items(self, path: str, **_: str) -> list[kube_api.Json]:
        """Return them."""
        assert path == "/api/v1/pods"
        return self.pods


def crashing(name: str) -> kube_api.Json:
    """Return a pod with the right name that crashes."""
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    status = {"conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [{"state": state}]}
    return {"metadata": {"name": name, "namespace": "kube-system"}, "status": status}


def test_2_a_pods_name_proves_nothing(labs: rendering.Labs) -> None:
    """All pods are there by name, and all crash: that is not health."""
    rendered = labs["default"]
    named = [crashing(name) for name in checks.static_pod_names(rendered.lab)]
    view = checks.View(lab=rendered.lab, where=rendered.where, api=cast(kube_api.Api, Pods(named)))
    with pytest.raises(checks.Wrong, match="CrashLoopBackOff"):
        checks.system_pods_ready(view)


def test_3_a_range_is_written_once(labs: rendering.Labs) -> None:
    """In a lab with other ranges no rendered file has an address of the usual ones, nor has a certificate."""
    rendered = labs["other-ranges"]
    usual = [IPv4Network("192.168.56.0/21"), IPv4Network("10.2.0.0/16"), IPv4Network("10.3.0.0/24")]
    for path in rendered.where.root.rglob("*"):
        elsewhere = {"keys", "steps", "bin"} & set(path.relative_to(rendered.where.root).parts[:3])
        if path.is_file() and not elsewhere:
            text = path.read_text(encoding="utf-8", errors="replace")
            found = {IPv4Address(word) for word in re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", text) if valid(word)}
            assert not [address for address in found if any(address in network for network in usual)], path
            assert "cluster.local" not in text, path
    assert {"10.96.0.1", "kubernetes.default.svc.lab.example.org"} <= sans(
        certificate(rendered.where, "kubernetes/apiserver")
    )


def valid(word: str) -> bool:
    """Return whether four numbers with dots are an address."""
    return all(int(part) < 256 and part == str(int(part)) for part in word.split("."))


def test_4_no_private_key_is_or_could_be_committed() -> None:
    """build/ is ignored as a whole, and git knows no file with a key in it."""
    git = ["git", "-C", str(paths.ROOT)]
    words = [*git, "check-ignore", "build/default/keys/kubernetes/ca.key", "build/x/kubeconfig"]
    assert len(rendering.said(words).split()) == 2
    tracked = rendering.said([*git, "ls-files", "-z"]).split("\0")
    assert len(tracked) > 200
    files = [paths.ROOT / name for name in tracked if name and (paths.ROOT / name).is_file()]
    assert not [path for path in files if PRIVATE_KEY.search(path.read_bytes())]


def test_4_a_committed_key_would_be_seen(labs: rendering.Labs) -> None:
    """The pattern knows the keys that this project makes."""
    keys = [path for path in labs["default"].where.keys.rglob("*.key") if path.name != "encryption.key"]
    assert len(keys) > 20
    assert all(PRIVATE_KEY.search(path.read_bytes()) for path in keys)


def test_5_a_changed_input_renews_what_it_is_in(labs: rendering.Labs) -> None:
    """Another service range: the certificate that names its first address is issued anew, the others are kept."""
    before = labs["no-addons"]
    tables = {machine.name: before.rows(machine.name) for machine in before.lab.machines}
    network = dataclasses.replace(before.lab.network, services=IPv4Network("10.99.0.0/24"))
    try:
        reasons = compose.render(dataclasses.replace(before.lab, network=network), before.where)
        assert set(reasons) == {"kubernetes/apiserver"}
        assert "10.99.0.1" in sans(certificate(before.where, "kubernetes/apiserver"))
        changed = {
            path
            for name, table in tables.items()
            for path, row in before.rows(name).items()
            if row[0] != table[path][0]
        }
    finally:
        compose.render(before.lab, before.where)
    assert {"/etc/kubernetes/kubelet/config.yaml", f"{roles.MANIFESTS}/kube-apiserver.yaml"} <= changed
    assert "/etc/etcd/etcd.conf.yaml" not in changed


def test_5_what_a_unit_reads_restarts_it(rendered: rendering.Rendered) -> None:
    """Every unit restarts when its own file changes, and every file that a unit's command line names restarts it."""
    for machine in rendered.lab.machines:
        table = rendered.rows(machine.name)
        units = [path for path in table if re.fullmatch(rf"{roles.UNITS}/[\w-]+\.service", path)]
        assert units
        for unit in units:
            name = unit.rsplit("/", 1)[-1]
            assert name in table[unit][3].split(","), unit
            text = (rendered.where.box(machine.name) / f"files{unit}").read_text(encoding="utf-8")
            for path in set(re.findall(r"(/etc/[\w./-]+)", text)) & set(table):
                if path not in CLIENTS:
                    assert name in table[path][3].split(","), f"{path} is read by {name}"


def test_5_a_static_pods_manifest_changes_with_its_files(labs: rendering.Labs) -> None:
    """The kubelet restarts a pod when its manifest differs: each names the digest of the pod's folder."""
    digests = []
    for name in ("default", "other-ranges"):
        folder = labs[name].where.box("kube-master-01") / f"files{roles.MANIFESTS}"
        found = {path.stem: rendering.yaml_of(path)["metadata"]["annotations"] for path in folder.iterdir()}
        digests.append({pod: annotations["kubelab/inputs"] for pod, annotations in found.items()})
    assert set(digests[0]) == {pod.name for pod in roles.pods_of(labs["default"].lab.control_plane[0])}
    assert all(digests[0][pod] != digests[1][pod] for pod in digests[0])


def test_6_nothing_picks_the_first_interface(rendered: rendering.Rendered) -> None:
    """Every component is told the machine's own address on the lab's network; no interface is named anywhere."""
    for machine in rendered.lab.nodes:
        name, address = machine.name, str(machine.address)
        flannel, calico = (
            rows(rendered, name, "/etc/flannel/options.env"),
            rows(rendered, name, "/etc/calico/calico-node.env"),
        )
        assert (flannel["FLANNELD_IFACE"], flannel["FLANNELD_PUBLIC_IP"], calico["IP"]) == (address, address, address)
        folder = rendered.where.box(name) / "files"
        kubelet = (folder / f"{roles.UNITS[1:]}/kubelet.service").read_text(encoding="utf-8")
        assert f"--node-ip={address}" in kubelet
        assert rendering.yaml_of(folder / "etc/kubernetes/kubelet/config.yaml")["address"] == address
        assert rendering.yaml_of(folder / "etc/kubernetes/kube-proxy/config.yaml")["bindAddress"] == address
    for machine in rendered.lab.control_plane:
        server = flags(rendered, machine.name, "kube-apiserver")
        assert server["advertise-address"] == str(machine.address)
        # The virtual address comes and goes: a server on one address would not answer there.
        assert server["bind-address"] == ("0.0.0.0" if machine.virtual else str(machine.address))  # noqa: S104
    for machine in rendered.lab.etcd:
        config = rendering.yaml_of(rendered.where.box(machine.name) / "files/etc/etcd/etcd.conf.yaml")
        urls = [config[key] for key in config if key.endswith("-urls") and key != "listen-metrics-urls"]
        assert all(str(machine.address) in url for url in urls)
    for path in rendered.every():
        assert not re.search(rb"\b(eth\d|enp\d\w*|ens\d)\b", path.read_bytes()), path


def test_7_a_certificates_name_is_the_nodes_name(rendered: rendering.Rendered) -> None:
    """Certificate, kubelet, Calico and the CNI chain call a node by one name, and its certificate has its address."""
    for machine in rendered.lab.nodes:
        name = machine.name
        client = certificate(rendered.where, f"nodes/{name}/kubelet-client").subject.rfc4514_string()
        assert f"CN=system:node:{name}" in client
        assert "O=system:nodes" in client
        assert {name, str(machine.address)} == sans(certificate(rendered.where, f"nodes/{name}/kubelet-server"))
        folder = rendered.where.box(name) / "files"
        assert f"--hostname-override={name} " in (folder / f"{roles.UNITS[1:]}/kubelet.service").read_text(
            encoding="utf-8"
        )
        assert rows(rendered, name, "/etc/calico/calico-node.env")["NODENAME"] == name
        chain = json.loads((folder / "etc/cni/net.d/10-flannel-calico.conflist").read_text(encoding="utf-8"))
        assert [row["delegate"]["nodename"] for row in chain["plugins"] if "delegate" in row] == [name]


def test_8_no_key_has_two_uses(rendered: rendering.Rendered) -> None:
    """The API server serves with one key and signs tokens with another; no two keys of the lab are alike."""
    keys = [path.read_bytes() for path in rendered.where.keys.rglob("*.key")]
    assert len(keys) == len(set(keys)) > 20
    for machine in rendered.lab.control_plane:
        server = flags(rendered, machine.name, "kube-apiserver")
        folder = rendered.where.box(machine.name) / "files"
        one, other = server["tls-private-key-file"], server["service-account-signing-key-file"]
        assert (folder / one[1:]).read_bytes() != (folder / other[1:]).read_bytes()
        manager = flags(rendered, machine.name, "kube-controller-manager")
        signer = folder / manager["service-account-private-key-file"][1:]
        assert signer.read_bytes() == (rendered.where.keys / "service-account.key").read_bytes()


def test_9_destroy_takes_its_entries_out_again(checkout: Path, labs: rendering.Labs, tmp_path: Path) -> None:
    """Merged on request; after destroy the person's kubeconfig says what it said before."""
    where = labs["selftest-two"].where
    mine = tmp_path / "config"
    mine.write_text(FOREIGN, encoding="utf-8")
    before = rendering.yaml_of(mine)
    kept = tmp_path / "kept"
    shutil.copytree(where.root, kept, symlinks=True)
    program(tmp_path / "bin", "docker", 'case "$*" in "ps "*|"volume ls"*|"network ls"*) ;; *) exit 97 ;; esac')
    env = {"KUBECONFIG": str(mine), "HOME": str(tmp_path), "KUBELAB_CACHE": str(tmp_path / "cache")}
    env["PATH"] = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    option = ("--lab", "selftest-two")
    try:
        assert typed(checkout, "lab.kubeconfig", "--merge", *option, env=env).returncode == 0
        names = [row["name"] for row in rendering.yaml_of(mine)["contexts"]]
        assert names == ["work", paths.context("selftest-two")]
        done = typed(checkout, "lab.destroy", *option, env=env)
        assert done.returncode == 0, done.stderr
    finally:
        if not where.root.exists():
            shutil.copytree(kept, where.root, symlinks=True)
    assert rendering.yaml_of(mine) == before
    assert kube_context.SECTIONS.keys() <= before.keys()


def boxes(labs: rendering.Labs, tmp_path: Path, failing: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Run each box's own provision.sh with steps that only write their names, one of which fails.

    Yield its exit code, the steps that ran, and those that it calls.
    """
    rendered = labs["default"]
    for machine in rendered.lab.machines:
        folder = tmp_path / machine.name
        shutil.copytree(rendered.where.box(machine.name), folder)
        library = (folder / "lib.sh").read_text(encoding="utf-8")
        assert "STATE=/var/lib/kubelab " in library
        state = folder / "state"
        (folder / "lib.sh").write_text(library.replace("STATE=/var/lib/kubelab ", f"STATE={state} "), encoding="utf-8")
        text = (folder / "provision.sh").read_text(encoding="utf-8")
        called = re.findall(r"(?m)^step (\S+)", text)
        for name in set(called):
            end = "exit 1" if name == failing else ":"
            program(folder / "steps", f"{name}.sh", f"echo {name} >> {folder}/ran\n{end}")
        done = subprocess.run(["bash", str(folder / "provision.sh")], env=os.environ, capture_output=True, check=False)
        yield done.returncode, (folder / "ran").read_text(encoding="utf-8").split(), called


def test_10_a_failed_step_is_the_last_one(labs: rendering.Labs, tmp_path: Path) -> None:
    """What comes after it is not tried, and the box does not record that it applied its folder."""
    for code, ran, called in boxes(labs, tmp_path, failing="start-units"):
        assert code != 0
        assert ran == called[: called.index("start-units") + 1]
        assert "keep-record" not in ran


def test_10_without_a_failure_all_steps_run(labs: rendering.Labs, tmp_path: Path) -> None:
    """The same run, green: the test above is red for the failed step alone."""
    for code, ran, called in boxes(labs, tmp_path, failing="none"):
        assert (code, ran) == (0, called)


def test_no_reader_hangs_up_on_a_program_that_prints_many_lines() -> None:
    """Under pipefail `kubectl … | head -1` fails now and then: SIGPIPE, and not a word (a mutation ended so)."""
    hangs_up = re.compile(r"\b(?:kubectl|journalctl)\b(?![^|]*-o jsonpath)[^|;]*\|\s*(?:head|grep -[a-zA-Z]*q)")
    folders = (paths.PROVISION, paths.ROOT / "labs", paths.ROOT / "boxes", paths.TEMPLATES)
    scripts = [path for folder in folders for path in sorted(folder.rglob("*.sh*")) if path.is_file()]
    assert len(scripts) > 200
    assert hangs_up.search("pod=$(kubectl get pods -o name | head -1)")
    assert [str(path) for path in scripts if hangs_up.search(path.read_text(encoding="utf-8"))] == []


def test_10_every_script_stops_at_its_first_failure() -> None:
    """`set -euo pipefail` in each, or in the library that it reads first."""
    library = (paths.PROVISION / "lib.sh").read_text(encoding="utf-8")
    assert "set -euo pipefail" in library
    for path in [*paths.PROVISION.glob("*.sh"), *(paths.PROVISION / "steps").iterdir()]:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        assert lines[0] == "set -euo pipefail" or "lib.sh" in lines[0], path


def test_every_mistake_has_a_test() -> None:
    """1 to 10."""
    names = re.findall(r"(?m)^def test_(\d+)_", Path(__file__).read_text(encoding="utf-8"))
    assert sorted(set(map(int, names))) == list(range(1, 11))
