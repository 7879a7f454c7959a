"""`lab.status` and `lab.why` show one judgement in two ways: the same exit code for every cause and all evidence."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import guests_data
import invoke.context
import pytest
import rich.console
import why_data

from kubelab import errors, paths
from kubelab.checks import wait
from kubelab.clients import patience
from kubelab.converge import session
from kubelab.diagnosis import evidence, gather, judge, tables
from kubelab.diagnosis.findings import Finding
from kubelab.tasks import lab as words
from kubelab.tasks.output import lab_output


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this computer's labs be read."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what `lab.status` prints."""
    out = io.StringIO()
    monkeypatch.setattr(lab_output, "_CONSOLE", rich.console.Console(file=out, highlight=False, width=160))
    return out


def both(view: evidence.Evidence, monkeypatch: pytest.MonkeyPatch) -> set[errors.Exit]:
    """Return the exit codes of the two words about a lab of which this was seen."""
    monkeypatch.setattr(session, "open_lab", lambda *_, **__: (view.lab, paths.LabPaths(name=view.lab.name)))
    monkeypatch.setattr(gather, "gather", lambda *_: view)
    with pytest.raises(SystemExit) as ended:
        words.why(invoke.context.Context(), lab=view.lab.name)
        raise SystemExit(0)
    return {lab_output.status(session.opened(view.lab.name), as_json=False), errors.Exit(int(str(ended.value.code)))}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("faults", why_data.recorded(), ids="+".join)
def test_both_say_the_same_of_everything_that_was_recorded(
    faults: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The healthy lab, every fault, every pair: 0 for the first, 3 for the others."""
    wanted = errors.Exit.DEGRADED if faults else errors.Exit.GOOD
    assert both(why_data.record(*faults), monkeypatch) == {wanted}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("name", tables.CAUSES)
@pytest.mark.parametrize("sure", [True, False])
def test_both_say_the_same_of_every_cause(name: str, sure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is found, 3; what only silence shows, 5, and never 3."""
    finding = Finding(cause=name, lines=("as seen",), sure=sure)
    monkeypatch.setattr(judge, "PROBES", (lambda _: iter([finding]),))
    wanted = errors.Exit.DEGRADED if sure else errors.Exit.UNKNOWN
    assert both(why_data.record(), monkeypatch) == {wanted}


@pytest.mark.parametrize("name", guests_data.GUESTS)
def test_both_say_the_same_of_every_guest(
    name: str, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0, and the same remarks."""
    view = guests_data.visited(name)
    assert both(view, monkeypatch) == {errors.Exit.GOOD}
    said = capsys.readouterr().out
    for remark in judge.judge(view).remarks:
        assert remark in shown.getvalue()
        assert remark in said


MASTER = "kube-master-01"


def late(view: evidence.Evidence) -> dict[str, evidence.Evidence]:
    """Return what is seen of a lab that is well when this computer is too slow for a part of it, or for all."""
    boxes = {name: dataclasses.replace(box, text=None, problem=f"{name}: no answer in 8 s", late=True)
             for name, box in view.boxes.items()}  # fmt: skip
    silent = evidence.Cluster(problem="GET /readyz: timed out", late=True)
    names = tuple(view.checks)
    nothing: dict[str, str | None] = {}
    return {
        "a check": dataclasses.replace(view, checks=dict.fromkeys(names[1:]), late=names[:1]),
        "every check": dataclasses.replace(view, checks=nothing, late=names),
        "a box": dataclasses.replace(view, boxes={**view.boxes, MASTER: boxes[MASTER]}),
        "every box": dataclasses.replace(view, boxes=boxes),
        "the API server": dataclasses.replace(view, cluster=silent),
        "everything": dataclasses.replace(view, cluster=silent, boxes=boxes, checks=nothing, late=names),
        "docker": dataclasses.replace(view, docker="docker-silent: docker ps took over 60 s"),
    }


@pytest.mark.parametrize("what", late(why_data.record()))
def test_a_slow_computer_is_no_sick_lab(what: str, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not answered in time could not be told: 5, never 3, and no word of a lab that is degraded."""
    assert both(late(why_data.record())[what], monkeypatch) == {errors.Exit.UNKNOWN}
    assert "could not be told" in shown.getvalue()
    assert "degraded" not in shown.getvalue()


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("what", late(why_data.record()))
def test_a_slow_computer_hides_no_sick_lab(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in spite of it is found: a cordoned node, a taint."""
    view = late(why_data.record("workers-tainted"))[what]
    blind = what in ("everything", "docker", "the API server")
    wanted = errors.Exit.UNKNOWN if blind else errors.Exit.DEGRADED
    assert both(view, monkeypatch) == {wanted}


def test_a_check_that_was_late_is_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is gathered of it is that it was late; one that was refused is evidence."""
    said = {
        "etcd": wait.Failure("no answer: ReadTimeout", late=True),
        "nodes": wait.Failure("not Ready: x"),
        "boxes": None,
    }
    monkeypatch.setattr(patience, "factor", lambda: 1.0)
    found, too_late = gather._checks(None, lambda *_: said)  # type: ignore[arg-type]
    assert too_late == ("etcd",)
    assert found == {"nodes": "not Ready: x", "boxes": None}


def test_programs_are_told_of_what_was_late(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ok` is null, the exit code and what could not be seen stand beside it."""
    view = late(why_data.record())["a check"]
    both(view, monkeypatch)
    capsys.readouterr()
    lab_output.status(session.opened(view.lab.name), as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == 5
    assert [row["ok"] for row in document["checks"]].count(None) == 1
    assert document["unseen"]


@pytest.mark.usefixtures("shown")
def test_a_cordoned_node_is_a_degraded_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that takes no pods is not what the lab file says, whoever cordoned it: 3 from both."""
    view = why_data.record()
    nodes = [{**item, "spec": {**item["spec"], "unschedulable": True}} for item in view.cluster.items("/api/v1/nodes")]
    lists = {**view.cluster.lists, "/api/v1/nodes": nodes}
    cordoned = dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))
    assert both(cordoned, monkeypatch) == {errors.Exit.DEGRADED}
