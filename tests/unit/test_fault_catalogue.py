"""The catalogue of faults: whole, in order, and each row something that its scripts and detectors can live up to."""

from __future__ import annotations

import re

import pytest

from kubelab import diagnosis, errors
from kubelab.faults import catalogue, fault

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
