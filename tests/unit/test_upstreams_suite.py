"""lab.conformance: what upstream's suite found is judged by its report, and nothing of the suite stays in the lab."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax import saxutils

import fakes
import invoke
import labs_data
import pytest

from kubelab import components, errors, paths
from kubelab.checks import wait
from kubelab.clients import kube_api, procfs
from kubelab.components import cache_layout, selection, stand_ins
from kubelab.converge import node_images, session
from kubelab.exercises import lockout
from kubelab.proofs import conformance, conformance_results, conformance_suite
from kubelab.tasks import lab as tasks_lab
from kubelab.tasks.output import conformance_output
from kubelab.ui import progress

GOOD = "[sig-node] Pods should be updated [Conformance]"
OTHER = "[sig-network] Services should serve a basic endpoint from pods [Conformance]"
LISTED = next(iter(conformance_results.listed()))
GINKGO = """#!/usr/bin/python3 -IS
# Stands in for ginkgo: refuses options that it does not know, then does what the scenario says of each spec.
import json, os, re, signal, sys, time
from pathlib import Path
KNOWN = r"--(procs=4|timeout=3h|no-color|force-newlines|silence-skips|label-filter=.*|focus=.*|provider=skeleton)"
KNOWN += r"|--(kubeconfig|kubectl-path|report-dir|e2e-output-dir)=/.*|--disable-log-dump=true|--|run|/.*/e2e.test"
KNOWN += r"|--dns-domain=cluster[.]local"
unknown = [word for word in sys.argv[1:] if not re.fullmatch(KNOWN, word)]
if unknown:
    sys.exit(f"ginkgo does not know {unknown}")
registries = json.loads(Path(os.environ["KUBE_TEST_REPO_LIST"]).read_text())
assert set(registries) == {"promoterE2eRegistry", "gcEtcdRegistry"}, registries
folder = next(Path(word.partition("=")[2]) for word in sys.argv if word.startswith("--report-dir="))
scenario = json.loads(Path(os.environ["KUBELAB_SCENARIO"]).read_text())
if scenario.get("dies"):
    sys.exit("no cluster answers")
print(f"Will run {scenario['wanted']} of 7000 specs", flush=True)
for line in scenario["says"]:
    print(line, flush=True)
def stop(*_):
    write(scenario["stopped"])
    sys.exit(1)
def write(report):
    (folder / "junit_01.xml").write_text(report)
if "stopped" in scenario and os.fork():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # told alone, ginkgo waits for its processes
    os.wait()
    sys.exit(1)
if "stopped" in scenario:
    signal.signal(signal.SIGINT, stop)
    print("ready", flush=True)
    time.sleep(60)
write(scenario["report"])
"""


def case(name: str, status: str = "passed", kind: str = "It", said: str = "") -> str:
    """Return a row of a report as ginkgo writes it."""
    inner = ""
    if status == "skipped":
        inner = f'<skipped message="{f"skipped - {said}" if said else "skipped"}"></skipped>'
    elif status != "passed":
        inner = f'<failure type="{status}">{said}\nmore of it</failure>'
    title = saxutils.quoteattr(f"[{kind}] {name}" if name else f"[{kind}]")
    return f'<testcase name={title} classname="Kubernetes e2e suite" status="{status}" time="2.5">{inner}</testcase>'


def junit(*cases: str) -> str:
    """Return a whole report."""
    return f'<?xml version="1.0"?><testsuites><testsuite>{"".join(cases)}</testsuite></testsuites>'


def verdict(*cases: str, wanted: int | None = None, folder: Path) -> conformance_results.Verdict:
    """Return the verdict on a report."""
    (folder / "report.xml").write_text(junit(*cases))
    results = tuple(conformance_results.read(folder / "report.xml"))
    choice = conformance_results.choice(quick=False, focus="")
    return conformance_results.Verdict(
        choice=choice, results=results, wanted=len(results) if wanted is None else wanted, seconds=61
    )


def shown(found: conformance_results.Verdict) -> tuple[errors.Exit, str]:
    """Return the exit code and what a person sees."""
    said, out = fakes.report()
    return conformance_output.show(found, said), out.getvalue()


def test_a_run_whose_failures_are_listed_is_good(tmp_path: Path) -> None:
    """It ends with 0, and the cause of each stands in the table; what was not chosen is nowhere."""
    found = verdict(case(GOOD), case(LISTED, "failed", said="no"), case("[sig-x] other", "skipped"), folder=tmp_path)
    code, text = shown(found)
    assert code == errors.Exit.GOOD
    assert conformance_results.listed()[LISTED] in text
    assert "1 passed, 0 failed, 1 could not run here, in 1 min 1 s" in text
    assert "sig-x" not in text


def test_another_failure_is_red_with_its_first_words(tmp_path: Path) -> None:
    """One spec of many is enough; its group's row counts it."""
    found = verdict(case(GOOD), case(OTHER, "failed", said="[FAILED] expected 1 to be 2"), folder=tmp_path)
    code, text = shown(found)
    assert code == errors.Exit.FAILED
    assert re.search(rf"✗ {re.escape(OTHER)}\s+expected 1 to be 2\n", text)
    assert re.search(r"\[sig-network\] +0 +1 +0 +0\n", text)


@pytest.mark.parametrize("state", ["panicked", "timedout"])
def test_a_spec_that_broke_otherwise_is_a_failure_too(state: str, tmp_path: Path) -> None:
    """Ginkgo has more words for red than one."""
    assert not verdict(case(GOOD), case(OTHER, state), folder=tmp_path).good


def test_a_listed_spec_that_passes_is_said(tmp_path: Path) -> None:
    """The list then says too much, and somebody can shorten it."""
    code, text = shown(verdict(case(LISTED), folder=tmp_path))
    assert code == errors.Exit.GOOD
    assert "passed, and is listed as one that could not" in text


def test_no_spec_at_all_is_a_failure(tmp_path: Path) -> None:
    """A focus that finds nothing proves nothing; neither does a report of skipped specs alone."""
    assert not verdict(folder=tmp_path).good
    assert not verdict(case(GOOD, "skipped"), folder=tmp_path).good
    assert not verdict(case(LISTED, "failed"), folder=tmp_path).good


def test_specs_that_were_to_run_and_did_not_are_red(tmp_path: Path) -> None:
    """The suite said how many there are: one that is missing in the report is no success."""
    found = verdict(case(GOOD), wanted=3, folder=tmp_path)
    assert (found.good, found.missing) == (False, 2)
    assert "2 of 3 specs did not run" in shown(found)[1]
    whole = verdict(case(GOOD), folder=tmp_path)
    assert (whole.good, dataclasses.replace(whole, stopped=True).good) == (True, False)


def test_a_spec_that_leaves_itself_out_is_told_with_its_reason(tmp_path: Path) -> None:
    """It counts as run: it decided so itself, on this cluster."""
    found = verdict(case(GOOD), case(OTHER, "skipped", said="needs two nodes"), wanted=2, folder=tmp_path)
    code, text = shown(found)
    assert code == errors.Exit.GOOD
    assert "left itself out: needs two nodes" in text


def test_a_step_around_the_specs_that_fails_is_red(tmp_path: Path) -> None:
    """One that passes is no spec: it makes no run good."""
    step = "SynchronizedBeforeSuite"
    assert not verdict(case("", kind=step), folder=tmp_path).of("passed")
    found = verdict(case(GOOD), case("", "failed", kind=step, said="no nodes"), wanted=1, folder=tmp_path)
    assert [row.name for row in found.of("failed")] == [f"[{step}]"]
    assert not found.good


def test_the_output_is_followed_however_it_is_cut() -> None:
    """Specs are counted, and one that fails is named as soon as its name is there."""
    rows = (
        "Will run 4 of 7000 specs",
        "•",
        "•",
        "---",
        "• [FAILED] [12.5 seconds]",
        "[sig-x] a [It] one [Conformance] [sig-x, Conformance]",
        "x.go:1",
    )
    text = "".join(f"{row}\n" for row in (*rows, "• [3.1 seconds]"))
    for size in (1, 7, len(text)):
        seen = conformance_suite.Followed()
        names = [name for at in range(0, len(text), size) for name in seen.take(text[at : at + size])]
        assert (seen.wanted, seen.done, names) == (4, 4, ["[sig-x] a one [Conformance]"])


def test_the_list_and_the_quick_choice_are_about_specs_that_exist() -> None:
    """At most five specs, each with a cause, each a conformance spec; every pattern of the choice compiles."""
    listed = conformance_results.listed()
    assert 0 < len(listed) <= 5
    assert all(cause and name.startswith("[sig-") and "[Conformance]" in name for name, cause in listed.items())
    quick = conformance_results.choice(quick=True, focus="")
    assert [re.compile(pattern) for pattern in quick.focus]
    assert "!Serial" in quick.labels and "!Disruptive" in quick.labels
    assert conformance_results.choice(quick=False, focus="DNS") == conformance_results.Choice(
        name="focus DNS", focus=("DNS",)
    )


class Nodes:
    """The nodes and the API of a lab that is up, as far as a run of the suite asks them."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Let ginkgo be a script, and the lab be one that needs no box."""
        self.events: list[str] = []
        self.namespaces: dict[str, dict[str, str]] = {}
        self.scenario = folder / "scenario.json"
        script = folder / "ginkgo"
        script.write_text(GINKGO)
        script.chmod(0o755)
        for name in ("cache", "build"):
            (folder / name).mkdir()
        patch.setenv("KUBELAB_CACHE", str(folder / "cache"))
        patch.setenv("KUBELAB_SCENARIO", str(self.scenario))
        patch.setattr(paths, "BUILD", folder / "build")
        patch.setattr(conformance_suite, "TICK", 0.05)
        patch.setattr(session, "refuse_absent", lambda _: ())
        patch.setattr(session, "refuse_stopped", lambda _: None)
        tools = {"conformance": folder / "e2e.test", "conformance-programs": script}
        patch.setattr(components, "ensure_tool", lambda name, _: tools[name])
        patch.setattr(stand_ins, "ensure", lambda *_: folder / "images.tar")
        patch.setattr(node_images, "put", lambda *_: self.did("put", "1 s"))
        patch.setattr(node_images, "free", lambda _, names: self.did(f"free {len(names)}", ""))
        patch.setattr(wait, "wait", lambda *_: self.did("well", ""))
        found = labs_data.held()
        view = dataclasses.replace(found.view, api=self)  # type: ignore[arg-type]
        self.said, self.out = fakes.report()
        self.held = session.Held(view=view, report=self.said)

    def did(self, what: str, said: str) -> dict[str, str]:
        """Remember what happened; return what a node says."""
        self.events.append(what)
        return {"kube-worker-01": said}

    def items(self, path: str, labelSelector: str = "") -> list[dict[str, Any]]:
        """Return the namespaces of specs: the API's list."""
        assert (path, labelSelector) == ("/api/v1/namespaces", "e2e-run")
        return [{"metadata": {"name": name, **more}} for name, more in self.namespaces.items()]

    def delete(self, path: str) -> None:
        """Delete a namespace that is not going already, as the API server does."""
        name = path.removeprefix("/api/v1/namespaces/")
        assert "deletionTimestamp" not in self.namespaces.pop(name)
        self.events.append(f"delete {name}")

    def run(self, **scenario: Any) -> conformance_results.Verdict:
        """Run the whole choice on the lab."""
        self.scenario.write_text(json.dumps({"wanted": 1, "says": ["•"], **scenario}))
        return conformance.run(self.held, conformance_results.choice(quick=False, focus=""))


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """Return the nodes of a lab that is up."""
    return Nodes(tmp_path, monkeypatch)


def test_a_run_leaves_its_report_and_nothing_in_the_lab(nodes: Nodes) -> None:
    """Images come first and go last; namespaces of specs are removed, others stay."""
    nodes.namespaces = {"left-by-a-killed-run": {}}
    assert nodes.run(report=junit(case(GOOD))).good
    count = len(stand_ins.references())
    assert nodes.events == ["put", "delete left-by-a-killed-run", f"free {count}"]
    folder = nodes.held.where.root / "conformance"
    assert {"junit_01.xml", "e2e.log"} <= {path.name for path in folder.iterdir()}


def test_the_suite_asks_for_names_in_the_labs_own_domain(tmp_path: Path) -> None:
    """A spec of DNS waits ten minutes for `kubernetes.default.svc.cluster.local` in a lab that has no such domain."""
    lab, where = session.open_lab("elsewhere")
    programs = conformance_suite.Programs(ginkgo=tmp_path, suite=tmp_path, kubectl=tmp_path)
    choice = conformance_results.choice(quick=True, focus="")
    words = conformance_suite.command(programs, lab, where, choice, 4, tmp_path)
    assert "--dns-domain=lab.elsewhere" in words[words.index("--") :]


def test_a_failure_is_named_while_the_suite_runs(nodes: Nodes) -> None:
    """A listed one as what it is."""
    says = ["• [FAILED] [1.0 seconds]", OTHER, "• [FAILED] [1.0 seconds]", LISTED]
    found = nodes.run(wanted=2, says=says, report=junit(case(OTHER, "failed"), case(LISTED, "failed")))
    assert not found.good
    assert f"✗ {OTHER}" in nodes.out.getvalue()
    assert f"- could not run here: {LISTED}" in nodes.out.getvalue()


def test_a_suite_that_ends_before_its_first_spec_is_an_error_with_its_words(nodes: Nodes) -> None:
    """The log is named; images are removed all the same."""
    with pytest.raises(errors.LabError) as caught:
        nodes.run(dies=True)
    assert caught.value.ident == "conformance-none"
    assert "no cluster answers" in caught.value.details[-1]
    assert any(event.startswith("free") for event in nodes.events)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_ends_the_suite_and_keeps_what_it_has(nodes: Nodes, sign: signal.Signals) -> None:
    """The suite is told once and writes its report; its images and namespaces go; the exit code is a shell's.

    A polite kill and a closed terminal do the same: the suite went on for hours, without this run and its lock.
    """
    log = nodes.held.where.root / "conformance" / conformance_suite.LOG

    def press() -> None:
        while not (log.exists() and "ready" in log.read_text()):
            time.sleep(0.05)
        time.sleep(0.2)
        nodes.namespaces["e2e-1"] = {}
        os.kill(os.getpid(), sign)

    thread = threading.Thread(target=press)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        thread.start()
        found = nodes.run(wanted=3, stopped=junit(case(GOOD), case(OTHER, "interrupted", said="stopped")))
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert (found.stopped, found.missing, [row.name for row in found.of("passed")]) == (True, 2, [GOOD])
    assert "delete e2e-1" in nodes.events
    with pytest.raises(SystemExit) as ended:
        shown(found)
    assert ended.value.code == 130
    assert procfs.given(f"--report-dir={log.parent}") == []


def test_ctrl_c_twice_leaves_no_suite(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second ends the wait for the suite, which was then left at work."""
    log = nodes.held.where.root / "conformance" / conformance_suite.LOG
    monkeypatch.setattr(conformance_suite, "GRACE", 30.0)
    waits = subprocess.Popen.wait

    def wait_once(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is not None:
            raise KeyboardInterrupt
        return waits(process)

    def press() -> None:
        while not (log.exists() and "ready" in log.read_text()):
            time.sleep(0.05)
        monkeypatch.setattr(subprocess.Popen, "wait", wait_once)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        nodes.run(stopped=junit(case(GOOD)))
    thread.join()
    assert procfs.given(f"--report-dir={log.parent}") == []
    assert any(event.startswith("free") for event in nodes.events)


def test_the_suite_of_a_killed_run_is_ended_first(nodes: Nodes) -> None:
    """It went on making namespaces while this run removed them, and wrote into the same report."""
    folder = nodes.held.where.root / "conformance"
    words = [sys.executable, "-c", "import time; time.sleep(60)", f"--report-dir={folder}"]
    with subprocess.Popen(words) as suite:
        other = subprocess.Popen([*words[:3], f"--report-dir={folder}-of-another-lab"])
        threading.Thread(target=suite.wait).start()  # it is reaped, as by init
        try:
            assert nodes.run(report=junit(case(GOOD))).good
            assert suite.wait(5) == -signal.SIGKILL
            assert other.poll() is None
        finally:
            other.kill()
            other.wait()
    assert "the suite of a run that was killed was still at work" in nodes.out.getvalue()


def test_a_report_that_was_cut_is_no_report(tmp_path: Path, nodes: Nodes) -> None:
    """Killed while it writes, the suite leaves a part of one; that was a traceback."""
    report = tmp_path / "junit.xml"
    report.write_text(junit(case(GOOD))[:-20])
    assert conformance_results.read(report) == []
    with pytest.raises(errors.LabError) as caught:
        nodes.run(report="<testsuites><testcase name=")
    assert caught.value.ident == "conformance-none"


def unwell(*_: object) -> None:
    """Stand in for a wait that ends in vain, as `wait.wait` does."""
    raise errors.LabError("lab-not-ready", "lab mine is not ready after 300 s", details=["cluster DNS: no answer"])


def word(nodes: Nodes, patch: pytest.MonkeyPatch, *, as_json: bool = False) -> object:
    """Type `lab.conformance` with a choice that takes no time; return its exit code."""

    @contextlib.contextmanager
    def held(name: str, report: progress.Progress, *, rendered: bool) -> Iterator[session.Held]:
        assert (name, rendered) == ("mine", True)
        yield dataclasses.replace(nodes.held, report=report)

    patch.setattr(session, "held", held)
    patch.setattr(lockout, "refuse", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        tasks_lab.conformance(invoke.context.Context(), lab="mine", json=as_json)
    return ended.value.code


def test_a_lab_that_is_not_well_afterwards_costs_no_verdict(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table comes first, then the lab's state with a code of its own; the reports stay where they were."""
    nodes.scenario.write_text(json.dumps({"wanted": 1, "says": ["•"], "report": junit(case(GOOD))}))
    monkeypatch.setattr(wait, "wait", unwell)
    assert word(nodes, monkeypatch) == errors.Exit.FAILED
    said = capsys.readouterr()
    assert "1 passed, 0 failed, 0 could not run here" in said.out
    assert "lab-not-ready" in said.err and "cluster DNS: no answer" in said.err
    folder = nodes.held.where.root / "conformance"
    assert str(folder) in said.err and "./run lab.why --lab mine" in said.err
    assert {"junit_01.xml", "e2e.log"} <= {path.name for path in folder.iterdir()}
    assert word(nodes, monkeypatch, as_json=True) == errors.Exit.FAILED
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (verdict,) = (row for row in rows if row.get("event") == "conformance")
    assert verdict["good"] is True and len(verdict["passed"]) == 1


def test_a_verdict_waits_for_the_lab_all_the_same(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Specs that failed give their code, and a lab that is well is waited for after the table."""
    nodes.scenario.write_text(json.dumps({"wanted": 1, "says": ["•"], "report": junit(case(OTHER, "failed"))}))
    monkeypatch.setattr(wait, "wait", lambda *_: nodes.did(f"well after {OTHER in capsys.readouterr().out}", ""))
    assert word(nodes, monkeypatch) == errors.Exit.FAILED
    assert nodes.events[-1] == "well after True"


def test_an_api_that_is_away_afterwards_costs_no_verdict(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The namespaces of the specs cannot be listed then: that is told, and the results are kept."""
    asked: Iterator[list[dict[str, Any]]] = iter([[]])

    def items(*_: object, **__: object) -> list[dict[str, Any]]:
        found = next(asked, None)
        if found is None:
            raise kube_api.Unanswered("connection refused")
        return found

    monkeypatch.setattr(nodes, "items", items)
    found = nodes.run(report=junit(case(GOOD)))
    assert [row.name for row in found.of("passed")] == [GOOD]
    assert found.left == ("perhaps namespaces of specs, which could not be listed or removed (connection refused)",)


@pytest.mark.parametrize("stopped", [False, True])
def test_what_is_left_in_the_lab_is_told(nodes: Nodes, monkeypatch: pytest.MonkeyPatch, stopped: bool) -> None:
    """A stopped run said that nothing was left, whatever was."""
    monkeypatch.setattr(node_images, "free", lambda *_: {"kube-worker-01": OSError("no route")})
    monkeypatch.setattr(conformance, "GONE", 0.0)
    monkeypatch.setattr(nodes, "delete", lambda path: nodes.did(path, ""))
    nodes.namespaces = {"e2e-stays": {"deletionTimestamp": "2026-11-30T08:00:00Z"}}
    found = dataclasses.replace(nodes.run(report=junit(case(GOOD))), stopped=stopped)
    assert found.left == ("namespace e2e-stays", "images on kube-worker-01")
    said, out = fakes.report()
    with contextlib.nullcontext() if not stopped else pytest.raises(SystemExit):
        conformance_output.show(found, said)
    assert "left in the lab: namespace e2e-stays, images on kube-worker-01" in out.getvalue()


def test_a_stopped_run_that_left_something_does_not_say_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    """Its last line is about the lab, too."""
    for left in ((), ("images on kube-worker-01",)):
        whole = conformance_results.choice(quick=False, focus="")
        found = conformance_results.Verdict(choice=whole, results=(), wanted=1, seconds=1.0, stopped=True, left=left)
        with pytest.raises(SystemExit):
            shown(found)
        assert ("nothing of the suite is left" in capsys.readouterr().err) == (not left)


def test_a_node_without_the_images_ends_the_run_before_the_suite(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the others have is removed again."""
    monkeypatch.setattr(node_images, "put", lambda *_: {"kube-worker-01": OSError("no space left on device")})
    with pytest.raises(errors.LabError) as caught:
        nodes.run()
    assert (caught.value.ident, caught.value.details) == ("load-failed", ("no space left on device",))
    assert any(event.startswith("free") for event in nodes.events)


def test_a_lab_of_another_minor_version_is_refused(nodes: Nodes) -> None:
    """Its suite would test what that version does not have; a patch version more or less does no harm."""
    for version, refused in (("1.36.4", True), ("1.37.0", False)):
        versions = dataclasses.replace(labs_data.VERSIONS, components={"kubernetes": version})
        view = dataclasses.replace(nodes.held.view, lab=dataclasses.replace(nodes.held.lab, versions=versions))
        held = dataclasses.replace(nodes.held, view=view)
        if refused:
            with pytest.raises(errors.LabError) as caught:
                conformance._refuse_version(held)
            assert caught.value.ident == "conformance-version"
        else:
            conformance._refuse_version(held)


def test_too_little_room_is_said_before_anything_is_built(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is free and what is needed."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 2**40, 2**30))
    monkeypatch.setattr(components, "ensure_tool", lambda *_: pytest.fail("it was built"))
    with pytest.raises(errors.LabError, match=r"1\.0 GiB are free at .*, 8 are needed") as caught:
        nodes.run()
    assert caught.value.ident == "conformance-room"


def test_namespaces_that_are_going_are_waited_for_and_not_deleted_again(nodes: Nodes) -> None:
    """The API server refuses to delete one twice."""
    nodes.namespaces = {"going": {"deletionTimestamp": "2026-11-30T08:00:00Z"}}
    looks = iter([1, 1, 1, 0])
    real = nodes.items

    def items(path: str, labelSelector: str = "") -> Sequence[Mapping[str, Any]]:
        return real(path, labelSelector) if next(looks, 0) else []

    nodes.items = items  # type: ignore[assignment,method-assign]
    conformance._remove_namespaces(nodes.held)
    assert nodes.events == []


def test_every_stand_in_has_a_name_of_no_lab() -> None:
    """One of a lab's own images would be hidden by a stand-in, and missing after its removal."""
    names = stand_ins.references()
    assert len(set(names)) == len(names) > 10
    assert all(name.startswith("stand-in.kubelab.test/") for name in names)


def test_the_suite_is_of_a_shipped_version_set_and_of_its_modules() -> None:
    """Its go.mod follows that of Kubernetes: version, and every module that is replaced."""
    suite = cache_layout.tool_entry(stand_ins.SUITE).version
    assert suite in {versions.components["kubernetes"] for versions in selection.sets()}
    texts = [(paths.COMPONENTS / name / "go.mod").read_text(encoding="utf-8") for name in ("conformance", "kubernetes")]
    suites, labs = (set(re.findall(r"^\tk8s.io/\S+ => k8s.io/\S+ v\S+$", text, re.MULTILINE)) for text in texts)
    assert suites == labs != set()
