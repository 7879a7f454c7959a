"""Wider rights are found: a role or binding that adds rights is seen under any name; another spelling adds none."""

from __future__ import annotations

from typing import Any

import graders_data
import pytest

from kubelab.exercises import guards, rights

VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
API: dict[str, Any] = {
    "/apis": {"groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1"}]}]},
    "/api/v1": {
        "resources": [
            {"name": name, "namespaced": space, "verbs": VERBS}
            for name, space in (("pods", True), ("pods/log", True), ("secrets", True), ("nodes", False))
        ]
    },
    "/apis/apps/v1": {"resources": [{"name": "deployments", "namespaced": True, "verbs": VERBS}]},
}
PODS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]}
ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
WAS: dict[str, list[dict[str, Any]]] = {
    "clusterroles": [{"metadata": {"name": "eye"}, "rules": [PODS]}, {"metadata": {"name": "root"}, "rules": [ALL]}],
    "clusterrolebindings": [
        {"metadata": {"name": "eyes"}, "roleRef": {"kind": "ClusterRole", "name": "eye"},
         "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "x"}]},
    ],
    "roles": [], "rolebindings": [],
}  # fmt: skip


def wider(*, of: tuple[str, ...] = (), **changed: list[dict[str, Any]]) -> str:
    """Return what the guard says when some kinds of what there is are others than before."""
    before = {
        (f"{rights.GROUP}/{kind}", row["metadata"].get("namespace", ""), row["metadata"]["name"]): row
        for kind, rows in WAS.items()
        for row in rows
    }
    found = {f"{rights.GROUP}/{kind}": changed.get(kind, rows) for kind, rows in WAS.items()}
    lab = graders_data.Lab({**API, **found}, before=before, space="shop")
    return graders_data.verdict(guards.no_wider_permissions, lab, list(of))


def bound(role: str, kind: str, name: str, space: str = "") -> dict[str, Any]:
    """Return a binding of a role to somebody."""
    place = {"namespace": space} if space else {}
    ref = {"kind": "ClusterRole", "name": role}
    return {"metadata": {"name": f"{role}-{name}", **place}, "roleRef": ref, "subjects": [{"kind": kind, "name": name}]}


@pytest.mark.parametrize(
    "rules",
    [
        [PODS],
        [{**PODS, "verbs": ["list", "get"], "resources": [what]} for what in ("pods/log", "pods")],
        [{**PODS, "apiGroups": ["", "apps"]}],
        [{**PODS, "verbs": ["get"]}],
    ],
)
def test_the_same_rules_put_together_otherwise_are_no_wider(rules: list[dict[str, Any]]) -> None:
    """Order, split rules, a group that has no such thing, and less than before."""
    assert wider(clusterroles=[{"metadata": {"name": "eye"}, "rules": rules}, WAS["clusterroles"][1]]) == ""


def test_a_service_account_is_the_same_by_its_user_name() -> None:
    """A binding that is made anew and names it as a user gives nothing new."""
    assert wider(clusterrolebindings=[bound("eye", "User", "system:serviceaccount:x:a")]) == ""


def test_rights_that_nobody_had_are_seen_whatever_gives_them() -> None:
    """A small role counts as much as cluster-admin; so does a role that grows, bound or not."""
    more = [*WAS["clusterrolebindings"], bound("eye", "Group", "system:nodes")]
    assert "Group system:nodes may get pods" in wider(clusterrolebindings=more)
    grown = [{"metadata": {"name": "eye"}, "rules": [PODS, {**PODS, "resources": ["secrets"]}]}, WAS["clusterroles"][1]]
    assert "secrets" in wider(clusterroles=grown)
    assert "clusterroles/eye allows more" in wider(clusterroles=grown, clusterrolebindings=[])


def test_what_no_api_lists_is_a_right_as_well() -> None:
    """Whoever may impersonate users may do everything that they may."""
    rules = [{"verbs": ["impersonate"], "apiGroups": [""], "resources": ["users", "groups"]}]
    roles = [*WAS["clusterroles"], {"metadata": {"name": "mask"}, "rules": rules}]
    said = wider(clusterroles=roles, clusterrolebindings=[*WAS["clusterrolebindings"], bound("mask", "User", "eve")])
    assert "User eve may impersonate users everywhere" in said


def test_a_namespace_may_be_the_task() -> None:
    """What is bound in a namespace that the exercise names is its own; everywhere is not."""
    assert wider(of=("{space}",), rolebindings=[bound("eye", "User", "eve", "shop")]) == ""
    assert "pods in depot" in wider(of=("{space}",), rolebindings=[bound("eye", "User", "eve", "depot")])
    assert wider(of=("{space}",), clusterrolebindings=[*WAS["clusterrolebindings"], bound("root", "User", "eve")])


def colleague(rules: list[dict[str, Any]], *more: dict[str, Any], space: str = "depot") -> str:
    """Return what rbac-user says of somebody with these rules in a namespace beside what the role `view` allows."""
    found: dict[str, Any] = {f"{rights.GROUP}/{kind}": [] for kind in rights.KINDS}
    view = {"metadata": {"name": "view"}, "rules": [PODS]}
    found[f"{rights.GROUP}/clusterroles"] = [view, *more]
    found[f"{rights.GROUP}/clusterroles/view"] = view
    found[f"{rights.GROUP}/roles"] = [{"metadata": {"name": "own", "namespace": space}, "rules": rules}]
    subject = [{"kind": "Group", "name": "makers"}]
    found[f"{rights.GROUP}/rolebindings"] = [
        bound("view", "Group", "makers", "depot"),
        {
            "metadata": {"name": "o", "namespace": space},
            "roleRef": {"kind": "Role", "name": "own"},
            "subjects": subject,
        },
    ]
    found["/apis/certificates.k8s.io/v1/certificatesigningrequests"] = []
    lab = graders_data.Lab({**API, **found}, user="bo", group="makers", space="depot", role="view")
    found_wrong = [graders_data.verdict(graders_data.check("rbac-user", "user_may"), lab)]
    for name in ("no_master", "only_here"):
        found_wrong.append(graders_data.verdict(graders_data.check("rbac-user", name), lab, []))
    return "; ".join(filter(None, found_wrong))


def test_a_colleague_has_what_the_role_allows_and_no_more() -> None:
    """By the group's binding; secrets, a verb that gives more, or another namespace are seen."""
    assert colleague([]) == ""
    assert colleague([{**PODS, "verbs": ["get"]}]) == ""
    assert "get secrets in depot" in colleague([{**PODS, "resources": ["secrets"]}])
    assert "get pods in shop" in colleague([PODS], space="shop")
    less = {"metadata": {"name": "view"}, "rules": []}
    assert colleague([], less).startswith("bo may not ")
