"""A lab of three etcd members and three control planes serves while one of either has no power.

It runs on `labs/selftest-ha.yaml`: `./run test --only ha`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest
from acts import Home

from bench.survive import stage, watching
from kubelab import checks, model, providers
from kubelab.checks import high_availability
from kubelab.clients import ssh

AWAY = 25.0
"""Seconds for which the machine has no power."""
HANGS = 20.0
"""Seconds for which an API server does not answer: two looks of keepalived take eight."""
API_PAUSE = 15.0
"""Seconds. Some four are usual; the computer may be busy."""
LEADER = (
    "sudo sh -ac '. /etc/etcd/etcdctl.env; /opt/bin/etcdctl endpoint status --write-out=fields' | grep -E 'ID|Leader'"
)


@pytest.fixture(autouse=True)
def _several(home: Home) -> None:
    assert home.lab.virtual, "this file is for a lab with several control planes: KUBELAB_LAB=selftest-ha"


@pytest.fixture
def on(home: Home) -> Iterator[stage.Stage]:
    """Yield the stage of the lab: a client writes guestbook entries, reads them and asks the API all the time."""
    with stage.Stage.open(home.name) as opened:
        yield opened


def without(on: stage.Stage, machine: model.Machine) -> watching.Outage:
    """Cut a machine's power for a while, bring the lab up again, lose nothing; return the pause of the API."""
    with watching.Watch(on.ways()) as watch:
        time.sleep(4)
        begin = time.monotonic()
        providers.of(on.view.lab).cut_power([machine.container])
        time.sleep(AWAY)
        assert seen_away(on, machine)
        end = time.monotonic()
        on.up()
        on.wait_whole(watch)
    assert on.lost() == ([], {})
    assert len(on.book.acknowledged) > 5
    paused = watch.outage(["API"], begin, end)
    sys.stdout.write(f"{machine.name} without power: the API {paused.words}\n")
    assert paused.ended is not None
    assert paused.longest <= API_PAUSE
    return paused


def seen_away(on: stage.Stage, machine: model.Machine) -> bool:
    """Return whether the check of all etcd members, or of all API servers, misses the machine."""
    check = high_availability.members_agree if machine in on.view.lab.etcd else high_availability.servers_ready
    with pytest.raises((checks.Wrong, checks.Silent)) as problem:
        check(on.view)
    return machine.name in str(problem.value)


def test_the_address_leaves_a_control_plane_without_power(home: Home, on: stage.Stage) -> None:
    """Another control plane takes the virtual address, keeps it when the first one is back; no entry is lost."""
    (held,) = [name for name, has in high_availability.holders(home.view).items() if has is True]
    without(on, home.view.lab_machine(held))
    after = high_availability.holders(home.view)
    assert list(after.values()).count(True) == 1
    assert after[held] is False
    assert home.seen() == {}
    for check in high_availability.wanted(home.lab).values():
        check(home.view)


def test_the_address_leaves_an_api_server_that_hangs(home: Home, on: stage.Stage) -> None:
    """keepalived asks its own API server: the address goes to another control plane, which has one that answers."""
    before = high_availability.holders(home.view)
    (held,) = [name for name, has in before.items() if has is True]
    with watching.Watch({"API": on.ways()["API"]}) as watch:
        time.sleep(3)
        begin = time.monotonic()
        # A killed one may be back before keepalived has seen two bad answers, and may then keep the address.
        ssh.run(home.where, home.view.lab_machine(held), "sudo pkill -STOP kube-apiserver")
        try:
            time.sleep(HANGS)
            end = time.monotonic()
            after = high_availability.holders(home.view)
        finally:
            ssh.run(home.where, home.view.lab_machine(held), "sudo pkill -CONT kube-apiserver")
    assert after[held] is False
    assert list(after.values()).count(True) == 1
    paused = watch.outage(["API"], begin, end)
    sys.stdout.write(f"{held} with an API server that hangs: the API {paused.words}\n")
    assert paused.ended is not None
    assert paused.longest <= API_PAUSE


def test_two_etcd_members_go_on_without_their_leader(home: Home, on: stage.Stage) -> None:
    """The member that leads loses its power: the others choose a new leader, and it comes back as a member."""
    without(on, leader(home))
    for check in high_availability.wanted(home.lab).values():
        check(home.view)


def leader(home: Home) -> model.Machine:
    """Return the etcd member that leads now."""
    for machine in home.lab.etcd:
        said = ssh.run(home.where, machine, LEADER)
        rows = dict(line.split(" : ") for line in said.replace('"', "").splitlines())
        if rows["MemberID"] == rows["Leader"]:
            return machine
    pytest.fail("no member leads")
