"""The checks of a healthy lab: they tell wrong from silent, and a name in a list does not satisfy them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import cast

import guests_data
import labs_data
import pytest
import requests
import why_data

from kubelab import checks, model, paths
from kubelab.checks import certificates, probes, traffic, user_workloads
from kubelab.clients import kube_api, ssh
from kubelab.pki import certlist
from kubelab.render import roles
from kubelab.render.kubeconfig import text


class Door:
    """An API that knows the paths it was given, and refuses to be asked for another."""

    def __init__(self, **known: object) -> None:
        """Answer `items` and `get` with these, path's last part to answer."""
        self.known = known

    def _answer(self, path: str) -> object:
        answer = self.known[path.rpartition("/")[2].replace("-", "_")]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def items(self, path: str, **_: str) -> object:
        """Return a list of objects."""
        return self._answer(path)

    def get(self, path: str, **_: str) -> object:
        """Return one object."""
        return self._answer(path)


def view(**known: object) -> checks.View:
    """Return a view of the default lab through such a door."""
    door = cast(kube_api.Api, Door(**known))
    return checks.View(lab=labs_data.lab(), where=paths.LabPaths(name="default"), api=door)


def pod(name: str = "kube-apiserver-kube-master-01", *, ready: bool = True, state: str = "running") -> kube_api.Json:
    """Return a pod with one container in that state."""
    status = {
        "phase": "Running",
        "containerStatuses": [
            {"name": "main", "ready": ready, "restartCount": 7, "state": {state: {"reason": "CrashLoopBackOff"}}}
        ],
        "conditions": [{"type": "Ready", "status": str(ready)}],
    }
    spec = {"containers": [{"name": "main"}]}
    return {"metadata": {"name": name, "namespace": "kube-system"}, "spec": spec, "status": status}


MASTER, WORKER = labs_data.lab().control_plane[0], labs_data.lab().workers[0]


def test_running_static_pod_is_right() -> None:
    """A pod whose container runs and which is Ready is what a healthy lab has."""
    checks.static_pod_running(view(pods=[pod()]), MASTER, "kube-apiserver")


@pytest.mark.parametrize(
    "found",
    [
        [],
        [pod(ready=False, state="waiting")],
        [pod(ready=False)],
        [{**pod(), "status": {"phase": "Pending"}}],
        [{**pod(), "status": {**pod()["status"], "conditions": []}}],
    ],
    ids=["absent", "crashing", "unready container", "not started", "no condition"],
)
def test_mistake_2_a_name_alone_is_wrong(found: list[kube_api.Json]) -> None:
    """The original looked for a pod's name and passed while the pod crashed."""
    with pytest.raises(checks.Wrong, match="kube-apiserver-kube-master-01"):
        checks.static_pod_running(view(pods=found), MASTER, "kube-apiserver")


def test_crashing_pod_names_its_reason() -> None:
    """Who reads the answer learns what the container waits for."""
    with pytest.raises(checks.Wrong, match="CrashLoopBackOff"):
        checks.running(pod(ready=False, state="waiting"))


def test_no_answer_is_silent_and_a_refusal_is_wrong() -> None:
    """The two are never mixed: grading must tell a wrong lab from one that it could not ask."""
    with pytest.raises(checks.Silent):
        checks.node_ready(view(kube_worker_01=kube_api.Unanswered("no route")), "kube-worker-01")
    refusal = requests.Response()
    refusal.status_code, refusal._content = 403, b'{"message": "forbidden"}'
    refusal.request = requests.Request("GET", "https://lab/api").prepare()
    with pytest.raises(checks.Wrong, match="forbidden"):
        checks.node_ready(view(kube_worker_01=kube_api.Refused(refusal)), "kube-worker-01")


def test_node_that_has_not_spoken_is_wrong() -> None:
    """A node without conditions is registered, not Ready."""
    with pytest.raises(checks.Wrong, match="not said yet"):
        checks.node_ready(view(kube_worker_01={"status": {}}), "kube-worker-01")


DEPLOYED = {"updatedReplicas": 3, "availableReplicas": 3, "observedGeneration": 2}


def deployment(replicas: int = 3, **status: int) -> kube_api.Json:
    """Return a deployment of generation 2."""
    return {"metadata": {"generation": 2}, "spec": {"replicas": replicas}, "status": {**DEPLOYED, **status}}


def test_complete_deployment_is_right() -> None:
    """All pods of the newest template are available."""
    checks.deployment_complete(view(frontend=deployment()), "guestbook", "frontend")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (deployment(0), "wants no pod"),
        (deployment(observedGeneration=1), "no controller has acted"),
        (deployment(updatedReplicas=2), "2 of the newest"),
        (deployment(availableReplicas=0), "0 of 3"),
        ({"metadata": {"generation": 2}, "spec": {"replicas": 3}}, "no controller has acted"),
    ],
)
def test_incomplete_deployment_is_wrong(item: kube_api.Json, words: str) -> None:
    """Each way in which a deployment falls short has its words; none is taken for complete."""
    with pytest.raises(checks.Wrong, match=words):
        checks.deployment_complete(view(frontend=item), "guestbook", "frontend")


def test_service_without_ready_backends_is_wrong() -> None:
    """Slices without endpoints, or with unready ones, lead nowhere."""
    unready = [{"endpoints": [{"conditions": {"ready": False}}]}, {"endpoints": None}]
    for slices in ([], unready):
        with pytest.raises(checks.Wrong, match="guestbook/frontend"):
            checks.service_has_backends(view(endpointslices=slices), "guestbook", "frontend")


def test_pending_claim_is_wrong_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim of the lab's own without a volume is said with its phase; somebody else's is not."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    seen = guests_data.asked(why_data.record(), tmp_path)
    claims = seen.api.lists[user_workloads.CLAIMS]  # type: ignore[attr-defined]
    own = next(item for item in claims if item["metadata"]["name"] == "redis-leader")
    own["status"] = {"phase": "Pending"}
    claims.append({"metadata": {"namespace": "guestbook", "name": "mine"}, "status": {"phase": "Pending"}})
    with pytest.raises(checks.Wrong, match=r"^not bound: guestbook/redis-leader \(Pending\)$"):
        checks.claims_bound(seen)


def box_says(monkeypatch: pytest.MonkeyPatch, answer: str | Exception) -> None:
    """Let every command in a box print this, or fail so."""

    def run(*_: object, **__: object) -> str:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(ssh, "run", run)


def unit(name: str, active: str = "active", enabled: str = "enabled") -> str:
    """Return what systemctl shows of a unit."""
    return f"Id={name}\nActiveState={active}\nSubState=x\nUnitFileState={enabled}\n"


def test_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that is stopped, not enabled or not there is wrong and named; a silent box is silent."""
    box_says(monkeypatch, "\n".join(map(unit, roles.units(WORKER.kind))))
    checks.units_active(view(), WORKER)
    for bad in (
        unit("kubelet.service", "failed"),
        unit("kubelet.service", enabled="disabled"),
        unit("kubelet", "", ""),
    ):
        box_says(monkeypatch, f"{unit('flanneld.service')}\n{bad}")
        with pytest.raises(checks.Wrong, match="kube-worker-01: kubelet"):
            checks.units_active(view(), WORKER)
    box_says(monkeypatch, ssh.Unreachable("kube-worker-01: no route"))
    with pytest.raises(checks.Silent):
        checks.units_active(view(), WORKER)


def test_failed_unit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A degraded box says which unit failed."""
    box_says(monkeypatch, "degraded\nkubelet.service loaded failed failed kubelet\n")
    with pytest.raises(checks.Wrong, match=r"degraded: kubelet\.service"):
        checks.nothing_failed(view(), WORKER)
    box_says(monkeypatch, "running\n")
    checks.nothing_failed(view(), WORKER)


def test_everything_wrong_is_said_at_once_and_before_what_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at all machines names each that is wrong; those that did not answer count only if none is."""
    said = {"etcd-01": "degraded\n", "kube-master-01": "running\n", "kube-worker-02": "degraded\n"}

    def run(_where: paths.LabPaths, machine: model.Machine, *_: object, **__: object) -> str:
        if machine.name not in said:
            raise ssh.Unreachable(f"{machine.name}: no route")
        return said[machine.name]

    monkeypatch.setattr(ssh, "run", run)
    with pytest.raises(checks.Wrong, match=r"etcd-01 is degraded.*kube-worker-02 is degraded"):
        checks.nothing_failed(view())
    said.update({"etcd-01": "running\n", "kube-worker-02": "running\n"})
    with pytest.raises(checks.Silent, match="kube-worker-01: no route"):
        checks.nothing_failed(view())


PROBE = probes.Probe(worker=WORKER, name="probe-kube-worker-01", address="10.2.1.2", container="abc")


def test_failed_script_in_a_probe_is_wrong_and_a_lost_probe_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that failed says something about the lab; a container that is gone says nothing."""
    failed = ssh.Failed(
        WORKER, "crictl", 1, "execing command in container abc synchronously: command 'sh -c wget' exited with 1: "
    )
    box_says(monkeypatch, failed)
    with pytest.raises(checks.Wrong):
        probes.inside(view(), PROBE, "wget -q http://10.2.2.2")
    box_says(monkeypatch, ssh.Failed(WORKER, "crictl", 1, "rpc error: code = NotFound desc = no such container"))
    with pytest.raises(checks.Silent):
        probes.inside(view(), PROBE, "wget -q http://10.2.2.2")


def test_policy_is_not_taken_for_enforced_when_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port that nobody listens on would look like a policy at work: that is refused, not passed."""
    monkeypatch.setattr(probes, "on", lambda _view, worker: probes.Probe(
        worker=worker, name=worker.name, address="10.2.1.2", container=worker.name))  # fmt: skip

    def net(listens: bool, closed: bool) -> Callable[..., str]:
        def inside(_view: checks.View, _probe: probes.Probe, script: str, **_: object) -> str:
            if str(probes.CLOSED) in script and (closed if "10.2.1.2" in script else not listens):
                raise checks.Wrong(script)
            return "here"

        return inside

    monkeypatch.setattr(probes, "inside", net(listens=True, closed=True))
    checks.policy_enforced(view())
    for listens, closed in ((False, True), (True, False)):
        monkeypatch.setattr(probes, "inside", net(listens=listens, closed=closed))
        with pytest.raises(checks.Wrong):
            checks.policy_enforced(view())


def test_routes_go_both_ways_and_one_worker_has_one() -> None:
    """Two workers have two routes, three have six; the one worker of a small lab reaches itself."""
    assert [len(list(traffic.routes(labs_data.lab(workers=count)))) for count in (1, 2, 3)] == [1, 2, 6]


@pytest.fixture(scope="module")
def keys() -> dict[str, bytes]:
    """Give the keys of the default lab."""
    return certlist.issue(labs_data.lab(), {}, datetime.datetime.now(datetime.UTC)).files


@pytest.fixture
def box(keys: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Give the files that a worker's box has, and let the check read them there."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    for name in certlist.AUTHORITIES:
        for end in (".crt", ".key"):
            path = tmp_path / f"default/keys/{name}/ca{end}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(keys[f"{name}/ca{end}"])
    files = {}
    for role in roles.ROLES[model.Kind.WORKER]:
        for row in role.credentials:
            files[row.path] = keys[row.source.format(name=WORKER.name)]
        for entry in role.identities:
            pair = entry.pair.format(name=WORKER.name)
            files[entry.path] = text(
                server=labs_data.lab().api_endpoint,
                ca=keys["kubernetes/ca.crt"],
                pair=certlist.Pair(certificate=keys[f"{pair}.crt"], key=keys[f"{pair}.key"]),
                cluster="x", user="x", context="x",
            ).encode()  # fmt: skip
    monkeypatch.setattr(certificates, "_read", lambda *_: files)
    return files


def test_certificates_of_a_good_box(box: dict[str, bytes]) -> None:
    """What the table issued is what the check finds; as many rows as the box has certificates and kubeconfigs."""
    checks.certificates_valid(view(), WORKER)
    rows = [path for path in box if not path.endswith(".key")]
    assert sorted(certificates.identities(view(), WORKER)) == sorted(rows)


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        ("/etc/kubernetes/kubelet/server.crt", "kubernetes/apiserver.crt", "subject changed"),
        ("/etc/flannel/pki/client.crt", "kubernetes/admin.crt", "issued by another CA"),
        ("/etc/calico/pki/ca.crt", "kubernetes/ca.crt", "not this lab's CA"),
        ("/etc/kubernetes/kubelet/server.key", "kubernetes/apiserver.key", "key does not match"),
        ("/etc/kubernetes/kube-proxy/kubeconfig", "kubernetes/ca.crt", "not a kubeconfig"),
    ],
)
def test_wrong_certificate_is_named(
    box: dict[str, bytes], keys: dict[str, bytes], path: str, source: str, words: str
) -> None:
    """A file that is another's is found, at its path, with what is wrong about it."""
    box[path] = keys[source]
    with pytest.raises(checks.Wrong, match=f"{path.removesuffix('.key')}.*{words}"):
        checks.certificates_valid(view(), WORKER)


def test_missing_certificate_is_named(box: dict[str, bytes]) -> None:
    """A file that is gone is missing, not silently left out."""
    del box["/etc/flannel/pki/client.crt"]
    with pytest.raises(checks.Wrong, match=r"/etc/flannel/pki/client\.crt: missing"):
        checks.certificates_valid(view(), WORKER)
