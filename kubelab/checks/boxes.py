"""Checks inside the boxes: they run, they applied their folder, their units and containers work."""

from __future__ import annotations

from collections.abc import Sequence

import requests

from kubelab import model, providers
from kubelab.checks.view import Silent, View, Wrong, everywhere, told
from kubelab.clients import kube_api, patience, ssh, systemctl
from kubelab.render import files_tsv, roles

APPLY = "kubelab-apply.service"


def boxes_run(view: View) -> None:
    """Every box of the lab is running."""
    provider = providers.of(view.lab)
    if providers.Act.RUN in provider.cannot:
        raise Silent(f"boxes on provider {provider.kind} are not looked for")
    running = {box.name for box in provider.boxes(view.lab.name) if box.runs}
    missing = [machine.name for machine in view.lab.machines if machine.container not in running]
    if missing:
        raise Wrong(f"not running: {', '.join(missing)}")


def folders_applied(view: View) -> None:
    """Every box has applied exactly the folder that was rendered for it."""
    silent: list[Exception] = []
    wrong = []
    for name, record in records(view).items():
        if isinstance(record, Exception):
            silent.append(record)
        elif record != (view.where.box(name) / files_tsv.NAME).read_text(encoding="utf-8"):
            wrong.append(f"{name} has not applied its folder yet")
    if wrong:
        raise Wrong("; ".join(wrong))
    if silent:
        raise Silent("; ".join(map(str, silent)), late=all(getattr(one, "late", False) for one in silent))


def records(view: View, machines: Sequence[model.Machine] | None = None) -> dict[str, str | Exception]:
    """Return machine name to the record of what it applied, or to why it could not be read; all in parallel."""
    command = f"cat {files_tsv.RECORD}"
    return ssh.each(
        view.lab.machines if machines is None else machines, lambda machine: ssh.run(view.where, machine, command)
    )


def units_active(view: View, machine: model.Machine | None = None) -> None:
    """Every unit of a machine's roles (of every machine's) is active, and enabled for the next start of the box."""
    everywhere(view, machine, _units)


def _units(view: View, machine: model.Machine) -> None:
    names = (APPLY, *roles.units(machine.kind))
    said = told(view, machine, f"systemctl show --property=Id,ActiveState,SubState,UnitFileState {' '.join(names)}")
    shown = systemctl.shown(said)
    if not shown:
        raise Silent(f"{machine.name}: systemd gave no state of its units")
    bad = []
    for name, unit in shown.items():
        if unit["ActiveState"] != "active":
            bad.append(f"{name} is {unit['ActiveState']} ({unit['SubState']})")
        if unit["UnitFileState"] != "enabled":
            bad.append(f"{name} is {unit['UnitFileState'] or 'not there'}, not enabled")
    if bad:
        raise Wrong(f"{machine.name}: {', '.join(bad)}")


def nothing_failed(view: View, machine: model.Machine | None = None) -> None:
    """systemd reports a box (every box) as running, with no failed unit and no pending job."""
    everywhere(view, machine, _failed)


def _failed(view: View, machine: model.Machine) -> None:
    said = told(view, machine, "systemctl is-system-running || systemctl list-units --failed --plain --no-legend")
    first, *failed = said.strip().splitlines()
    if first != "running":
        units = "; ".join(" ".join(line.split()) for line in failed)
        raise Wrong(f"{machine.name} is {first}: {units or 'no unit failed'}")


def container_running(view: View, machine: model.Machine, name: str) -> None:
    """The runtime of a node has a running container of that name; this needs no API server."""
    said = told(view, machine, f"sudo crictl ps --state running --name '^{name}$' --quiet")
    if not said.strip():
        raise Wrong(f"{machine.name} has no running container {name}")


def etcd_answers(view: View) -> None:
    """Every etcd member answers over mutual TLS and reports that it is healthy."""
    for endpoint in view.lab.etcd_endpoints:
        reply = _etcd(view, "GET", f"{endpoint}/health")
        if not reply.ok or _json(reply).get("health") != "true":
            raise Wrong(f"{endpoint} says {reply.text.strip()[:200]!r}")


def etcd_has_quota(view: View) -> None:
    """No etcd member has raised an alarm: one that is out of space refuses every write."""
    for endpoint in view.lab.etcd_endpoints:
        reply = _etcd(view, "POST", f"{endpoint}/v3/maintenance/alarm", {"action": "GET", "memberID": "0"})
        if not reply.ok:
            raise Wrong(f"{endpoint} says {reply.text.strip()[:200]}")
        alarms = sorted({row["alarm"] for row in _json(reply).get("alarms", [])})
        if alarms:
            raise Wrong(f"{endpoint} has alarm {', '.join(alarms)}")


def _json(reply: requests.Response) -> kube_api.Json:
    """Return etcd's answer; one that is no object counts as none."""
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Silent(f"{reply.url} answers with what is not etcd's: {reply.text.strip()[:60]!r}")
    return answer


def _etcd(view: View, method: str, url: str, body: dict[str, str] | None = None) -> requests.Response:
    keys = view.where.keys
    identity = (str(keys / "etcd/apiserver-etcd-client.crt"), str(keys / "etcd/apiserver-etcd-client.key"))
    session = requests.Session()
    session.trust_env = False  # a proxy for the outside world is no way to a lab
    authority, limit = str(keys / "etcd/ca.crt"), patience.seconds(3)
    try:
        return session.request(method, url, json=body, cert=identity, verify=authority, timeout=limit)
    except OSError as problem:  # what requests raises is one, and so is a missing certificate
        late = isinstance(problem, requests.Timeout)
        raise Silent(f"{url}: {type(problem).__name__}", late=late) from problem
