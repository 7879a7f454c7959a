"""Printed mends: each is tried on a lab or gives the reason why not, and each word in it exists."""

from __future__ import annotations

import copy
import re
import shlex
import sys
from collections.abc import Iterator

import pytest

from kubelab import errors, paths
from kubelab.diagnosis import tables
from kubelab.faults import catalogue
from kubelab.tasks import namespace

sys.path.insert(0, str(paths.ROOT / "tests/life"))

from scenes import NOT_ACTED, SCENES

TYPED = re.compile(r"\./run ((?:[a-z]+\.)?[a-z]+)((?: --[a-z-]+)*)")
BY_FAULT = {row.cause for row in catalogue.FAULTS.values()}
MENDS = {name for name, row in tables.CAUSES.items() if row.mend}
SYMPTOMS = {name for name, row in tables.CAUSES.items() if row.symptom}


def printed() -> Iterator[tuple[str, str]]:
    """Yield every text that tells a person what to type: where it stands, and the text."""
    for name, cause in tables.CAUSES.items():
        yield f"look of {name}", cause.look
        yield f"mend of {name}", cause.mend
    for ident, row in errors.TABLE.items():
        yield f"remedy of {ident}", row.remedy


@pytest.mark.parametrize("name", sorted(MENDS - SYMPTOMS))
def test_every_mend_is_tried_on_a_lab(name: str) -> None:
    """A cause that is more than a symptom is a fault's or a scene's of tests/life/test_mends.py, or says why not."""
    places = [name in BY_FAULT, name in SCENES, name in NOT_ACTED]
    assert sum(places) == 1, f"{name}: fault {places[0]}, scene {places[1]}, not acted {places[2]}"


def test_the_scenes_are_of_causes_that_there_are() -> None:
    """A cause that was renamed takes its scene along."""
    assert {*SCENES, *NOT_ACTED} <= set(tables.CAUSES)


@pytest.mark.parametrize(("place", "text"), list(printed()), ids=[place for place, _ in printed()])
def test_every_printed_word_is_one_with_these_options(place: str, text: str) -> None:
    """`./run WORD --option` in a mend, a look or a remedy can be typed as it stands."""
    collection = namespace.collection()
    for word, options in TYPED.findall(text):
        assert word in collection.task_names, f"{place}: ./run {word}"
        # A copy: invoke takes the help out of the task that it is asked of.
        known = {flag for argument in copy.deepcopy(collection[word]).get_arguments() for flag in _flags(argument)}
        unknown = set(options.split()) - known
        assert not unknown, f"{place}: ./run {word} has no {unknown}"


def _flags(argument: object) -> Iterator[str]:
    for name in argument.names:  # type: ignore[attr-defined]
        yield f"--{name.replace('_', '-')}"


@pytest.mark.parametrize("name", sorted(MENDS))
def test_a_mend_is_one_command_line(name: str) -> None:
    """It is typed as printed: a shell reads it, and no part of it is a remark on what to do by hand."""
    mend = tables.CAUSES[name].mend
    assert "#" not in mend, mend
    shlex.split(mend)
