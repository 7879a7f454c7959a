"""A user's rights, from the complete list of rules: every role that is bound to the user or to one of the groups.

A list of questions (`looks.can`) bounds nothing: a right that was not asked about stays unseen. Here all rules are
read, wildcards are expanded over the API's resources, and rules about resources that do not exist count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubelab import checks
from kubelab.clients import kube_api, kube_discovery
from kubelab.exercises import scene as scenes

GROUP = "/apis/rbac.authorization.k8s.io/v1"
KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
"""Verbs of resources; any other verb (`escalate`, `use`, …) counts wherever it is written."""
UNLISTED: Mapping[str, tuple[str, ...]] = {
    "users": ("impersonate",), "groups": ("impersonate",), "uids.authentication.k8s.io": ("impersonate",),
    "userextras.authentication.k8s.io": ("impersonate",), "signers.certificates.k8s.io": ("approve", "sign", "attest"),
    **{f"nodes/{name}": VERBS for name in ("checkpoint", "configz", "healthz", "log", "metrics", "pods", "stats")},
}  # fmt: skip
"""Subjects of rules that no API lists, with their verbs; they live in no namespace."""
EVERYBODY = ("system:authenticated",)
Found = Mapping[str, Sequence[kube_api.Json]]
"""Roles and bindings by kind."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule for a user in a namespace (empty: everywhere, and for cluster-wide objects), and its source."""

    namespace: str
    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...]
    urls: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One right: `what` is `resource[.group][/subresource]`, or a path that is no resource.

    An empty namespace is all of them; an empty name is every object.
    """

    verb: str
    what: str
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        where = f" in {self.namespace}" if self.namespace else " everywhere"
        return f"{self.verb} {self.what}{f' {self.name}' if self.name else ''}{'' if self.what[0] == '/' else where}"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A resource of the API: whether it lives in namespaces, and its verbs."""

    namespaced: bool
    verbs: frozenset[str]


def groups_of(user: str, groups: Iterable[str] = ()) -> tuple[str, ...]:
    """Return every group of a user: the given ones, and those of all users or all service accounts."""
    found = [*groups, *EVERYBODY]
    if user.startswith("system:serviceaccount:"):
        found += ["system:serviceaccounts", f"system:serviceaccounts:{user.split(':')[2]}"]
    return tuple(dict.fromkeys(found))


def rules_of(scene: scenes.Scene, user: str, groups: Iterable[str] = ()) -> list[Rule]:
    """Return every rule for a user and these groups; raises as `Scene.get`.

    `user` as the API calls them: `system:serviceaccount:NAMESPACE:NAME` for a service account.
    """
    return list(_rules(now(scene), user, groups_of(user, groups)))


def grants(scene: scenes.Scene, user: str, groups: Iterable[str] = ()) -> set[Grant]:
    """Return all rights of a user, less those of the groups in an untouched cluster."""
    known, untouched = kinds(scene), before(scene, broken=False)
    usual = {item for rule in _rules(untouched, "", groups_of(user)) for item in spread(rule, known)}
    return {item for rule in rules_of(scene, user, groups) for item in spread(rule, known)} - usual


def beyond(
    scene: scenes.Scene, user: str, allowed: Iterable[tuple[str, str]], *, namespace: str, groups: Iterable[str] = ()
) -> list[Grant]:
    """Return a user's rights beyond the allowed (verb, `resource[.group][/subresource]`) in one namespace."""
    wanted = set(allowed)
    found = grants(scene, user, groups)
    return sorted(item for item in found if item.namespace != namespace or (item.verb, item.what) not in wanted)


def gainers(scene: scenes.Scene, user: str, what: Iterable[tuple[str, str]], *, namespace: str) -> list[str]:
    """Return the other subjects with one of these rights in a namespace by a new rule: `kind name`."""
    wanted, known = set(what), kinds(scene)
    new = holders(now(scene), known) - holders(before(scene, broken=False), known)
    found = {who for who, item in new if (item.verb, item.what) in wanted and item.namespace in ("", namespace)}
    return sorted(found - {f"User {user}"})


def holders(found: Found, known: Mapping[str, Kind]) -> set[tuple[str, Grant]]:
    """Return every subject of a binding, as `kind name`, with each of its rights."""
    roles = _roles(found)
    return {
        (_called(subject), item)
        for binding in [*found["clusterrolebindings"], *found["rolebindings"]]
        for rule in _bound(roles, binding)
        for item in spread(rule, known)
        for subject in binding.get("subjects") or []
    }


def allowed(role: kube_api.Json, known: Mapping[str, Kind]) -> set[Grant]:
    """Return all rights that a role grants."""
    rules = (_rule(row, role["metadata"].get("namespace", ""), "") for row in role.get("rules") or [])
    return {item for rule in rules for item in spread(rule, known)}


def now(scene: scenes.Scene) -> Found:
    """Return the existing roles and bindings, by kind."""
    return {kind: scene.items(f"{GROUP}/{kind}") for kind in KINDS}


def before(scene: scenes.Scene, *, broken: bool) -> Found:
    """Return the roles and bindings of the untouched cluster by kind; with `broken` those that the break made, too."""
    found: dict[str, list[kube_api.Json]] = {kind: [] for kind in KINDS}
    for key, row in scene.before(broken=broken).found.items():
        if key[0].startswith(f"{GROUP}/"):
            found[key[0].rpartition("/")[2]].append(row)
    return found


def _called(subject: Mapping[str, Any]) -> str:
    """Return a subject's user name: a service account is a user in any spelling."""
    if subject.get("kind") == "ServiceAccount":
        return f"User system:serviceaccount:{subject.get('namespace', '')}:{subject.get('name')}"
    return f"{subject.get('kind')} {subject.get('name')}"


def spread(rule: Rule, known: Mapping[str, Kind]) -> Iterator[Grant]:
    """Yield the rights of one rule, with its wildcards expanded over the existing resources."""
    for what, kind in known.items():
        if not _about(rule, what) or (rule.namespace and not kind.namespaced and what != "namespaces"):
            continue
        verbs = kind.verbs if "*" in rule.verbs else {verb for verb in rule.verbs if _works(verb, kind)}
        for verb in verbs:
            for name in rule.names or ("",):
                yield Grant(verb=verb, what=what, namespace=rule.namespace, name=name)
    if not rule.namespace:
        yield from (Grant(verb=verb, what=url) for url in rule.urls for verb in rule.verbs)


def kinds(scene: scenes.Scene) -> dict[str, Kind]:
    """Return every resource of the API: `resource[.group][/subresource]` to its kind."""
    found = {what: Kind(namespaced=False, verbs=frozenset(verbs)) for what, verbs in UNLISTED.items()}
    for row in checks.asked(lambda: list(kube_discovery.resources(scene.get, all_versions=True))):
        resource, slash, sub = row.name.partition("/")
        what = f"{resource}{f'.{row.group}' if row.group else ''}{slash}{sub}"
        verbs = row.verbs | (found[what].verbs if what in found else frozenset())
        found[what] = Kind(namespaced=row.namespaced, verbs=verbs)
    return found


def _rules(found: Found, user: str, groups: Sequence[str]) -> Iterator[Rule]:
    roles = _roles(found)
    for binding in [*found["clusterrolebindings"], *found["rolebindings"]]:
        if any(_is(subject, user, groups) for subject in binding.get("subjects") or []):
            yield from _bound(roles, binding)


def _roles(found: Found) -> dict[tuple[str, str], kube_api.Json]:
    """Return every role by its namespace (empty for cluster roles) and name."""
    return {
        (row["metadata"].get("namespace", ""), row["metadata"]["name"]): row
        for kind in KINDS[::2]
        for row in found[kind]
    }


def _bound(roles: Mapping[tuple[str, str], kube_api.Json], binding: kube_api.Json) -> Iterator[Rule]:
    """Yield the rules that a binding gives to its subjects."""
    space, ref = binding["metadata"].get("namespace", ""), binding["roleRef"]
    role = roles.get(("" if ref["kind"] == "ClusterRole" else space, ref["name"]), {})
    for row in role.get("rules") or []:
        yield _rule(row, space, f"{ref['kind']} {ref['name']} by {binding['metadata']['name']}")


def _rule(row: kube_api.Json, namespace: str, source: str) -> Rule:
    def words(key: str) -> tuple[str, ...]:
        return tuple(row.get(key) or ())

    return Rule(
        namespace=namespace, verbs=words("verbs"), groups=words("apiGroups"), resources=words("resources"),
        names=words("resourceNames"), urls=words("nonResourceURLs"), source=source,
    )  # fmt: skip


def _is(subject: Mapping[str, Any], user: str, groups: Sequence[str]) -> bool:
    """Return whether a binding's subject is the user or one of the groups."""
    kind, name = subject.get("kind"), subject.get("name")
    if kind == "ServiceAccount":
        return user == f"system:serviceaccount:{subject.get('namespace', '')}:{name}"
    return name in groups if kind == "Group" else bool(user) and name == user


def _about(rule: Rule, what: str) -> bool:
    """Return whether a rule is about a resource: by its name, `*`, or `*/subresource`."""
    named, slash, sub = what.partition("/")
    resource, _, group = named.partition(".")
    full = f"{resource}{slash}{sub}"
    if "*" not in rule.groups and group not in rule.groups:
        return False
    return "*" in rule.resources or full in rule.resources or (bool(sub) and f"*/{sub}" in rule.resources)


def _works(verb: str, kind: Kind) -> bool:
    return verb not in VERBS or verb in kind.verbs
