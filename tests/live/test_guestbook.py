"""The guestbook: written through the leader, read from each follower, kept on a volume."""

from __future__ import annotations

import uuid

import pytest
import requests
import suite
import testinfra.host

from kubelab import checks, model
from kubelab.checks import guestbook
from kubelab.clients import kube_api
from kubelab.render import belongings

pytestmark = [pytest.mark.addon(model.Addon.GUESTBOOK), pytest.mark.xdist_group("guestbook")]
PODS = f"/api/v1/namespaces/{guestbook.NAMESPACE}/pods"
FRONTENDS = 3
FOLLOWERS = 2
"""As many as the add-on asks for; a lab of one worker has one."""


def own(view: checks.View, selector: str) -> list[kube_api.Json]:
    """Return the guestbook's own pods behind a selector, without those that have come to their end."""
    mine, found = checks.belongings_of(view), view.api.items(PODS, labelSelector=selector)
    return [pod for pod in found if mine.pod(pod) and not belongings.finished(pod)]


@pytest.fixture(scope="module")
def entry(view: checks.View) -> str:
    """Give the identifier of an entry that was written as the page writes it."""
    return guestbook.write(view, f"Hello from lab.test, {uuid.uuid4()}")


@pytest.mark.red_by("redis-leader-name", depends_on="guestbook")
def test_everything_of_it_runs(view: checks.View) -> None:
    """Leader, followers and frontends are complete, of their newest template, and behind their services."""
    for name in ("redis-leader", "redis-follower", "frontend"):
        checks.deployment_complete(view, guestbook.NAMESPACE, name)
        checks.service_has_backends(view, guestbook.NAMESPACE, name)
    checks.guestbook_complete(view)


@pytest.mark.red_by("frontend-port", depends_on="guestbook")
def test_three_frontends_answer(view: checks.View, lab: model.Lab) -> None:
    """There are three frontends (or more, if somebody wants more), and each is met by whoever comes often enough."""
    pods = {item["metadata"]["name"] for item in own(view, "tier=frontend")}
    assert len(pods) >= FRONTENDS
    met = set()
    for _ in range(100):  # each connection is dealt anew; 100 leave one out once in 10^17 runs
        reply = requests.get(
            f"http://{lab.workers[0].address}:{guestbook.PORT}/healthz",
            proxies={"http": ""},
            headers={"Connection": "close"},
            timeout=5,
        )
        met.add(reply.headers["X-Pod-Name"])
        if met == pods:
            break
    assert met == pods


@pytest.mark.red_by("follower-alone", depends_on="guestbook")
def test_followers_are_on_different_workers(view: checks.View, lab: model.Lab) -> None:
    """A lost worker takes one follower at most."""
    places = [item["spec"]["nodeName"] for item in guestbook.followers(view)]
    assert len(places) == len(set(places)) == min(FOLLOWERS, len(lab.workers))


@pytest.mark.each("number", lambda lab: range(1, min(FOLLOWERS, len(lab.workers)) + 1))
@pytest.mark.red_by("redis-too-strict", depends_on="guestbook")
def test_entry_written_through_the_leader_is_read_from_each_follower(
    view: checks.View, lab: model.Lab, entry: str, number: int
) -> None:
    """The follower itself, asked in its pod, has the entry that the page's API took for the leader."""
    place = guestbook.followers(view)[number - 1]["spec"]["nodeName"]
    worker = next(machine for machine in lab.workers if machine.name == place)
    suite.soon(lambda: checks.follower_has(view, worker, entry))


@pytest.mark.parametrize("source", ["leader", "follower"])
@pytest.mark.red_by("frontend-selector", depends_on="guestbook")
def test_page_reads_it_back(lab: model.Lab, entry: str, source: str) -> None:
    """The page's API gives the entry back, from the leader and from the followers."""
    url = f"http://{lab.workers[0].address}:{guestbook.PORT}/api/entries?from={source}"
    said = requests.get(url, proxies={"http": ""}, timeout=5).json()
    assert entry in [row["id"] for row in said["entries"]]


@pytest.mark.addon(model.Addon.STORAGE)
@pytest.mark.red_by("claim-unbound", depends_on="guestbook")
def test_data_are_on_a_volume(view: checks.View, entry: str) -> None:
    """The leader's data folder is a bound claim, on the worker where the leader runs."""
    checks.claims_bound(view, guestbook.NAMESPACE)
    (leader,) = own(view, "app=redis,role=leader")
    (volume,) = [row for row in leader["spec"]["volumes"] if row["name"] == "data"]
    assert volume["persistentVolumeClaim"]["claimName"] == "redis-leader"
    claim = view.api.get(f"/api/v1/namespaces/{guestbook.NAMESPACE}/persistentvolumeclaims/redis-leader")
    found = view.api.get(f"/api/v1/persistentvolumes/{claim['spec']['volumeName']}")
    box = suite.door(leader["spec"]["nodeName"])
    assert isinstance(box, testinfra.host.Host), box
    kept = box.check_output("grep -rlF %s %s", entry, found["spec"]["local"]["path"])
    assert "appendonlydir" in kept
