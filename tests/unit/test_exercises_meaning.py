"""The checks of exercises read by meaning: amounts, YAML, selectors, tolerations, and the rules of RBAC."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import yaml

from kubelab import checks
from kubelab.clients import kube_api
from kubelab.exercises import answers, baseline_objects, looks, rights

ROBOT = "system:serviceaccount:shop:robby"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1k", "1000"),
        ("1000", "1000"),
        (1000, "1000"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("1000000m", "1000"),
        ("0.5", "0.5"),
        ("500m", "0.5"),
        (".5", "0.5"),
        ("5e-1", "0.5"),
        (0.5, "0.5"),
        ("+0.50", "0.5"),
        ("1Gi", "1073741824"),
        ("1024Mi", "1073741824"),
        ("1048576Ki", "1073741824"),
        ("1E", "1000000000000000000"),
        ("1G", "1000000000"),
        ("1e9", "1000000000"),
        ("100n", "0.0000001"),
        ("3u", "0.000003"),
        ("-2", "-2"),
        ("0", "0"),
        ("1.", "1"),
        ("2Ti", "2199023255552"),
    ],
)
def test_amounts_are_numbers(text: object, number: str) -> None:
    """However an amount is spelled, it is the same number; nothing is lost by rounding."""
    assert looks.quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "many", "1kk", "1 Gi", "1K", "0x10", None, [], {}, "1e999", "--1", "1Gi2", "e3"])
def test_what_is_no_amount_is_wrong_and_not_an_exception(text: object) -> None:
    """A student's file or an answer may hold anything: the verdict is a sentence."""
    with pytest.raises(checks.Wrong, match="is no quantity"):
        looks.quantity(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1m30s", 90), ("1.5m", 90), ("0h1m30s", 90), (90, 90), ("1500ms", 1.5), ("0", 0), ("24h", 86400)],
)
def test_durations_are_seconds(text: object, seconds: float) -> None:
    """However it is spelled."""
    assert looks.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "1", "1d", "1m 30s", None, "5m-"])
def test_what_is_no_duration_is_wrong(text: object) -> None:
    """As for amounts."""
    with pytest.raises(checks.Wrong, match="is no duration"):
        looks.duration(text)


def test_ports_are_found_by_number_or_name() -> None:
    """A service or a policy may name a container's port either way."""
    ports: list[dict[str, Any]] = [{"containerPort": 9000}, {"name": "web", "containerPort": 8080}]
    assert [looks.port_number(named, ports) for named in (8080, "8080", "web")] == [8080] * 3
    with pytest.raises(checks.Wrong, match="no container has a port 'www'"):
        looks.port_number("www", ports)


SAME = [
    "resources:\n- resources: [secrets]\n  providers:\n  - identity: {}\n",
    "resources:\n  - providers:\n      - identity: {}\n    resources:\n      - secrets\n",
    "{resources: [{providers: [{identity: {}}], resources: [secrets]}]}",
    '{"resources": [{"resources": ["secrets"],\n\t"providers": [{"identity": {}}]}]}',
    "---\n# secrets providers: aescbc:\nresources:\n- resources: ['secrets'] # x\n  providers: [identity: {}]\n",
]


@pytest.mark.parametrize("text", SAME)
def test_yaml_is_read_by_what_it_says(text: str) -> None:
    """Order, flow style, JSON with tabs, comments: the same configuration."""
    assert looks.parsed_yaml(text) == {"resources": [{"resources": ["secrets"], "providers": [{"identity": {}}]}]}


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: 1\na: 2\n",
        '{"a": 1,\n\t"a": 2}',
        "\t- a",
        "a: b: c",
        "!!python/object:os.system {}",
        "[" * 5000,
        "{a: " * 3000,
        "x" * (2 << 20),
    ],
)
def test_broken_yaml_is_wrong_and_not_an_exception(text: str) -> None:
    """A cut file, a key that is said twice, objects of Python, deep nesting, a huge file."""
    with pytest.raises(checks.Wrong):
        looks.parsed_yaml(text)


LABELS = {"app": "store", "tier": "back", "size": "7"}


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {}}, True),
        ({"matchLabels": {"app": "store"}}, True),
        ({"matchLabels": {"app": "store", "x": "y"}}, False),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["till", "store"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["till"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["store"]}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["store"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "DoesNotExist", "values": []}]}, True),
        ({"matchExpressions": [{"key": "size", "operator": "Gt", "values": ["6"]}]}, True),
        ({"matchExpressions": [{"key": "size", "operator": "Lt", "values": ["6"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Gt", "values": ["6"]}]}, False),
        ({"matchLabels": {"app": "store"}, "matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selectors_are_evaluated(selector: Mapping[str, Any] | None, chosen: bool) -> None:
    """Labels and expressions together, as the API server reads them."""
    assert looks.selects(selector, LABELS) is chosen


def test_an_operator_that_there_is_not_is_wrong() -> None:
    """And things without labels are chosen by what asks for none."""
    with pytest.raises(checks.Wrong, match="operator"):
        looks.selects({"matchExpressions": [{"key": "app", "operator": "Is", "values": ["store"]}]}, LABELS)
    assert looks.selects({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, None)


@pytest.mark.parametrize(
    ("toleration", "bears"),
    [
        ({"key": "reserved", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "reserved", "value": "shop"}, True),
        ({"key": "reserved", "value": "shop", "effect": "NoSchedule"}, True),
        ({"key": "reserved", "value": "shop", "effect": "NoExecute"}, False),
        ({"key": "reserved"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "reserved", "operator": "Equal", "value": "x"}, False),
    ],
)
def test_tolerations_are_evaluated(toleration: Mapping[str, Any], bears: bool) -> None:
    """By key, value, effect and operator; without a key, all taints are borne."""
    taint = {"key": "reserved", "value": "shop", "effect": "NoSchedule"}
    assert looks.tolerates([{"key": "elsewhere"}, toleration], taint) is bears
    assert not looks.tolerates(None, taint)


DISCOVERY: dict[str, kube_api.Json] = {
    "/apis": {"groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1"}]}]},
    "/api/v1": {
        "resources": [
            {"name": "pods", "namespaced": True, "verbs": ["get", "list", "watch", "create", "delete"]},
            {"name": "pods/log", "namespaced": True, "verbs": ["get"]},
            {"name": "services", "namespaced": True, "verbs": ["get", "list"]},
            {"name": "nodes", "namespaced": False, "verbs": ["get", "list"]},
            {"name": "serviceaccounts", "namespaced": True, "verbs": ["get", "list"]},
        ]
    },
    "/apis/apps/v1": {
        "resources": [
            {"name": "deployments", "namespaced": True, "verbs": ["get", "list", "patch"]},
            {"name": "deployments/scale", "namespaced": True, "verbs": ["get", "patch"]},
        ]
    },
}
USUAL = """
clusterroles: [{metadata: {name: basic}, rules: [{verbs: [get], nonResourceURLs: [/version]}]}]
clusterrolebindings:
- metadata: {name: basic}
  roleRef: {kind: ClusterRole, name: basic}
  subjects: [{kind: Group, name: 'system:authenticated'}]
"""


class Fake:
    """A scene whose API server has these roles and bindings beside the usual ones."""

    def __init__(self, text: str) -> None:
        """Read the usual objects and more of them."""
        usual, more = yaml.safe_load(USUAL), yaml.safe_load(text) or {}
        self.rows = {kind: [*usual.get(kind, []), *more.get(kind, [])] for kind in rights.KINDS}
        self.usual = {
            (f"{rights.GROUP}/{kind}", "", row["metadata"]["name"]): row for kind, rows in usual.items() for row in rows
        }

    def items(self, path: str) -> list[kube_api.Json]:
        """Return all objects of a kind."""
        return list(self.rows[path.rpartition("/")[2]])

    def get(self, path: str) -> kube_api.Json:
        """Return what the API has."""
        return DISCOVERY[path]

    def before(self, *, broken: bool = True) -> baseline_objects.Objects:
        """Return the usual objects."""
        _ = broken
        return baseline_objects.Objects(found=self.usual)


ROLE = """
roles: [{{metadata: {{name: r, namespace: shop}}, rules: [{rule}]}}]
rolebindings:
- metadata: {{name: r, namespace: shop}}
  roleRef: {{kind: Role, name: r}}
  subjects: [{subject}]
"""
OURS = "{kind: ServiceAccount, name: robby, namespace: shop}"


def beyond(text: str) -> list[str]:
    """Return what the robot may beyond listing pods and reading logs in shop."""
    allowed = [("list", "pods"), ("get", "pods/log")]
    return [str(item) for item in looks.beyond(Fake(text), ROBOT, allowed, namespace="shop")]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("{verbs: [list], apiGroups: [''], resources: [pods]}", []),
        ("{verbs: [list], apiGroups: ['', apps], resources: [pods]}", []),
        ("{verbs: [list], apiGroups: [''], resources: [pods, nothing, pods/log]}", []),
        ("{verbs: [get, list], apiGroups: [''], resources: [pods/log]}", []),
        ("{verbs: [list], apiGroups: [''], resources: [nodes]}", []),
        ("{verbs: [get, list], apiGroups: [''], resources: [pods]}", ["get pods in shop"]),
        ("{verbs: [list], apiGroups: [''], resources: [pods, services]}", ["list services in shop"]),
        (
            "{verbs: [list], apiGroups: ['*'], resources: ['*']}",
            ["list deployments.apps in shop", "list serviceaccounts in shop", "list services in shop"],
        ),
        ("{verbs: ['*'], apiGroups: [''], resources: [pods/log]}", []),
        ("{verbs: [patch], apiGroups: [apps], resources: ['*/scale']}", ["patch deployments.apps/scale in shop"]),
        (
            "{verbs: [get], apiGroups: [apps], resources: [deployments], resourceNames: [till]}",
            ["get deployments.apps till in shop"],
        ),
        (
            "{verbs: [impersonate], apiGroups: [''], resources: [serviceaccounts]}",
            ["impersonate serviceaccounts in shop"],
        ),
    ],
)
def test_nothing_more_is_bounded_by_all_rules(rule: str, more: list[str]) -> None:
    """Wildcards, subresources, names and verbs of their own count; what does not exist does not."""
    assert beyond(ROLE.format(rule=rule, subject=OURS)) == more


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        (OURS, True),
        ("{kind: User, name: 'system:serviceaccount:shop:robby'}", True),
        ("{kind: Group, name: 'system:serviceaccounts:shop'}", True),
        ("{kind: Group, name: 'system:authenticated'}", True),
        ("{kind: Group, name: 'system:serviceaccounts'}", True),
        ("{kind: Group, name: 'system:serviceaccounts:x'}", False),
        ("{kind: ServiceAccount, name: robby, namespace: depot}", False),
        ("{kind: User, name: robby}", False),
    ],
)
def test_rules_come_by_name_or_by_group(subject: str, counts: bool) -> None:
    """A service account has the rules that are bound to it, to its user name, and to every group that it is in."""
    text = ROLE.format(rule="{verbs: [get], apiGroups: [''], resources: [services]}", subject=subject)
    assert beyond(text) == (["get services in shop"] if counts else [])


def test_cluster_wide_rights_are_more_than_those_of_a_namespace() -> None:
    """The same rule bound everywhere is beyond what is allowed in one namespace; a missing role gives nothing."""
    role = "{metadata: {name: r}, rules: [{verbs: [list], apiGroups: [''], resources: [pods]}]}"
    bound = f"{{metadata: {{name: r}}, roleRef: {{kind: ClusterRole, name: r}}, subjects: [{OURS}]}}"
    assert beyond(f"clusterroles: [{role}]\nclusterrolebindings: [{bound}]") == ["list pods everywhere"]
    assert beyond(f"clusterrolebindings: [{bound}]") == []
    place = "metadata: {name: r, namespace: shop}"
    by_role = f"{{{place}, roleRef: {{kind: ClusterRole, name: r}}, subjects: [{OURS}]}}"
    assert beyond(f"clusterroles: [{role}]\nrolebindings: [{by_role}]") == []


def test_rules_say_where_they_come_from() -> None:
    """Every rule of a user is there, with its binding, and the usual ones as well."""
    text = ROLE.format(rule="{verbs: [list], apiGroups: [''], resources: [pods]}", subject=OURS)
    found = looks.rules_of(Fake(text), ROBOT)  # type: ignore[arg-type]
    assert {(row.namespace, row.verbs, row.source) for row in found} == {
        ("", ("get",), "ClusterRole basic by basic"),
        ("shop", ("list",), "Role r by r"),
    }


class Listed:
    """A scene whose API server has one list."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        """Keep its items."""
        self.rows = [answers.Told({"metadata": {"name": "x"}, **row}, "x") for row in rows]

    def items(self, path: str, **query: str) -> list[answers.Told]:
        """Return them."""
        _ = path, query
        return self.rows


def test_finished_pods_are_finished() -> None:
    """One that is done, or was evicted, is neither counted nor missed; a waiting one is."""
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    rows = [
        {"status": {"phase": "Running", **ready}},
        {"status": {"phase": "Failed"}},
        {"status": {"phase": "Succeeded"}},
    ]
    assert len(looks.pods_ready(Listed(*rows), "shop", "app=till", 1)) == 1  # type: ignore[arg-type]
    with pytest.raises(checks.Wrong, match="not Ready"):
        looks.pods_ready(Listed(*rows, {"status": {"phase": "Pending"}}), "shop", "app=till", 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slices", "count"),
    [
        ([], 0),
        ([{"endpoints": None}], 0),
        ([{"endpoints": [{"addresses": ["10.1.0.2"], "conditions": {"ready": True}}]}], 1),
        ([{"endpoints": [{"addresses": ["10.1.0.2"], "conditions": {}}]}], 1),
        ([{"endpoints": [{"addresses": ["10.1.0.2"]}]}], 1),
        ([{"endpoints": [{"addresses": ["10.1.0.2"], "conditions": {"ready": False}}]}], 0),
        ([{"endpoints": [{"addresses": ["10.1.0.2"]}]}, {"endpoints": [{"addresses": ["10.1.0.2"]}]}], 1),
    ],
)
def test_backends_are_counted_by_what_slices_mean(slices: list[dict[str, Any]], count: int) -> None:
    """Not said is ready, as the API has it; the same address in two slices is one backend."""
    assert looks.backends(Listed(*slices), "shop", "till", 0) == count  # type: ignore[arg-type]
