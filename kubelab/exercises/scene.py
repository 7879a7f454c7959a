"""The scene: the lab, the variant and the lab's earlier state, for an exercise's checks, hints and scripts."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import jinja2

from kubelab import checks, errors, model, paths
from kubelab.clients import kube_api
from kubelab.components import pod_images
from kubelab.exercises import answers, attempt, baseline_objects, exercise_file, library, variants

GRADER = "kubernetes/grader"
"""The key pair of grading under keys/: no box has it."""
SAID = "-- said"
"""The last line of a box's answer: an empty answer proves nothing."""
NAMESPACED = re.compile(r"/apis?/(?:[\w.-]+/)?v\w+/namespaces/([^/]+)/.")
"""The path of something in a namespace."""
SYSTEM: baseline_objects.Key = ("/api/v1/namespaces", "", "kube-system")
"""The mark of a cluster: this namespace is as old as its data."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One exercise in one lab. `given` are the values of the attempt, if it has begun."""

    view: checks.View
    exercise: library.Exercise
    variant: variants.Variant

    @classmethod
    def of(cls, lab: model.Lab, where: paths.LabPaths, exercise: library.Exercise, variant: variants.Variant) -> Scene:
        """Return the scene with grading's own identity; raise `exercise-unfit` if the lab is too small."""
        needs = exercise.spec.needs
        lacking = [f"add-on {addon}" for addon in needs.addons if addon not in lab.addons]
        if len(lab.workers) < needs.workers:
            lacking.append(f"{needs.workers} workers")
        if lacking:
            what = f"exercise {exercise.spec.id} needs {', '.join(lacking)}; lab {lab.name} has not got that"
            raise errors.LabError("exercise-unfit", what)
        door = kube_api.Api.of(where, lab.api_endpoint, GRADER)
        return cls(view=checks.View(lab=lab, where=where, api=door), exercise=exercise, variant=variant)

    @property
    def lab(self) -> model.Lab:
        """Return the lab as it should be."""
        return self.view.lab

    @functools.cached_property
    def target(self) -> model.Machine:
        """Return the machine of the variant: drawn among its kind, the control plane by default."""
        machines = self.lab.of_kind(self.variant.row.on or model.Kind.CONTROL_PLANE)
        return machines[variants.pick(self.variant.seed, "target", len(machines))]

    @functools.cached_property
    def values(self) -> Mapping[str, str]:
        """Return the values for task.md, scripts and checks, by name."""
        others = [machine for machine in self.lab.workers if machine != self.target]
        return {
            "lab": self.lab.name,
            "target": self.target.name,
            "target_address": str(self.target.address),
            "control_plane": self.lab.control_plane[0].name,
            "etcd": self.lab.etcd[0].name,
            "worker": self.lab.workers[0].name,
            "other_worker": others[0].name if others else self.lab.workers[0].name,
            "api": self.lab.api_endpoint,
            "api_names": " ".join(map(str, self.lab.api_sans)),
            "api_service": str(self.lab.network.api_service),
            "dns": str(self.lab.network.dns_service),
            "etcd_address": str(self.lab.etcd[0].address),
            "domain": self.lab.network.domain,
            "image": pod_images.IMAGES["agnhost"].reference(self.lab.versions),
            "coredns": pod_images.IMAGES["coredns"].reference(self.lab.versions),
            "fault": self.variant.row.fault or "",
            **self.variant.values,
        }

    def value(self, name: str) -> str:
        """Return one of the values."""
        return self.values[name]

    def text(self, name: str) -> str:
        """Return task.md or another text of the exercise with its values filled in."""
        return fill(self.exercise.text(name), self.values)

    def before(self, *, broken: bool = True) -> baseline_objects.Objects:
        """Return the cluster's objects from before the break, and with `broken` those that the break made.

        Read anew each time: a reset makes other ones. Raises `exercise-unclean` if they were not kept.
        """
        folder = attempt.folder(self.view.where)
        kept = folder / baseline_objects.BROKEN
        made = baseline_objects.load(kept).found if broken and kept.exists() else {}
        return baseline_objects.Objects(found={**made, **baseline_objects.load(folder / baseline_objects.FILE).found})

    def machine(self, place: exercise_file.Place) -> model.Machine:
        """Return the machine of a place in a box."""
        if place is exercise_file.Place.TARGET:
            return self.target
        return self.lab.of_kind(model.Kind(place.value))[0]

    def machines(self, place: exercise_file.Place) -> tuple[model.Machine, ...]:
        """Return every machine of a place: the target alone, or all of that kind."""
        return (self.target,) if place is exercise_file.Place.TARGET else self.lab.of_kind(model.Kind(place.value))

    def get(self, path: str, **query: str) -> answers.Told:
        """Return an object of the API; `Silent` without an answer, `Wrong` if it is refused or missing."""
        return answers.of(path, checks.asked(lambda: self.view.api.get(path, **query)))

    def items(self, path: str, **query: str) -> list[kube_api.Json]:
        """Return a list's items; raises as `get`. An empty list is only believed of an existing namespace."""
        found = answers.items(self.get(path, **query))
        if not found:
            self.believe_absence(path)
        return list(found)

    def find(self, path: str, **query: str) -> kube_api.Json | None:
        """Return an object, None if it is missing; raises as `get` otherwise, and as `items` for what is absent."""
        try:
            return self.get(path, **query)
        except checks.Wrong as problem:
            if isinstance(problem.__cause__, kube_api.Refused) and problem.__cause__.status == 404:
                self.believe_absence(path)
                return None
            raise

    def believe_absence(self, path: str = "") -> None:
        """Raise `Wrong` if something is missing because its namespace, or the cluster from before, is gone.

        A guard that finds nothing wrong in an empty answer would let everything pass.
        """
        was = self.before(broken=False).found.get(SYSTEM)
        now = self.get("/api/v1/namespaces/kube-system")
        if was and now["metadata"]["uid"] != was["metadata"]["uid"]:
            raise checks.Wrong("this is another cluster: what there was before is gone")
        namespace = NAMESPACED.match(path)
        if namespace and namespace[1] != "kube-system":
            self.get(f"/api/v1/namespaces/{namespace[1]}")

    def ask(self, path: str, body: kube_api.Json) -> kube_api.Json:
        """Return the answer to a review, which keeps nothing (SubjectAccessReview and the like)."""
        return answers.of(path, checks.asked(lambda: self.view.api.create(path, body)))

    def refusal(self, path: str, body: kube_api.Json) -> str:
        """Return why the API server would refuse a new object, empty if it would not: a dry run, which keeps
        nothing."""
        try:
            reply = checks.asked(lambda: self.view.api.create(path, body, dryRun="All"))
        except checks.Wrong as problem:
            return str(problem)
        answers.of(f"{path}/{body['metadata']['name']}", reply)
        return ""

    def read(self, machine: model.Machine | str, command: str, timeout: float = 10) -> str:
        """Return the output of a command in a box, as root, that changes nothing; `Silent` or `Wrong` as `get`."""
        box = self.view.lab_machine(machine) if isinstance(machine, str) else machine
        said = checks.told(self.view, box, f"sudo {command} && echo '{SAID}'", timeout=timeout, named=command)
        if not said.endswith(f"{SAID}\n"):
            raise checks.Silent(f"{box.name} gave no answer that can be relied on")
        return said.removesuffix(f"{SAID}\n")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with `{{ name }}` filled in; raise `exercise-invalid` for an unknown name."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 (Markdown)
    try:
        return environment.from_string(text).render(values)
    except jinja2.TemplateError as problem:
        raise errors.LabError("exercise-invalid", f"a text of the exercise: {problem}") from problem
