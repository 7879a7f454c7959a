"""Checks of etcd-member-lost."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

SECONDS = 5.0
"""Seconds for an answer of etcd."""


def member_serves(scene: Scene) -> None:
    """etcd on {{ target }} is healthy at port 2379, and starts at boot."""
    said = _ask(scene, scene.value("target"), "GET", "health")
    looks.wrong(said.get("health") != "true", f"etcd on {scene.value('target')} says that it is not healthy")
    looks.unit(scene, scene.value("target"), "etcd.service")


def members_agree(scene: Scene) -> None:
    """Every member lists one voting member for each machine of etcd, and they have one leader."""
    states = {machine.name: _ask(scene, machine.name, "POST", "v3/maintenance/status") for machine in scene.lab.etcd}
    for name in states:
        listed = _members(scene, name)
        _whole(scene, name, listed)
    for key, what in (("cluster_id", "clusters"), ("leader", "leaders")):
        found = {str(row.get(key) or row.get("header", {}).get(key) or "") for row in states.values()}
        looks.wrong(len(found) != 1, f"the members have different {what}")
        looks.wrong(found == {""}, f"{', '.join(states)} name no {what}")


def _whole(scene: Scene, name: str, listed: list[Mapping[str, Any]]) -> None:
    """One member of the list is at each machine of etcd, has started, and votes."""
    left = {machine.name: {str(machine.address), machine.name} for machine in scene.lab.etcd}
    for row in listed:
        hosts = {url.partition("://")[2].rpartition(":")[0] for url in row.get("peerURLs") or []}
        at = [machine for machine, known in left.items() if hosts and hosts <= known]
        looks.wrong(not at, f"{name} lists a member at {', '.join(sorted(hosts)) or 'no address'}")
        looks.wrong(not row.get("name"), f"{name} lists a member at {at[0]} that has not started")
        looks.wrong(row.get("isLearner"), f"the member of {at[0]} has no vote")
        del left[at[0]]
    looks.wrong(left, f"{name} lists no member at {', '.join(left)}")


def others_stay_members(scene: Scene, _: object) -> None:
    """The members of the other machines are those that they were before."""
    key = ("/api/v1/configmaps", scene.value("space"), scene.value("word"))
    was = scene.before().found.get(key)
    looks.wrong(was is None, "nobody knows which members there were before")
    try:
        known = json.loads((was or {})["data"]["members"])["members"]
    except (ValueError, LookupError, TypeError) as problem:
        raise checks.Wrong("nobody knows which members there were before") from problem
    own = scene.view.lab_machine(scene.value("target"))
    others = {row["ID"] for row in known if f"https://{own.address}:2380" not in row["peerURLs"]}
    now = {int(row.get("ID") or 0) for name in _neighbours(scene) for row in _members(scene, name)}
    gone = {int(one) for one in others} - now
    looks.wrong(gone, f"{len(gone)} of the other members are not those that they were: they were made anew")


def etcd_asks_for_certificates(scene: Scene, _: object) -> None:
    """etcd on {{ target }} refuses every client without a certificate."""
    looks.store.shut(scene, scene.view.lab_machine(scene.value("target")))


def _neighbours(scene: Scene) -> list[str]:
    return [machine.name for machine in scene.lab.etcd if machine.name != scene.value("target")]


def _members(scene: Scene, name: str) -> list[Mapping[str, Any]]:
    """Return the list of a machine's member; `Wrong` without one."""
    found = _ask(scene, name, "POST", "v3/cluster/member/list").get("members")
    rows = [row for row in found or [] if isinstance(row, Mapping)] if isinstance(found, list) else []
    looks.wrong(not rows, f"etcd on {name} lists no member")
    return rows


def _ask(scene: Scene, name: str, method: str, path: str) -> Mapping[str, Any]:
    """Return the answer of a machine's etcd, asked with the lab's own certificate; `Wrong` without one."""
    keys = scene.view.where.keys / "etcd"
    url = f"https://{scene.view.lab_machine(name).address}:2379/{path}"
    pair = (str(keys / "apiserver-etcd-client.crt"), str(keys / "apiserver-etcd-client.key"))
    session = requests.Session()
    session.trust_env = False
    try:
        reply = session.request(
            method, url, json={} if method == "POST" else None, cert=pair, verify=str(keys / "ca.crt"), timeout=SECONDS
        )
        found = reply.json()
    except (OSError, ValueError) as problem:
        raise checks.Wrong(f"etcd on {name} does not answer: {type(problem).__name__}") from problem
    looks.wrong(not reply.ok or not isinstance(found, dict), f"etcd on {name} says {reply.status_code}")
    return looks.document(reply.text, f"the answer of etcd on {name}")
