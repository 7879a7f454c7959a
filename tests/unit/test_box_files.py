"""The files of each kind of machine follow from roles, templates and the lab only."""

from __future__ import annotations

import dataclasses
import datetime
import re
from pathlib import Path

import components_data
import jinja2
import labs_data
import pytest

from kubelab import artifact, model, paths, providers
from kubelab.components import cache_layout, software_catalogue
from kubelab.pki import certlist, secret_scan, ssh_keys
from kubelab.providers import provider
from kubelab.render import box_files, files_tsv, lab_files, roles, templates

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
FACTS = model.HostFacts(memory=8192, cpus=4, cgroup_v2=True, resolvers=("9.9.9.9",))
BOX = lab_files.Box(image="kubelab-box:1", run_arguments=("--cap-add", "ALL"), cache=Path("/cache"))
LAB = dataclasses.replace(labs_data.lab(), versions=components_data.versions())
BUNDLE = certlist.issue(LAB, {}, NOW)
ETCD, PLANE, WORKER = LAB.etcd[0], LAB.control_plane[0], LAB.workers[0]


def inputs(lab: model.Lab = LAB, facts: model.HostFacts = FACTS) -> box_files.Inputs:
    """Return what decides about files; the keys are the same ones always."""
    return box_files.Inputs(lab=lab, bundle=BUNDLE, facts=facts, software=cache_layout.software(lab.versions))


def received(machine: model.Machine, facts: model.HostFacts = FACTS) -> dict[str, artifact.Artifact | artifact.Link]:
    """Return what a machine gets, by path."""
    return {item.path: item for item in box_files.receive(inputs(facts=facts), machine)}


def text(machine: model.Machine, path: str, facts: model.HostFacts = FACTS) -> str:
    """Return a file that a machine gets."""
    item = received(machine, facts)[path]
    assert isinstance(item, artifact.Artifact)
    return item.content.decode()


@pytest.mark.parametrize("machine", LAB.machines, ids=lambda machine: machine.name)
def test_every_path_is_given_once_and_in_order(machine: model.Machine) -> None:
    """Two tables that name one path would fight over it."""
    listed = [item.path for item in box_files.receive(inputs(), machine)]
    assert listed == sorted(set(listed))
    assert len(listed) > 15


def test_the_same_inputs_give_the_same_bytes() -> None:
    """No clock, no chance, no order of a set: a second `lab.up` writes nothing."""
    keys = {**BUNDLE.files, **ssh_keys.ensure({}, LAB.machines)}
    where = paths.LabPaths(name="default")
    assert lab_files.lab(inputs(), keys, BOX, where) == lab_files.lab(inputs(), keys, BOX, where)


def test_every_template_is_used_and_every_used_one_is_there() -> None:
    """A template that no code names is a file that somebody will edit in vain."""
    tables = {file.template for kinds in roles.ROLES.values() for role in kinds for file in role.files}
    tables |= {pod.template for kind in model.Kind for pod in roles.static_pods(kind)}
    there = {str(path.relative_to(paths.TEMPLATES)).removesuffix(".j2") for path in paths.TEMPLATES.rglob("*.j2")}
    assert tables <= there
    code = "".join(path.read_text(encoding="utf-8") for path in (paths.ROOT / "kubelab").rglob("*.py"))
    named = {name for name in there if name.rsplit("/", 1)[-1].split(".")[0] in code}
    assert there - tables == named - tables


def test_every_credential_of_the_tables_is_one_that_is_issued() -> None:
    """`{name}` becomes the machine's; a misspelt source would be a KeyError in front of a person."""
    for machine in LAB.machines:
        for role in roles.of(machine):
            for row in role.credentials:
                assert row.source.format(name=machine.name) in BUNDLE.files
            for identity in role.identities:
                assert f"{identity.pair.format(name=machine.name)}.crt" in BUNDLE.files


def test_an_etcd_machine_is_no_node() -> None:
    """No kubelet, no runtime, no pod, no image."""
    paths_ = set(received(ETCD))
    assert not [path for path in paths_ if "kubernetes" in path or "containerd" in path or "/cni/" in path]
    calls = [call[0] for call in box_files.steps(inputs(), ETCD)]
    assert calls == ["wait-for-address", "put-files", "start-units", "keep-record"]


def test_a_worker_has_no_credential_of_the_control_plane() -> None:
    """Nor the API server's identity towards etcd, nor a certificate that signs."""
    mine = {item.digest for item in received(WORKER).values() if isinstance(item, artifact.Artifact)}
    for name in ("kubernetes/ca", "kubernetes/admin", "service-account", "etcd/apiserver-etcd-client", "etcd/ca"):
        key = artifact.Artifact(path="x", content=BUNDLE.file(f"{name}.key"))
        assert key.digest not in mine, name


def test_the_steps_of_a_node_are_in_the_order_in_which_they_are_needed() -> None:
    """Files before units, the pause image before any pod, the kubelet after its pods, the record at the very end."""
    calls = box_files.steps(inputs(), PLANE)
    names = [call[0] for call in calls]
    assert names[:5] == ["wait-for-address", "put-files", "make-volumes", "use-image-store", "start-units"]
    assert names.index("import-images") < names.index("run-static-pod")
    assert names[-1] == "keep-record"
    assert names.index("restart-kubelet") == len(names) - names[::-1].index("run-static-pod")
    assert next(call[1] for call in calls if call[0] == "run-static-pod") == "kube-apiserver"
    assert "make-volumes" not in [call[0] for call in box_files.steps(inputs(), LAB.etcd[0])]


def test_units_are_enabled_by_links() -> None:
    """A box that restarts starts them without being told again."""
    for machine in LAB.machines:
        links = received(machine)
        for unit in roles.units(machine.kind):
            link = links[f"{roles.UNITS}/multi-user.target.wants/{unit}"]
            assert isinstance(link, artifact.Link)
            assert link.target == f"../{unit}"


def test_software_is_linked_and_a_new_build_restarts_its_unit() -> None:
    """`ls -l /opt/bin` says which build runs; another target of the link restarts who runs it."""
    link = received(WORKER)["/opt/bin/kubelet"]
    assert isinstance(link, artifact.Link)
    assert link.target.startswith(f"{cache_layout.BOX_COMPONENTS}/kubernetes-")
    assert link.restarts == ("kubelet.service",)
    assert {path for _, path in software_catalogue.for_kind(model.Kind.WORKER)} <= set(received(WORKER))


def test_allocatable_is_what_the_lab_file_says() -> None:
    """The kubelet sees the whole computer: what is not the box's is set aside, and never less than nothing."""
    config = "/etc/kubernetes/kubelet/config.yaml"
    assert '  memory: 6144Mi\n  cpu: "2"\n' in text(WORKER, config)
    small = dataclasses.replace(FACTS, memory=1024, cpus=1)
    assert '  memory: 0Mi\n  cpu: "0"\n' in text(WORKER, config, facts=small)


@pytest.mark.parametrize(("unified", "driver", "systemd"), [(True, "systemd", "true"), (False, "cgroupfs", "false")])
def test_cgroups_are_driven_as_the_computer_has_them(unified: bool, driver: str, systemd: str) -> None:
    """Kubelet and containerd must agree, or no pod starts."""
    facts = dataclasses.replace(FACTS, cgroup_v2=unified)
    assert f"cgroupDriver: {driver}\n" in text(WORKER, "/etc/kubernetes/kubelet/config.yaml", facts=facts)
    assert f"SystemdCgroup = {systemd}\n" in text(WORKER, "/etc/containerd/config.toml", facts=facts)


def test_outside_names_are_resolved_where_the_computer_can() -> None:
    """Without a resolver that a pod could reach, CoreDNS forwards nothing rather than to itself."""
    corefile = "/etc/kubernetes/addons/10-dns.yaml"
    assert "forward . 9.9.9.9\n" in text(PLANE, corefile)
    assert "forward" not in text(PLANE, corefile, facts=dataclasses.replace(FACTS, resolvers=()))


def test_what_is_secret_is_closed() -> None:
    """By its content, not by its name: whatever holds a private key is 0600."""
    for machine in LAB.machines:
        items = [item for item in received(machine).values() if isinstance(item, artifact.Artifact)]
        assert any(item.secret for item in items)
        scan = secret_scan.Scan(known=())
        assert not [item.path for item in items if scan.found(item.content) and not item.secret]


def test_the_list_of_files_has_six_columns() -> None:
    """The steps read it with tabs: a blank in a path or an empty column would shift the others."""
    for machine in LAB.machines:
        lines = files_tsv.text(map(files_tsv.of, box_files.receive(inputs(), machine))).splitlines()
        assert lines
        for line in lines:
            columns = line.split("\t")
            assert len(columns) == 6
            assert all(columns)
            assert " " not in line
            assert columns[4].startswith("/")


@pytest.mark.parametrize(
    "changed",
    [
        {"machine": dataclasses.replace(WORKER, memory=4096)},
        {"machine": dataclasses.replace(WORKER, cpus=1)},
        {"machine": dataclasses.replace(WORKER, address=LAB.workers[1].address)},
        {"box": dataclasses.replace(BOX, image="kubelab-box:2")},
        {"box": dataclasses.replace(BOX, run_arguments=())},
        {"box": dataclasses.replace(BOX, cache=Path("/elsewhere"))},
    ],
    ids=["memory", "cpus", "address", "image", "arguments", "cache"],
)
def test_what_a_container_cannot_change_gives_it_another_shape(changed: dict[str, object]) -> None:
    """Each of these alone; the shape of an unchanged one stays."""
    usual: dict[str, object] = {"machine": WORKER, "box": BOX}
    assert lab_files.shape(**usual) == lab_files.shape(**usual)  # type: ignore[arg-type]  # a test's table
    assert lab_files.shape(**{**usual, **changed}) != lab_files.shape(**usual)  # type: ignore[arg-type]


def test_a_static_pods_manifest_names_the_digest_of_its_files() -> None:
    """Another certificate in its folder is another manifest; another pod's is not touched."""
    changed = dataclasses.replace(LAB.network, domain="example.org")
    other = box_files.receive(inputs(dataclasses.replace(LAB, network=changed)), PLANE)
    now = {item.path: item for item in other if isinstance(item, artifact.Artifact)}
    before = {path: item for path, item in received(PLANE).items() if isinstance(item, artifact.Artifact)}
    proxy, scheduler = f"{roles.MANIFESTS}/kube-proxy.yaml", f"{roles.MANIFESTS}/kube-scheduler.yaml"
    assert now["/etc/kubernetes/kubelet/config.yaml"].digest != before["/etc/kubernetes/kubelet/config.yaml"].digest
    assert (now[proxy].digest, now[scheduler].digest) == (before[proxy].digest, before[scheduler].digest)


def test_a_hole_without_a_value_is_an_error() -> None:
    """Never an empty word in a unit file."""
    with pytest.raises(jinja2.UndefinedError):
        templates.text("etcd/etcd.conf.yaml", {"machine": ETCD})


@pytest.mark.parametrize("kind", list(model.Provider))
def test_a_provider_delivers_as_it_says(kind: model.Provider) -> None:
    """The rendered Vagrantfile mounts each box's folder, or gives the machine a disk with it: one of the two."""
    keys = {**BUNDLE.files, **ssh_keys.ensure({}, LAB.machines)}
    lab = dataclasses.replace(LAB, provider=kind)
    text = lab_files.lab(inputs(lab), keys, BOX, paths.LabPaths(name="default"))["Vagrantfile"].content.decode()
    ways = {
        provider.Delivery.MOUNT: text.count(":/opt/kubelab/box:ro"),
        provider.Delivery.DISK: len(re.findall(r'"#\{here\}/disks/[a-z0-9-]+\.iso"', text)),
    }
    assert ways == {**dict.fromkeys(ways, 0), providers.of(lab).delivery: len(LAB.machines)}
