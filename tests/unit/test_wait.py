"""Waiting ends when all conditions hold at one moment or one cannot come; meanwhile it names the missing ones."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import guests_data
import pytest
import why_data
from fakes import report
from guests_data import AGNHOST, pod, waiting

from kubelab import checks, errors, paths
from kubelab.checks import pods, wait
from kubelab.clients import patience
from kubelab.converge import (
    apply,
    bring_up,
    cordons,
    drift_files,
    etcd_members,
    node_images,
    observed,
    planner,
    repair,
    session,
)
from kubelab.exercises import known_state, reboot
from kubelab.faults import detectors
from kubelab.ui import progress

NODE = "/api/v1/nodes"
CONFIG = waiting("CreateContainerConfigError", 'secret "x" not found')


def image(reason: str, name: str = "example.org/none:1") -> dict[str, Any]:
    """Return a pod whose image cannot be had."""
    made = pod("p", "guestbook", "Pending", waiting=waiting(reason))
    made["status"]["containerStatuses"][0]["image"] = name
    return made


def unscheduled(message: str) -> dict[str, Any]:
    """Return a pod that the scheduler finds no node for."""
    row = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return {**pod("p", "guestbook", "Pending"), "status": {"phase": "Pending", "conditions": [row]}}


def crashing(back_off: str) -> dict[str, Any]:
    """Return a pod whose container ends again and again."""
    message = f"back-off {back_off} restarting failed container=c pod=p"
    return pod("p", "guestbook", "Running", waiting=waiting("CrashLoopBackOff", message))


HOPELESS = {
    "a pod that succeeded": pod("p", "guestbook", "Succeeded"),
    "a pod that failed": pod("p", "guestbook", "Failed"),
    "an image that no registry has": image("ErrImagePull"),
    "an image that was tried again": image("ImagePullBackOff"),
    "an image that is never pulled": image("ErrImageNeverPull"),
    "an image's name that is none": image("InvalidImageName", "No:Such:Name"),
    "a secret that is not there": pod("p", "guestbook", "Pending", waiting=CONFIG),
    "a crash of minutes": crashing("5m0s"),
    "a crash for the third time": crashing("40s"),
    "no CPU": unscheduled("0/3 nodes are available: 3 Insufficient cpu."),
    "no toleration": unscheduled("0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: }."),
    "no volume": unscheduled("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
}
HOPEFUL = {
    "a container that is made": pod("p", "guestbook", "Pending", waiting=waiting("ContainerCreating")),
    "a first crash": crashing("10s"),
    "an image that has come meanwhile": image("ImagePullBackOff", AGNHOST),
    "a node that is coming": unscheduled(
        "0/3 nodes are available: 3 node(s) had taint {node.kubernetes.io/not-ready}."
    ),
    "no node yet": unscheduled("no nodes available to schedule pods"),
    "nothing said yet": pod("p", "guestbook", "Pending"),
}


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that rendered files are in; this computer has time."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(patience, "factor", lambda: 1.0)
    monkeypatch.setattr(wait, "STEADY", 0.3)
    return tmp_path


@pytest.fixture
def view(build: Path) -> checks.View:
    """Return a view of the healthy lab; its workers have the test image."""
    return guests_data.asked(why_data.record(), build)


def applied(monkeypatch: pytest.MonkeyPatch, *, holds: bool = True) -> None:
    """Let every box have applied its folder, or none."""

    def look(_: checks.View) -> None:
        if not holds:
            raise checks.Wrong("kube-worker-01 has not applied its folder yet")

    monkeypatch.setattr(checks, "folders_applied", look)


@pytest.mark.parametrize("name", HOPELESS)
def test_what_waiting_does_not_mend_is_told(name: str, view: checks.View) -> None:
    """The pod is named with the reason."""
    with pytest.raises(checks.Hopeless, match="p \\(") as caught:
        pods.all_ready(view, [HOPELESS[name]])
    assert caught.value.what == {"p"}


@pytest.mark.parametrize("name", HOPEFUL)
def test_what_may_still_come_is_waited_for(name: str, view: checks.View) -> None:
    """It is not right, and that is all."""
    view.api.lists[NODE][1].setdefault("status", {})["images"] = [{"names": [AGNHOST]}]  # type: ignore[attr-defined]
    with pytest.raises(checks.Wrong) as caught:
        pods.all_ready(view, [HOPEFUL[name]])
    assert not isinstance(caught.value, checks.Hopeless)


def lost(view: checks.View) -> None:
    """A pod whose image does not exist."""
    pods.all_ready(view, [HOPELESS["an image that no registry has"]])


def waits(view: checks.View) -> None:
    """Wait as lab.up, lab.load, a renewal and a restore do."""
    wait.wait(view, checks.healthy_again(view.lab), report()[0], timeout=60)


def clears(view: checks.View) -> None:
    """Wait as fault.clear does."""
    wait.wait(view, {"well again": detectors.check_health}, report()[0], timeout=60)


def starts(view: checks.View) -> None:
    """Wait as exercise.start, reset and stop do."""
    with report()[0].phase("lab in its known state") as phase:
        known_state.well(view, phase, timeout=60)


WAITS: dict[str, tuple[Callable[[checks.View], None], str]] = {
    "lab.up": (waits, "lab-not-ready"),
    "fault.clear": (clears, "lab-not-ready"),
    "exercise.start": (starts, "exercise-unclean"),
}


@pytest.mark.parametrize("word", WAITS)
def test_a_wait_that_cannot_end_ends_at_once(word: str, view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some steady looks, with its cause, and not after the hundred and more of a minute."""
    looks: list[checks.View] = []

    def counted(view: checks.View) -> None:
        looks.append(view)
        lost(view)

    monkeypatch.setattr(checks, "healthy_again", lambda _: {"system pods": counted})
    applied(monkeypatch)
    waits_for, ident = WAITS[word]
    with pytest.raises(errors.LabError) as caught:
        waits_for(view)
    assert 1 < len(looks) < 20
    assert caught.value.ident == ident
    assert "image example.org/none:1 is not on kube-worker-01" in str(caught.value.details)


@pytest.mark.parametrize("word", WAITS)
def test_while_a_box_applies_its_folder_nothing_is_hopeless(
    word: str, view: checks.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its images are still being imported: what is missing now comes."""
    looks = iter(range(8))

    def comes(view: checks.View) -> None:
        if next(looks, None) is not None:
            lost(view)

    monkeypatch.setattr(checks, "healthy_again", lambda _: {"system pods": comes})
    applied(monkeypatch, holds=False)
    WAITS[word][0](view)
    assert next(looks, None) is None


def test_what_changes_its_reason_is_not_given_up(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another pod at every look: something happens."""
    applied(monkeypatch)
    names = iter("abcdefgh")

    def changes(_: checks.View) -> None:
        name = next(names, None)
        if name:
            raise checks.Hopeless(f"not Ready: {name}", {name})

    wait.wait(view, {"system pods": changes}, report()[0], timeout=60)
    assert next(names, None) is None


def test_all_hold_at_the_same_moment(view: checks.View) -> None:
    """What was reached first and is lost when the last one comes is waited for again."""
    holds = iter([True, False, False, True, True, True])

    def flaps(_: checks.View) -> None:
        if not next(holds):
            raise checks.Wrong("gone again")

    reached = wait.wait(view, {"first": flaps, "second": lambda _: None}, report()[0], timeout=60)
    assert set(reached) == {"first", "second"}
    assert next(holds, None) is True
    assert next(holds, None) is None


@pytest.mark.parametrize("word", WAITS)
@pytest.mark.parametrize("holds", ["101011", "0101011", "1011"])
def test_a_check_that_flickers_does_not_count(
    word: str, holds: str, view: checks.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds at one look and not at the next is waited for until it holds at two in a row; no look is left out."""
    looks = iter(holds)

    def flickers(_: checks.View) -> None:
        if next(looks) == "0":
            raise checks.Wrong("gone again")

    monkeypatch.setattr(checks, "healthy_again", lambda _: {"flickers": flickers})
    if word == "lab.up":
        wait.wait(view, {"flickers": flickers}, report()[0], timeout=60)
    else:
        WAITS[word][0](view)
    assert next(looks, None) is None


def test_a_check_that_only_flickers_ends_the_wait_with_its_time(view: checks.View) -> None:
    """Every other look finds it true: it never counts, and what was seen last is told."""
    looks = itertools.cycle("10")

    def flickers(_: checks.View) -> None:
        if next(looks) == "0":
            raise checks.Wrong("gone again")

    with pytest.raises(errors.LabError, match="not reached in time") as caught:
        wait.wait(view, {"flickers": flickers}, report()[0], timeout=0.5)
    assert "gone again" in str(caught.value.details)
    assert wait.until(view, flickers, timeout=0.5) == "gone again"


def test_looks_in_a_row_cost_a_wait_little(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab that is well at the first look is waited for 0.3 s at most, however many checks there are."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    wait.wait(view, dict.fromkeys("abcdefgh", lambda _: None), report()[0], timeout=60)
    assert 0 < sum(slept) <= 0.3


def test_a_lab_is_well_at_two_looks(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exercise does not begin in a lab that was well for one moment."""
    holds = iter([True, False, True, True])

    def flaps(_: checks.View) -> None:
        if not next(holds):
            raise checks.Wrong("gone again")

    monkeypatch.setattr(checks, "healthy_again", lambda _: {"flaps": flaps})
    starts(view)
    assert next(holds, None) is None


def test_what_is_not_reached_in_time_is_told_as_last_seen(view: checks.View) -> None:
    """`until` ends when the check holds as often as asked, or returns what the last look saw."""
    rounds = [checks.Silent("nobody"), checks.Wrong("not yet"), None, None, checks.Wrong("gone again")]

    def comes(_: checks.View) -> None:
        if problem := rounds.pop(0):
            raise problem

    assert wait.until(view, comes, timeout=60) is None and len(rounds) == 1
    rounds[:0] = [checks.Silent("nobody"), None]
    assert wait.until(view, comes, timeout=-1) == "no answer: nobody" and len(rounds) == 2
    assert wait.until(view, comes, timeout=60, looks=1) is None and len(rounds) == 1


def test_an_api_server_that_hangs_is_ended_once(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given some seconds, then what is left of an older manifest is ended, and it is waited for on."""
    ended: list[str] = []
    monkeypatch.setattr(reboot, "HURRY", 0.1)
    monkeypatch.setattr(reboot, "API_BACK", 0.5)
    monkeypatch.setattr(reboot, "_end_old_pods", lambda _, machine: ended.append(machine.name))

    def ready(_: checks.View) -> None:
        if not ended:
            raise checks.Silent("it shuts down")

    monkeypatch.setattr(checks, "api_ready", ready)
    reboot.api_back(view)
    reboot.api_back(view)
    assert ended == ["kube-master-01"]

    def never(_: checks.View) -> None:
        raise checks.Silent("it shuts down")

    monkeypatch.setattr(checks, "api_ready", never)
    with pytest.raises(errors.LabError, match="did not answer in"):
        reboot.api_back(view)


@pytest.mark.parametrize("style", [progress.Style.PLAIN, progress.Style.JSON])
def test_a_wait_says_what_it_waits_for(
    style: progress.Style, view: checks.View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few seconds, wherever its output goes; both loops."""
    assert wait.SHOWN <= 5 >= progress.FIRST
    monkeypatch.setattr(wait, "SHOWN", 0.2)
    monkeypatch.setattr(progress, "FIRST", 9.9)

    def slow(until: float, _: checks.View) -> None:
        if time.monotonic() < until:
            raise checks.Wrong("etcd is still asleep")

    for loop in ("ready", "stage"):
        said, shown = report()
        said.style = style
        until = time.monotonic() + 1
        wanted = {"etcd": lambda view, until=until: slow(until, view)}
        monkeypatch.setattr(checks, "healthy_again", lambda _, wanted=wanted: wanted)
        if loop == "ready":
            wait.wait(view, wanted, said, timeout=60)
        else:
            with said.phase("lab in its known state") as phase:
                known_state.well(view, phase)
        assert "etcd is still asleep" in shown.getvalue()


def test_a_survey_ends_with_its_limit(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too slow is told as late, and is not asked any longer either."""
    left: list[float] = []

    def slow(_: checks.View) -> None:
        left.append(patience.seconds(60))
        time.sleep(0.6)

    monkeypatch.setattr(checks, "healthy", lambda _: {"slow": slow, "quick": lambda _: None})
    seen = wait.survey(view, 0.2)
    assert seen["quick"] is None
    assert seen["slow"] is not None
    assert seen["slow"].late
    assert left[0] <= 0.2


def test_remedies_name_a_way_out() -> None:
    """Who waited in vain is sent to the cause; who cannot begin an exercise to what puts the lab in order."""
    assert errors.TABLE["lab-not-ready"].remedy.startswith("./run lab.why")
    assert "--repair --give-up" in errors.TABLE["exercise-unclean"].remedy


def test_who_changed_the_lab_by_hand_is_told_so(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait of lab.up that cannot end names the changes and what puts them back; without any, the last thing seen."""
    change = drift_files.Change(box="kube-worker-01", verb="put", what="/etc/kubernetes/x", reason="content differs")
    late = errors.LabError("lab-not-ready", "guestbook complete: waiting does not help")

    def refuse(*_: object) -> None:
        raise late

    raised = cast(bring_up.BringUp, SimpleNamespace(wait=refuse, settled=True, finish=lambda: None))
    planned = SimpleNamespace(items=(), states={machine.name: observed.State.EQUAL for machine in view.lab.machines},
                              strangers=(), pending=False)  # fmt: skip
    prepared = cast(planner.Prepared, SimpleNamespace(plan=planned, rendered=None))
    for found, ident in (
        (repair.Changes(boxes=(change,)), "lab-drifted"),
        (repair.Changes(), "lab-not-ready"),
    ):
        monkeypatch.setattr(repair, "find_changes", lambda *_, found=found: found)
        with pytest.raises(errors.LabError) as caught:
            apply._converge(view, prepared, raised, report()[0], repairs=False, riddle="")
        assert caught.value.ident == ident
    monkeypatch.setattr(repair, "find_changes", lambda *_: repair.Changes(boxes=(change,)))
    with pytest.raises(errors.LabError) as caught:
        apply._converge(view, prepared, raised, report()[0], repairs=False, riddle="exercise dns-broken")
    told = " ".join([caught.value.what, caught.value.cause, caught.value.remedy, *caught.value.details])
    assert "exercise dns-broken" in told
    assert change.what not in told, "lab.up named what the exercise has broken"
    assert "--repair" not in told, "a word that refuses during an exercise"


@pytest.mark.parametrize("riddle", ["", "an exam"])
def test_the_end_of_lab_up_lists_no_riddle(riddle: str, view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes by hand are listed at the end, but not those that an exercise or an exam made: lab.plan --drift refuses
    to show them, too."""
    change = drift_files.Change(box="kube-worker-01", verb="put", what="/etc/kubernetes/x", reason="content differs")
    monkeypatch.setattr(repair, "find_changes", lambda *_: repair.Changes(boxes=(change,)))
    monkeypatch.setattr(cordons, "left", lambda _: ())
    monkeypatch.setattr(wait, "survey", lambda _: {})
    monkeypatch.setattr(apply, "_unwell", lambda _: False)
    monkeypatch.setattr(etcd_members, "note_formed", lambda _: None)
    monkeypatch.setattr(node_images, "give", lambda *_: None)
    said, out = report()
    held = cast(session.Held, SimpleNamespace(view=view, report=said))
    prepared = cast(planner.Prepared, SimpleNamespace(plan=SimpleNamespace(pending=False, states={}), rendered=None))
    assert apply.carry_out(held, prepared, repairs=False, riddle=riddle).by_hand.any
    assert (change.what in out.getvalue()) == (not riddle)
    assert riddle in out.getvalue()
