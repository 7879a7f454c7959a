"""Graders judge results, not spelling: encryption at rest, quotas, rights, a namespace's deletion."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import graders_data
import pytest
import yaml

from kubelab import checks
from kubelab.exercises import encryption, rights

KEY = base64.b64encode(b"k" * 32).decode()
OWN = f"""\
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: {{keys: [{{name: key1, secret: {KEY}}}]}}
      - identity: {{}}
"""
HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
CIPHER = f"- aescbc: {{keys: [{{name: a, secret: {KEY}}}]}}"
RIGHT = {
    "as the lab has it": OWN,
    "everything": OWN.replace("[secrets]", "['*.*']"),
    "the core group": OWN.replace("[secrets]", "['*.']"),
    "providers first": f"{HEAD}resources:\n- providers:\n  {CIPHER}\n  resources: [secrets]\n",
    "flow style": "{kind: EncryptionConfiguration, resources: [{providers: ["
    + CIPHER[2:]
    + "], resources: [secrets]}]}",
    "json": json.dumps(yaml.safe_load(OWN)),
    "a comment about resources": OWN.replace("resources:\n", "# resources: [secrets]\nresources:\n", 1),
    "a comment before the first provider": OWN.replace("providers:\n", "providers:\n      # identity: {}\n"),
    "the second of two entries": OWN.replace(
        "resources:\n  - ", "resources:\n  - {resources: [configmaps], providers: [identity: {}]}\n  - "
    ),
    "among others, in a block": OWN.replace("[secrets]", "\n    - configmaps\n    - secrets"),
    "quoted": OWN.replace("[secrets]", '["secrets"]'),
    "an anchor": OWN.replace("providers:", "providers: &p"),
}
WRONG = {
    "identity first": (OWN.replace("- secretbox", "- identity: {}\n      - secretbox"), "identity"),
    "identity first, and a comment that hides it": (
        f"{HEAD}# resources: secrets providers: aescbc:\nresources: "
        "[{resources: [secrets], providers: [{identity: {}}]}]",
        "identity",
    ),
    "only config maps": (OWN.replace("[secrets]", "[configmaps]"), "does not name secrets"),
    "a wildcard of another group": (OWN.replace("[secrets]", "['*.apps']"), "does not name secrets"),
    "a first entry in plain": (
        OWN.replace("resources:\n  - ", "resources:\n  - {resources: ['*.'], providers: [identity: {}]}\n  - "),
        "identity",
    ),
    "a short key": (OWN.replace(KEY, base64.b64encode(b"k" * 16).decode()), "16 bytes"),
    "a key that is no base64": (OWN.replace(KEY, "no-key"), "0 bytes"),
    "no keys": (f"{HEAD}resources: [{{resources: [secrets], providers: [{{aescbc: {{}}}}]}}]", "0 bytes"),
    "no providers": (f"{HEAD}resources: [{{resources: [secrets]}}]", "no providers"),
    "two providers in one": (f"{HEAD}resources: [{{resources: [secrets], providers: [{{a: 1, b: 2}}]}}]", "one name"),
    "a text": ("secrets", "no EncryptionConfiguration"),
    "a list": ("- resources: [secrets]", "no EncryptionConfiguration"),
    "numbers": (f"{HEAD}resources: 7", "no list"),
    "broken": ("resources: [", "no YAML"),
}
MANIFEST = """\
=== manifest /etc/kubernetes/manifests/kube-apiserver.yaml
{"kind": "Pod", "metadata": {"name": "kube-apiserver"}, "spec": {
  "containers": [{"command": ["kube-apiserver",
    "--encryption-provider-config", "/etc/kubernetes/kube-apiserver/e.yaml"],
    "volumeMounts": [{"name": "config", "mountPath": "/etc/kubernetes/kube-apiserver"}]}],
  "volumes": [{"name": "config", "hostPath": {"path": "/etc/kubernetes/kube-apiserver"}}]}}
"""


def encrypted(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what encrypt-secrets says of a configuration, in a lab whose secret is ciphertext already."""
    prints = {
        "manifests/*": MANIFEST, "cat /etc/kubernetes/kube-apiserver/e.yaml": text,
        "etcdctl get": "k8s:enc:aescbc:v1:a:...",
    }  # fmt: skip
    look = graders_data.check("encrypt-secrets", "new_ones_are_encrypted")
    monkeypatch.setattr(look.__globals__["looks"], "api_answers", lambda _: None)
    return graders_data.verdict(look, graders_data.Lab(prints=prints, space="vault", item="tide"))


@pytest.mark.parametrize("name", RIGHT)
def test_encryption_is_read_as_the_api_server_reads_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wildcards, order, style, JSON, comments, a second entry, another file: secrets are encrypted."""
    assert encrypted(RIGHT[name], monkeypatch) == ""


@pytest.mark.parametrize("name", WRONG)
def test_a_configuration_that_does_not_encrypt_secrets_is_wrong(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a comment says; and what is no such configuration is a sentence, never an exception."""
    text, said = WRONG[name]
    assert said in encrypted(text, monkeypatch)


def test_the_way_back_reads_both_and_writes_as_the_lab() -> None:
    """Secrets by the lab's key, everything else plainly; any cipher of either reads; what is none adds none."""
    now = f"{HEAD}resources: [{{resources: ['*.*'], providers: [{CIPHER[2:]}, identity: {{}}]}}]"
    secrets, rest = encryption.between(OWN, now)["resources"]
    assert [next(iter(row)) for row in secrets["providers"]] == ["secretbox", "aescbc", "identity"]
    assert [next(iter(row)) for row in rest["providers"]] == ["identity", "secretbox", "aescbc"]
    assert rest["resources"] == ["*.*"]
    assert encryption.between(OWN, "{") == encryption.between(OWN, OWN)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        (OWN, []),
        (RIGHT["providers first"], ["secrets"]),
        (RIGHT["everything"], ["all"]),
        (RIGHT["the core group"], ["all"]),
        (OWN.replace("[secrets]", "[secrets, configmaps]"), ["configmaps"]),
        (OWN.replace("[secrets]", "[configmaps]").replace("secretbox", "aesgcm"), ["configmaps", "secrets"]),
        ("", []),
    ],
)
def test_what_the_lab_could_not_read_is_known(now: str, kinds: list[str]) -> None:
    """Another key makes secrets unreadable for the lab, another resource that one, a wildcard everything."""
    assert encryption.foreign(OWN, now) == kinds


TAINT = {"key": "reserved", "value": "shop", "effect": "NoSchedule"}
MASTER = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


def pending(
    pod: Mapping[str, Any], quota: Mapping[str, Any], *, taints: list[Any], shown: Any = None
) -> graders_data.Lab:
    """Return a lab whose three pods run; `shown` is the quota as the API server writes it, if it differs."""
    lab = graders_data.Lab(space="shop", app="till", hard="20")
    worker = lab.lab.workers[0].name
    spec = {"containers": [{"name": "app", "resources": {"requests": {"cpu": "20m"}}}], **pod}
    rows = [
        {"metadata": {"name": f"till-{number}"}, "spec": {"nodeName": worker},
         "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        for number in range(3)
    ]  # fmt: skip
    lab.found = {
        "/apis/apps/v1/namespaces/shop/deployments/till": {
            "metadata": {"generation": 1}, "spec": {"replicas": 3, "template": {"spec": spec}},
            "status": {"observedGeneration": 1, "updatedReplicas": 3, "readyReplicas": 3},
        },
        "/api/v1/namespaces/shop/pods": rows,
        "/api/v1/namespaces/shop/resourcequotas/shop": {
            "spec": {"hard": dict(quota)}, "status": {"hard": dict(shown or quota), "used": dict.fromkeys(quota, "3")},
        },
        **{f"/api/v1/nodes/{node.name}": {"spec": {"taints": taints}} for node in lab.lab.workers},
        f"/api/v1/nodes/{lab.lab.control_plane[0].name}": {"spec": {"taints": [MASTER]}},
    }  # fmt: skip
    return lab


def room(lab: graders_data.Lab) -> str:
    """Return what pods-pending says of the next pod and of the control plane."""
    found = [
        graders_data.verdict(graders_data.check("pods-pending", "next_one_runs_too"), lab),
        graders_data.verdict(graders_data.check("pods-pending", "control_plane_is_spared"), lab, []),
    ]
    return "; ".join(filter(None, found))


@pytest.mark.parametrize(
    ("hard", "said"),
    [
        ("10", ""),
        ("1e1", ""),
        ("10000m", ""),
        ("20", ""),
        ("1k", "the quota allows 1000 pods"),
        ("21", "the quota allows 21 pods"),
        ("3", "used up"),
    ],
)
def test_a_quota_is_an_amount(hard: str, said: str) -> None:
    """The API server writes 1000 as 1k: that is too many, and no broken check."""
    found = room(pending({}, {"pods": hard}, taints=[]))
    assert (said in found) if said else not found


def test_a_quota_may_count_objects_and_must_count_pods() -> None:
    """`count/pods` limits pods as well; a quota without either limits none."""
    assert room(pending({}, {"count/pods": "10"}, taints=[])) == ""
    assert "limits no pods" in room(pending({}, {"services": "10"}, taints=[]))


@pytest.mark.parametrize(
    ("tolerations", "said"),
    [
        ([{"key": "reserved", "operator": "Exists"}], ""),
        ([{"key": "reserved", "value": "shop", "effect": "NoSchedule"}], ""),
        ([], "no worker takes a pod of till"),
        ([{"key": "reserved", "value": "other"}], "no worker takes a pod of till"),
        ([{"operator": "Exists"}], "tolerates the control plane's taint"),
    ],
)
def test_a_toleration_makes_room_as_well_as_a_taint_that_is_gone(tolerations: list[Any], said: str) -> None:
    """Who tolerates the workers' taint runs there; who tolerates everything opens the control plane, too."""
    found = room(pending({"tolerations": tolerations}, {"pods": "10"}, taints=[TAINT]))
    assert (said in found) if said else not found


@pytest.mark.parametrize(
    ("cpu", "good"), [("0.1", True), ("100m", True), ("100000u", True), ("101m", False), ("1", False)]
)
def test_a_replica_asks_for_what_the_task_allows(cpu: str, good: bool) -> None:
    """However it is written."""
    box = {"name": "app", "resources": {"requests": {"cpu": cpu}}}
    assert (room(pending({"containers": [box]}, {"pods": "10"}, taints=[])) == "") is good


APPS = {"groupVersion": "apps/v1"}
API: dict[str, Any] = {
    "/apis": {"groups": [{"name": "apps", "versions": [APPS], "preferredVersion": APPS}]},
    "/api/v1": {
        "resources": [
            {"name": name, "namespaced": True, "verbs": ["get", "list", "watch", "create", "patch", "delete"]}
            for name in ("pods", "pods/log", "services", "events", "persistentvolumeclaims", "configmaps")
        ]
    },
    "/apis/apps/v1": {"resources": [{"name": "deployments", "namespaced": True, "verbs": ["get", "list", "patch"]}]},
}  # fmt: skip
ROBOT = {"kind": "ServiceAccount", "name": "robby", "namespace": "shop"}


def robot(rules: list[Any], *, subjects: list[Any] | None = None, space: str = "shop", role: str = "roles") -> str:
    """Return what rbac-robot's guards say of a role with these rules, bound to the robot."""
    kind = "ClusterRole" if role == "clusterroles" else "Role"
    place = {} if role == "clusterroles" else {"namespace": space}
    found: dict[str, Any] = {f"{rights.GROUP}/{name}": [] for name in rights.KINDS}
    found[f"{rights.GROUP}/{role}"] = [{"metadata": {"name": "r", **place}, "rules": rules}]
    binding = {"roleRef": {"kind": kind, "name": "r"}, "subjects": subjects or [ROBOT]}
    where = "rolebindings" if space else "clusterrolebindings"
    found[f"{rights.GROUP}/{where}"] = [
        {"metadata": {"name": "b", **({"namespace": space} if space else {})}, **binding}
    ]
    lab = graders_data.Lab({**API, **found}, space="shop", robot="robby", verb="list", resource="pods", also="get",
                           object="pods/log")  # fmt: skip
    guards = ("nothing_more", "only_here", "only_the_robot")
    return "; ".join(
        filter(None, (graders_data.verdict(graders_data.check("rbac-robot", name), lab, []) for name in guards))
    )


EXACT = [
    {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]},
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]},
]


def test_exactly_what_was_asked_for_is_right_however_it_is_bound() -> None:
    """A role or a cluster role in the namespace, for the account or for its user name."""
    assert robot(EXACT) == ""
    assert robot(EXACT, role="clusterroles") == ""
    assert robot(EXACT, subjects=[{"kind": "User", "name": "system:serviceaccount:shop:robby"}]) == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"verbs": ["get", "list"], "apiGroups": [""], "resources": ["services", "events"]}, "get events in shop"),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["persistentvolumeclaims"]}, "get persistentvolumeclaims"),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, "get pods in shop"),
        ({"verbs": ["patch"], "apiGroups": ["apps"], "resources": ["deployments"]}, "patch deployments.apps"),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, "create configmaps"),
    ],
)
def test_nothing_more_means_no_other_rule(more: Mapping[str, Any], said: str) -> None:
    """Services, events and claims were full marks: nobody had asked for them."""
    assert said in robot([*EXACT, more])


def test_the_robots_rights_are_nobody_elses() -> None:
    """A group, another user or everywhere is seen; so is the rest of the namespace."""
    assert "Group system:serviceaccounts:shop" in robot(
        EXACT, subjects=[ROBOT, {"kind": "Group", "name": "system:serviceaccounts:shop"}]
    )
    assert "User operator" in robot(EXACT, subjects=[ROBOT, {"kind": "User", "name": "operator"}])
    assert "list pods everywhere" in robot(EXACT, role="clusterroles", space="")


def api_service(name: str, *, available: bool = True, **spec: Any) -> Mapping[str, Any]:
    """Return an APIService: VERSION.GROUP, and whatever else its spec has."""
    version, _, group = name.partition(".")
    return {
        "metadata": {"name": name},
        "spec": {"group": group, "version": version, **spec},
        "status": {"conditions": [{"type": "Available", "status": str(available)}]},
    }


def gone(*, answers: Mapping[str, Any] | None = None, **found: Any) -> str:
    """Return what stuck-namespace says when the namespace is gone and the store has these objects of it.

    `answers` are those to further paths of the API.
    """
    served = api_service("v1.apps")
    rows: dict[str, Any] = {
        f"/api/v1/namespaces/pilot/{kind}": []
        for kind in ("pods", "services", "events", "persistentvolumeclaims", "configmaps")
    }
    rows |= {"/apis/apps/v1/namespaces/pilot/deployments": [], "/apis/apiregistration.k8s.io/v1/apiservices": [served]}
    rows |= {f"/api/v1/namespaces/pilot/{kind}": value for kind, value in found.items() if kind != "apiservices"}
    rows["/apis/apiregistration.k8s.io/v1/apiservices"] += found.get("apiservices", [])
    lab = graders_data.Lab({**API, **rows, **(answers or {})}, space="pilot", item="handle", wrong="configmap")
    return graders_data.verdict(graders_data.check("stuck-namespace", "nothing_is_left"), lab)


def test_a_namespace_that_was_forced_away_leaves_what_kept_it() -> None:
    """Its objects are in the store, and back as soon as the namespace is: that is not gone."""
    assert gone() == ""
    assert "configmaps/handle" in gone(configmaps=[{"metadata": {"name": "handle", "finalizers": ["tidy"]}}])


def test_an_api_group_that_nobody_serves_holds_up_the_next_namespace() -> None:
    """However this one was made to go."""
    assert "v1.measure is not available" in gone(apiservices=[api_service("v1.measure", available=False)])


def test_what_another_server_measures_is_not_in_the_store() -> None:
    """A list of metrics-server has no version: on every lab with `metrics` the exercise could not be solved."""
    measured = api_service("v1beta1.metrics.k8s.io", service={"namespace": "kube-system", "name": "metrics-server"})
    group = {"name": "metrics.k8s.io", "preferredVersion": {"groupVersion": "metrics.k8s.io/v1beta1"}}
    pods = {"name": "pods", "namespaced": True, "verbs": ["get", "list"]}
    answers = {
        "/apis": {"groups": [*API["/apis"]["groups"], group]},
        "/apis/metrics.k8s.io/v1beta1": {"kind": "APIResourceList", "resources": [pods]},
        "/apis/metrics.k8s.io/v1beta1/namespaces/pilot/pods": {"kind": "PodMetricsList", "metadata": {}, "items": []},
    }
    assert gone(answers=answers, apiservices=[measured]) == ""


def test_values_of_a_secret_are_compared_as_they_are() -> None:
    """One that is no text, or has no data at all, says something else: no exception."""
    look = graders_data.check("encrypt-secrets", "value_kept")
    path = "/api/v1/namespaces/vault/secrets/tide"
    right = base64.b64encode(b"plain-tide-vault").decode()
    before = {("/api/v1/secrets", "ci", "token"): {"metadata": {"name": "token"}}}
    for data, kept, said in (
        ({"word": right}, True, ""),
        ({"word": "/////w=="}, True, "does not have its old value"),
        (None, True, "does not have its old value"),
        ({"word": right}, False, "missing secrets: ci/token"),
    ):
        rows = [{"metadata": {"namespace": "ci", "name": "token"}}] if kept else []
        found = {path: {"data": data}, "/api/v1/secrets": rows, "/api/v1/configmaps": []}
        lab = graders_data.Lab(found, before=before, space="vault", item="tide")
        seen = graders_data.verdict(look, lab, [])
        assert (said in seen) if said else not seen


def test_encryption_says_wrong_and_nothing_else() -> None:
    """The reader of configurations raises what checks raise."""
    with pytest.raises(checks.Wrong):
        encryption.writer("[" * 4000)
