"""lab.test --prove: a fault or mutation reddens every check, and a run in a broken lab is judged strictly."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.faults import catalogue, fault_scripts
from kubelab.proofs import check_verdict, checks_page, host_mutations, live_suite, prove_checks
from kubelab.proofs.layers import BREAKS, STANDS_ON, Layer, with_lower
from kubelab.proofs.pytest_marks import Suite

MUTATIONS = catalogue.MUTATIONS.values()


@pytest.fixture(scope="module")
def suite() -> Suite:
    """Give the checks of the suite as pytest collects them, each with a mark that is right."""
    return live_suite.checks()


def outcome(*red: str) -> check_verdict.Outcome:
    """Return the outcome of a suite with these checks red."""
    return check_verdict.Outcome(red=frozenset(red), judged=frozenset(red))


def row(name: str, result: str = "proven") -> checks_page.Row:
    """Return a row as a run would have kept it."""
    return checks_page.Row(
        row=name, result=result, red=(), judged=110, together=1, seconds=60, date="2026-01-01", commit="abc",
        state="00000000",
    )  # fmt: skip


def test_every_test_of_the_live_suite_is_a_check_with_its_mark(suite: Suite) -> None:
    """None is lost between its file and pytest's collection, which needs no lab; a mark that is wrong fails `suite`."""
    files = {path.stem.removeprefix("test_"): path for path in (paths.ROOT / live_suite.FOLDER).glob("test_*.py")}
    assert "pytest.mark.several" in files.pop("high_availability").read_text(encoding="utf-8")
    written = {
        f"{file}::{name}"
        for file, path in files.items()
        for name in re.findall(r"(?m)^ *def test_(\w+)", path.read_text(encoding="utf-8"))
    }
    assert set(suite) == written
    assert len(suite) > 100


MARKS = {
    "right": '@pytest.mark.red_by("usr-writable", depends_on="nothing")',
    "unmarked": "",
    "misspelt": '@pytest.mark.red_by("usr-writeable", depends_on="nothing")',
    "unfounded": '@pytest.mark.red_by("usr-writable", depends_on="nodse")',
    "for_nothing": '@pytest.mark.red_by(depends_on="nothing")',
    "optioned": '@pytest.mark.red_by("usr-writable", stands_on="nodes")',
    "twice": '@pytest.mark.red_by("usr-writable", depends_on="nodes")\n' * 2,
}
"""A check's name to its mark."""


def collected(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Suite:
    """Return what a suite of one file says of its checks."""
    (folder / "test_new.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(live_suite, "FOLDER", str(folder))
    return live_suite.checks.__wrapped__()


def test_a_mark_that_is_not_right_is_named_at_its_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of all that are wrong, with the word that was meant, before a lab is broken."""
    text = "import pytest\n" + "\n".join(f"{mark}\ndef test_{name}(): pass" for name, mark in MARKS.items())
    with pytest.raises(errors.LabError) as caught:
        collected(tmp_path, monkeypatch, text)
    assert caught.value.ident == "check-unmarked"
    assert caught.value.details == (
        "new::unmarked: it has 0 marks red_by, and needs one",
        "new::misspelt: there is no fault or mutation 'usr-writeable'; did you mean usr-writable?",
        "new::unfounded: there is no layer 'nodse'; did you mean nodes?",
        "new::for_nothing: its mark red_by names no fault or mutation",
        "new::optioned: its mark red_by has the options stands_on, and needs depends_on alone",
        "new::twice: it has 2 marks red_by, and needs one",
    )


def test_a_suite_that_cannot_be_collected_is_not_taken_for_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest's own words say in which file it stopped."""
    with pytest.raises(errors.LabError) as caught:
        collected(tmp_path, monkeypatch, "import nosuch")
    assert caught.value.ident == "tests-failed"
    assert "No module named 'nosuch'" in "\n".join(caught.value.details)


def test_a_source_is_without_its_marks(suite: Suite) -> None:
    """What is said of a check is no part of its digest: a mark that changes makes no proof due."""
    assert suite["network::pod_finds_the_api_by_name"].source.startswith("def test_pod_finds_the_api_by_name(")
    assert not [name for name, check in suite.items() if "@pytest" in check.source.partition("def ")[0]]


def test_what_a_check_exists_for_can_be_made(suite: Suite) -> None:
    """Each name is a fault, a mutation of a box or one of this computer, and each mutation is there for some check."""
    wanted = {name for check in suite.values() for name in check.red_by}
    assert wanted == set(BREAKS)
    assert wanted <= {*catalogue.FAULTS, *catalogue.MUTATIONS, *host_mutations.MAKERS}
    assert {*catalogue.MUTATIONS, *host_mutations.MAKERS} <= wanted
    assert not set(catalogue.MUTATIONS) & set(catalogue.FAULTS)


def test_layers_have_no_circle_and_the_whole_stands_on_all() -> None:
    """`with_lower` ends, and nothing of a lab is beside what the whole lab stands on."""
    assert with_lower(Layer.WHOLE) == set(Layer) - {Layer.NOTHING}
    assert with_lower(Layer.ETCD) == {Layer.ETCD}
    assert Layer.API in with_lower(Layer.GUESTBOOK)
    assert set(STANDS_ON) == set(Layer)


@pytest.mark.parametrize("name", BREAKS)
def test_a_check_that_stays_green_is_no_proof(suite: Suite, name: str) -> None:
    """Red by name: the others' being red does not make up for one that is not."""
    first, *others = sorted(check_verdict.reddened(suite, name))
    check_verdict.judge(suite, name, outcome(first, *others))
    with pytest.raises(check_verdict.Unproven, match=re.escape(first)):
        check_verdict.judge(suite, name, outcome(*others))


def test_a_check_that_reddens_without_a_reason_is_no_proof(suite: Suite) -> None:
    """A closed dashboard does not redden etcd; a stopped etcd reddens the dashboard, which stands on it."""
    closed, stopped = (check_verdict.reddened(suite, name) for name in ("dashboard-role-gone", "etcd-stopped"))
    with pytest.raises(check_verdict.Unproven, match="red without a reason: cluster::etcd_is_well"):
        check_verdict.judge(suite, "dashboard-role-gone", outcome(*closed, "cluster::etcd_is_well"))
    check_verdict.judge(suite, "etcd-stopped", outcome(*stopped, "browser::dashboard_shows_every_node"))


def test_small_mutations_are_made_at_once_and_judged_one_by_one(suite: Suite) -> None:
    """Only what breaks nothing that others stand on; each must redden its own checks, and may not redden a third's."""
    groups = check_verdict.together(BREAKS)
    assert len(groups[0]) > 20
    assert all(len(group) == 1 for group in groups[1:])
    assert sorted(row for group in groups for row in group) == sorted(BREAKS)
    pair = ("usr-writable", "python-in-a-box")
    check_verdict.judge(suite, pair[0], outcome("machines::usr_refuses_writes", "machines::there_is_no_python"), pair)
    with pytest.raises(check_verdict.Unproven, match="stayed green: machines::there_is_no_python"):
        check_verdict.judge(suite, pair[1], outcome("machines::usr_refuses_writes"), pair)
    with pytest.raises(check_verdict.Unproven, match="red without a reason: cluster::etcd_is_well"):
        check_verdict.judge(suite, pair[0], outcome("machines::usr_refuses_writes", "cluster::etcd_is_well"), pair)


def test_what_stands_on_the_broken_is_not_run(suite: Suite) -> None:
    """With etcd away little is left to say; with a file that may be written, everything is."""
    assert (
        check_verdict.worth_running(suite, "etcd-stopped")
        < check_verdict.worth_running(suite, "usr-writable")
        == set(suite)
    )
    assert check_verdict.reddened(suite, "etcd-stopped") <= check_verdict.worth_running(suite, "etcd-stopped")


def test_what_nothing_has_reddened_is_named(suite: Suite) -> None:
    """A check of whose faults and mutations none is good is unproven."""
    some = {name: suite[name] for name in ("cluster::etcd_is_well", "machines::usr_refuses_writes")}
    assert check_verdict.unproven(some, ["etcd-quota"]) == ("machines::usr_refuses_writes",)
    assert check_verdict.unproven(suite, BREAKS) == ()


def test_one_failed_item_reddens_its_check() -> None:
    """A check of four machines is red when one of them is; one that could not begin is red too."""
    found = check_verdict.outcome({"a::b[x]": "passed", "a::b[y]": "failed", "a::c": "error", "a::d[z]": "passed"})
    assert found == check_verdict.Outcome(red=frozenset({"a::b", "a::c"}), judged=frozenset({"a::b", "a::c", "a::d"}))


def test_a_report_of_pytest_is_read_by_file_and_function() -> None:
    """JUnit's class is the file, and its name the function with its item."""
    report = """<testsuites><testsuite>
    <testcase classname="tests.live.test_cluster" name="test_node_is_ready[kube-worker-01]"><failure/></testcase>
    <testcase classname="tests.live.test_files" name="test_kubeconfig_is_private"/>
    <testcase classname="tests.live.test_files" name="test_other"><error/></testcase></testsuite></testsuites>"""
    assert live_suite.read(report) == {
        "cluster::node_is_ready[kube-worker-01]": "failed", "files::kubeconfig_is_private": "passed",
        "files::other": "error",
    }  # fmt: skip


def test_checks_of_one_group_share_a_worker(tmp_path: Path) -> None:
    """pytest-xdist keeps a group together, and its mark is not taken for a part of a check's name.

    With some releases of pytest it silently does not; then a check sees what another one, meanwhile, does on purpose.
    """
    checks = """import os, pytest
@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("item", range(12))
def test_it(item):
    open(os.environ["PYTEST_XDIST_WORKER"], "a").close()
"""
    for name in ("test_here.py", "test_there.py"):
        (tmp_path / name).write_text(checks, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", *live_suite.SIDE_BY_SIDE, "-p", "no:cacheprovider", "--junitxml=report"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert len(list(tmp_path.glob("gw*"))) == 1
    found = live_suite.read((tmp_path / "report").read_text(encoding="utf-8"))
    assert found == {f"{file}::it[{item}]": "passed" for file in ("here", "there") for item in range(12)}


@pytest.mark.parametrize(("names", "workers"), [(["test_one"], 0), (["test_one", "test_two"], 2), ([], 2)])
def test_one_check_is_run_in_one_process(
    names: list[str], workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four processes take longer to start than it; the result is read all the same, and several run side by side."""
    text = "import os\ndef {}():\n    open(os.environ.get('PYTEST_XDIST_WORKER', 'alone'), 'a').close()\n"
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(text.format(f"test_{name}"), encoding="utf-8")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(live_suite, "FOLDER", ".")
    only = {f"{name.removeprefix('test_')}::{name.removeprefix('test_')}" for name in names}
    found = live_suite.run("mine", {}, only)
    assert found == dict.fromkeys(only or {"one::one", "two::two"}, "passed")
    assert (tmp_path / "alone").exists() == (workers == 0)
    assert len(list(tmp_path.glob("gw*"))) == workers


def test_the_page_is_read_back_and_names_what_is_unproven(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is what a resumed run goes on from."""
    monkeypatch.setattr(checks_page, "DATA", tmp_path / "kept.json")
    monkeypatch.setattr(checks_page, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(checks_page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text("So: 0 of 9 checks were seen red by x; 0 of 2 made. Yes.", encoding="utf-8")
    rows = {"usr-writable": row("usr-writable"), "etcd-quota": row("etcd-quota", "NOT PROVEN: stayed | green")}
    checks_page.write(rows, suite)
    assert checks_page.read() == rows
    said = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "1 of 110 checks were seen red" in said.replace(str(len(suite)), "110")
    assert "- `cluster::etcd_is_well`" in said
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == f"So: {checks_page.line(rows, suite)} Yes."
    assert "NOT PROVEN: stayed / green" in said
    assert "| machines::usr_refuses_writes | usr-writable ✓ |" in said


def test_a_changed_check_is_proven_anew(suite: Suite) -> None:
    """The digest is about the fault and about the checks that it reddens."""
    before = prove_checks.state(suite, "usr-writable")
    assert before == prove_checks.state(suite, "usr-writable")
    check = dataclasses.replace(suite["machines::usr_refuses_writes"], source="def test_usr_refuses_writes(): pass")
    assert prove_checks.state({**suite, "machines::usr_refuses_writes": check}, "usr-writable") != before


def test_a_mistyped_name_is_answered_with_the_near_ones() -> None:
    """Sixty names are hard to remember exactly."""
    assert prove_checks.chosen("usr-writable,etcd-open") == ["usr-writable", "etcd-open"]
    with pytest.raises(errors.LabError) as caught:
        prove_checks.chosen("usr-writeable")
    assert "did you mean usr-writable?" in caught.value.details


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_has_its_two_scripts(mutation: catalogue.Fault) -> None:
    """Each says what it does, and what it edits is kept first."""
    for verb in ("inject", "clear"):
        lines = fault_scripts.read(mutation, verb).splitlines()
        assert lines[0] == "#!/usr/bin/env bash"
        assert lines[1].startswith("# ")
    kept = {*mutation.files, *(f"{name} {rest.replace('/', ' ')}" for name, _, rest in
                               (path.partition("/") for path in mutation.objects))}  # fmt: skip
    for path in re.findall(r"(?m)^edit (\S+)", fault_scripts.read(mutation, "inject")):
        assert path in kept


def test_a_computer_without_a_browser_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check that the mutation exists for is about a browser: without one it proves nothing, and says why."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(check_verdict.Unproven, match=r"none of chromium.*host\.setup"),
        host_mutations.MAKERS["browser-leaves-something"](paths.LabPaths(name="mine")),
    ):
        pass


def test_every_folder_of_a_mutation_has_its_row() -> None:
    """A script that no row names would be run by nobody."""
    assert {path.name for path in (paths.PROVISION / "mutations").iterdir()} == set(catalogue.MUTATIONS)


def test_the_readme_says_how_far_it_has_come(suite: Suite) -> None:
    """One line, the same as the page's: nobody has to believe it without looking."""
    assert checks_page.line(checks_page.read(), suite) in (paths.ROOT / "README.md").read_text(encoding="utf-8")
    assert checks_page.PAGE.read_text(encoding="utf-8") == checks_page.text(checks_page.read(), suite)
