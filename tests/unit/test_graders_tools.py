"""Graders of Helm and Kustomize: a release and an overlay are judged by what they hold and what runs, not by labels."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
from collections.abc import Mapping
from typing import Any

import graders_data
import pytest

from kubelab.exercises import library, looks

SPACE = "/api/v1/namespaces/shop"
APPS = "/apis/apps/v1/namespaces/shop"
SECRETS = f"{SPACE}/secrets"
GIVEN: dict[str, Any] = {"space": "shop", "app": "till", "image": "agnhost:1", "replicas": "2", "word": "Hello"}
VALUES = {"image": "agnhost:1", "replicas": 2, "greeting": "Hello, come in"}
MANIFEST = """\
---
# Source: counter/templates/settings.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: till}
data: {GREETING: "Hello, come in"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: till}
spec:
  replicas: 2
  template:
    spec:
      containers: [{name: counter, image: "agnhost:1", envFrom: [{configMapRef: {name: till}}]}]
"""
SETTINGS: dict[str, Any] = {"metadata": {"name": "till", "uid": "c"}, "data": {"GREETING": "Hello, come in"}}
BOX = {"name": "counter", "image": "agnhost:1", "envFrom": [{"configMapRef": {"name": "till"}}], "resources": {},
       "terminationMessagePath": "/dev/termination-log"}  # fmt: skip
DEPLOYMENT: dict[str, Any] = {"metadata": {"name": "till", "uid": "d"},
              "spec": {"replicas": 2, "template": {"spec": {"containers": [BOX]}}}}  # fmt: skip


def packed(content: object) -> str:
    """Return what the data of a Secret of Helm holds."""
    return base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()


def revision(number: int, status: str = "deployed", **more: Any) -> dict[str, Any]:
    """Return the Secret of one revision of the release till."""
    release = {"name": "till", "version": number, "info": {"status": status}, "manifest": MANIFEST,
               "chart": {"metadata": {"name": "counter"}, "values": {"replicas": 1, "image": "", "greeting": "Closed"}},
               "config": VALUES, **more}  # fmt: skip
    return {
        "metadata": {"name": f"sh.helm.release.v1.till.v{number}", "uid": f"u{number}",
                     "labels": {"owner": "helm", "name": "till", "status": "deployed", "version": str(number)}},
        "type": "helm.sh/release.v1", "data": {"release": packed(release)},
    }  # fmt: skip


def released(*rows: Mapping[str, Any], **found: Any) -> graders_data.Lab:
    """Return a namespace with these revisions, and the objects of the manifest."""
    there = {SECRETS: list(rows), f"{SPACE}/configmaps/till": SETTINGS, f"{APPS}/deployments/till": DEPLOYMENT}
    return graders_data.Lab({**there, **found}, **GIVEN)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([revision(1)], ""),
        ([revision(2, config={**VALUES, "replicas": "2"})], ""),
        ([revision(3), revision(1, "superseded", config={}), revision(2, "failed")], ""),
        ([revision(1, chart={"metadata": {"name": "counter"}, "values": VALUES}, config=None)], ""),
        ([], "no release till"),
        ([revision(9), revision(10, "failed")], "revision 10 of till is failed"),
        ([revision(1), revision(2, "pending-upgrade")], "revision 2 of till is pending-upgrade"),
        ([revision(1, config={**VALUES, "greeting": "Hello"})], "has the greeting 'Hello'"),
        ([revision(1, config={"image": "agnhost:1", "greeting": "Hello, come in"})], "has the replicas '1'"),
        ([revision(1, chart={"metadata": {"name": "other"}})], "is of the chart other"),
        ([revision(1, chart="?", config=[], info=7)], "is None"),
        ([{**revision(1), "type": "Opaque"}], "no release till"),
        ([{**revision(1), "data": {"release": "bm9uZQ=="}}], "holds no release"),
        ([{**revision(1), "data": None}], "holds no release"),
        ([{**revision(1), "data": {"release": packed([1])}}], "holds no release"),
    ],
)
def test_the_newest_revision_is_judged_by_what_it_holds(rows: list[dict[str, Any]], said: str) -> None:
    """By the content of Helm's Secret: a label that says deployed proves nothing, and 10 is newer than 9."""
    found = graders_data.verdict(graders_data.check("release-broken", "release_is_right"), released(*rows))
    assert (said in found) if said else not found


def test_a_release_that_unpacks_without_end_is_not_read() -> None:
    """Some kilobytes that become many megabytes are no release; what is read is bounded."""
    bomb = revision(1, manifest="x" * (64 << 20))
    assert len(bomb["data"]["release"]) < 200_000
    said = graders_data.verdict(graders_data.check("release-broken", "release_is_right"), released(bomb))
    assert "holds no release" in said


def changed(place: str, value: object) -> dict[str, Any]:
    """Return the deployment with another value somewhere in its spec."""
    row: Any = copy.deepcopy(DEPLOYMENT)
    part, keys = row["spec"], place.split(".")
    for key in keys[:-1]:
        part = part[int(key)] if key.isdigit() else part[key]
    part[keys[-1]] = value
    return dict(row)


POD = "template.spec.containers.0"


@pytest.mark.parametrize(
    ("path", "row", "said"),
    [
        (f"{APPS}/deployments/till", DEPLOYMENT, ""),
        (f"{APPS}/deployments/till", changed("progressDeadlineSeconds", 600), ""),
        (f"{APPS}/deployments/till", changed("replicas", 3), "Deployment till differs from the release in spec.repl"),
        (f"{APPS}/deployments/till", changed(f"{POD}.env", [{"name": "GREETING", "value": "Away"}]), "spec.template"),
        (f"{APPS}/deployments/till", changed(f"{POD}.image", "agnhost:2"), "spec.template.spec.containers"),
        (f"{APPS}/deployments/till", changed("template.spec.containers", [BOX, BOX]), "spec.template.spec.containers"),
        (f"{SPACE}/configmaps/till", {**SETTINGS, "data": {**SETTINGS["data"], "MORE": "1"}}, "data.MORE"),
        (f"{SPACE}/configmaps/till", None, "there is no ConfigMap till"),
    ],
)
def test_what_runs_is_what_the_release_says(path: str, row: Any, said: str) -> None:
    """What the API server fills in is no difference; what somebody edited past Helm is one."""
    lab = released(revision(1), **{path: row})
    found = graders_data.verdict(graders_data.check("release-broken", "cluster_is_as_released"), lab)
    assert (said in found) if said else not found


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("", "has no objects"),
        ("---\n" * 3, "has no objects"),
        (MANIFEST * 11, "has 22 objects"),
        ("kind: Job\nmetadata: {name: x}\n", "does not make"),
        ("[1, 2]", "does not make"),
        ("a: [", "it is no YAML"),
    ],
)
def test_a_manifest_that_is_none_is_wrong(manifest: str, said: str) -> None:
    """An empty or foreign manifest has no difference from the cluster, and is not right for that."""
    lab = released(revision(1, manifest=manifest))
    assert said in graders_data.verdict(graders_data.check("release-broken", "cluster_is_as_released"), lab)


def test_a_failed_upgrade_does_not_hide_the_release_before_it() -> None:
    """The cluster is held against the last revision that was deployed; without one there is nothing to hold."""
    look = graders_data.check("release-broken", "cluster_is_as_released")
    assert graders_data.verdict(look, released(revision(1), revision(2, "failed", manifest=""))) == ""
    assert "no deployed release" in graders_data.verdict(look, released(revision(1, "failed")))


@pytest.mark.parametrize(
    ("now", "uid", "said"),
    [
        ([1, 2, 3], "d", ""),
        ([1, 2], "d", ""),
        ([2, 3], "d", "revision 1 of till is gone"),
        ([1, 2, 3], "other", "the deployment till was deleted"),
        ([2, 3, 4, 11, 12], "d", ""),
    ],
)
def test_good_revisions_are_kept(now: list[int], uid: str, said: str) -> None:
    """The pending one may go, and those that Helm itself removes after ten."""
    was = {("/api/v1/secrets", "shop", f"v{number}"): revision(number, status)
           for number, status in ((1, "superseded"), (2, "deployed"), (3, "pending-upgrade"))}  # fmt: skip
    was[("/apis/apps/v1/deployments", "shop", "till")] = DEPLOYMENT
    deployment = {**DEPLOYMENT, "metadata": {"name": "till", "uid": uid}}
    found = {SECRETS: [revision(number) for number in now], f"{APPS}/deployments/till": deployment}
    lab = graders_data.Lab(found, before=was, **GIVEN)
    seen = graders_data.verdict(graders_data.check("release-broken", "nothing_deleted"), lab, [])
    assert (said in seen) if said else not seen


def test_nothing_is_kept_of_a_release_that_was_not_there() -> None:
    """A release that the student installs has no history to keep."""
    lab = graders_data.Lab({f"{APPS}/deployments/till": DEPLOYMENT}, **GIVEN)
    assert graders_data.verdict(graders_data.check("release-broken", "nothing_deleted"), lab, []) == ""


STAGES: dict[str, Any] = {"space": "shop", "replicas": "2", "word": "hello"}
ANGLED: dict[str, Any] = {"metadata": {"name": "prod-settings-9c9f945689"}, "data": {"GREETING": "Good <day>, é"}}
"""A name as `kubectl kustomize` gave it to this content."""


def named_well(row: Mapping[str, Any]) -> bool:
    """Return whether the grader takes a ConfigMap's name for one that follows its content."""
    found = library.functions(library.find("overlays-collide"))._named_by_content(row)
    return bool(found)


def test_a_generated_name_is_known_by_its_content() -> None:
    """As Kustomize hashes it, with letters that Go escapes; not another content, nor a name chosen by hand."""
    assert named_well(ANGLED)
    assert not named_well({**ANGLED, "data": {"GREETING": "Good day"}})
    for name in ("settings", "prod-settings", "settings-2", "9c9f945689x", "prod-settings-9c9f945680"):
        assert not named_well({**ANGLED, "metadata": {"name": name}}), name


def stage(name: str, *, replicas: int, memory: str, source: str) -> dict[str, Any]:
    """Return the deployment of a stage with the annotation of its last apply."""
    box = {"name": "till", "image": "agnhost:1", "envFrom": [{"configMapRef": {"name": source}}],
           "resources": {"limits": {"memory": memory}}}  # fmt: skip
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "till", "stage": name}},
            "template": {"spec": {"containers": [box]}}}  # fmt: skip
    note = json.dumps({"kind": "Deployment", "spec": spec})
    return {
        "metadata": {"name": f"{name}-till", "uid": name, "generation": 1, "annotations": {looks_last(): note}},
        "spec": copy.deepcopy(spec),
        "status": {"observedGeneration": 1, "updatedReplicas": replicas, "readyReplicas": replicas},
    }


def looks_last() -> str:
    """Return the annotation in which kubectl keeps what it applied."""
    return str(library.functions(library.find("overlays-collide")).LAST)


def standing(monkeypatch: pytest.MonkeyPatch, **more: Any) -> graders_data.Lab:
    """Return a namespace in which both stages stand as they should; `more` replaces what is at a path."""
    rows = {"prod": stage("prod", replicas=2, memory="64Mi", source=ANGLED["metadata"]["name"]),
            "dev": stage("dev", replicas=1, memory="32768Ki", source="dev-x")}  # fmt: skip
    sets = [{"metadata": {"name": f"{name}-1", "uid": f"{name}-1", "ownerReferences": [{"uid": name}]}}
            for name in rows]  # fmt: skip
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    pods = [
        {"metadata": {"name": f"{name}-{number}", "ownerReferences": [{"uid": f"{name}-1"}]}, "status": ready,
         "spec": row["spec"]["template"]["spec"]}
        for name, row in rows.items() for number in range(row["spec"]["replicas"])
    ]  # fmt: skip
    names = [pod["metadata"]["name"] for pod in pods if pod["metadata"]["name"].startswith("prod")]
    ends = {"metadata": {"name": "e", "labels": {"kubernetes.io/service-name": "prod-till"}},
            "endpoints": [{"targetRef": {"name": name}} for name in names]}  # fmt: skip
    found = {
        f"{APPS}/deployments/prod-till": rows["prod"], f"{APPS}/deployments/dev-till": rows["dev"],
        f"{APPS}/replicasets": sets, f"{SPACE}/pods": pods,
        f"{SPACE}/services/prod-till": {"metadata": {"name": "prod-till"}},
        f"{SPACE}/configmaps/{ANGLED['metadata']['name']}": ANGLED,
        "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices": [ends],
    }  # fmt: skip
    monkeypatch.setattr(looks, "execute", lambda *_: "Good <day>, é\n")
    return graders_data.Lab({**found, **more}, **{**STAGES, "word": "Good <day>, é"})


def prod(monkeypatch: pytest.MonkeyPatch, **more: Any) -> str:
    """Return what is wrong with prod."""
    return graders_data.verdict(graders_data.check("overlays-collide", "prod_is_right"), standing(monkeypatch, **more))


def test_a_stage_is_its_replicas_its_settings_and_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right as a whole; and each part is seen when it is wrong."""
    assert prod(monkeypatch) == ""
    one = stage("prod", replicas=1, memory="64Mi", source=ANGLED["metadata"]["name"])
    assert "asks for 1 replicas" in prod(monkeypatch, **{f"{APPS}/deployments/prod-till": one})
    byhand = {**ANGLED, "metadata": {"name": "settings-2"}}
    own = stage("prod", replicas=2, memory="64Mi", source="settings-2")
    more = {f"{APPS}/deployments/prod-till": own, f"{SPACE}/configmaps/settings-2": byhand}
    assert "would have the same name" in prod(monkeypatch, **more)
    written = stage("prod", replicas=2, memory="64Mi", source=ANGLED["metadata"]["name"])
    written["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "GREETING", "value": "Good <day>, é"}]
    assert "comes from no ConfigMap" in prod(monkeypatch, **{f"{APPS}/deployments/prod-till": written})
    assert "there is no Service" in prod(monkeypatch, **{f"{SPACE}/services/prod-till": None})


@pytest.mark.parametrize(
    ("names", "said"),
    [(["prod-0", "prod-1", "dev-0"], "leads to dev-0 as well"), (["prod-0"], "does not lead to prod-1")],
)
def test_a_service_leads_to_its_own_replicas_alone(
    names: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the pods behind it: the other stage's are no backends, and each of its own is one."""
    ends = {"metadata": {"name": "e", "labels": {"kubernetes.io/service-name": "prod-till"}},
            "endpoints": [{"targetRef": {"name": name}} for name in names]}  # fmt: skip
    assert said in prod(monkeypatch, **{"/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices": [ends]})


def test_what_was_edited_after_an_apply_is_told() -> None:
    """By kubectl's note of the last apply, or by the API server's note of who wrote the spec."""
    look = graders_data.check("overlays-collide", "as_applied")

    def said(row: dict[str, Any]) -> str:
        return graders_data.verdict(look, graders_data.Lab({f"{APPS}/deployments/prod-till": row}, **STAGES), [])

    row = stage("prod", replicas=2, memory="64Mi", source="x")
    assert said(row) == ""
    edited = copy.deepcopy(row)
    edited["spec"]["replicas"] = 3
    assert "edited after it was applied: replicas" in said(edited)
    limited = stage("prod", replicas=2, memory="64Mi", source="x")
    limited["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "X", "value": "1"}]
    assert "edited after it was applied" in said(limited)
    assert "does not say what was applied" in said({**row, "metadata": {"annotations": {looks_last(): "[]"}}})
    apply = {"operation": "Apply", "manager": "kubectl", "fieldsV1": {"f:spec": {}}}
    status = {"operation": "Update", "manager": "controller", "subresource": "status", "fieldsV1": {"f:status": {}}}
    hand = {"operation": "Update", "manager": "kubectl-edit", "fieldsV1": {"f:spec": {}}}
    for writers, words in (([apply, status], ""), ([status], "was not applied"), ([apply, hand], "by kubectl-edit")):
        found = said({**row, "metadata": {"name": "prod-till", "managedFields": writers}})
        assert (words in found) if words else not found


HANDED = re.compile(r"labs/exercises/[\w{} /-]+")


@pytest.mark.parametrize(
    "name", [name for name in library.names() if HANDED.search(library.find(name).text("task.md"))]
)
def test_what_a_task_hands_out_is_there(name: str) -> None:
    """Every path of this checkout in a task exists in each of its variants, and a pack has it."""
    exercise = library.find(name)
    for row in exercise.spec.variants:
        for path in HANDED.findall(exercise.text("task.md")):
            for key, value in row.set.items():
                path = path.replace(f"{{{{ {key} }}}}", str(value))  # noqa: PLW2901 (filled in key by key)
            place = library.FOLDER.parent.parent / path.split()[0]
            assert place.is_dir()
            files = [item for item in place.rglob("*") if item.is_file()]
            assert files
            assert all(library.is_students(str(item.relative_to(exercise.folder))) for item in files)


CALLED = re.compile(r"(?:^|\$\(|[!&|;] ?|\{ )(helm|kustomize|k9s) ", re.MULTILINE)


def test_an_exercise_that_calls_a_tool_needs_it() -> None:
    """helm and kustomize are on PATH in a lab that names them; kubectl has Kustomize in it."""
    seen = set()
    for name in library.names():
        exercise = library.find(name)
        called = {tool for path in exercise.folder.rglob("*.sh")
                  for tool in CALLED.findall(path.read_text(encoding="utf-8"))}  # fmt: skip
        assert called <= {str(tool) for tool in exercise.spec.needs.tools}, name
        seen |= called
    assert "helm" in seen
