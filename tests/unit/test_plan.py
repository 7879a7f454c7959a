"""A plan names exactly the parts that differ, each with its reason, and none of their neighbours."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import plan_data
import pytest
from labs_data import DATA

from kubelab import errors, model, pages, paths
from kubelab.config import change_effects, schema
from kubelab.converge import compose, observed, plan, planner, textdiff
from kubelab.pki import certificates, certlist, secret_scan
from kubelab.providers import docker, libvirt
from kubelab.render import files_tsv, lab_files
from kubelab.state import workspace

Values = Mapping[str, Any]
BASE: Values = {}
CHANGED: Mapping[str, Values] = {
    "versions": {"versions": plan_data.OTHER_VERSIONS},
    "provider": {"provider": "libvirt"},
    "network.machines": {"network": {"machines": "192.168.61.0/24"}},
    "network.pods": {"network": {"pods": "10.8.0.0/16"}},
    "network.services": {"network": {"services": "10.9.0.0/24"}},
    "driver": {"provider": "libvirt", "driver": "qemu"},
    "box.system": {"provider": "libvirt", "box": {"name": "x", "system": "coreos"}},
    "box.name": {"provider": "libvirt", "box": {"name": "y"}},
    "box.url": {"provider": "libvirt", "box": {"name": "x", "url": "file:///x.box"}},
    "network.domain": {"network": {"domain": "lab.internal"}},
    "network.api": {"network": {"api": "192.168.62.99"}, "machines": {"control-plane": {"count": 3}}},
    "machines.etcd.count": {"machines": {"etcd": {"count": 3}}},
    "machines.etcd.memory": {"machines": {"etcd": {"memory": 1536}}},
    "machines.etcd.cpus": {"machines": {"etcd": {"cpus": 2}}},
    "machines.etcd.name": {"machines": {"etcd": {"name": "store"}}},
    "machines.etcd.names": {"machines": {"etcd": {"names": ["store"]}}},
    "machines.etcd.octet": {"machines": {"etcd": {"octet": 99}}},
    "machines.etcd.addresses": {"machines": {"etcd": {"addresses": ["192.168.62.99"]}}},
    "machines.control-plane.count": {"machines": {"control-plane": {"count": 3}}},
    "machines.control-plane.memory": {"machines": {"control-plane": {"memory": 3072}}},
    "machines.control-plane.cpus": {"machines": {"control-plane": {"cpus": 1}}},
    "machines.control-plane.name": {"machines": {"control-plane": {"name": "brain"}}},
    "machines.control-plane.names": {"machines": {"control-plane": {"names": ["brain"]}}},
    "machines.control-plane.octet": {"machines": {"control-plane": {"octet": 112}}},
    "machines.control-plane.addresses": {"machines": {"control-plane": {"addresses": ["192.168.62.112"]}}},
    "machines.worker.count": {"machines": {"worker": {"count": 3}}},
    "machines.worker.memory": {"machines": {"worker": {"memory": 3072}}},
    "machines.worker.cpus": {"machines": {"worker": {"cpus": 1}}},
    "machines.worker.name": {"machines": {"worker": {"name": "hand"}}},
    "machines.worker.names": {"machines": {"worker": {"names": ["left", "right"]}}},
    "machines.worker.octet": {"machines": {"worker": {"octet": 131}}},
    "machines.worker.addresses": {"machines": {"worker": {"addresses": ["192.168.62.121", "192.168.62.150"]}}},
    "addons": {"addons": ["dns", "storage", "guestbook"]},
    "dashboard": {"dashboard": "headlamp"},
    "tools": {"tools": ["helm"]},
}
"""Each key of the lab file, changed alone."""
BEFORE: Mapping[str, Values] = {"network.api": {"machines": {"control-plane": {"count": 3}}}}
"""A key's lab before the change, where the usual one does not have the key."""
ETCD, MASTER, ONE, TWO = "etcd-01", "kube-master-01", "kube-worker-01", "kube-worker-02"
KIND_BOXES = {"etcd": {ETCD}, "control-plane": {MASTER}, "worker": {ONE, TWO}}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[plan_data.Up]:
    """Yield the lab of the README, up, under a build folder of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", tmp_path_factory.mktemp("build"))
        patch.setattr(observed, "vagrant_id", lambda machine: f"id-{machine.name}")
        yield plan_data.Up.of(plan_data.lab(BASE))


def given(values: Values) -> model.Lab:
    """Return the lab with these values; addresses need the network to be named."""
    section = dict(values)
    if any("addresses" in kind for kind in dict(section.get("machines", {})).values()):
        section["network"] = {"machines": str(plan_data.NETWORK)}
    return plan_data.lab(section)


def places(planned: plan.Plan) -> set[str]:
    """Return where anything happens."""
    return {item.where for item in planned.items}


def rows(planned: plan.Plan, where: str) -> list[tuple[str, str]]:
    """Return what happens at one place: action and thing."""
    return [(str(item.action), item.what) for item in planned.items if item.where == where]


def every_key() -> set[str]:
    """Return every key that a lab file may have, by its place."""
    found = {key for key in schema.keys(()) if key not in ("network", "machines", "box")}
    found |= {f"{section}.{key}" for section in ("network", "box") for key in schema.keys((section,))}
    kinds = schema.keys(("machines",))
    return found | {f"machines.{kind}.{key}" for kind in kinds for key in schema.keys(("machines", kind))}


def test_every_key_has_a_class_and_a_change() -> None:
    """No key of the lab file is without a class, and none is without its own row in these tests."""
    assert set(change_effects.CLASSES) == every_key()
    assert set(CHANGED) == every_key()


def test_page_says_the_classes() -> None:
    """The page of the lab file has exactly the rows of the table."""
    page = (paths.ROOT / pages.LAB_FILE).read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 4]
    wanted = [f"| `{key}` | {row.effect} | {row.what} |" for key, row in change_effects.CLASSES.items()]
    assert [row for row in rows if row.split("|")[2].strip() in set(change_effects.Effect)] == wanted


def test_nothing_changed_nothing_planned(up: plan_data.Up) -> None:
    """A lab that is as its file says has an empty plan."""
    planned = up.toward(up.rendered.lab)
    assert planned.items == ()
    assert not planned.pending
    assert set(planned.states.values()) == {observed.State.EQUAL}


@pytest.mark.parametrize("key", [key for key, row in change_effects.CLASSES.items() if row.effect == "refused"])
def test_refused_keys_say_so_before_anything_happens(up: plan_data.Up, key: str) -> None:
    """A change of what the lab's data was made with is refused with the key, both values and the reason."""
    before = change_effects.kept(plan_data.lab(BEFORE[key]) if key in BEFORE else up.rendered.lab)
    with pytest.raises(errors.LabError) as refused:
        change_effects.refuse(given(CHANGED[key]), before)
    assert refused.value.ident == "change-refused"
    stem = key.replace(".name", ".names").replace("namess", "names").replace(".octet", ".addresses")
    assert [detail.split(":")[0] for detail in refused.value.details if detail.startswith(stem)] == [stem]


@pytest.fixture
def volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the volumes that Docker has of the lab, none yet; its build folder is the test's own, without libvirt."""
    found: list[str] = []
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(docker.Docker, "boxes", lambda *_: ())
    monkeypatch.setattr(docker.Docker, "volumes", lambda *_: tuple(found))
    monkeypatch.setattr(docker.Docker, "volume_machines", lambda *_: frozenset({ETCD}) if found else frozenset())
    monkeypatch.setattr(libvirt.Libvirt, "answers", lambda _: False)
    return found


@pytest.mark.parametrize("key", [key for key, row in change_effects.CLASSES.items() if row.effect == "refused"])
def test_no_word_renders_a_refused_change_for_a_lab_with_data(volumes: list[str], key: str) -> None:
    """Boxes apply what is rendered when they start, and `lab.certs --renew` at once: it let another range of pods
    through. And data was looked for on the provider that the file names now: another provider was never refused."""
    before, after = plan_data.lab(BEFORE.get(key, BASE)), given(CHANGED[key])
    where = paths.LabPaths(name=before.name)
    compose.write(compose.compose(before, where))
    workspace.remember(where, change_effects.kept(before))
    compose.compose(after, where)
    volumes.append("kubelab-planned-etcd-01-etcd")
    compose.compose(before, where)
    planner.refuse(before, where)
    for act in (compose.compose, planner.refuse):
        with pytest.raises(errors.LabError) as refused:
            act(after, where)
        assert refused.value.ident == "change-refused"
        assert "put the old value back" in refused.value.remedy


def test_a_machine_does_not_change_its_kind() -> None:
    """A control plane less and a worker of its name: the box was taken for that worker's, and kept its node's taint."""
    before = plan_data.lab({"machines": {"control-plane": {"count": 3}}})
    fewer = {"control-plane": {"count": 2}}
    change_effects.refuse(plan_data.lab({"machines": fewer}), change_effects.kept(before))
    after = plan_data.lab({"machines": {**fewer, "worker": {"names": ["kube-master-03", "other"]}}})
    with pytest.raises(errors.LabError) as refused:
        change_effects.refuse(after, change_effects.kept(before))
    (row,) = refused.value.details
    assert row.startswith("machines.worker: kube-master-03 was of kind control-plane (")


def test_another_driver_makes_virtual_machines_anew() -> None:
    """A lab on libvirt may change from kvm to qemu: its machines have another shape then, and nothing is refused."""
    slow, fast = (given({"provider": "libvirt", "driver": driver}) for driver in ("qemu", "kvm"))
    change_effects.refuse(slow, change_effects.kept(fast))
    for machine in slow.machines:
        assert lab_files.shape(machine, compose.run_box(slow)) != lab_files.shape(machine, compose.run_box(fast))


@pytest.mark.parametrize("key", ["box.system", "box.name", "box.url"])
def test_another_box_makes_virtual_machines_anew(key: str) -> None:
    """Each key of the box is part of the shape of its machines."""
    before, after = given({"provider": "libvirt", "box": {"name": "x"}}), given(CHANGED[key])
    change_effects.refuse(after, change_effects.kept(before))
    for machine in after.machines:
        assert lab_files.shape(machine, compose.run_box(before)) != lab_files.shape(machine, compose.run_box(after))


def test_tools_are_named_that_come_and_go(up: plan_data.Up) -> None:
    """The plan says what lands in the bin folder; kubectl is in every lab's, and no line of it."""
    (item,) = up.toward(given({"tools": ["helm"]})).items
    assert (item.action, item.what) == (plan.Action.CREATE, "tool helm")
    other = plan_data.Up.of(given({"tools": ["helm"]}))
    (item,) = other.toward(given({})).items
    assert (item.action, item.what) == (plan.Action.REMOVE, "tool helm")
    assert not other.toward(given({"tools": ["helm"]})).pending


VIRTUAL = ("driver", "box.system", "box.name", "box.url")
"""What only virtual machines have."""
LET_THROUGH = [key for key, row in change_effects.CLASSES.items() if row.effect != "refused" and key not in VIRTUAL]


@pytest.mark.parametrize("key", LET_THROUGH)
def test_other_keys_are_not_refused(up: plan_data.Up, key: str) -> None:
    """What may change is let through, and does something."""
    change_effects.refuse(given(CHANGED[key]), change_effects.kept(up.rendered.lab))
    assert up.toward(given(CHANGED[key])).pending


@pytest.mark.parametrize("kind", ["etcd", "control-plane", "worker"])
@pytest.mark.parametrize("size", ["memory", "cpus"])
def test_sizes_make_boxes_anew_and_touch_no_neighbour(up: plan_data.Up, kind: str, size: str) -> None:
    """Memory and CPUs: the boxes of that kind are made anew, with both values; no other box has anything to do."""
    planned = up.toward(given(CHANGED[f"machines.{kind}.{size}"]))
    assert places(planned) == KIND_BOXES[kind]
    anew = [item for item in planned.items if item.action is plan.Action.RECREATE]
    assert {item.where for item in anew} == KIND_BOXES[kind]
    for item in anew:
        assert item.reason.startswith(f"{size} ") and " -> " in item.reason


def test_added_worker_touches_only_files_that_name_it(up: plan_data.Up) -> None:
    """One more worker: its box and its certificates are made; of the others only the control plane's add-ons change."""
    planned = up.toward(given(CHANGED["machines.worker.count"]))
    assert places(planned) == {"lab", MASTER, "kube-worker-03"}
    assert rows(planned, "kube-worker-03") == [("create", "box")]
    assert {what.split()[-1] for _, what in rows(planned, "lab")} == {
        f"nodes/kube-worker-03/{name}" for name in ("flannel", "calico", "kubelet-client", "kubelet-server")
    }
    changed = {what.removeprefix("/etc/kubernetes/addons/") for _, what in rows(planned, MASTER)}
    assert changed == {"roles.tsv", "kubelab-addons.service"}
    assert rows(planned, plan.CLUSTER) == []
    assert planned.states[ONE] is observed.State.EQUAL


def test_removed_worker_is_named(up: plan_data.Up) -> None:
    """One worker less: its box goes, the other worker and etcd are not touched."""
    planned = up.toward(given({"machines": {"worker": {"count": 1}}}))
    assert planned.strangers == (TWO,)
    assert rows(planned, TWO) == [("remove", "box")]
    assert ETCD not in places(planned)
    assert ONE not in places(planned)


def test_renamed_workers_go_and_come(up: plan_data.Up) -> None:
    """Other names for the workers: the old ones are removed, new ones made; etcd is not touched."""
    planned = up.toward(given(CHANGED["machines.worker.names"]))
    assert planned.strangers == (ONE, TWO)
    assert rows(planned, "left") == [("create", "box")]
    assert ETCD not in places(planned)


def test_moved_worker_is_made_anew_alone(up: plan_data.Up) -> None:
    """Another address for one worker: that box is made anew and its own certificate issued; its sibling stays."""
    planned = up.toward(given(CHANGED["machines.worker.addresses"]))
    assert {item.where for item in planned.items if item.action is plan.Action.RECREATE} == {TWO}
    assert ONE not in places(planned)
    (renewed,) = [item for item in planned.items if item.where == "lab"]
    assert renewed.what == f"certificate nodes/{TWO}/kubelet-server"
    assert renewed.reason == "SAN list changed: + 192.168.62.150, - 192.168.62.122"


def test_addon_gone_deletes_its_objects_last_first(up: plan_data.Up) -> None:
    """An add-on less: each of its objects is deleted, the namespace last, and nothing restarts but the applying."""
    planned = up.toward(given(CHANGED["addons"]))
    assert places(planned) == {MASTER, plan.CLUSTER}
    gone = rows(planned, plan.CLUSTER)
    assert {action for action, _ in gone} == {"remove"}
    assert gone[-1] == ("remove", "Namespace dashboard")
    restarted = [what for action, what in rows(planned, MASTER) if action == "restart"]
    assert restarted == ["kubelab-addons.service"]


def test_other_versions_restart_their_users(up: plan_data.Up) -> None:
    """Another Kubernetes: links change and what runs from them restarts; no box is made anew, etcd is not touched."""
    planned = up.toward(given(CHANGED["versions"]))
    assert ETCD not in places(planned)
    assert not [item for item in planned.items if item.action is plan.Action.RECREATE]
    assert {what for action, what in rows(planned, ONE) if action == "restart"} >= {
        "kubelet.service",
        "static pod kube-proxy",
    }


def test_flag_is_named_and_restarts_one_static_pod(up: plan_data.Up) -> None:
    """A flag more for the API server: the reason names it, the diff shows it, and nothing else restarts."""
    path = f"boxes/{MASTER}/files/etc/kubernetes/manifests/kube-apiserver.yaml"
    planned = up.toward_rendered(with_file(up.rendered, path, b"        - --profiling=false\n", b"        - --v=3\n"))
    change, restart = planned.items
    assert (change.where, change.action, change.reason) == (MASTER, plan.Action.CHANGE, "flag added: --v=3")
    assert "+        - --v=3" in change.diff
    assert (restart.action, restart.what) == (plan.Action.RESTART, "static pod kube-apiserver")


def test_restarts_come_from_the_rows_of_the_box(up: plan_data.Up) -> None:
    """A changed kubelet configuration on one worker restarts that worker's kubelet and nothing else."""
    path = f"boxes/{ONE}/files/etc/kubernetes/kubelet/config.yaml"
    planned = up.toward_rendered(with_file(up.rendered, path, b"readOnlyPort: 0\n", b"maxPods: 60\n"))
    assert rows(planned, ONE) == [
        ("change", "/etc/kubernetes/kubelet/config.yaml"),
        ("restart", "kubelet.service"),
    ]
    assert planned.items[0].reason == "(nothing) -> maxPods: 60"
    assert planned.states == {**dict.fromkeys(planned.states, observed.State.EQUAL), ONE: observed.State.APPLY}


def with_file(rendered: compose.Rendering, path: str, after: bytes, line: bytes) -> compose.Rendering:
    """Return a rendering in which one file has a line more, and the box's files.tsv knows it."""
    files = dict(rendered.files)
    old = files[path]
    assert after in old.content
    new = old.content.replace(after, after + line, 1)
    files[path] = type(old)(content=new, mode=old.mode)
    table = "/".join(path.split("/")[:2]) + "/files.tsv"
    text = files[table].content.decode().replace(files_tsv.digest(old.content), files_tsv.digest(new))
    files[table] = type(old)(content=text.encode())
    return type(rendered)(lab=rendered.lab, where=rendered.where, files=files, keys=rendered.keys, reasons={})


def test_no_secret_is_shown(up: plan_data.Up) -> None:
    """New keys everywhere: no diff of the plan holds any of them; each secret file is only said to differ."""
    fresh = plan_data.keys(up.rendered.lab, datetime.datetime.now(datetime.UTC))
    where = up.rendered.where
    old = workspace.read_keys(where)
    workspace.write_keys(where, fresh)
    scans = [secret_scan.Scan.of(where)]
    try:
        planned = up.toward(up.rendered.lab)
    finally:
        workspace.write_keys(where, old)
    scans.append(secret_scan.Scan.of(where))
    shown = "".join(item.diff + item.reason for item in planned.items)
    assert len(planned.items) > 50
    assert [scan.found(shown.encode()) for scan in scans] == [(), ()]


def test_certificate_near_its_end_says_how_long_it_lives(up: plan_data.Up) -> None:
    """A certificate with 12 days left is renewed, with that reason at the lab and at every file that holds it."""
    where, lab_ = up.rendered.where, up.rendered.lab
    kept = workspace.read_keys(where)
    ago = datetime.datetime.now(datetime.UTC) - certificates.LEAF_LIFE + datetime.timedelta(days=12, hours=12)
    by = certificates.found(kept, "kubernetes/ca")
    assert isinstance(by, certificates.Signed)
    (wanted,) = [row for row in certlist.leaves(lab_) if row.path == "kubernetes/scheduler-server"]
    old = plan_data.aged(wanted, by, ago)
    workspace.write_keys(where, {**kept, f"{wanted.path}.crt": old.certificate, f"{wanted.path}.key": old.key})
    try:
        planned = up.toward(lab_)
    finally:
        workspace.write_keys(where, kept)
    (renewed,) = [item for item in planned.items if item.where == "lab"]
    assert (renewed.what, renewed.reason) == (f"certificate {wanted.path}", "expires in 12 days")
    files = [item for item in planned.items if item.action is plan.Action.RENEW and item.where == MASTER]
    assert {item.what.rsplit("/", 1)[-1] for item in files} == {"server.crt", "server.key"}
    assert {item.reason for item in files} == {f"certificate {wanted.path}: expires in 12 days"}
    restarted = [item.what for item in planned.items if item.action is plan.Action.RESTART]
    assert restarted == ["static pod kube-scheduler"]


def test_missing_and_stopped_boxes(up: plan_data.Up) -> None:
    """A box that is gone is created, one that is stopped started, one that Vagrant lost made anew; each says why."""
    now = dict(up.containers)
    del now[ETCD]
    now[ONE] = dataclasses.replace(now[ONE], runs=False)
    now[TWO] = dataclasses.replace(now[TWO], ident="another")
    planned = up.toward_rendered(up.rendered, now)
    assert [(item.where, str(item.action), item.reason) for item in planned.items] == [
        (ETCD, "create", "there is no such box"),
        (ONE, "start", "it is stopped"),
        (TWO, "recreate", "Vagrant does not know its container"),
    ]


def test_record_of_another_version_is_applied_anew(up: plan_data.Up) -> None:
    """A box that keeps its record in an older shape applies its whole folder again: no line of it is believed."""
    old = (DATA / "records/format-1.tsv").read_text(encoding="utf-8")
    assert files_tsv.parse(old) == {}
    found = observed.ObservedBox(machine=up.rendered.lab.workers[0], state=observed.State.EQUAL, record=old)
    assert observed.state(found, up.rendered.of_box(ONE, "files.tsv")) is observed.State.APPLY


def test_new_lab_is_told_in_few_lines(up: plan_data.Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a lab that is not there a plan tells boxes and numbers, not every file of it; and writes nothing."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    rendered = compose.compose(up.rendered.lab, up.rendered.where)
    there = observed.Observed(
        boxes={
            machine.name: observed.box(machine, None, compose.run_box(rendered.lab))
            for machine in rendered.lab.machines
        }
    )
    planned = plan.of(rendered, there, plan.Before(content=lambda _, __: None))
    assert len(planned.items) == 1 + len(rendered.lab.machines) + 1
    assert {item.action for item in planned.items} == {plan.Action.CREATE}
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- --v=2\n", "- --v=4\n", "flag changed: --v: 2 -> 4"),
        ("  - --a=1\n  - --b\n", "  - --a=1\n", "flag removed: --b"),
        ("ExecStart=x \\\n  --config=/a\n", "ExecStart=x \\\n  --config=/b\n", "flag changed: --config: /a -> /b"),
        ("a: 1\n", "a: 2\n", "a: 1 -> a: 2"),
        ("a\nb\nc\n", "x\ny\n", "2 lines added, 3 removed"),
        ('kubelab/inputs: "1"\n', 'kubelab/inputs: "2"\n', "a file that it reads changed"),
    ],
)
def test_reasons_in_words(old: str, new: str, reason: str) -> None:
    """What changed in a file is said in the words of whoever changed it."""
    assert textdiff.reason(old.encode(), new.encode()) == reason
