"""Gathers all evidence at the same time: one ssh round, lists of the API, Docker, the checks. Changes nothing."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import re
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from kubelab import checks, errors, model, paths, providers
from kubelab.checks import high_availability, objects, wait
from kubelab.clients import doors, kube_api, patience, ssh
from kubelab.converge import box_state, observed
from kubelab.diagnosis import addon_probes, evidence
from kubelab.host import names
from kubelab.pki import secret_scan
from kubelab.render import addons, files_tsv, objects_tsv, roles

LOOKS = paths.PROVISION / "looks"
BOTH = ("lib.sh", "state.sh", "box.sh", "files.sh", "network.sh")
PARTS: Mapping[model.Kind, tuple[str, ...]] = {
    model.Kind.ETCD: (*BOTH, "etcd.sh"),
    model.Kind.CONTROL_PLANE: (*BOTH, "node.sh"),
    model.Kind.WORKER: (*BOTH, "node.sh"),
}
LISTS = (
    "/api/v1/nodes",
    "/api/v1/pods",
    "/api/v1/services",
    "/api/v1/namespaces",
    "/api/v1/configmaps",
    "/api/v1/serviceaccounts",
    "/api/v1/persistentvolumes",
    "/api/v1/persistentvolumeclaims",
    "/api/v1/resourcequotas",
    "/apis/apps/v1/deployments",
    "/apis/discovery.k8s.io/v1/endpointslices",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
)
WARNINGS = "/api/v1/events"
LOOKS_PATIENCE = 6.0
"""Seconds for all looks of one box on an idle computer: about one is usual."""
API_PATIENCE = 4.0
"""Seconds for one list: all run at once, so a hanging API server costs this time and no more."""
CHECK_PATIENCE = 6.0
"""Seconds for all checks, which run beside the rest."""
IN_A_BOX = 2.0
"""Seconds for one question inside a box: to its runtime, to etcd, to cluster DNS."""
KEY_DATA = re.compile(r"((?:key-data|token|password): ).*")

Survey = Callable[[checks.View, float], Mapping[str, wait.Failure | None]]
"""A function that runs every check of a healthy lab, for at most so many seconds."""


def gather(view: checks.View, survey: Survey) -> evidence.Evidence:
    """Return all evidence; `survey` runs every check of a healthy lab.

    Broken parts raise nothing. It raises only `lab-elsewhere` for the lab of another checkout, `keys-lost` for boxes
    without keys to reach them, and what the provider raises where neither it nor the keys are there.
    """
    states, problem = _containers(view)
    if set(states.values()) == {"missing"}:
        absent = {machine.name: evidence.Box(machine=machine, state="missing") for machine in view.lab.machines}
        return evidence.Evidence(lab=view.lab, now=time.time(), boxes=absent, cluster=evidence.Cluster(), checks={})
    if not _has_keys(view):
        raise errors.LabError("keys-lost", f"lab {view.lab.name} has boxes, but build/{view.lab.name}/keys is gone")
    with concurrent.futures.ThreadPoolExecutor(max_workers=5) as pool:
        watched = pool.submit(_checks, view, survey)
        machines = pool.submit(_checks, view, _each)
        cluster = pool.submit(_cluster, view)
        boxes = pool.submit(_boxes, view, states)
        manifests = pool.submit(_manifests, view)
        return evidence.Evidence(
            lab=view.lab,
            now=time.time(),
            docker=problem,
            boxes=boxes.result(),
            cluster=cluster.result(),
            checks={**watched.result()[0], **machines.result()[0]},
            late=(*watched.result()[1], *machines.result()[1]),
            manifests=manifests.result(),
            moved=names.moved(view.where.box(view.lab.control_plane[0].name) / f"files{roles.RESOLVERS}"),
        )


def _checks(view: checks.View, survey: Survey) -> tuple[Mapping[str, str | None], tuple[str, ...]]:
    """Return the results of the checks, and the checks without an answer in time: they say nothing about the lab."""
    found = survey(view, patience.seconds(CHECK_PATIENCE))
    late = tuple(name for name, said in found.items() if said and said.late)
    return {name: said for name, said in found.items() if name not in late}, late


def _each(view: checks.View, limit: float) -> dict[str, wait.Failure | None]:
    """Return the results of the checks of each of several machines of a kind; none of a lab with one of each."""
    rows = high_availability.each(view.lab)
    with patience.within(limit), concurrent.futures.ThreadPoolExecutor(max_workers=len(rows) + 1) as pool:
        found = pool.map(patience.carried(functools.partial(wait.failure, view)), rows.values())
        return dict(zip(rows, found, strict=True))


def _has_keys(view: checks.View) -> bool:
    return (view.where.keys / "kubernetes/ca.crt").exists()


def _containers(view: checks.View) -> tuple[dict[str, str], str | None]:
    """Return machine name to its container's state, and why Docker did not answer."""
    provider = providers.of(view.lab)
    provider.demand(providers.Act.RUN)
    try:
        boxes = {box.name: box for box in provider.boxes(view.lab.name)}
    except errors.LabError as problem:
        if not _has_keys(view):
            raise  # whether there are boxes is not known, and no other door opens
        return {machine.name: "running" for machine in view.lab.machines}, f"{problem.ident}: {problem.what}"
    observed.refuse_roots(view.lab.name, observed.roots(boxes.values()))
    states = {machine.name: boxes.get(machine.container) for machine in view.lab.machines}
    return {name: box.state if box else "missing" for name, box in states.items()}, None


def _boxes(view: checks.View, states: Mapping[str, str]) -> dict[str, evidence.Box]:
    running = [machine for machine in view.lab.machines if states[machine.name] == "running"]
    looked = ssh.each(running, lambda machine: _look(view, machine)) if running else {}
    boxes = {}
    for machine in view.lab.machines:
        boxes[machine.name] = box = evidence.Box(
            machine=machine, state=states[machine.name], wanted=wanted(view.where, machine.name)
        )
        found = looked.get(machine.name)
        if isinstance(found, Exception):
            late = isinstance(found, ssh.Unreachable) and found.late
            boxes[machine.name] = dataclasses.replace(box, problem=str(found), late=late)
        elif found:
            text, times = found
            boxes[machine.name] = dataclasses.replace(box, text=text, asked=times)
    return boxes


def _look(view: checks.View, machine: model.Machine) -> tuple[str, tuple[float, float]]:
    """Return the output of all looks of a box, and the times of the question and the answer."""
    script = b"".join((LOOKS / part).read_bytes() for part in PARTS[machine.kind]) + b"section end\n"
    query = _dns_query(f"kubernetes.default.svc.{view.lab.network.domain}")
    asked = [str(view.lab.network.dns_service), query, str(patience.whole(IN_A_BOX)), *roles.units(machine.kind)]
    # Ended in the box, not here: what was printed until then is still worth reading.
    limit = f"--kill-after=1 {patience.whole(LOOKS_PATIENCE)}"
    command = f'sudo timeout {limit} bash -c "$(cat)" looks {shlex.join(asked)} || true'
    begin = time.time()
    found = ssh.fetch(view.where, machine, command, timeout=LOOKS_PATIENCE + 2, given=script)
    return secret_scan.masked(found).decode(errors="replace"), (begin, time.time())


def _dns_query(name: str) -> str:
    """Return a DNS-over-TCP question for a name's address, in the escapes of printf's %b."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    message = b"\x4b\x4c\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"
    return "".join(f"\\x{byte:02x}" for byte in len(message).to_bytes(2, "big") + message)


def wanted(where: paths.LabPaths, name: str) -> evidence.Wanted:
    """Return the rendered folder of a box: its rows and texts, keys left out."""
    folder = where.box(name)
    if not (folder / files_tsv.NAME).exists():
        return evidence.Wanted()
    rows = box_state.wanted(where, name)
    texts = {path: _text(folder, path) for path, row in rows.items() if not row.is_link}
    return evidence.Wanted(rows=rows, texts={path: text for path, text in texts.items() if text is not None})


def _text(folder: Path, path: str) -> str | None:
    """Return a rendered file as a look would print it; None for one that holds only a key."""
    if path.endswith((".key", "encryption.yaml")):
        return None
    return KEY_DATA.sub(r"\1(not shown)", (folder / f"files{path}").read_text(encoding="utf-8", errors="replace"))


def _cluster(view: checks.View) -> evidence.Cluster:
    """Return the API server's answers: all questions go out at once, so a hanging server costs one wait."""
    door = kube_api.Api.of(view.where, view.lab.api_endpoint, timeout=API_PATIENCE)
    asked = (*LISTS, *addon_probes.lists(view.lab))
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(asked) + 2 + len(view.lab.nodes)) as pool:
        alive = pool.submit(_alive, door)
        lists = {path: pool.submit(_items, door, path) for path in asked}
        lists[WARNINGS] = pool.submit(_items, door, WARNINGS, fieldSelector="type=Warning")
        logs = {node.name: pool.submit(_kubelet, door, node.name) for node in view.lab.nodes}
        problem = alive.result()
        if problem:
            return evidence.Cluster(problem=str(problem), late=problem.late)
        found = {path: future.result() for path, future in lists.items()}
        return evidence.Cluster(
            lists={path: items for path, items in found.items() if not isinstance(items, str)},
            refused={path: said for path, said in found.items() if isinstance(said, str)},
            logs={name: future.result() for name, future in logs.items()},
        )


def _alive(door: kube_api.Api) -> kube_api.Unanswered | None:
    """Return why the API server does not answer; None if it answers, ready or not."""
    try:
        door.request("GET", "/readyz")
    except kube_api.Unanswered as problem:
        return problem
    return None


def _items(door: kube_api.Api, path: str, **query: str) -> list[kube_api.Json] | str:
    try:
        items = door.items(path, **query)
    except doors.DoorError as problem:
        return str(problem)
    for item in items:
        item["metadata"].pop(objects.MANAGED, None)
    return items


def _kubelet(door: kube_api.Api, node: str) -> str | None:
    """Return the problem of reaching a kubelet through the API server, as logs and exec do; None if it answers."""
    try:
        door.request("GET", f"/api/v1/nodes/{node}/proxy/healthz").raise_for_status()
    except kube_api.Unanswered as problem:
        return str(problem)
    except OSError as problem:
        reply = getattr(problem, "response", None)
        return f"{reply.status_code} {reply.text.strip()[:200]}" if reply is not None else str(problem)
    return None


def _manifests(view: checks.View) -> dict[str, Sequence[Any]]:
    """Return the rendered add-ons: path on this computer to their objects."""
    folder = view.where.box(view.lab.control_plane[0].name) / f"files{addons.FOLDER}"
    found: dict[str, Sequence[Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        shown = str(PurePosixPath(path.relative_to(paths.ROOT)))
        found[shown] = [item for _, item in objects_tsv.read(path.name, path.read_text(encoding="utf-8"))]
    return found
