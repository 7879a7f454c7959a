"""Looks for the checks of exercises: each returns what it saw, or raises `Wrong` or `Silent`; none changes anything."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Callable, Sequence
from typing import Any

import requests

from kubelab import checks
from kubelab.clients import doors, kube_api, kubectl, patience
from kubelab.exercises import (
    box_looks,
    encryption,
    etcd_looks,
    manifests,
    network_policies,
    quantities,
    rights,
    selectors,
)
from kubelab.exercises import scene as scenes

Scene = scenes.Scene
FINISHED = ("Succeeded", "Failed")
"""Phases of a pod that will never run again."""
# What things mean, whatever their spelling: checks reach all of it through this module.
quantity, duration, port_number, parsed_yaml = (
    quantities.quantity,
    quantities.duration,
    quantities.port,
    quantities.parsed_yaml,
)
wrong, unit, file, certificate = box_looks.wrong, box_looks.unit, box_looks.file, box_looks.certificate
private, document = box_looks.private, box_looks.document
selects, tolerates = selectors.selects, selectors.tolerates
rules_of, grants, beyond, gainers = rights.rules_of, rights.grants, rights.beyond, rights.gainers
writer, manifest, policy, store = encryption.writer, manifests, network_policies, etcd_looks


def node_ready(scene: Scene, name: str) -> None:
    """A node is registered, Ready, and accepts pods."""
    node = scene.find(f"/api/v1/nodes/{name}")
    wrong(node is None, f"there is no node {name}")
    assert node is not None  # noqa: S101 (for the type checker: just looked at)
    wrong(not checks.condition(node, "Ready"), f"{name} is not Ready")


def fresh_lease(scene: Scene, name: str, seconds: float = 25) -> None:
    """A node's kubelet has renewed its lease within the last seconds: it does so every ten."""
    row = scene.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}")
    then = datetime.datetime.fromisoformat(row["spec"]["renewTime"])
    age = (datetime.datetime.now(datetime.UTC) - then).total_seconds()
    wrong(age > seconds, f"the kubelet of {name} has last been heard {age:.0f} s ago")


def takes_pods(scene: Scene, name: str) -> None:
    """A node is not cordoned."""
    node = scene.get(f"/api/v1/nodes/{name}")
    wrong(node["spec"].get("unschedulable"), f"{name} is cordoned: it takes no pods")


def pods(scene: Scene, namespace: str, selector: str = "") -> list[kube_api.Json]:
    """Return the lasting pods of a namespace: neither terminating nor finished (done, evicted)."""
    query = {"labelSelector": selector} if selector else {}
    rows = scene.items(f"/api/v1/namespaces/{namespace}/pods", **query)
    staying = [row for row in rows if not row["metadata"].get("deletionTimestamp")]
    return [row for row in staying if row.get("status", {}).get("phase") not in FINISHED]


def pods_ready(scene: Scene, namespace: str, selector: str, count: int) -> list[kube_api.Json]:
    """Return the pods behind a selector: at least `count`, and every one of them Ready."""
    found = pods(scene, namespace, selector)
    wrong(len(found) < count, f"{namespace}: {len(found)} of {count} pods with {selector}")
    unready = [f"{row['metadata']['name']} ({checks.why(row)})" for row in found if not checks.condition(row, "Ready")]
    wrong(unready, f"not Ready: {', '.join(unready)}")
    return found


def static_pod(scene: Scene, name: str, machine: str | None = None, namespace: str = "kube-system") -> None:
    """A static pod of a machine (the control plane, if none is named) runs and is Ready."""
    full = f"{name}-{machine or scene.value('control_plane')}"
    row = scene.find(f"/api/v1/namespaces/{namespace}/pods/{full}")
    wrong(row is None, f"there is no pod {full}")
    wrong(row and not checks.condition(row, "Ready"), f"{full} is not Ready ({checks.why(row or {})})")


def api_answers(scene: Scene) -> None:
    """The API server is ready, and serves the certificate that its clients expect."""
    try:
        reply = scene.view.api.request("GET", "/readyz")
    except kube_api.Unanswered as problem:
        raise checks.Wrong(f"the API server does not answer: {problem}") from problem
    wrong(not reply.ok or reply.text.strip() != "ok", f"/readyz says {reply.status_code}: {reply.text.strip()[:60]!r}")


def deployment_ready(scene: Scene, namespace: str, name: str) -> None:
    """A deployment wants at least one replica, and has all of them ready, in its newest version."""
    row = scene.find(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
    wrong(row is None, f"there is no deployment {namespace}/{name}")
    assert row is not None  # noqa: S101 (for the type checker: just looked at)
    asked, status = row["spec"]["replicas"], row["status"]
    wrong(asked < 1, f"{namespace}/{name} asks for no replica")
    wrong(
        status.get("observedGeneration", 0) < row["metadata"]["generation"],
        f"no controller has acted on {name}'s change yet",
    )
    new, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    wrong(min(new, ready) < asked, f"{namespace}/{name}: {ready} of {asked} ready, {new} up to date")


def backends(scene: Scene, namespace: str, service: str, at_least: int = 1) -> int:
    """Return the number of ready backends of a service: at least that many."""
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    slices = scene.items(path, labelSelector=f"kubernetes.io/service-name={service}")
    ends = [end for item in slices for end in item.get("endpoints", [])]
    # An endpoint that does not say whether it is ready is; one with several ports may be in several slices.
    ready = {address for end in ends if end.get("conditions", {}).get("ready", True) for address in end["addresses"]}
    wrong(len(ready) < at_least, f"service {namespace}/{service} has {len(ready)} ready backends")
    return len(ready)


def http(scene: Scene, url: str, timeout: float = 3) -> str:
    """Return the text behind a URL as this computer sees it; any status but success is wrong.

    Without an answer in time it is asked again, with a longer limit: a slow computer costs no points.
    """
    _ = scene
    session = requests.Session()
    session.trust_env = False
    try:
        try:
            reply = session.get(url, timeout=patience.seconds(timeout))
        except requests.Timeout:
            with patience.more(2):
                reply = session.get(url, timeout=patience.seconds(timeout))
    except requests.RequestException as problem:
        raise checks.Wrong(f"{url}: {type(problem).__name__}") from problem
    wrong(not reply.ok, f"{url} says {reply.status_code}: {reply.text.strip()[:200]}")
    wrong(not reply.text.strip(), f"{url} gave an empty answer")
    return reply.text


def guestbook_answers(scene: Scene, worker: str | None = None) -> None:
    """The guestbook answers through the NodePort of a worker, and reaches its redis."""
    machine = scene.view.lab_machine(worker) if worker else scene.lab.workers[0]
    said = http(scene, f"http://{machine.address}:{checks.GUESTBOOK_PORT}/readyz").strip()
    wrong(said != "ok", f"the guestbook at {machine.name} says {said[:60]!r}")


def execute(scene: Scene, namespace: str, pod: str, words: Sequence[str], timeout: float = 8) -> str:
    """Return the output of a command in a pod; `Wrong` if it fails there, `Silent` if it cannot be asked."""
    where = scene.view.where
    ca, pair = where.keys / "kubernetes/ca.crt", where.keys / scenes.GRADER
    command = (
        "--kubeconfig=/dev/null", f"--server={scene.lab.api_endpoint}", f"--certificate-authority={ca}",
        f"--client-certificate={pair}.crt", f"--client-key={pair}.key",
        "--namespace", namespace, "exec", pod, "--", *words,
    )  # fmt: skip
    try:
        done = kubectl.call(where, *command, timeout=timeout)
    except doors.NoAnswer as problem:
        raise checks.Silent(f"{shlex.join(words)} in {pod}: {problem}", late=problem.late) from problem
    said = (done.stderr or done.stdout).strip()[-200:]
    if done.returncode and ("error: " in said or "Error from server" in said):
        raise checks.Silent(f"{pod} cannot be asked: {said}")
    wrong(done.returncode, f"{shlex.join(words)} in {pod}: {said or done.returncode}")
    return done.stdout


def connects(scene: Scene, namespace: str, selector: str, address: str) -> None:
    """Every pod behind a selector (of agnhost) can open a TCP connection to `host:port`."""
    for row in pods_ready(scene, namespace, selector, 1):
        connect(scene, namespace, row["metadata"]["name"], address)


def refused(scene: Scene, namespace: str, selector: str, address: str) -> None:
    """No pod behind a selector (of agnhost) can open a TCP connection to `host:port`."""
    for row in pods_ready(scene, namespace, selector, 1):
        name = row["metadata"]["name"]
        try:
            connect(scene, namespace, name, address)
        except checks.Wrong as problem:
            # A name that nobody knows or a port on which nobody listens is no barrier.
            wrong("TIMEOUT" not in str(problem), f"{name} to {address}: {problem}")
            continue
        raise checks.Wrong(f"{name} reaches {address}")


def connect(scene: Scene, namespace: str, pod: str, address: str) -> None:
    """One pod (of agnhost) can open a TCP connection to `host:port`."""
    execute(scene, namespace, pod, ["/agnhost", "connect", address, f"--timeout={patience.whole(2)}s"])


def resolves(scene: Scene, namespace: str, selector: str, name: str) -> None:
    """Every pod behind a selector (of agnhost) finds an address for a name."""
    for row in pods_ready(scene, namespace, selector, 1):
        pod = row["metadata"]["name"]
        script = f"timeout {patience.whole(4)} nslookup {shlex.quote(name)} 2>&1 || true"
        said = execute(scene, namespace, pod, ["sh", "-c", script])
        answer = said.partition("Name:")[2]
        wrong("Address" not in answer, f"{pod} finds no address of {name}: {' '.join(said.split())[-150:]}")


def can(scene: Scene, user: str, verb: str, what: str, **more: Any) -> bool:
    """Return whether the API allows `user` a verb on `resource[.group][/subresource]`; asks, and keeps nothing.

    `more`: namespace, name, groups.
    """
    resource, _, sub = what.partition("/")
    resource, _, group = resource.partition(".")
    asked = {"verb": verb, "resource": resource, "group": group, "subresource": sub}
    asked |= {key: more[key] for key in ("namespace", "name") if key in more}
    groups = list(rights.groups_of(user, more.get("groups", ())))
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": groups, "resourceAttributes": asked},
    }
    answer = scene.ask("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    if not answer["status"].get("allowed"):
        scene.believe_absence()  # nobody may do anything where nothing is
        return False
    return True


def eventually(look: Callable[[], None], seconds: float = 5.0) -> None:
    """Look again until it holds or the time is up, for states that settle in a moment."""
    seen: checks.Wrong | checks.Silent | None = None
    for _ in patience.polls(patience.seconds(seconds)):
        try:
            look()
        except (checks.Wrong, checks.Silent) as problem:
            seen = problem
        else:
            return
    if seen:
        raise seen
