"""A running lab follows its file: a change touches nothing else, and an interrupted run continues."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from acts import Home, Said, another_engine, word

from kubelab import checks, paths, providers
from kubelab.checks import wait
from kubelab.clients import ssh
from kubelab.converge import lost_keys, session
from kubelab.lab import checkpoints, renew_certs
from kubelab.render import roles
from kubelab.ui import progress

DROP_IN = "/etc/systemd/system/kubelet.service.d/99-by-hand.conf"
CONFIG = "/etc/kubernetes/kubelet/config.yaml"


def copy_of_labs(tmp_path: Path, home: Home, *changes: tuple[str, str]) -> dict[str, str]:
    """Return an environment in which the lab's file has other lines."""
    folder = tmp_path / "labs"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(paths.LABS, folder)
    file = folder / f"{home.name}.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        text, count = re.subn(old, new, text)
        assert count, f"{file} has nothing like {old}"
    file.write_text(text, encoding="utf-8")
    return {"KUBELAB_LABS": str(folder)}


def copy_of_templates(tmp_path: Path, path: str, old: str, new: str) -> dict[str, str]:
    """Return an environment in which one template has another line."""
    folder = tmp_path / "templates"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(paths.TEMPLATES, folder)
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new), encoding="utf-8")
    return {"KUBELAB_TEMPLATES": str(folder)}


def plan(home: Home, env: Mapping[str, str] | None = None, *options: str, codes: tuple[int, ...] = (10,)) -> Any:
    """Return what `lab.plan --json` says."""
    said = word("lab.plan", "--lab", home.name, "--json", *options, codes=codes, env=dict(env or {}))
    return json.loads(said.out)


def up(home: Home, env: Mapping[str, str] | None = None, *options: str, codes: tuple[int, ...] = (0,)) -> Said:
    """Bring the lab up, as its (changed) file says."""
    return word("lab.up", "--lab", home.name, *options, codes=codes, env=dict(env or {}))


def containers(home: Home) -> dict[str, str]:
    """Return the box's name to its container, for every box of the lab."""
    return {box.machine: box.ident for box in providers.boxes(home.name)}


def starts(home: Home) -> dict[str, str]:
    """Return `box unit` to when the unit was started last."""
    found: dict[str, str] = {}
    for machine in home.lab.machines:
        names = roles.units(machine.kind)
        command = f"systemctl show --value --property=ActiveEnterTimestampMonotonic {' '.join(names)}"
        values = ssh.run(home.where, machine, command).split()
        found |= {f"{machine.name} {name}": value for name, value in zip(names, values, strict=True)}
    return found


def different(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the keys whose values are not the same."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def on(home: Home, number: int, command: str) -> str:
    """Return what a command printed on a worker."""
    return ssh.run(home.where, home.lab.workers[number], command)


def test_untouched_lab_has_an_empty_plan(home: Home) -> None:
    """Nothing to do, nothing changed by hand: no box, no file, no object differs from what was applied."""
    said = plan(home, None, "--drift", codes=(0,))
    assert said["items"] == []
    assert said["by_hand"] == []
    assert said["blind"] == []


def test_kubelet_setting_restarts_kubelets_and_nothing_else(home: Home, tmp_path: Path) -> None:
    """A setting of the kubelet: the plan names file, reason and restarts; exactly the kubelets start anew."""
    env = copy_of_templates(
        tmp_path, "node/kubelet-config.yaml.j2", "readOnlyPort: 0\n", "readOnlyPort: 0\nmaxPods: 77\n"
    )
    wanted = {f"{node.name} kubelet.service" for node in home.lab.nodes}
    said = plan(home, env)
    assert {f"{item['where']} {item['what']}" for item in said["items"] if item["action"] == "restart"} == wanted
    assert {item["reason"] for item in said["items"] if item["action"] == "change"} == {"(nothing) -> maxPods: 77"}
    before, boxes = starts(home), containers(home)
    up(home, env)
    assert different(before, starts(home)) == wanted
    assert containers(home) == boxes
    nodes = home.view.api.items("/api/v1/nodes")
    assert {node["status"]["allocatable"]["pods"] for node in nodes} == {"77"}
    up(home)
    assert home.seen() == {}


def test_api_server_flag_restarts_it_alone(home: Home, tmp_path: Path) -> None:
    """A flag of the API server: `lab.up` comes back only when the new one serves; no other static pod is new."""
    line = "        - --profiling=false\n"
    env = copy_of_templates(
        tmp_path, "control-plane/kube-apiserver.yaml.j2", line, f"{line}        - --goaway-chance=0\n"
    )
    said = plan(home, env)
    assert [item["what"] for item in said["items"] if item["action"] == "restart"] == ["static pod kube-apiserver"]
    before = static_pods(home)
    up(home, env)
    assert different(before, static_pods(home)) == {f"kube-apiserver-{home.lab.control_plane[0].name}"}
    up(home)
    assert home.seen() == {}


def test_a_static_pod_is_put_there_whose_replacement_was_interrupted(home: Home) -> None:
    """A manifest that is taken away for its successor is no longer on record: the next `lab.up` puts it there."""
    (box,) = home.lab.control_plane
    path, record = "/etc/kubernetes/manifests/kube-scheduler.yaml", "/var/lib/kubelab/applied.tsv"
    name = f"kube-scheduler-{box.name}"
    ssh.run(home.where, box, f"sudo sed -i '\\|{path}|d' {record} && sudo rm {path}")
    restarts = [item["what"] for item in plan(home)["items"] if item["action"] == "restart"]
    assert restarts == ["static pod kube-scheduler"]
    up(home)
    assert name in static_pods(home)
    assert home.seen() == {}


def static_pods(home: Home) -> dict[str, str]:
    """Return the name of every static pod to the hash of its manifest."""
    pods = home.view.api.items("/api/v1/namespaces/kube-system/pods")
    pods += home.view.api.items("/api/v1/namespaces/calico-system/pods")
    key = "kubernetes.io/config.hash"
    return {
        pod["metadata"]["name"]: notes[key] for pod in pods if key in (notes := pod["metadata"].get("annotations", {}))
    }


def test_worker_comes_and_goes(home: Home, tmp_path: Path) -> None:
    """A worker added in the file joins, the others are left alone; taken out again nothing of it is left anywhere."""
    workers = len(home.lab.workers)
    name = f"kube-worker-{workers + 1:02}"
    env = copy_of_labs(tmp_path, home, (rf"(worker: \{{count: ){workers}", rf"\g<1>{workers + 1}"))
    before, boxes = starts(home), containers(home)
    assert {item["where"] for item in plan(home, env)["items"] if item["action"] == "create"} >= {name}
    up(home, env)
    assert different(boxes, containers(home)) == {name}
    assert different(before, starts(home)) == {f"{home.lab.control_plane[0].name} kubelab-addons.service"}
    assert name in {node["metadata"]["name"] for node in home.view.api.items("/api/v1/nodes")}
    assert {"where": name, "action": "remove", "what": "box"}.items() <= plan(home)["items"][0].items()
    up(home)
    assert containers(home) == boxes
    assert name not in {node["metadata"]["name"] for node in home.view.api.items("/api/v1/nodes")}
    assert providers.of(home.lab).volumes(home.name, name) == ()
    assert not [path for path in (paths.ROOT / ".vagrant/machines").iterdir() if path.name.endswith(name)]
    assert name not in (home.where.root / "Vagrantfile").read_text(encoding="utf-8")
    assert home.seen() == {}


def test_memory_makes_one_box_anew_and_its_data_stays(home: Home, tmp_path: Path) -> None:
    """More memory for etcd: its container is another one, on the same data; no other box is touched."""
    env = copy_of_labs(tmp_path, home, (r"(etcd: \{count: 1, memory: )\d+", r"\g<1>1280"))
    (first, *rest) = plan(home, env)["items"]
    assert (first["where"], first["action"]) == (home.lab.etcd[0].name, "recreate")
    assert first["reason"] == f"memory {home.lab.etcd[0].memory} -> 1280"
    assert rest == []
    home.view.api.patch("/api/v1/namespaces/default", {"metadata": {"labels": {"kubelab-test": "kept"}}})
    boxes = containers(home)
    up(home, env)
    assert different(boxes, containers(home)) == {home.lab.etcd[0].name}
    assert home.view.api.get("/api/v1/namespaces/default")["metadata"]["labels"]["kubelab-test"] == "kept"
    home.view.api.patch("/api/v1/namespaces/default", {"metadata": {"labels": {"kubelab-test": None}}})
    up(home)
    assert home.seen() == {}


def test_refused_change_touches_nothing(home: Home, tmp_path: Path) -> None:
    """Another range for pods: plan and up both refuse with key, values and what to type; the lab runs on."""
    env = copy_of_labs(tmp_path, home, (r"(?m)^provider: docker$", "provider: docker\nnetwork: {pods: 10.77.0.0/16}"))
    for task in ("lab.plan", "lab.up"):
        said = word(task, "--lab", home.name, codes=(2,), env=env)
        assert "change-refused" in said.err
        assert "network.pods: 10.2.0.0/16 -> 10.77.0.0/16" in said.err
        assert "destroy first" in said.err
    assert home.seen() == {}


def test_addon_that_is_gone_is_deleted(home: Home, tmp_path: Path) -> None:
    """Without the dashboard its objects go; with it again they come back; the guestbook's pods are the same ones."""
    env = copy_of_labs(
        tmp_path, home, (r"addons: \[dns, storage, dashboard, guestbook\]", "addons: [dns, storage, guestbook]")
    )
    before = {pod["metadata"]["uid"] for pod in home.view.api.items("/api/v1/namespaces/guestbook/pods")}
    up(home, env)
    roles_ = [
        item["metadata"]["name"] for item in home.view.api.items("/apis/rbac.authorization.k8s.io/v1/clusterroles")
    ]
    assert not [name for name in roles_ if "dashboard" in name]
    up(home)
    assert before == {pod["metadata"]["uid"] for pod in home.view.api.items("/api/v1/namespaces/guestbook/pods")}
    assert home.seen() == {}


def test_hand_made_changes_stay_until_they_are_repaired(home: Home) -> None:
    """Changes on a box and in the cluster are shown, stay through `lab.up` and a halt, and go by --repair."""
    worker = home.lab.workers[0].name
    on(home, 0, f"echo '# mine' | sudo tee -a {CONFIG} && sudo chmod 0600 /etc/crictl.yaml")
    on(home, 0, f"sudo mkdir -p {Path(DROP_IN).parent} && printf '[Service]\\nNice=1\\n' | sudo tee {DROP_IN}")
    store = home.lab.etcd[0]
    ssh.run(home.where, store, "sudo systemctl disable --now flannel-config.service")
    web = "/apis/apps/v1/namespaces/guestbook/deployments/frontend"
    home.view.api.patch(web, {"metadata": {"annotations": {"mine": "too"}}, "spec": {"replicas": 2}})
    wanted = {
        (worker, CONFIG),
        (worker, "/etc/crictl.yaml"),
        (worker, DROP_IN),
        (store.name, "flannel-config.service"),
        (store.name, "/etc/systemd/system/multi-user.target.wants/flannel-config.service"),
        ("cluster", "Deployment guestbook/frontend"),
    }
    assert by_hand(home) == wanted
    assert "+# mine\n" in home.word("lab.plan", "--drift", "--diff", codes=(10,)).out
    assert "by hand" in up(home).out
    assert by_hand(home) == wanted
    home.word("lab.halt")
    up(home)
    assert by_hand(home) == wanted
    up(home, None, "--repair")
    assert by_hand(home) == set()
    assert plan(home, None, "--drift", codes=(0,))["items"] == []
    checks.units_active(home.view)
    frontend = home.view.api.get(web)
    assert "mine" not in frontend["metadata"]["annotations"]
    assert frontend["spec"]["replicas"] == 3
    assert home.seen() == {}


def by_hand(home: Home) -> set[tuple[str, str]]:
    """Return where and what was changed by hand."""
    return {(item["where"], item["what"]) for item in plan(home, None, "--drift", codes=(0, 10))["by_hand"]}


def test_static_pod_that_was_taken_away_stays_away(home: Home) -> None:
    """A scheduler whose manifest somebody took is not brought back by a plain `lab.up`, which says so and ends."""
    master = home.lab.control_plane[0]
    manifest = f"{roles.MANIFESTS}/kube-scheduler.yaml"
    ssh.run(home.where, master, f"sudo rm {manifest}")

    def gone(_: checks.View) -> None:
        if f"kube-scheduler-{master.name}" in static_pods(home):
            raise checks.Wrong("the kubelet has not noticed yet")

    wait.wait(home.view, {"gone": gone}, progress.Progress(progress.Style.PLAIN), 120)
    said = up(home, codes=(3,))
    assert "lab-drifted" in said.err
    assert f"{master.name}: {manifest}" in said.err
    with pytest.raises(ssh.Failed):
        ssh.run(home.where, master, f"test -e {manifest}")
    up(home, None, "--repair")
    assert home.seen() == {}


def test_kubelet_that_started_without_its_api_server_is_named_and_woken(home: Home) -> None:
    """The API server's manifest is broken, its box restarted, the manifest mended: the kubelet alone never takes it."""
    master = home.lab.control_plane[0]
    manifest = f"{roles.MANIFESTS}/kube-apiserver.yaml"
    new = "/etc/kubernetes/.next"
    put = f"sudo tee {new} > /dev/null && sudo chmod 600 {new} && sudo mv {new} {manifest}"
    report = progress.Progress(progress.Style.PLAIN)
    before = home.look()

    def silent(view: checks.View) -> None:
        if not wait.failure(view, checks.api_ready):
            raise checks.Wrong("the API server answers")

    def named(_: checks.View) -> None:
        cause = json.loads(home.word("lab.why", "--json", codes=(3, 5)).out)["cause"]
        if cause != "kubelet-deaf":
            raise checks.Wrong(f"the cause is {cause}")

    ssh.run(home.where, master, f"sudo sed s/--audit-log-path=/--audit-log-paths=/ {manifest} | {put}")
    wait.wait(home.view, {"silent": silent}, report, 60)
    subprocess.run(["docker", "restart", master.container], check=True, stdout=subprocess.DEVNULL)
    home.await_try()
    ssh.run(home.where, master, f"sudo cat /opt/kubelab/box/files{manifest} | {put}")
    wait.wait(home.view, {"named": named}, report, 120)
    assert "the kubelet had not run the API server's manifest" in up(home, None).out
    assert home.seen() == {}
    home.same(before)


def test_box_that_vagrant_does_not_know_is_made_anew(home: Home) -> None:
    """A container whose id Vagrant lost is replaced; its neighbours are not."""
    worker = home.lab.workers[-1]
    (paths.ROOT / ".vagrant/machines" / worker.vagrant_name / "docker/id").unlink()
    boxes = containers(home)
    assert [item["reason"] for item in plan(home)["items"]] == ["Vagrant does not know its container"]
    up(home)
    assert different(boxes, containers(home)) == {worker.name}
    assert home.seen() == {}


def test_lost_keys_are_an_error_and_no_new_keys(home: Home) -> None:
    """Without keys/ and every copy nothing is issued for data that the old ones protect; with them back all is well."""
    gone = (home.where.keys, home.where.state / lost_keys.COPIES, home.where.root / "boxes")
    for folder in gone:
        folder.rename(f"{folder}-away")
    try:
        for task in ("lab.plan", "lab.up"):
            assert "keys-lost" in word(task, "--lab", home.name, codes=(1,)).err
        assert not (home.where.keys / "kubernetes").exists()
    finally:
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
            Path(f"{folder}-away").rename(folder)
    assert plan(home, codes=(0,))["items"] == []


def test_stopped_docker_is_named(home: Home) -> None:
    """Where Docker does not answer the error says so, and the lab's files are left as they are."""
    said = word("lab.up", "--lab", home.name, codes=(1,), where=another_engine("/dev/null"))
    assert re.search("docker-unreachable|host-unfit", said.err)
    assert home.seen() == {}


WORK = ("plan", "files and certificates", "apply folders", "boxes")
"""The phases in which a run with a changed file does something, and the first of those in which it only looks."""
BOUNDARIES = [*(f"{event} {phase}" for phase in WORK for event in ("begin", "end")), "begin changes by hand"]
"""The very last end is left out: a run that was killed there may have come to its end already."""
RISING = ["begin boxes", "end boxes", "begin vagrant is done"]
"""Boundaries of a run that makes a box: Vagrant is at work from the first to the last."""


@pytest.mark.long
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_while_it_applies_it_goes_on(home: Home, tmp_path: Path, boundary: str) -> None:
    """SIGKILL at a boundary of a run that changes a file: the next one says where, applies it, and all is well."""
    line = "syncFrequency: 10s\n"
    number = 60 + BOUNDARIES.index(boundary)
    env = copy_of_templates(tmp_path, "node/kubelet-config.yaml.j2", line, f"{line}maxPods: {number}\n")
    killed(home, boundary, "lab.up", env=env)
    assert "was stopped in the phase" in up(home, env).out
    config = ssh.run(home.where, home.lab.workers[0], f"sudo cat {CONFIG}")
    assert f"maxPods: {number}\n" in config
    assert plan(home, env, codes=(0,))["items"] == []
    assert home.seen() == {}


@pytest.mark.long
@pytest.mark.parametrize("boundary", RISING)
def test_killed_while_a_box_is_made_it_goes_on(home: Home, boundary: str) -> None:
    """SIGKILL while Vagrant makes a box: whatever was left half made, the next run makes the lab whole."""
    victim = home.lab.workers[-1]
    boxes = containers(home)
    providers.of(home.lab).remove_boxes([victim.container])
    killed(home, boundary, "lab.up")
    assert "was stopped in the phase" in up(home).out
    assert different(boxes, containers(home)) == {victim.name}
    assert home.seen() == {}


@pytest.mark.long
@pytest.mark.parametrize("boundary", ["begin certificates", "end certificates", "begin apply folders"])
def test_a_renewal_that_was_killed_is_carried_out(home: Home, boundary: str) -> None:
    """SIGKILL in `lab.certs --renew`: `lab.up` says so; every box has then the certificates that there are here."""
    killed(home, boundary, "lab.certs", "--renew", "--only", "nodes/*")
    assert "lab.certs --renew of " in up(home).out
    assert plan(home, codes=(0,))["items"] == []
    assert {row.flaw for row in renew_certs.rows(session.opened(home.name))} == {None}
    assert home.seen() == {}


@pytest.mark.long
@pytest.mark.parametrize("boundary", ["begin hold the nodes", "end hold the nodes", "end etcd's data", "end volumes"])
def test_a_restore_that_was_killed_is_carried_out(home: Home, boundary: str) -> None:
    """SIGKILL in `checkpoint.restore`: `lab.up` goes on with it, and what was made after the checkpoint is gone."""
    maps = "/api/v1/namespaces/default/configmaps"
    with session.held(home.name, progress.Progress(progress.Style.PLAIN)) as held:
        checkpoints.save(held, "killed", force=True)
    home.view.api.create(maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "newer"}})
    killed(home, boundary, "checkpoint.restore", "killed")
    assert "checkpoint.restore of " in up(home).out
    assert "newer" not in {item["metadata"]["name"] for item in home.view.api.items(maps)}
    home.word("checkpoint.delete", "killed")
    assert home.seen() == {}


@pytest.mark.long
@pytest.mark.parametrize("after", [0.0, 3.0])
def test_a_halt_that_was_killed_is_made_good(home: Home, after: float) -> None:
    """SIGKILL in `lab.halt`, before or while its Vagrant stops boxes: `lab.up` waits for that one and starts them."""
    killed(home, "begin halt", "lab.halt", after=after)
    assert "lab.halt of " in up(home).out
    assert home.seen() == {}


def killed(
    home: Home, boundary: str, *words: str, env: Mapping[str, str] = MappingProxyType({}), after: float = 0.0
) -> None:
    """Start a word and kill it `after` seconds from when it comes to a boundary; fail if it never does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *words, "--lab", home.name],
        cwd=paths.ROOT,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        home.await_boundary(process, boundary)
        time.sleep(after)
    finally:
        process.kill()
        process.wait()
