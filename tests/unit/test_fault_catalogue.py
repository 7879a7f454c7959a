"""The catalogue of faults is whole and in order, and the scripts and detectors of each row agree with it."""

from __future__ import annotations

import re

import pytest

from kubelab import checks, diagnosis, errors, model, pages
from kubelab.checks import more_addons
from kubelab.faults import bad_certificates, catalogue, fault, fault_scripts, faults_page, targets

ROWS = catalogue.FAULTS.values()


def test_the_catalogue_covers_every_topic_with_at_least_25_faults() -> None:
    """A lab that is broken in every one of its layers is what exercises and lab.why are tested with."""
    assert len(catalogue.FAULTS) >= 25
    assert {row.topic for row in ROWS} == set(fault.Topic)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_everything_that_its_users_need(row: catalogue.Fault) -> None:
    """Name and options become paths and environment variables: no other characters than these get in."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", row.name)
    assert row.title
    assert row.detector
    assert all(re.fullmatch(r"[A-Z]+", name) and len(choices) > 1 for name, choices in row.options.items())
    assert all(path.startswith("/") and ".." not in path for path in row.files)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_lab_why_knows_the_cause_of_every_fault(row: catalogue.Fault) -> None:
    """A fault whose cause nobody can name could not be explained to a student."""
    assert row.cause in diagnosis.CAUSES


def test_a_mistyped_name_is_answered_with_the_near_ones() -> None:
    """Fifty names are hard to remember exactly."""
    with pytest.raises(errors.LabError) as caught:
        catalogue.find("coredns-gone")
    assert caught.value.ident == "fault-unknown"
    assert "did you mean coredns-role-gone?" in caught.value.details


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_row_names_exists(row: catalogue.Fault) -> None:
    """Scripts, detectors, makers and targets are looked up by name, at a moment when a lab is half broken."""
    assert all(callable(getattr(checks, name, None) or getattr(more_addons, name)) for name in row.detector)
    assert not row.material or row.material in bad_certificates.MAKERS
    assert not row.target or row.target in targets.TARGETS
    for verb in ("inject", "clear"):
        lines = fault_scripts.read(row, verb).splitlines()
        assert lines[0] == "#!/usr/bin/env bash"
        assert lines[1].startswith("# "), "says what it does"
        assert len(lines) <= 40


def test_every_folder_of_scripts_has_its_row() -> None:
    """A script that no row names would be run by nobody, and be believed to be tested."""
    folders = {path.name for path in fault_scripts.LIBRARY.parent.iterdir() if path.is_dir()}
    assert folders == set(catalogue.FAULTS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_script_uses_the_options_of_its_row_and_no_others(row: catalogue.Fault) -> None:
    """An option that no script reads is no variant; a variable that nobody sets ends the script half-way."""
    both = fault_scripts.read(row, "inject") + fault_scripts.read(row, "clear")
    used = set(re.findall(r"\$\{?([A-Z][A-Z]+)\b", both))
    given = {name for name in row.options if name != "HOURS"} | ({"VOLUME"} if row.target else set())
    assert used == given


def test_a_lab_is_proven_by_the_faults_of_its_add_ons() -> None:
    """A fault of an add-on that the lab lacks is refused: a run over all of them must not end there."""
    usual = catalogue.of_addons(model.USUAL_ADDONS)
    assert set(catalogue.of_addons(tuple(model.Addon))) == set(catalogue.FAULTS)
    assert set(catalogue.FAULTS) - set(usual) == {"metrics-service-name", "loadbalancer-pool", "gateway-class"}


def test_the_page_is_current() -> None:
    """Whoever changes the catalogue types the word that writes its page."""
    assert faults_page.PAGE.read_text(encoding="utf-8") == faults_page.text(), (
        f"{pages.FAULTS} is old; type: ./run docs.faults"
    )


LIBRARY = """\
set -e
# twice WORD: say it twice.
twice() { once "$1"; once "$1"; }

once() (
  echo "$1"
)
never() {
  rm -rf /
}
trap 'ended' EXIT
ended() { :; }
"""


def test_a_proof_stands_on_what_its_scripts_use_of_the_library() -> None:
    """What a script calls, also through others, is a part of it; what it does not call can change without it."""
    used = fault_scripts.used(LIBRARY, "twice a")
    assert {name for name in ("twice", "once", "never", "ended") if f"{name}() " in used} == {"twice", "once", "ended"}
    assert used.startswith("set -e\n")
    assert "say it" not in used
    assert fault_scripts.used(LIBRARY, "once a") != used
    assert fault_scripts.used(LIBRARY.replace("rm -rf /", "true"), "twice a") == used
    assert fault_scripts.used(LIBRARY.replace('echo "$1"', "true"), "twice a") != used


def test_every_function_of_the_library_is_told_apart() -> None:
    """One that is not seen as a function would be a part of every proof, and all would be stale when it changes."""
    text = fault_scripts.LIBRARY.read_text(encoding="utf-8")
    assert set(fault_scripts.FUNCTION.findall(text)) == set(re.findall(r"^(\w+)\(\)", text, re.MULTILINE))
