"""A lab of three etcd members and three control planes serves while one of either has no power.

It runs on `labs/selftest-ha.yaml`: `./run test --only ha`.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator

import pytest
from acts import Home, word

from bench.survive import several, stage, watching
from kubelab import checks, model, providers
from kubelab.checks import high_availability, wait
from kubelab.clients import patience, ssh
from kubelab.converge import etcd_members
from kubelab.state import docs_table

AWAY = 25.0
"""Seconds for which the machine has no power."""
HANGS = 20.0
"""Seconds for which an API server does not answer: two looks of keepalived take eight."""
API_PAUSE = 15.0
"""Seconds. Some four are usual; the computer may be busy."""


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


def test_a_lost_member_and_a_replaced_control_plane_are_new(home: Home, on: stage.Stage) -> None:
    """The leading member loses box and volume; the control plane with the address is given up by `--replace`.

    One `lab.up` makes both anew: the member joins the others as another one and gets their data, the control plane is a
    Ready node, and no acknowledged entry is lost.
    """
    (held,) = [name for name, has in high_availability.holders(home.view).items() if has is True]
    lost, before, provider = leader(home), members(home), providers.of(home.lab)
    with watching.Watch(on.ways()) as watch:
        time.sleep(4)
        provider.remove_boxes([lost.container])
        provider.remove_volumes(provider.volumes(home.name, lost.name))
        home.word("lab.up", "--replace", held)
        on.wait_whole(watch)
    assert on.lost() == ([], {})
    assert len(on.book.acknowledged) > 5
    after = members(home)
    assert after.keys() == before.keys()
    assert [name for name in after if after[name] != before[name]] == [lost.name]
    assert home.seen() == {}
    for check in high_availability.wanted(home.lab).values():
        check(home.view)


def no_quorum(home: Home) -> None:
    """Cut the power of two members of three."""
    providers.of(home.lab).cut_power([machine.container for machine in home.lab.etcd[1:]])


def address_nowhere(home: Home) -> None:
    """Take keepalived from every control plane."""
    for plane in home.lab.control_plane:
        ssh.run(home.where, plane, "sudo rm /etc/kubernetes/manifests/keepalived.yaml")


def address_twice(home: Home) -> None:
    """Put the address on a control plane that does not hold it."""
    held = high_availability.holders(home.view)
    free = next(plane for plane in home.lab.control_plane if held[plane.name] is False)
    ssh.run(home.where, free, f"sudo ip address add {home.lab.virtual}/32 dev eth1")


CAUSES = {"etcd-no-quorum": no_quorum, "address-nowhere": address_nowhere, "address-twice": address_twice}


def chosen() -> list[str]:
    """Return the causes to look at: all takes two minutes, so the commit chooses one, unless KUBELAB_MENDS is `all`."""
    if os.environ.get("KUBELAB_MENDS") == "all":
        return list(CAUSES)
    return [list(CAUSES)[int(docs_table.commit().rstrip("+")[:4], 16) % len(CAUSES)]]


@pytest.mark.parametrize("cause", chosen())
def test_a_cause_of_several_machines_is_named_and_mended(home: Home, cause: str) -> None:
    """`lab.why` names it, and what it prints for it makes the lab well."""
    CAUSES[cause](home)
    mended(home, cause)


def mended(home: Home, cause: str) -> None:
    """Wait until `lab.why` names a cause, type what it prints for each box, and wait until the lab is well."""
    for _ in patience.polls(60):
        found = json.loads(home.word("lab.why", "--json", codes=(0, 3, 5)).out)["causes"]
        named = [row for row in found if row["name"] == cause]
        if named:
            break
    assert named, found
    for line in {row["mend"] for row in named}:
        word(*shlex.split(line.removeprefix("./run ")))
    wanted = {**checks.healthy(home.lab), **high_availability.wanted(home.lab)}
    wait.wait(home.view, wanted, stage.quiet(), 120)


def members(home: Home) -> dict[str, int]:
    """Return the identifier of each member, by its name."""
    return {row.name: row.ident for row in etcd_members.parse(etcd_members.ask(home.view, high_availability.MEMBERS))}


def leader(home: Home) -> model.Machine:
    """Return the etcd member that leads now."""
    return next(machine for machine in home.lab.etcd if several.does_lead(home.view, machine))
