"""A provider lists boxes and acts on them; it refuses in words an act that it cannot do."""

from __future__ import annotations

import dataclasses
import inspect
import json
import subprocess
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, cast

import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import checks, errors, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import kube_api
from kubelab.converge import session
from kubelab.course import student_labs
from kubelab.diagnosis import gather
from kubelab.lab import lifecycle, loading
from kubelab.providers import docker, provider
from kubelab.tasks import lab as tasks

DOCKER = providers.BY_KIND[model.Provider.DOCKER]
LAB = labs_data.lab("mine")
LISTED = "ps -aq --filter label=kubelab.lab=mine"
LABELS = {
    "kubelab.lab": "mine", "kubelab.box": "kube-worker-01", "kubelab.root": "/home/me/kubelab", "kubelab.shape": "abc"
}  # fmt: skip


def inspected(**changed: Any) -> dict[str, Any]:
    """Return what `docker container inspect` says of a worker's container."""
    row = {
        "Id": "c1",
        "Name": "/kubelab-mine-kube-worker-01",
        "Image": "sha256:beef",
        "RestartCount": 0,
        "Mounts": [],
        "State": {"Status": "running", "Running": True, "StartedAt": "2026-01-02T03:04:05.6Z", "Pid": 77},
        "Config": {"Image": "kubelab-box:1", "Labels": LABELS},
        "HostConfig": {"Memory": 2048 << 20, "NanoCpus": 2 * 10**9, "PidsLimit": 64},
        "NetworkSettings": {
            "Networks": {"bridge": {"IPAMConfig": None}, "lab": {"IPAMConfig": {"IPv4Address": "192.168.56.121"}}}
        },
    }
    return {**row, **changed}


NETWORK = {
    "Id": "n1", "Name": "lab", "Labels": {"kubelab.lab": "mine"},
    "IPAM": {"Config": [{"Subnet": "192.168.56.0/24"}, {"Subnet": "fd00::/64"}]},
}  # fmt: skip


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer whose Docker has one worker of the lab, and refuses all but a look at it."""
    made = Computer.made(tmp_path, monkeypatch)
    told(made, inspected())
    return made


def told(computer: Computer, *rows: dict[str, Any], **answers: Answer) -> None:
    """Let Docker have these containers and the lab's network, and know these calls as well."""
    listed = "\n".join(str(row["Id"]) for row in rows)
    known = {
        "ps -aq": Answer(out=listed),
        "container inspect": Answer(out=json.dumps(rows)),
        "network ls": Answer(out="n1"),
        "network inspect n1": Answer(out=json.dumps([NETWORK])),
    }
    computer.program("docker", {**known, **answers})


def test_a_box_is_told_in_our_own_words(computer: Computer) -> None:
    """Whose it is, how it was made, what it does now: units are MiB and whole processors."""
    assert DOCKER.boxes("mine") == (
        providers.Box(
            ident="c1", name="kubelab-mine-kube-worker-01", lab="mine", machine="kube-worker-01",
            root=Path("/home/me/kubelab"), shape="abc", state="running", runs=True,
            since="2026-01-02T03:04:05.6Z", process=77, image="kubelab-box:1", memory=2048, cpus=2, processes=64,
            address=IPv4Address("192.168.56.121"),
        ),
    )  # fmt: skip
    assert computer.calls("docker")[0] == LISTED


def test_what_a_container_lacks_is_nothing_and_no_mistake(computer: Computer) -> None:
    """One in no network has no address; without a limit of processes there is none."""
    told(computer, inspected(NetworkSettings={"Networks": {"bridge": {}}}, HostConfig={}))
    (box,) = DOCKER.boxes("mine")
    assert (box.address, box.processes, box.memory, box.cpus) == (None, None, 0, 0)


def test_a_paused_box_has_processes_and_is_told_apart(computer: Computer) -> None:
    """Docker calls it running as well."""
    told(computer, inspected(State={"Status": "paused", "Running": True, "Paused": True}))
    (box,) = DOCKER.boxes("mine")
    assert (box.state, box.runs, box.paused) == ("paused", True, True)


def test_a_networks_ranges_are_those_of_ipv4(computer: Computer) -> None:
    """Labs have no other."""
    (network,) = DOCKER.networks("mine")
    assert (network.ident, network.lab, network.ranges) == ("n1", "mine", (IPv4Network("192.168.56.0/24"),))
    assert computer.calls("docker")[0] == "network ls -q --filter label=kubelab.lab=mine"


def test_for_people_docker_is_quoted(computer: Computer) -> None:
    """What is in no field of ours: mounts, exit code, and so on."""
    (row,) = json.loads(DOCKER.described("mine"))
    assert set(row) == {"Name", "State", "RestartCount", "Image", "Mounts", "NetworkSettings"}
    assert computer.calls("docker")[0] == LISTED


def test_all_labs_things_are_found_by_the_labels_name(computer: Computer) -> None:
    """Nothing that is not a lab's is ever looked at."""
    computer.program("docker", {"volume ls": Answer(out="v1\nv2\n"), "network ls": Answer(), "ps": Answer()})
    assert providers.volumes() == ("v1", "v2")
    assert (providers.networks(), providers.boxes()) == ((), ())
    assert computer.calls("docker") == [
        "volume ls -q --filter label=kubelab.lab",
        "network ls -q --filter label=kubelab.lab",
        "ps -aq --filter label=kubelab.lab",
    ]


def test_the_volumes_of_one_machine_are_its_own(computer: Computer) -> None:
    """By its label; and the machines that have any are named once."""
    computer.program("docker", {"volume ls": Answer(out="etcd-01\n\netcd-01\n")})
    DOCKER.volumes("mine", "etcd-01")
    assert DOCKER.volume_machines("mine") == {"etcd-01"}
    assert computer.calls("docker") == [
        "volume ls -q --filter label=kubelab.lab=mine --filter label=kubelab.box=etcd-01",
        'volume ls --filter label=kubelab.lab=mine --format {{.Label "kubelab.box"}}',
    ]


def test_what_goes_away_between_listing_and_looking_is_no_error(computer: Computer) -> None:
    """A container was removed in between: the listing is made again."""
    script = f"""#!/bin/sh
case "$*" in
  "ps "*) if [ -e "{computer.folder}/gone" ]; then echo b; else echo a b; fi ;;
  "container inspect a b") : > "{computer.folder}/gone"; echo "Error: No such container: a" >&2; exit 1 ;;
  "container inspect b") echo '[{{"Id": "b", "Name": "/b"}}]' ;;
  *) exit 97 ;;
esac
"""
    computer.script("docker", script)
    assert [box.ident for box in DOCKER.boxes("mine")] == ["b"]


def test_what_never_can_be_looked_at_is_an_error(computer: Computer) -> None:
    """It tries three times, no more."""
    refusal = Answer(err="Error: No such container: a", code=1)
    computer.program("docker", {"ps": Answer(out="a"), "container inspect": refusal})
    with pytest.raises(errors.LabError) as caught:
        DOCKER.boxes("mine")
    assert caught.value.ident == "docker-failed"
    assert len(computer.calls("docker")) == 6


def test_another_refusal_is_not_tried_again(computer: Computer) -> None:
    """It would not get better."""
    computer.program("docker", {"ps": Answer(out="a"), "container inspect": Answer(err="disk is full", code=1)})
    with pytest.raises(errors.LabError):
        DOCKER.boxes("mine")
    assert len(computer.calls("docker")) == 2


def test_everything_of_a_lab_is_removed_and_nothing_else(computer: Computer) -> None:
    """Each kind is found by the lab's label and removed by what identifies it."""
    told(computer, inspected(), **{"volume ls": Answer(out="v1 v2"), "container rm": Answer(), "network rm": Answer(),
                                   "volume rm": Answer()})  # fmt: skip
    providers.remove_boxes("mine")
    providers.remove_networks("mine")
    providers.remove_volumes("mine")
    removals = [call for call in computer.calls("docker") if " rm " in call]
    assert removals == ["container rm --force c1", "network rm n1", "volume rm --force v1 v2"]
    assert all("label=kubelab.lab=mine" in call for call in computer.calls("docker") if "--filter" in call)


def test_another_network_goes_again_whatever_happens_in_it(computer: Computer) -> None:
    """The box is taken out first: Docker removes no network that is in use."""
    (box,) = DOCKER.boxes("mine")
    told(
        computer,
        **{name: Answer() for name in ("network create", "network connect", "network disconnect", "network rm")},
    )
    with pytest.raises(KeyboardInterrupt), docker.in_another_network(box, "other", alias="name"):
        raise KeyboardInterrupt
    assert [call for call in computer.calls("docker") if "other" in call] == [
        "network create other", "network connect --alias name other c1", "network disconnect --force other c1",
        "network rm other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "call"),
    [
        ("start", "start a b"),
        ("stop", "stop --time 30 a b"),
        ("restart", "restart --time 30 a b"),
        ("pause", "pause a b"),
        ("resume", "unpause a b"),
        ("cut_power", "kill a b"),
        ("remove_boxes", "container rm --force a b"),
        ("remove_networks", "network rm a b"),
        ("remove_volumes", "volume rm --force a b"),
    ],
)
def test_several_are_acted_on_by_one_call_and_none_by_no_call(computer: Computer, act: str, call: str) -> None:
    """No Docker is needed for an empty list."""
    computer.program("docker", {call: Answer()})
    getattr(DOCKER, act)([])
    assert computer.calls("docker") == []
    getattr(DOCKER, act)(["a", "b"])
    assert computer.calls("docker") == [call]


def test_a_box_that_was_cut_off_comes_back_under_its_address(computer: Computer) -> None:
    """Off the lab's network, and into it again as Vagrant put it there."""
    (box,) = DOCKER.boxes("mine")
    told(computer, **{"network disconnect": Answer(), "network connect": Answer()})
    DOCKER.cut_off(box)
    DOCKER.reconnect(box)
    acts = [call for call in computer.calls("docker") if "connect" in call]
    assert acts == ["network disconnect --force n1 c1", "network connect --ip 192.168.56.121 n1 c1"]


def test_a_volume_is_labelled_and_filled(computer: Computer) -> None:
    """By a container of the box image that has no network and is gone afterwards."""
    told(computer, **{"volume create": Answer(), "run --rm": Answer()})
    DOCKER.make_volume("v", LAB.workers[0], content=Path("/some/where"), image="kubelab-box:1")
    assert computer.calls("docker") == [
        "volume create --label kubelab.lab=mine --label kubelab.box=kube-worker-01 v",
        "run --rm --network none --volume v:/to --volume /some/where:/from:ro"
        " --entrypoint /bin/cp kubelab-box:1 -a /from/. /to/",
    ]


def acts() -> list[str]:
    """Return every method by which a provider is asked or acts."""
    return [name for name, _ in inspect.getmembers(provider.Provider, inspect.isfunction) if not name.startswith("_")]


HARMLESS = {"demand", "answers", "fill", "send"}
"""What a provider without boxes answers as well."""


@pytest.mark.parametrize("name", [name for name in acts() if name not in HARMLESS])
def test_what_is_only_rendered_refuses_all_else(name: str) -> None:
    """Nobody else is asked for its boxes; the refusal names the provider and what to do."""
    kind = model.Provider.VIRTUALBOX
    act = getattr(providers.BY_KIND[kind], name)
    given = [row for row in inspect.signature(act).parameters.values() if row.default is inspect.Parameter.empty]
    with pytest.raises(errors.LabError, match=f"on provider {kind}") as caught:
        act(
            *[None for row in given if row.kind is row.POSITIONAL_OR_KEYWORD],
            **{row.name: None for row in given if row.kind is row.KEYWORD_ONLY},
        )
    assert caught.value.ident == "not-on-provider"
    assert "provider: docker" in caught.value.remedy


@pytest.mark.parametrize("name", acts())
def test_docker_does_all_of_it_itself(name: str) -> None:
    """A method that it forgot would refuse."""
    assert name in HARMLESS or name in vars(type(DOCKER))


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("up", "run boxes"),
        ("plan", "run boxes"),
        ("halt", "run boxes"),
        ("why", "run boxes"),
        ("load", "run boxes"),
        ("course", "run a lab for each student of a course"),
    ],
)
def test_a_lab_that_is_only_rendered_is_refused_by_every_word_that_needs_boxes(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, word: str, what: str
) -> None:
    """Docker is not asked for machines that it cannot have, and nothing is prepared for them."""
    lab = dataclasses.replace(LAB, provider=model.Provider.VIRTUALBOX)
    held = labs_data.held(lab)
    monkeypatch.setattr(session, "open_lab", lambda *_, **__: (lab, held.where))
    held.where.root.mkdir(parents=True)
    held.where.kubeconfig.touch()
    words: dict[str, Callable[[], object]] = {
        "up": lambda: lifecycle.up(held),
        "plan": lambda: lifecycle.plan(held),
        "halt": lambda: lifecycle.halt(held),
        "why": lambda: gather.gather(view(lab), wait.survey),
        "load": lambda: loading.put(held, "web:1", ""),
        "course": lambda: student_labs.memory(lab.name),
    }
    with pytest.raises(errors.LabError, match=f"kubelab does not {what} on provider virtualbox"):
        words[word]()
    assert computer.calls("docker") == []


@pytest.mark.usefixtures("computer")
def test_no_harm_is_done_to_boxes_whose_power_cannot_be_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`lab.survive` says so before it begins; the bench is not started."""
    lab, where = dataclasses.replace(LAB, provider=model.Provider.VIRTUALBOX), paths.LabPaths(name=LAB.name)
    monkeypatch.setattr(session, "open_lab", lambda _, **__: (lab, where))
    monkeypatch.setattr(session, "rendered", lambda _: where)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("begun"))
    with pytest.raises(SystemExit) as ended:
        cast(Any, tasks.survive).body(None, lab=lab.name)
    assert ended.value.code == errors.Exit.USAGE
    assert "does not cut the power or the network of a box on provider virtualbox" in capsys.readouterr().err


def test_every_provider_of_the_lab_file_has_a_row_of_its_own() -> None:
    """What a lab file may name is known here, and the one that can run boxes is asked for those of all labs."""
    assert {kind: row.kind for kind, row in providers.BY_KIND.items()} == {kind: kind for kind in model.Provider}
    assert [row.kind for row in providers.RUNNING] == [model.Provider.DOCKER, model.Provider.LIBVIRT]


def test_boxes_that_are_not_looked_for_cannot_be_told_to_be_stopped(computer: Computer) -> None:
    """Whether a virtual machine runs is not known; Docker is not asked for it."""
    lab = dataclasses.replace(LAB, provider=model.Provider.VIRTUALBOX)
    with pytest.raises(checks.Silent, match="virtualbox"):
        checks.boxes_run(view(lab))
    assert computer.calls("docker") == []


def test_boxes_that_are_stopped_are_named(computer: Computer) -> None:
    """And those that are not there at all; the one that runs is not."""
    told(computer, inspected(), inspected(Id="c2", Name="/kubelab-mine-etcd-01", State={"Running": False}))
    with pytest.raises(checks.Wrong, match=r"not running: etcd-01, kube-master-01, kube-worker-02$"):
        checks.boxes_run(view(LAB))


def view(lab: model.Lab) -> checks.View:
    """Return a view of a lab whose API server is not asked."""
    return checks.View(lab=lab, where=paths.LabPaths(name=lab.name), api=cast(kube_api.Api, None))
