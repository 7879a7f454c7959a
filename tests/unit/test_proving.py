"""lab.test --prove: every check has what it exists for, and a run in a broken lab is judged strictly."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.faults import catalogue, scripts
from kubelab.proofs import check_table, check_verdict, checks_page, host_mutations, live_suite, prove_checks
from kubelab.proofs.layers import STANDS_ON, Layer, below

THERE = live_suite.functions()
MUTATIONS = catalogue.MUTATIONS.values()


def outcome(*red: str) -> check_verdict.Outcome:
    """Return the outcome of a whole suite with these checks red."""
    return check_verdict.Outcome(red=frozenset(red), judged=frozenset(THERE))


def row(name: str, result: str = "proven") -> checks_page.Row:
    """Return a row as a run would have kept it."""
    return checks_page.Row(
        row=name, result=result, red=tuple(sorted(check_table.reddened(name))), judged=110, together=1, seconds=60,
        date="2026-01-01", commit="abc", state="00000000",
    )  # fmt: skip


def test_every_check_of_the_suite_exists_for_something() -> None:
    """A check that is written without what reddens it is seen here, long before a lab is broken."""
    assert set(check_table.CHECKS) == set(THERE)
    assert len(THERE) > 100


def test_what_a_check_exists_for_can_be_made() -> None:
    """Each name is a fault, a mutation of a box or one of this computer, and each mutation is there for some check."""
    wanted = {name for check in check_table.CHECKS.values() for name in check.by}
    assert wanted == set(check_table.BREAKS)
    assert wanted <= {*catalogue.FAULTS, *catalogue.MUTATIONS, *host_mutations.MAKERS}
    assert {*catalogue.MUTATIONS, *host_mutations.MAKERS} <= wanted
    assert not set(catalogue.MUTATIONS) & set(catalogue.FAULTS)


def test_layers_have_no_circle_and_the_whole_stands_on_all() -> None:
    """`below` ends, and nothing of a lab is beside what the whole lab stands on."""
    assert below(Layer.WHOLE) == set(Layer) - {Layer.NOTHING}
    assert below(Layer.ETCD) == {Layer.ETCD}
    assert Layer.API in below(Layer.GUESTBOOK)
    assert set(STANDS_ON) == set(Layer)


@pytest.mark.parametrize("name", check_table.BREAKS)
def test_a_check_that_stays_green_is_no_proof(name: str) -> None:
    """Red by name: the others' being red does not make up for one that is not."""
    first, *others = sorted(check_table.reddened(name))
    check_verdict.judge(name, outcome(first, *others))
    with pytest.raises(check_verdict.Unproven, match=re.escape(first)):
        check_verdict.judge(name, outcome(*others))


def test_a_check_that_reddens_without_a_reason_is_no_proof() -> None:
    """A closed dashboard does not redden etcd; a stopped etcd reddens the dashboard, which stands on it."""
    with pytest.raises(check_verdict.Unproven, match="red without a reason: cluster::etcd_is_well"):
        check_verdict.judge(
            "dashboard-role-gone", outcome(*check_table.reddened("dashboard-role-gone"), "cluster::etcd_is_well")
        )
    check_verdict.judge(
        "etcd-stopped", outcome(*check_table.reddened("etcd-stopped"), "browser::dashboard_shows_every_node")
    )


def test_small_mutations_are_made_at_once_and_judged_one_by_one() -> None:
    """Only what breaks nothing that others stand on; each must redden its own checks, and may not redden a third's."""
    groups = check_verdict.together(check_table.BREAKS)
    assert len(groups[0]) > 20
    assert all(len(group) == 1 for group in groups[1:])
    assert sorted(row for group in groups for row in group) == sorted(check_table.BREAKS)
    pair = ("usr-writable", "python-in-a-box")
    check_verdict.judge(pair[0], outcome("machines::usr_refuses_writes", "machines::there_is_no_python"), pair)
    with pytest.raises(check_verdict.Unproven, match="stayed green: machines::there_is_no_python"):
        check_verdict.judge(pair[1], outcome("machines::usr_refuses_writes"), pair)
    with pytest.raises(check_verdict.Unproven, match="red without a reason: cluster::etcd_is_well"):
        check_verdict.judge(pair[0], outcome("machines::usr_refuses_writes", "cluster::etcd_is_well"), pair)


def test_what_stands_on_the_broken_is_not_run() -> None:
    """With etcd away little is left to say; with a file that may be written, everything is."""
    assert (
        check_verdict.worth_running(["etcd-stopped"])
        < check_verdict.worth_running(["usr-writable"])
        == set(check_table.CHECKS)
    )
    assert check_table.reddened("etcd-stopped") <= check_verdict.worth_running(["etcd-stopped"])


def test_what_nothing_has_reddened_is_named() -> None:
    """A row that failed proves nothing, and a check without a row is unproven."""
    there = {"cluster::etcd_is_well", "machines::usr_refuses_writes", "new::check"}
    assert check_verdict.unproven(["etcd-quota"], there) == ("machines::usr_refuses_writes", "new::check")
    assert check_verdict.unproven(check_table.BREAKS, THERE) == ()


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


def test_the_page_is_read_back_and_names_what_is_unproven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept is what a resumed run goes on from."""
    monkeypatch.setattr(checks_page, "DATA", tmp_path / "kept.json")
    monkeypatch.setattr(checks_page, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(checks_page, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text("So: 0 of 9 checks were seen red by x; 0 of 2 made. Yes.", encoding="utf-8")
    rows = {"usr-writable": row("usr-writable"), "etcd-quota": row("etcd-quota", "NOT PROVEN: stayed | green")}
    checks_page.write(rows, THERE)
    assert checks_page.read() == rows
    said = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "1 of 110 checks were seen red" in said.replace(str(len(THERE)), "110")
    assert "- `cluster::etcd_is_well`" in said
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == f"So: {checks_page.line(rows, THERE)} Yes."
    assert "NOT PROVEN: stayed / green" in said
    assert "| machines::usr_refuses_writes | usr-writable ✓ |" in said


def test_a_changed_check_is_proven_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest is about the fault and about the checks that it reddens."""
    before = prove_checks.state("usr-writable")
    assert before == prove_checks.state("usr-writable")
    changed = {**THERE, "machines::usr_refuses_writes": "def test_usr_refuses_writes(): pass"}
    monkeypatch.setattr(live_suite, "functions", lambda: changed)
    assert prove_checks.state("usr-writable") != before


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
        lines = scripts.read(mutation, verb).splitlines()
        assert lines[0] == "#!/usr/bin/env bash"
        assert lines[1].startswith("# ")
    kept = {*mutation.files, *(f"{name} {rest.replace('/', ' ')}" for name, _, rest in
                               (path.partition("/") for path in mutation.objects))}  # fmt: skip
    for path in re.findall(r"(?m)^edit (\S+)", scripts.read(mutation, "inject")):
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


def test_the_readme_says_how_far_it_has_come() -> None:
    """One line, the same as the page's: nobody has to believe it without looking."""
    assert checks_page.line(checks_page.read(), THERE) in (paths.ROOT / "README.md").read_text(encoding="utf-8")
    assert checks_page.PAGE.read_text(encoding="utf-8") == checks_page.text(checks_page.read(), THERE)
