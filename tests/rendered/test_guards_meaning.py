"""Guards judge meaning: another spelling is no breach; another meaning is a breach in any spelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import rendering
import silence

from kubelab import checks
from kubelab.clients import kube_api
from kubelab.exercises import answers, baseline_objects, box_looks, guards, library, manifests, pod_placement, scene


@pytest.fixture
def staged(labs: rendering.Labs) -> scene.Scene:
    """Return the scene of an exercise in the rendered default lab."""
    return silence.stage(labs["default"], library.find("pods-pending"), 1)


def files(staged: scene.Scene, **changed: Callable[[str], str]) -> Callable[..., str]:
    """Return what boxes' files say: as the lab rendered them, but for those that are changed (by their last name)."""

    def read(_: scene.Scene, machine: Any, command: str) -> str:
        name, head = getattr(machine, "name", machine), ""
        if manifests.MARK in command:
            path, head = f"{manifests.FOLDER}/kube-apiserver.yaml", f"{manifests.MARK}it\n"
        else:
            assert command.startswith("cat "), command
            path = command.removeprefix("cat ")
        text = (staged.view.where.box(name) / f"files{path}").read_text(encoding="utf-8")
        change = changed.get(path.rpartition("/")[2].replace("-", "_").replace(".yaml", ""))
        return head + (change(text) if change else text)

    return read


MODES = "- --authorization-mode=Node,RBAC\n"


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (MODES, MODES, True),
        (MODES, "- --authorization-mode=RBAC,Node\n", True),
        (MODES, '- "--authorization-mode"\n        - "Node,RBAC"\n', True),
        (MODES, "- --authorization-mode=AlwaysAllow # --authorization-mode=Node,RBAC\n", False),
        (MODES, "- --authorization-mode=Node,RBAC\n        - --authorization-mode=AlwaysAllow\n", False),
        (MODES, "", False),
        ("NodeRestriction\n", "PodNodeSelector,NodeRestriction\n", True),
        ("NodeRestriction\n", "NodeRestriction\n        - --disable-admission-plugins=NodeRestriction\n", False),
        (MODES, f"{MODES}        - --anonymous-auth\n", False),
        (MODES, f"{MODES}        - --anonymous-auth=false\n", True),
        ("/authentication.yaml\n", "/other.yaml\n", False),
    ],
)
def test_authorization_is_read_from_the_flags_that_count(
    staged: scene.Scene, monkeypatch: pytest.MonkeyPatch, old: str, new: str, kept: bool
) -> None:
    """Order and form do not matter; a comment hides nothing, and the last flag counts."""
    monkeypatch.setattr(scene.Scene, "read", files(staged, kube_apiserver=lambda text: text.replace(old, new, 1)))
    if kept:
        guards.authorization_kept(staged, [])
    else:
        with pytest.raises(checks.Wrong):
            guards.authorization_kept(staged, [])


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda text: "# other words\n" + text.replace("enabled: true", '"enabled": yes'), True),
        (lambda text: "# other words\n" + text.replace("enabled: true", '"enabled": True'), True),
        (lambda text: text.replace("enabled: true", "enabled: false"), False),
        (lambda text: text.partition("  conditions:")[0], False),
    ],
)
def test_who_is_anonymous_is_read_by_meaning(
    staged: scene.Scene, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], kept: bool
) -> None:
    """The file of authentication may be written otherwise, and not say otherwise."""
    monkeypatch.setattr(scene.Scene, "read", files(staged, authentication=change))
    if kept:
        guards.authorization_kept(staged, [])
    else:
        with pytest.raises(checks.Wrong, match=r"authentication\.yaml changed"):
            guards.authorization_kept(staged, [])


def term(key: str, operator: str, *values: str) -> dict[str, Any]:
    """Return an affinity that a pod insists on."""
    terms = [{"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


@pytest.mark.parametrize(
    ("spec", "left_out"),
    [
        ({}, []),
        ({"nodeSelector": {"kubernetes.io/os": "linux"}}, []),
        ({"nodeSelector": {"kubernetes.io/hostname": "one"}}, ["two"]),
        (term("kubernetes.io/hostname", "In", "one", "two"), []),
        (term("kubernetes.io/hostname", "In", "two"), ["one"]),
        (term("kubernetes.io/hostname", "NotIn", "two"), ["two"]),
        (term("disk", "DoesNotExist"), []),
        (term("disk", "Exists"), ["one", "two"]),
    ],
)
def test_a_pod_is_pinned_if_a_worker_is_left_out(spec: Mapping[str, Any], left_out: list[str]) -> None:
    """Selectors and affinities are evaluated: naming all workers leaves none out, an affinity may leave out as well."""
    nodes = [
        {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}}}
        for name in ("one", "two")
    ]
    assert pod_placement.left_out(spec, nodes) == left_out


class World:
    """A scene with objects as they were and as they are, for guards that compare them."""

    def __init__(self, kind: str, was: kube_api.Json, now: kube_api.Json) -> None:
        """Keep one object, twice."""
        key = next(path for path in baseline_objects.PATHS if path.endswith(f"/{kind}")), "shop", "till"
        meta = {"name": "till", "namespace": "shop", "uid": "u-1"}
        self.values: dict[str, str] = {}
        self.was = {key: {**was, "metadata": {**meta, **was.get("metadata", {})}}}
        self.now = answers.Told({**now, "metadata": {**meta, **now.get("metadata", {})}}, "till")

    def find(self, _: str) -> answers.Told:
        """Return it as it is."""
        return self.now

    def before(self) -> baseline_objects.Objects:
        """Return it as it was."""
        return baseline_objects.Objects(found=self.was)


def test_a_null_is_no_difference() -> None:
    """What the API kept as null is what it leaves out: neither a policy nor a workload was changed by that."""
    was = {
        "spec": {"replicas": 2, "template": {"metadata": {"creationTimestamp": None}}, "claims": [{"a": None, "b": 1}]}
    }
    now = {"spec": {"replicas": 2, "template": {"metadata": {}}, "claims": [{"b": 1}]}}
    guards.unchanged(World("statefulsets", was, now), ["shop/statefulsets/till"])  # type: ignore[arg-type]
    other = {"spec": {**now["spec"], "claims": [{"b": 2}]}}
    with pytest.raises(checks.Wrong, match=r"differs from before in spec\.claims"):
        guards.unchanged(World("statefulsets", was, other), ["shop/statefulsets/till"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("600 root /k\n", False), ("0400 root /k\n400 root /l l\n", False), ("", False),
        ("640 root /k\n", True), ("604 root /k\n", True), ("600 core /k\n", True), ("600 root /a\n644 root /k\n", True),
        ("1600 root /k\n", False),
    ],
)  # fmt: skip
def test_only_its_owner_may_use_a_private_file(
    staged: scene.Scene, monkeypatch: pytest.MonkeyPatch, said: str, wrong: bool
) -> None:
    """Modes are numbers, and the owner counts."""
    monkeypatch.setattr(scene.Scene, "read", lambda *_, **__: said)
    if wrong:
        with pytest.raises(checks.Wrong):
            box_looks.private(staged, "kube-master-01", ["/k"])
    else:
        box_looks.private(staged, "kube-master-01", ["/k"])
