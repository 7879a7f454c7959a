"""The page of CIS controls agrees with the rendered files: it has every control, and each row's evidence is true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import rendering

from kubelab import pages, paths
from kubelab.render import addons

PAGE = paths.ROOT / pages.CIS
ROW = re.compile(r"\| (\d(?:\.\d+)+) \| ([^|]+) \| ([AM]) \| (pass|fail) \| (.+) \|")
COUNTS = {
    "1.1": 21, "1.2": 29, "1.3": 7, "1.4": 2, "2": 7, "3.1": 3, "3.2": 2, "4.1": 10, "4.2": 13, "4.3": 1,
    "5.1": 13, "5.2": 13, "5.3": 2, "5.4": 2, "5.5": 1, "5.7": 4,
}  # fmt: skip
"""How many controls the benchmark has in each part."""
TABLED = {"1.1.12"}
"""Automated controls that fail, each with its reason on the page."""
FILES = {
    "apiserver": "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "manager": "/etc/kubernetes/manifests/kube-controller-manager.yaml",
    "scheduler": "/etc/kubernetes/manifests/kube-scheduler.yaml",
    "encryption": "/etc/kubernetes/kube-apiserver/encryption.yaml",
    "audit": "/etc/kubernetes/kube-apiserver/audit-policy.yaml",
    "admission": "/etc/kubernetes/kube-apiserver/admission.yaml",
    "kubelet": "/etc/kubernetes/kubelet/config.yaml",
    "proxy": "/etc/kubernetes/kube-proxy/config.yaml",
    "etcd": "/etc/etcd/etcd.conf.yaml",
}

SHOWN = re.compile(rf"`((?:not )?(?:mode|owner|addons|{'|'.join(FILES)}) [^`]+)`")


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield control, kind, verdict and what shows it."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        found = ROW.fullmatch(line)
        if found:
            yield found[1], found[3], found[4], found[5]


SHOWS = [(control, shown) for control, _, _, by in rows() for shown in SHOWN.findall(by)]


@pytest.fixture(scope="module")
def lab(labs: Mapping[str, rendering.Rendered]) -> rendering.Rendered:
    """Return the default lab, rendered."""
    return labs["default"]


def test_every_control_has_a_verdict() -> None:
    """All 130, each once, in the benchmark's order; the page counts them right."""
    found = [control for control, _, _, _ in rows()]
    wanted = [f"{part}.{number}" for part, count in COUNTS.items() for number in range(1, count + 1)]
    assert found == wanted
    passed = [control for control, _, verdict, _ in rows() if verdict == "pass"]
    counted = f"{len(found)} controls, {len(passed)} pass, {len(found) - len(passed)} fail"
    assert counted in " ".join(PAGE.read_text(encoding="utf-8").split())  # its prose is wrapped


def test_no_automated_control_fails_but_those_with_a_reason() -> None:
    """A fail has a reason of some words; what passes is shown by something, or says by which default."""
    failed = {control for control, kind, verdict, _ in rows() if verdict == "fail" and kind == "A"}
    assert failed == TABLED
    for control, _, verdict, by in rows():
        shown = SHOWN.search(by) or "tests/" in by or "etcd makes" in by
        assert shown if verdict == "pass" else len(by) >= 8, control
    assert len(SHOWS) > 95


@pytest.mark.parametrize(("control", "shown"), SHOWS)
def test_what_a_row_shows_is_so(lab: rendering.Rendered, control: str, shown: str) -> None:
    """The mode or the owner of a file, or text that is (or must not be) in a component's configuration."""
    words = shown.removeprefix("not ")
    where, _, text = words.partition(" ")
    if where in ("mode", "owner"):
        name, _, wanted = text.rpartition(" ")
        found = {row[1 if where == "mode" else 2] for row in _rows(lab, name)}
        assert found == {wanted}, control
        return
    content = _addons(lab) if where == "addons" else _texts(lab, FILES[where])
    assert content, control
    for part in content:
        if shown.startswith("not "):
            assert text not in part, control
    if not shown.startswith("not "):
        assert any(text in part for part in content), control


def _rows(lab: rendering.Rendered, name: str) -> list[tuple[str, ...]]:
    found = [
        row
        for machine in lab.lab.machines
        for path, row in lab.rows(machine.name).items()
        if path.endswith(f"/{name}") and row[1] != "-"
    ]
    assert found, name
    return found


def _texts(lab: rendering.Rendered, path: str) -> list[str]:
    files = [lab.where.box(machine.name) / f"files{path}" for machine in lab.lab.machines]
    return [file.read_text(encoding="utf-8") for file in files if file.exists()]


def _addons(lab: rendering.Rendered) -> list[str]:
    """Return what the lab applies, without comments."""
    folder = lab.where.box(lab.lab.control_plane[0].name) / f"files{addons.FOLDER}"
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))]
    return [re.sub(r"(?m)^\s*#.*$", "", text) for text in texts]


def level(policy: Any, user: str, groups: set[str], verb: str, resource: str) -> str:
    """Return how a request is written down: the first rule that fits decides."""
    for rule in policy["rules"]:
        if "users" in rule and user not in rule["users"]:
            continue
        if "userGroups" in rule and not groups & set(rule["userGroups"]):
            continue
        if ("verbs" in rule and verb not in rule["verbs"]) or "nonResourceURLs" in rule:
            continue
        if "resources" in rule and not any(
            group["group"] == "" and resource in group["resources"] for group in rule["resources"]
        ):
            continue
        return str(rule["level"])
    return "None"


ACCOUNTS = {
    "system:serviceaccount:kube-system:x": {"system:serviceaccounts", "system:serviceaccounts:kube-system"},
    "system:node:kube-worker-01": {"system:nodes"},
    "system:kube-controller-manager": set(),
    "system:kube-scheduler": set(),
    "system:apiserver": {"system:masters"},
    "ada": {"system:authenticated"},
}


@pytest.mark.parametrize("user", ACCOUNTS)
@pytest.mark.parametrize("verb", ["get", "list", "watch", "create", "update", "delete"])
def test_whoever_touches_a_secret_is_written_down(lab: rendering.Rendered, user: str, verb: str) -> None:
    """Never what is in it; an account of the machinery can be stolen as well as a person's."""
    policy = rendering.yaml_of(lab.where.box("kube-master-01") / f"files{FILES['audit']}")
    assert level(policy, user, ACCOUNTS[user], verb, "secrets") == "Metadata"


@pytest.mark.parametrize("user", ACCOUNTS)
@pytest.mark.parametrize("way", ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"])
def test_whoever_enters_a_pod_is_written_down(lab: rendering.Rendered, user: str, way: str) -> None:
    """A websocket opens a shell with get, which system accounts do all day with everything else."""
    policy = rendering.yaml_of(lab.where.box("kube-master-01") / f"files{FILES['audit']}")
    assert {level(policy, user, ACCOUNTS[user], verb, way) for verb in ("get", "create")} == {"Metadata"}


def test_what_the_machinery_asks_all_day_is_not(lab: rendering.Rendered) -> None:
    """It would bury what people do."""
    policy = rendering.yaml_of(lab.where.box("kube-master-01") / f"files{FILES['audit']}")
    assert level(policy, "system:node:kube-worker-01", {"system:nodes"}, "watch", "pods") == "None"
    assert level(policy, "ada", set(), "get", "configmaps") == "Metadata"


def test_a_fork_bomb_ends_in_its_pod(lab: rendering.Rendered) -> None:
    """A pod has a limit, and a box has one that several such pods do not reach."""
    text = lab.where.vagrantfile.read_text(encoding="utf-8")
    limits = re.findall(r'"--pids-limit",\s*"(\d+)"', text)
    assert len(limits) == len(lab.lab.machines)
    for part in _texts(lab, FILES["kubelet"]):
        limit = int(re.search(r"(?m)^podPidsLimit: (\d+)$", part)[1])  # type: ignore[index]
        assert 256 <= limit <= int(limits[0]) / 4
