"""The programs of each version set know every flag with which a lab starts them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import documents
import pytest
import rendering

from kubelab.components import cache_layout

LABS = {"1.36": "older", "1.37": "ha"}
"""Version set to a lab of it that has everything of several control planes."""
PODS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")


def started(rendered: rendering.Rendered) -> Mapping[str, set[str]]:
    """Return program to the flags with which a lab starts it: static pods, and the kubelet's unit."""
    found: dict[str, set[str]] = {}
    for path in rendered.every(".yaml"):
        if path.stem in PODS and path.parent.name == "manifests":
            (pod,) = documents.objects(path)
            found[path.stem] = {word.split("=")[0] for word in pod["spec"]["containers"][0]["command"][1:]}
    for path in rendered.every("kubelet.service"):
        found["kubelet"] = set(re.findall(r"--[\w-]+", path.read_text(encoding="utf-8")))
    return found


def known(program: Path) -> set[str]:
    """Return the flags that a program's help lists."""
    return set(re.findall(r"(--[\w-]+)", rendering.said([str(program), "--help"])))


def strange(rendered: rendering.Rendered) -> list[str]:
    """Return the flags that the programs of the lab's own version set do not know."""
    versions, found = rendered.lab.versions, []
    for program, flags in started(rendered).items():
        path = cache_layout.host_path(versions, program)
        if not path.exists():
            rendering.not_built(f"{program} of {versions.name}")
        found += [f"{program} {flag}" for flag in sorted(flags - known(path))]
    return found


@pytest.mark.parametrize("of", LABS)
def test_every_flag_is_known_to_the_sets_own_programs(labs: rendering.Labs, of: str) -> None:
    """A flag that came later, or was removed, would keep the program from starting."""
    rendered = labs[LABS[of]]
    assert rendered.lab.versions.name == of
    assert {*PODS, "kubelet"} == set(started(rendered))
    assert all(flags for flags in started(rendered).values())
    assert not strange(rendered)


def test_a_flag_that_a_program_does_not_know_is_seen(labs: rendering.Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge is strict: what it is here for makes it red."""
    monkeypatch.setattr(f"{__name__}.started", lambda _: {"kube-scheduler": {"--profiling", "--proofiling"}})
    assert strange(labs["ha"]) == ["kube-scheduler --proofiling"]
