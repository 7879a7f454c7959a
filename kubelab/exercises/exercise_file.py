"""The shape of an exercise.yaml: its keys, their types and defaults."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import Annotated, Any

import pydantic

from kubelab import model
from kubelab.config import strict, yaml_reader

FORGOTTEN = 30
"""Seconds after a reboot in which the cluster still shows the machine's earlier state: no check looks that early."""
WORD = re.compile(r"[a-z][a-z0-9_]{0,59}")
SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")
TAKEN = frozenset(
    (
        *("FILES", "HOME", "KEYS", "KUBECONFIG", "PATH", "PYTHON", "PYTHONPATH", "SSH_CONFIG"),
        *("DISPLAY", "DOCKER_CONTEXT", "EDITOR", "KUBERC", "LANG", "LC_ALL", "PAGER", "PYTHONUTF8", "TERM", "TMPDIR"),
        *("EUID", "IFS", "LINENO", "OPTARG", "OPTIND", "PPID", "PWD", "RANDOM", "REPLY", "SECONDS", "SHELL", "UID"),
    )
)
"""Variables that a script already has, of kubelab, of programs and of the shell: a value of that name would be lost, or
would steer them."""
TAKEN_FROM = ("BASH", "KUBELAB_")
"""And all that begin like this."""
SCRIPT = re.compile(r"(break|undo|solution(-[23])?)\.sh|(near-misses|mutations)/[a-z0-9_-]{1,60}\.sh")


class Topic(enum.StrEnum):
    """The domains of the CKA curriculum (`curriculum`), and the track beside it."""

    TROUBLESHOOTING = "troubleshooting"
    ARCHITECTURE = "cluster-architecture"
    NETWORKING = "services-networking"
    SCHEDULING = "workloads-scheduling"
    STORAGE = "storage"
    BUILD = "build-it-yourself"


SHARES: dict[Topic, int] = {
    Topic.TROUBLESHOOTING: 30,
    Topic.ARCHITECTURE: 25,
    Topic.NETWORKING: 20,
    Topic.SCHEDULING: 15,
    Topic.STORAGE: 10,
    Topic.BUILD: 0,
}
"""The curriculum's percentage of the examination for each domain."""


class Competency(enum.StrEnum):
    """The competencies of the curriculum, as an exercise names them; `curriculum.TABLE` describes each."""

    STORAGE_CLASSES = "storage-classes"
    VOLUME_TYPES = "volume-types"
    VOLUMES_AND_CLAIMS = "volumes-and-claims"
    CLUSTERS_AND_NODES = "clusters-and-nodes"
    CLUSTER_COMPONENTS = "cluster-components"
    RESOURCE_USAGE = "resource-usage"
    OUTPUT_STREAMS = "output-streams"
    SERVICE_TROUBLES = "service-troubles"
    ROLLOUTS = "rollouts"
    CONFIGURATION = "configuration"
    AUTOSCALING = "autoscaling"
    SELF_HEALING = "self-healing"
    ADMISSION_AND_SCHEDULING = "admission-and-scheduling"
    RBAC = "rbac"
    INFRASTRUCTURE = "infrastructure"
    KUBEADM = "kubeadm"
    LIFECYCLE = "lifecycle"
    HIGH_AVAILABILITY = "high-availability"
    HELM_AND_KUSTOMIZE = "helm-and-kustomize"
    INTERFACES = "interfaces"
    OPERATORS = "operators"
    POD_CONNECTIVITY = "pod-connectivity"
    NETWORK_POLICIES = "network-policies"
    SERVICES = "services"
    GATEWAY = "gateway"
    INGRESS = "ingress"
    DNS = "dns"


class Place(enum.StrEnum):
    """Where a script runs: on this computer with the lab's kubectl and `box NAME`, or as root in a box."""

    KUBECTL = "kubectl"
    ETCD = "etcd"
    CONTROL_PLANE = "control-plane"
    WORKER = "worker"
    TARGET = "target"


Name = Annotated[str, strict.matching(WORD, "name: small letters, digits and underscores")]
Slug = Annotated[str, strict.matching(SLUG, "name: small letters, digits and dashes")]
ScriptName = Annotated[
    str,
    strict.matching(SCRIPT, "script: break.sh, undo.sh, solution.sh, solution-2.sh, near-misses/X.sh, mutations/X.sh"),
]
Points = Annotated[int, pydantic.Field(ge=1, le=100)]
Where = Annotated[Place, strict.choice(Place)]
CompetencyOf = Annotated[Competency, strict.choice(Competency)]
KindOf = Annotated[model.Kind, strict.choice(model.Kind)]
AddonOf = Annotated[model.Addon, strict.choice(model.Addon)]
ToolOf = Annotated[model.Tool, strict.choice(model.Tool)]
Machines = Annotated[int, pydantic.Field(ge=1, le=9)]
Value = str | int


class GoalSpec(strict.Strict):
    """A goal: a function of checks.py, and its points."""

    check: Name
    points: Points


class GuardSpec(strict.Strict):
    """A guard: a function of checks.py or of kubelab.exercises.guards, the price of a breach, and its objects."""

    check: Name
    points: Points
    of: list[str] = []


class StabilitySpec(strict.Strict):
    """A goal that is checked again: after seconds, or after a restart or a reboot that the task announces.

    `restart` names a unit of the target, `reboot` the machine or every one of a kind; `after` is then the time limit.
    """

    check: Name
    points: Points
    after: Annotated[int, pydantic.Field(ge=1, le=300)] = 30
    restart: str = ""
    reboot: Where | None = None

    @property
    def least(self) -> int:
        """Return the least seconds of checking again."""
        return FORGOTTEN if self.reboot else self.after

    @property
    def acts(self) -> bool:
        """Return whether checking again restarts a unit or a machine."""
        return bool(self.restart or self.reboot)

    @property
    def when(self) -> str:
        """Return when it is checked again, in words."""
        if self.reboot:
            return "after a reboot"
        return f"after a restart of {self.restart}" if self.restart else f"after {self.after} s"


class HintSpec(strict.Strict):
    """A hint: its price in points, and its text, or a function of checks.py that looks and returns one."""

    price: Annotated[int, pydantic.Field(ge=0, le=100)]
    text: str = ""
    check: Name | None = None


class VariantSpec(strict.Strict):
    """One variant: a fault of the catalogue (none: break.sh alone), the kind of its machine, fixed values."""

    fault: Slug | None = None
    on: KindOf | None = None
    set: dict[str, Value] = {}


class NeedsSpec(strict.Strict):
    """What the lab must have."""

    workers: Machines = 1
    control_planes: Machines = 1
    members: Machines = 1
    """Of etcd."""
    addons: list[AddonOf] = []
    tools: list[ToolOf] = []
    version_before: str = ""
    """A version set that the cache has beside the newer one of the lab: its machine is upgraded from it."""


class Spec(strict.Strict):
    """An exercise.yaml in the right shape."""

    id: Slug
    title: str
    topic: Annotated[Topic, strict.choice(Topic)]
    competencies: list[CompetencyOf] = []
    """One or two of the curriculum; a goal tests each."""
    competency: str = ""
    """What it is about, in its own words, where the curriculum has no such competency."""
    order: Annotated[int, pydantic.Field(ge=0, le=99)] = 0
    difficulty: Annotated[int, pydantic.Field(ge=1, le=5)]
    minutes: Annotated[int, pydantic.Field(ge=1, le=120)]
    needs: NeedsSpec = NeedsSpec()
    runs: dict[ScriptName, Where] = {}
    settle: Annotated[int, pydantic.Field(ge=1, le=300)] = 60
    draw: dict[Name, list[Value]] = {}
    variants: list[VariantSpec]
    goals: list[GoalSpec]
    guards: list[GuardSpec] = []
    stability: list[StabilitySpec] = []
    hints: list[HintSpec] = []
    no_other_solution: str = ""

    @property
    def full(self) -> int:
        """Return the sum of points: goals and stability; guards only cost."""
        return sum(row.points for row in self.goals) + sum(row.points for row in self.stability)


SECTIONS: dict[str, type[strict.Strict]] = {
    "goals": GoalSpec,
    "guards": GuardSpec,
    "stability": StabilitySpec,
    "hints": HintSpec,
    "variants": VariantSpec,
    "needs": NeedsSpec,
}


def shape(values: dict[str, Any]) -> tuple[Spec | None, list[yaml_reader.Flaw]]:
    """Return the spec, None without a shape, and all problems."""
    try:
        spec = Spec.model_validate(values)
    except pydantic.ValidationError as problem:
        return None, strict.flaws(problem, keys)
    return spec, list(_rules(spec))


def _rules(spec: Spec) -> Iterable[yaml_reader.Flaw]:
    """Yield the broken rules that involve more than one key."""
    yield from _track(spec)
    yield from _curriculum(spec)
    if len(spec.variants) < 3:
        yield yaml_reader.Flaw(place=("variants",), message=f"has {len(spec.variants)}; at least 3 are wanted")
    if not spec.goals:
        yield yaml_reader.Flaw(place=("goals",), message="has none; without a goal nothing can be reached")
    yield from _names(spec)
    for name, choices in spec.draw.items():
        if not choices:
            yield yaml_reader.Flaw(place=("draw", name), message="has nothing to draw from")
    for index, row in enumerate(spec.variants):
        unlike = sorted(set(spec.variants[0].set) ^ set(row.set))
        if unlike:
            yield yaml_reader.Flaw(
                place=("variants", index), message=f"every variant sets the same names; alone here or missing: {unlike}"
            )
        if row.fault and row.on is None:
            yield yaml_reader.Flaw(place=("variants", index), message="a fault needs a machine: add on: worker, …")
    for index, again in enumerate(spec.stability):
        if again.reboot is Place.KUBECTL or (again.reboot and again.restart):
            message = "reboots a box (etcd, control-plane, worker, target), or restarts a unit, not both"
            yield yaml_reader.Flaw(place=("stability", index), message=message)
    for index, hint in enumerate(spec.hints):
        if bool(hint.text) == bool(hint.check):
            yield yaml_reader.Flaw(place=("hints", index), message="has either a text or a check that returns one")
    if sum(hint.price for hint in spec.hints) >= spec.full:
        yield yaml_reader.Flaw(
            place=("hints",), message="cost as much as there is to win; leave something for the work"
        )


def _names(spec: Spec) -> Iterable[yaml_reader.Flaw]:
    """Yield the values whose variable a script already has."""
    places: list[yaml_reader.Place] = [("draw", name) for name in spec.draw]
    places += [("variants", index, "set", name) for index, row in enumerate(spec.variants) for name in row.set]
    for place in places:
        variable = str(place[-1]).upper()
        if variable in TAKEN or variable.startswith(TAKEN_FROM):
            yield yaml_reader.Flaw(place=place, message=f"${variable} is a script's already; choose another name")


def _track(spec: Spec) -> Iterable[yaml_reader.Flaw]:
    """Yield the problems of an exercise's place in the track: exercises of the track have one, others none."""
    if (spec.topic is Topic.BUILD) != bool(spec.order):
        yield yaml_reader.Flaw(
            place=("order",), message=f"is the place in the track {Topic.BUILD}, 1 or more; only there"
        )


def _curriculum(spec: Spec) -> Iterable[yaml_reader.Flaw]:
    """Yield the problems of an exercise's competencies."""
    if len(spec.competencies) > 2 or len(set(spec.competencies)) < len(spec.competencies):
        yield yaml_reader.Flaw(place=("competencies",), message="are one or two, each named once")


def keys(place: yaml_reader.Place) -> list[str]:
    """Return the keys that may stand under a place of the file; none where any key may."""
    if not place:
        return list(Spec.model_fields)
    found = SECTIONS.get(str(place[0]))
    return list(found.model_fields) if found and len(place) <= 2 else []
