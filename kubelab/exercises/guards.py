"""Guards: nothing was broken or bypassed on the way to the goal. An exercise names those that fit it.

Each takes the scene and the value of `of` in exercise.yaml; objects are `namespace/kind/name` or `kind/name`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kubelab import checks
from kubelab.checks import objects
from kubelab.clients import kube_api
from kubelab.exercises import answers, baseline_objects, looks, manifests, pod_placement, rights, scene

Scene = scene.Scene
AUTHENTICATION = "/etc/kubernetes/kube-apiserver/authentication.yaml"
WORKLOADS = ("deployments", "daemonsets", "statefulsets")
POLICIES = ("networkpolicies", "resourcequotas", "limitranges", "poddisruptionbudgets")


def kept(view: Scene, of: Sequence[str]) -> None:
    """Existing objects were kept: not deleted and made anew."""
    for name in _names(view, of):
        was, _ = _before(view, name)
        row = view.find(_address(name))
        _wrong(row is None, f"{name} is gone")
        _wrong(row and was["metadata"]["uid"] != row["metadata"]["uid"], f"{name} was deleted and made anew")


def unchanged(view: Scene, of: Sequence[str]) -> None:
    """Objects apart from the trouble are unchanged."""
    for name in _names(view, of):
        was, key = _before(view, name)
        row = view.find(_address(name))
        _wrong(row is None, f"{name} is gone")
        assert row is not None  # noqa: S101 (for the type checker: just looked at)
        found, wanted = baseline_objects.essence(key, row), baseline_objects.essence(key, was)
        differ = [part for part in _differing(wanted, found) if part not in ("apiVersion", "kind")]
        _wrong(differ, f"{name} differs from before in {', '.join(differ[:4])}")


def replicas_kept(view: Scene, of: Sequence[str]) -> None:
    """Every workload asks for as many replicas as before."""
    for name in _names(view, of):
        was, _ = _before(view, name)
        row = view.find(_address(name))
        _wrong(row is None, f"{name} is gone")
        asked, had = (row or {})["spec"]["replicas"], was["spec"]["replicas"]
        _wrong(asked != had, f"{name} asks for {asked} replicas; before it were {had}")


def policies_kept(view: Scene, of: Sequence[str]) -> None:
    """No network policy, quota, limit or disruption budget was deleted or changed (namespaces, all if none)."""
    for key, was in _of_kinds(view, POLICIES, _names(view, of)):
        name = f"{key[1]}/{key[0].rpartition('/')[2]}/{key[2]}"
        row = view.find(baseline_objects.address(key))
        _wrong(row is None, f"{name} is gone")
        _wrong(row is not None and row["spec"] != was["spec"], f"{name} was changed")


def no_wider_permissions(view: Scene, of: Sequence[str]) -> None:
    """No role or binding grants a permission that was not there before (`of`: namespaces whose own may)."""
    spaces, known = set(_names(view, of)), rights.kinds(view)
    now, before = rights.now(view), rights.before(view, broken=True)
    new = rights.holders(now, known) - rights.holders(before, known)
    more = sorted(f"{who} may {item}" for who, item in new if item.namespace not in spaces)
    _wrong(
        more,
        f"{'; '.join(more[:3])}{f' and {len(more) - 3} more' if len(more) > 3 else ''}: no role allowed that before",
    )
    for kind in ("clusterroles", "roles"):
        was = {_place(row): rights.allowed(row, known) for row in before[kind]}
        for row in now[kind]:
            wider = sorted(rights.allowed(row, known) - was[_place(row)]) if _place(row) in was else []
            name = f"{kind}/{row['metadata']['name']}"
            _wrong(wider, f"{name} allows more than before: {', '.join(map(str, wider[:4]))}")


def not_pinned(view: Scene, of: Sequence[str]) -> None:
    """No pod was pinned to a node by hand: no new nodeName, node selector or affinity leaves out a worker."""
    before, workers = view.before().found, [view.get(f"/api/v1/nodes/{machine.name}") for machine in view.lab.workers]
    for namespace in _names(view, of):
        for kind in WORKLOADS:
            path = f"/apis/apps/v1/{kind}"
            for row in view.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}"):
                was = before.get((path, namespace, row["metadata"]["name"]), {})
                had, has = (item.get("spec", {}).get("template", {}).get("spec", {}) for item in (was, row))
                name = f"{namespace}/{kind}/{row['metadata']['name']}"
                _wrong(has.get("nodeName") and not had.get("nodeName"), f"{name} has nodeName")
                moved = pod_placement.chosen(has) != pod_placement.chosen(had)
                out = pod_placement.left_out(has, workers) if moved else []
                _wrong(out, f"{name} may not run on {', '.join(out)}: a node selector or an affinity says so")
        for row in view.items(f"/api/v1/namespaces/{namespace}/pods"):
            known = ("/api/v1/pods", namespace, row["metadata"]["name"]) in before
            _wrong(not known and _placed_by_hand(row), f"pod {row['metadata']['name']} names its node itself")


def _placed_by_hand(row: kube_api.Json) -> bool:
    """Return whether a pod without an owner has a node that no scheduler chose."""
    meta = row["metadata"]
    owned = meta.get("ownerReferences") or "kubernetes.io/config.mirror" in meta.get("annotations", {})
    scheduled = any(item["type"] == "PodScheduled" for item in row["status"].get("conditions", []))
    return bool(row["spec"].get("nodeName")) and not owned and not scheduled


def authority_kept(view: Scene, of: Sequence[str]) -> None:
    """Every node trusts the lab's own certificate authority, and no other."""
    _ = of
    wanted = _prints((view.view.where.keys / "kubernetes/ca.crt").read_bytes())
    for machine in view.lab.nodes:
        text = view.read(machine, "cat /etc/kubernetes/kubelet/ca.crt")
        _wrong(_prints(text.encode()) != wanted, f"{machine.name} trusts another authority")


def files_kept(view: Scene, of: Sequence[str]) -> None:
    """Files of the boxes are as the lab made them: `machine:path`, where the machine may be a value such as target."""
    for name in of:
        place, _, path = name.partition(":")
        machine = view.values.get(place, place)
        wanted = (view.view.where.box(machine) / f"files{path}").read_text(encoding="utf-8")
        _wrong(view.read(machine, f"cat {path}") != wanted, f"{machine}: {path} is not what it was")


def authorization_kept(view: Scene, of: Sequence[str]) -> None:
    """The API server still authenticates and authorizes: Node and RBAC, no anonymous rights."""
    _ = of
    machine = view.lab.control_plane[0]
    given = manifests.options(manifests.static(view, "kube-apiserver", machine))
    modes = given.get("authorization-mode", ("",))[-1].split(",")
    _wrong(set(modes) != {"Node", "RBAC"}, "the API server's authorization mode was changed")
    anybody = manifests.last(given, "anonymous-auth") not in ("", "false")
    _wrong(anybody, "the API server accepts anonymous requests")
    plugins, off = (manifests.listed(given, f"{how}-admission-plugins") for how in ("enable", "disable"))
    _wrong("NodeRestriction" not in plugins - off, "the API server's admission was changed")
    path = manifests.last(given, "authentication-config")
    _wrong(path != AUTHENTICATION, "the API server's authentication was changed")
    wanted = (view.view.where.box(machine.name) / f"files{path}").read_text(encoding="utf-8")
    same = looks.document(looks.file(view, machine, path), path) == looks.document(wanted, path)
    _wrong(not same, f"{path} changed: the API server asks for identities in another way than before")


def nodes_kept(view: Scene, of: Sequence[str]) -> None:
    """Every node exists, accepts pods, and has its earlier taints (`of`: taints that may go)."""
    before = view.before().found
    for machine in view.lab.nodes:
        row = view.find(f"/api/v1/nodes/{machine.name}")
        _wrong(row is None, f"node {machine.name} is gone")
        was = before.get(("/api/v1/nodes", "", machine.name))
        had, has = (_taints(item, of) for item in (was, row))
        lost = ", ".join(sorted(key for key, _, _ in had - has))
        _wrong(lost, f"{machine.name} lost its taint {lost}")
        closed = [bool((item or {}).get("spec", {}).get("unschedulable")) for item in (was, row)]
        _wrong(closed == [False, True], f"{machine.name} is cordoned: it takes no pods")


def _taints(row: kube_api.Json | None, but: Sequence[str]) -> set[tuple[str, str, str]]:
    """Return a node's taints that were set by hand: key, value, effect."""
    found = (row or {}).get("spec", {}).get("taints") or []
    own = [item for item in found if item["key"] not in but and "node.kubernetes.io/" not in item["key"]]
    return {(item["key"], item.get("value") or "", item["effect"]) for item in own}


def _before(view: Scene, name: str) -> tuple[kube_api.Json, baseline_objects.Key]:
    key = _key(name)
    row = view.before().found.get(key)
    if row is not None:
        return answers.wrapped(row, name), key
    raise checks.Wrong(f"{name} was not there before the exercise: its exercise.yaml is wrong")


def _names(view: Scene, of: Sequence[str]) -> list[str]:
    """Return names with the scene's values filled in."""
    return [name.format(**view.values) for name in of]


def _key(name: str) -> baseline_objects.Key:
    *space, kind, item = name.split("/")
    path = next((path for path in baseline_objects.PATHS if path.endswith(f"/{kind}")), "")
    _wrong(not path, f"no kind {kind} is known: its exercise.yaml is wrong")
    return path, space[0] if space else "", item


def _address(name: str) -> str:
    return baseline_objects.address(_key(name))


def _differing(wanted: kube_api.Json, found: kube_api.Json) -> list[str]:
    """Return the places in which two objects differ, as deep as both are mappings."""
    return [".".join(place) for place in sorted({item.field for item in objects.differences(wanted, found)})]


def _of_kinds(
    view: Scene, kinds: Sequence[str], namespaces: Sequence[str]
) -> Iterator[tuple[baseline_objects.Key, kube_api.Json]]:
    for key, row in view.before().found.items():
        if key[0].rpartition("/")[2] in kinds and (not namespaces or key[1] in namespaces):
            yield key, answers.wrapped(row, key[2])


def _place(row: kube_api.Json) -> tuple[str, str]:
    return row["metadata"].get("namespace", ""), row["metadata"]["name"]


def _prints(pem: bytes) -> set[bytes]:
    try:
        return {item.fingerprint(hashes.SHA256()) for item in x509.load_pem_x509_certificates(pem)}
    except ValueError as problem:
        raise checks.Wrong("an authority's file holds no certificate") from problem


def _wrong(condition: object, message: str) -> None:
    if condition:
        raise checks.Wrong(message)
