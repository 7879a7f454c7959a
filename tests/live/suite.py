"""The lab under test: a test item for each machine, node and worker of its lab file, and the doors into it.

The lab is the one that KUBELAB_LAB names. Nothing here skips: a box that lets nobody in fails every test about it.
"""

from __future__ import annotations

import functools
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import pytest
import testinfra
import testinfra.host

from kubelab import checks, model, paths
from kubelab.checks import probes, traffic
from kubelab.clients import kube_api, patience
from kubelab.converge import session

LAB = os.environ.get("KUBELAB_LAB", "default")
RUN = "KUBELAB_LIVE_RUN"
"""Environment variable with this run's identifier, the same in every worker process."""
MARK = "kubelab.live"
"""Label of every namespace that a run made: its value is the run's identifier."""
PATIENCE = float(os.environ.get("KUBELAB_PATIENCE", "30"))
"""Seconds that a check is given to become true; fewer in a lab that is broken on purpose."""
INTERVAL = 0.2
Value = TypeVar("Value")


@functools.cache
def opened() -> tuple[model.Lab, paths.LabPaths]:
    """Return the lab under test and its places."""
    return session.open_lab(LAB)


CHOICES: dict[str, Callable[[model.Lab], Iterable[Any]]] = {
    "machine": lambda lab: lab.machines,
    "node": lambda lab: lab.nodes,
    "worker": lambda lab: lab.workers,
    "control": lambda lab: lab.control_plane,
    "member": lambda lab: lab.etcd,
    "route": traffic.routes,
}
"""A test's argument to the things of the lab, one item each."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item for each machine (node, worker, route …) of the lab file that a test asks for."""
    given = {name for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark.args[0])}
    for mark in metafunc.definition.iter_markers("each"):
        names, choose = mark.args
        metafunc.parametrize(names, list(choose(opened()[0])))
        given |= set(_names(names))
    for name, choose in CHOICES.items():
        if name in metafunc.fixturenames and name not in given:
            metafunc.parametrize(name, list(choose(opened()[0])), ids=_title)


def _names(argument: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for part in argument.split(",")) if isinstance(argument, str) else argument


def _title(value: Any) -> str | None:
    if isinstance(value, model.Machine):
        return value.name
    return f"{value[0].name}-to-{value[1].name}" if isinstance(value, tuple) else None


def each(name: str, choose: Callable[[model.Machine], Iterable[Any]]) -> pytest.MarkDecorator:
    """Make one item for each machine and each of what it has: a mark for a test with arguments `machine` and `name`."""

    def rows(lab: model.Lab) -> Iterator[Any]:
        for machine in lab.machines:
            for value in choose(machine):
                yield pytest.param(machine, value, id=f"{machine.name}-{value}")

    return pytest.mark.each(("machine", name), rows)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the lab file does not ask for: an add-on, or two workers or control planes where there is one."""
    wanted = set(opened()[0].addons)
    other = "single" if opened()[0].virtual else "several"
    out = [
        item
        for item in items
        if {mark.args[0] for mark in item.iter_markers("addon")} - wanted
        or _to_itself(item)
        or _of_another_page(item)
        or item.get_closest_marker(other)
    ]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


def _of_another_page(item: pytest.Item) -> bool:
    """Return whether a test looks at the pages of kube-web-view, and the lab has another web UI."""
    another = opened()[0].dashboard is not model.Dashboard.WEB_VIEW
    return another and any(mark.kwargs.get("depends_on") == "dashboard" for mark in item.iter_markers("red_by"))


def _to_itself(item: pytest.Item) -> bool:
    """Return whether a test marked `apart` would go from a pod to the same pod: no policy stands between those."""
    if not isinstance(item, pytest.Function) or not item.get_closest_marker("apart"):
        return False
    ends: Any = item.callspec.params["route"]
    return bool(ends[0] is ends[1])


@pytest.fixture(scope="session")
def lab() -> model.Lab:
    """Give the lab under test."""
    return opened()[0]


@pytest.fixture(scope="session")
def view() -> checks.View:
    """Give what checks look at."""
    return checks.View.of(*opened())


@pytest.fixture
def host(request: pytest.FixtureRequest) -> testinfra.host.Host:
    """Give the box that the test is about, entered over ssh as user core and looked at as root."""
    name = next(name for name in CHOICES if name in request.fixturenames)
    machine: model.Machine = request.getfixturevalue(name)
    found = door(machine.name)
    if isinstance(found, str):
        pytest.fail(f"{machine.name} lets nobody in: {found}", pytrace=False)
    request.node.user_properties.append(("host", machine.name))
    return found


@functools.cache
def door(name: str) -> testinfra.host.Host | str:
    """Return testinfra's door into a box, or why there is none: that is found out once, not by every test again."""
    config = opened()[1].ssh_config
    if not config.exists():
        return f"there is no {config}; has the lab been brought up?"
    found = testinfra.get_host(f"ssh://{name}", ssh_config=str(config), sudo=True, timeout=5)
    try:
        answer = found.run("true")
    except RuntimeError as problem:
        return str(problem)
    return found if answer.rc == 0 else str(answer)


GUESTS = "grep -HosE 'pod[0-9a-f]{8}[-_0-9a-f]{24,}' /proc/[0-9]*/cgroup"
"""Which pod a process is in: by its uid, or by the digest of a static pod's manifest."""
OWN = "kubelab-"
"""How the namespaces begin that only tests use."""


def guests(view: checks.View, host: testinfra.host.Host) -> set[str]:
    """Return the processes of a box that run in pods which are neither the lab's nor this suite's, by their numbers."""
    own, mine = checks.belongings_of(view), set()
    for pod in view.api.items("/api/v1/pods"):
        about = pod["metadata"]
        if own.pod(pod) or about["namespace"].startswith(OWN):
            digest = (about.get("annotations") or {}).get("kubernetes.io/config.hash", "")
            mine |= {about["uid"].replace("-", ""), digest.replace("-", "")}
    rows = [re.split(r"/cgroup:pod", line) for line in host.run(GUESTS).stdout.splitlines()]
    return {row[0].removeprefix("/proc/") for row in rows if re.sub(r"[-_]", "", row[1]) not in mine}


def sockets(host: testinfra.host.Host) -> list[tuple[str, str, str, str, frozenset[str]]]:
    """Return protocol, address, port, process and its numbers of everything that listens in a box."""
    found = []
    for line in host.check_output("ss --no-header --tcp --udp --listening --numeric --processes").splitlines():
        protocol, _, _, _, local, _, *users = line.split()
        address, _, port = local.rpartition(":")
        said = " ".join(users)
        name = re.search(r'"([^"]+)"', said)
        found.append((protocol, address, port, name[1] if name else "", frozenset(re.findall(r"pid=(\d+)", said))))
    return found


def guest_ports(view: checks.View, host: testinfra.host.Host) -> set[str]:
    """Return the ports of a box at which only guests of the lab listen: a pod that uses the node's network."""
    visiting = guests(view, host)
    return {port for _, _, port, _, numbers in sockets(host) if numbers and numbers <= visiting}


def soon(check: Callable[[], Value], seconds: float = PATIENCE) -> Value:
    """Return what a check returns once it holds; fail the test with the last that it said when time is up."""
    try:
        return held(check, seconds)
    except checks.Wrong as late:
        pytest.fail(str(late), pytrace=False)


def held(check: Callable[[], Value], seconds: float) -> Value:
    """Return what a check returns once it holds; raise `checks.Wrong` with the last that it said when time is up.

    The seconds are an idle computer's: a busy one, and an emulated machine, is given more.
    """
    begin = time.monotonic()
    while True:
        try:
            return check()
        except (checks.Wrong, checks.Silent) as problem:
            waited = time.monotonic() - begin
            if waited > patience.seconds(seconds):
                raise checks.Wrong(f"{type(problem).__name__} for {waited:.0f} s: {problem}") from problem
        time.sleep(INTERVAL)


@pytest.fixture(scope="session")
def namespace(view: checks.View) -> Iterator[str]:
    """Give a namespace of this process's own, with a service account; whoever ends the run removes it."""
    run = os.environ[RUN]
    name = f"kubelab-live-{run}-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    labels = {MARK: run, "pod-security.kubernetes.io/enforce": "baseline"}
    view.api.create("/api/v1/namespaces", {**_object("Namespace", name), "metadata": {"name": name, "labels": labels}})
    view.api.create(f"/api/v1/namespaces/{name}/serviceaccounts", _object("ServiceAccount", "probe"))
    yield name


def _object(kind: str, name: str) -> kube_api.Json:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


def secret(name: str, value: str) -> kube_api.Json:
    """Return a secret that holds one value."""
    return {**_object("Secret", name), "stringData": {"value": value}}


def run_pod(
    view: checks.View, namespace: str, item: kube_api.Json, worker: model.Machine, seconds: float = PATIENCE
) -> probes.Probe:
    """Make a pod in a test's namespace and return it as something to look from, once it runs."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    view.api.create(path, item)
    name = item["metadata"]["name"]
    return soon(lambda: probes.of(view.api.get(f"{path}/{name}"), worker), seconds)


def fresh(word: str) -> str:
    """Return a name that nothing else has."""
    return f"{word}-{uuid.uuid4().hex[:8]}"
