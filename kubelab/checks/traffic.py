"""Checks of traffic, allowed and denied: DNS, pods, services, policies, logs, exec."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import requests

from kubelab import model
from kubelab.checks import probes
from kubelab.checks.view import Silent, View, Wrong, asked, told
from kubelab.clients import doors, kube_api, kubectl, patience

PATIENCE = 3
"""Seconds for a packet on an idle computer; thousandths are usual."""


def pod_dns_on(view: View, worker: model.Machine) -> None:
    """A pod on the worker finds the API's service by name, at the name server that its kubelet gave it."""
    name = f"kubernetes.default.svc.{view.lab.network.domain}"
    wanted = str(view.lab.network.api_service)
    said = lookup(view, worker, name)
    if wanted not in said:
        raise Wrong(f"on {worker.name} {name} is {', '.join(said) or 'nothing'}, not {wanted}")


def lookup(view: View, worker: model.Machine, name: str) -> list[str]:
    """Return the addresses that a pod on the worker finds for a name; `Wrong` if it finds none."""
    said = probes.inside(view, probes.on(view, worker), f"timeout {patience.whole(PATIENCE + 2)} nslookup {name}")
    answer = said.partition("Name:")[2]
    return re.findall(r"Address[ 0-9]*: *([0-9a-f.:]+)", answer)


def pods_reach_each_other(view: View) -> None:
    """Every worker's pod reaches every other worker's, by its address, both ways."""
    for source, target in routes(view.lab):
        pod_reaches(view, source, target)


def routes(lab: model.Lab) -> Iterator[tuple[model.Machine, model.Machine]]:
    """Yield every ordered pair of two workers; the one worker of a small lab with itself."""
    if len(lab.workers) == 1:
        yield (lab.workers[0], lab.workers[0])
    yield from itertools.permutations(lab.workers, 2)


def pod_reaches(view: View, source: model.Machine, target: model.Machine) -> None:
    """A pod on `source` reaches one on `target` by its address."""
    there = probes.on(view, target)
    said = _fetch(view, probes.on(view, source), f"{there.address}:{probes.OPEN}/hostname")
    if said != there.name:
        raise Wrong(f"from {source.name}, {there.address} says {said[:100]!r}, not {there.name}")


def service_answers_from(view: View, node: model.Machine) -> None:
    """The node itself reaches the probes' service at its cluster address: kube-proxy translates it there."""
    address = _service(view)["spec"]["clusterIP"]
    limit = f"--max-time {patience.whole(PATIENCE)}"
    said = told(view, node, f"curl --silent --show-error --noproxy '*' {limit} http://{address}/hostname")
    if not said.startswith("probe-"):
        raise Wrong(f"from {node.name}, service {address} says {said[:100]!r}")


def nodeport_answers(view: View, node: model.Machine) -> None:
    """This computer reaches the probes' service at its port on the node's address."""
    url = f"http://{node.address}:{_service(view)['spec']['ports'][0]['nodePort']}/hostname"
    session = requests.Session()
    session.trust_env = False
    try:
        reply = session.get(url, timeout=patience.seconds(PATIENCE))
    except requests.RequestException as problem:
        raise Wrong(f"{url}: {type(problem).__name__}") from problem
    if not reply.text.startswith("probe-"):
        raise Wrong(f"{url} says {reply.status_code}: {reply.text[:100]!r}")


def logs_and_exec(view: View, worker: model.Machine) -> None:
    """The API server reads a pod's log on the worker and runs a command in it."""
    probe = probes.on(view, worker)
    reply = asked(lambda: view.api.request("GET", f"{probes.PODS}/{probe.name}/log", tailLines="5"))
    if not reply.ok:
        raise Wrong(f"no log of {probe.name}: {reply.text[:200]}")
    said = _kubectl(view, "exec", "--namespace", probes.NAMESPACE, probe.name, "--", "hostname")
    if said.strip() != probe.name:
        raise Wrong(f"`hostname` in {probe.name} said {said[:100]!r}")


def _kubectl(view: View, *arguments: str, timeout: float = 20) -> str:
    """Return the output of the lab's own kubectl; `Wrong` if it failed, `Silent` if time was up."""
    try:
        done = kubectl.call(view.where, *arguments, timeout=timeout)
    except doors.NoAnswer as problem:
        raise Silent(f"kubectl {arguments[0]}: {problem}", late=problem.late) from problem
    if done.returncode:
        raise Wrong(f"kubectl {arguments[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout


def policy_enforced(view: View, source: model.Machine | None = None, target: model.Machine | None = None) -> None:
    """A pod reaches the open port of another, and not the one that a policy closes.

    First a look from inside the pod shows that the closed port has a listener: without one it would look just as
    closed.
    """
    here = probes.on(view, source or view.lab.workers[0])
    there = probes.on(view, target or view.lab.workers[-1])
    _fetch(view, there, f"127.0.0.1:{probes.CLOSED}/")
    _fetch(view, here, f"{there.address}:{probes.OPEN}/hostname")
    try:
        _fetch(view, here, f"{there.address}:{probes.CLOSED}/", seconds=1)
    except Wrong:
        return
    raise Wrong(f"the policy of {there.name} closes port {probes.CLOSED}, and {here.name} reached it")


def _fetch(view: View, probe: probes.Probe, url: str, *, seconds: int = PATIENCE) -> str:
    return probes.inside(view, probe, f"wget -q -T {patience.whole(seconds)} -O - http://{url}").strip()


def _service(view: View) -> kube_api.Json:
    for worker in view.lab.workers:
        probes.on(view, worker)
    return asked(lambda: view.api.get(f"{probes.PLACE}/services/{probes.SERVICE}"))
