"""Printed mends: each is tried on a lab or gives the reason why not, and each word in it exists."""

from __future__ import annotations

import ast
import copy
import inspect
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

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


WORDS = re.compile(r"\./run ((?:[a-z]+\.[a-z_]+ ?)+)")
NAMED = re.compile(r"[ \w{}]{0,12}\{(?:option|lab|paths\.lab_option\(.*\))\}|`")
"""What may follow a word: perhaps its value, and the lab's name; or the end of code in a page's text."""
AIMED = ("LabError", "Row", "Cause", "damaged")
"""Calls whose texts are given the lab's name where they are shown."""
ANY_LAB = {
    "kubelab/checks/user_workloads.py": "an offer beside a remark, not a mend",
    "kubelab/components/bundle_server.py": "for another computer, whose lab nobody here knows",
    "kubelab/components/local_image.py": "a remedy, aimed where it is shown",
    "kubelab/config/change_effects.py": "details of an error, aimed where they are shown",
    "kubelab/converge/lost_keys.py": "a remedy, aimed where it is shown",
    "kubelab/converge/upgrade_parts.py": "a remedy, aimed where it is shown",
    "kubelab/dev/quality_gate.py": "no word about a lab: host.setup of the project's own checks",
    "kubelab/exercises/exam_mark.py": "a remedy, aimed where it is shown",
    "kubelab/exercises/lockout.py": "a remedy, aimed where it is shown",
    "kubelab/faults/faults_page.py": "a page",
    "kubelab/host/doctor_findings.py": "host.setup, which takes a lab of virtual machines only",
    "kubelab/host/tools.py": "says NAME",
    "kubelab/proofs/": "for authors, about what was done",
    "kubelab/tasks/components.py": "for another computer, whose lab nobody here knows",
    "kubelab/tasks/exam.py": "the help of an option",
    "kubelab/tasks/exercise.py": "the help of an option; and a new exercise, which has no lab",
}


def of_any_lab(file: Path) -> Iterator[str]:
    """Yield the texts of a module that print a word about a lab and do not name the lab."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    collection = namespace.collection()
    aimed = {
        id(part)
        for call in ast.walk(tree)
        if (isinstance(call, ast.Call) and ast.unparse(call.func).endswith(AIMED))
        or (isinstance(call, ast.Assign) and "remedy" in ast.unparse(call.targets[0]))
        or (isinstance(call, ast.Expr) and isinstance(call.value, ast.Constant))
        for part in ast.walk(call)
    }
    pieces = {id(part) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for part in text.values}
    for node in ast.walk(tree):
        if id(node) in aimed | pieces or not isinstance(node, (ast.JoinedStr, ast.Constant)):
            continue
        text = _text(node)
        for found in WORDS.finditer(text):
            word = found[1].split()[-1]
            takes = "lab" in inspect.signature(collection[word].body).parameters
            if takes and not NAMED.match(text, found.end()):
                yield text


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"  # type: ignore[attr-defined]
        for part in node.values
    )


@pytest.mark.parametrize("file", sorted((paths.ROOT / "kubelab").rglob("*.py")), ids=lambda file: file.name)
def test_what_is_printed_names_the_lab_that_it_is_about(file: Path) -> None:
    """`host.doctor --lab mine` said `./run lab.destroy`, which destroys the default lab when it is typed as printed."""
    name = str(file.relative_to(paths.ROOT))
    if not any(name.startswith(known) for known in ANY_LAB):
        assert list(of_any_lab(file)) == []
