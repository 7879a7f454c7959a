"""Finds the lab's own objects in the cluster, and checks that they run; users' objects are for `user_workloads`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from kubelab import model
from kubelab.checks import pods as podlooks
from kubelab.checks.view import Silent, View, Wrong, asked, together
from kubelab.clients import kube_api
from kubelab.render import addons, belongings, objects_tsv

LISTS: Mapping[str, str] = {
    "Deployment": "/apis/apps/v1/deployments",
    "DaemonSet": "/apis/apps/v1/daemonsets",
    "StatefulSet": "/apis/apps/v1/statefulsets",
}
FIELDS: Mapping[str, tuple[str, str]] = {
    "Deployment": ("updatedReplicas", "availableReplicas"),
    "DaemonSet": ("updatedNumberScheduled", "numberAvailable"),
    "StatefulSet": ("updatedReplicas", "readyReplicas"),
}
"""Kind to the fields of its status that count pods of the newest template, and pods that work."""


def belongings_of(view: View) -> belongings.Belongings:
    """Return the rendered objects of the lab's cluster; `Silent` if there are none."""
    path = view.where.box(view.lab.control_plane[0].name) / f"files{addons.OBJECTS}"
    try:
        rows = objects_tsv.parse(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise Silent(f"lab {view.lab.name} has not been rendered: {problem}") from problem
    return belongings.of(view.lab, {(row.kind, row.space, row.name): row.file for row in rows})


def addon_ready(view: View, addon: model.Addon) -> None:
    """Every workload of an add-on has all of its pods, and each of them is Ready."""
    own = belongings_of(view)
    wanted = {key for key, file in own.workloads().items() if file == addons.MANIFESTS[addon]}
    _workloads(view, wanted, also={space for _, space, _ in wanted})


def others_ready(view: View, apart: Iterable[model.Addon], pods: list[kube_api.Json]) -> None:
    """The same for every other rendered workload, except those of the named add-ons."""
    own = belongings_of(view)
    files = {addons.MANIFESTS[addon] for addon in apart}
    wanted = {key for key, file in own.workloads().items() if file not in files}
    _workloads(view, wanted, pods=pods)


def _workloads(
    view: View,
    wanted: Iterable[belongings.Key],
    *,
    also: Iterable[str] = (),
    pods: list[kube_api.Json] | None = None,
) -> None:
    """Judge the wanted workloads and, in the namespaces `also`, those labelled as a part of the lab."""
    keys = set(wanted)
    problems: list[Wrong] = []
    found = {(kind, *_place(item)): item for kind in _kinds(keys) for item in asked_items(view, LISTS[kind])}
    keys |= {key for key, item in found.items() if key[1] in set(also) and belongings.labelled(item)}
    here = asked_items(view, "/api/v1/pods") if pods is None else pods
    mine = [pod for pod in here if _key(pod) in keys and not belongings.finished(pod)]
    looks = (functools.partial(podlooks.all_ready, view, mine), functools.partial(_complete, found, keys))
    for look in looks:
        try:
            look()
        except Wrong as problem:
            problems.append(problem)
    if problems:
        raise together(problems)


def _kinds(keys: Iterable[belongings.Key]) -> list[str]:
    return sorted({"Deployment", *(kind for kind, _, _ in keys)})


def _place(item: kube_api.Json) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _key(pod: kube_api.Json) -> belongings.Key:
    kind, name = belongings.controller(pod)
    return kind, pod["metadata"].get("namespace", ""), name


def _complete(found: Mapping[belongings.Key, kube_api.Json], keys: Iterable[belongings.Key]) -> None:
    """Every workload exists, its last change was observed, and it has as many working pods as it wants."""
    flaws = [flaw for key in sorted(keys) if (flaw := _flaw(key, found.get(key)))]
    if flaws:
        raise Wrong("; ".join(flaws))


def _flaw(key: belongings.Key, item: kube_api.Json | None) -> str | None:
    kind, space, name = key
    if item is None:
        return f"there is no {kind.lower()} {space}/{name}"
    status = item.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0) if kind == "DaemonSet" else item["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < item["metadata"].get("generation", 0):
        return f"{space}/{name}: no controller has acted on its last change"
    fresh, working = (status.get(field, 0) for field in FIELDS[kind])
    if not wanted:
        return f"{space}/{name} wants no pod"
    if fresh < wanted or working < wanted:
        return f"{space}/{name}: {working} of {wanted} pods work, {fresh} are of the newest template"
    return None


def claims_bound(view: View, namespace: str = "") -> None:
    """Every claim of the lab's own (in a namespace, or in all of them) has its volume."""
    own = belongings_of(view)
    used = own.claims(asked_items(view, "/api/v1/pods"))
    open_ones = [
        f"{item['metadata']['namespace']}/{item['metadata']['name']} ({item['status'].get('phase')})"
        for item in asked_items(view, "/api/v1/persistentvolumeclaims")
        if item["status"].get("phase") != "Bound"
        and namespace in ("", item["metadata"]["namespace"])
        and (own.has("PersistentVolumeClaim", item) or _place(item) in used)
    ]
    if open_ones:
        raise Wrong(f"not bound: {', '.join(sorted(open_ones))}")


def restarts(view: View) -> dict[str, int]:
    """Return namespace/pod/container to the number of restarts, for the lab's own containers."""
    own = belongings_of(view)
    return {
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}/{row['name']}": int(row["restartCount"])
        for pod in asked_items(view, "/api/v1/pods")
        if own.pod(pod)
        for row in pod["status"].get("containerStatuses", [])
    }


def asked_items(view: View, path: str) -> list[kube_api.Json]:
    """Return a list of the API."""
    return asked(lambda: view.api.items(path))
