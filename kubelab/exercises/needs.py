"""What exercises need of a lab, and what of it a lab lacks: known before anything is broken, drawn or handed out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kubelab import errors, model
from kubelab.components import cache_layout, store
from kubelab.config import load, schema
from kubelab.exercises import exercise_file, library

Counts = Mapping[model.Kind, int]
"""Kind to the number of its machines."""
MACHINES: Mapping[str, tuple[model.Kind, str]] = {
    "workers": (model.Kind.WORKER, "workers"),
    "control_planes": (model.Kind.CONTROL_PLANE, "control planes"),
    "members": (model.Kind.ETCD, "etcd members"),
}
"""A key of `needs` that is a number of machines: their kind, and what they are called."""

_PLANE, _ETCD = model.Kind.CONTROL_PLANE, model.Kind.ETCD
SINGLE: Mapping[str, tuple[model.Kind, ...]] = {
    # The others of its kind go on: nothing stops, and the break waits for that in vain.
    "apiserver-down": (_PLANE,),
    "controllers-asleep": (_PLANE,),
    "etcd-unreachable": (_ETCD, _PLANE),
    "policy-engine-silent": (_PLANE,),
    "scheduler-down": (_PLANE,),
    # The others write as before, whatever the one does.
    "encrypt-secrets": (_PLANE,),
    # What it is about, or is judged by, is in the audit log of whichever API server was asked.
    "audit-who": (_PLANE,),
    "drain-with-budget": (_PLANE,),
    "node-behind": (_PLANE,),
    "rbac-user": (_PLANE,),
    # The layer that is built is one machine's.
    "build-certificates": (_PLANE,),
    "build-control-plane": (_PLANE,),
    "build-etcd": (_ETCD, _PLANE),
}
"""Exercises that suit only labs with one machine of these kinds."""


def lacking(
    needs: exercise_file.NeedsSpec, counts: Counts, extras: Collection[model.Extra], version_set: str
) -> list[str]:
    """Return what is missing, in words, for so many machines, add-ons and tools, and a version set."""
    found = [f"add-on {addon}" for addon in needs.addons if addon not in extras]
    for key, (kind, called) in MACHINES.items():
        wanted: int = getattr(needs, key)
        if counts[kind] < wanted:
            found.append(f"{wanted} {called}")
    found += [f"tool {tool}" for tool in needs.tools if tool not in extras]
    return [*found, *_version_before(needs.version_before, version_set)]


def of_lab(exercise: library.Exercise, lab: model.Lab) -> list[str]:
    """Return what a lab lacks for an exercise, in words."""
    counts = {kind: len(lab.of_kind(kind)) for kind in model.Kind}
    return [*lacking(exercise.spec.needs, counts, lab.extras, lab.versions.name), *_single(exercise, counts)]


def of_file(exercise: library.Exercise, lab: schema.Spec) -> list[str]:
    """Return what the lab of a lab file lacks for an exercise, in words."""
    counts = lab.machines.counts
    found = lacking(exercise.spec.needs, counts, (*lab.chosen_addons, *lab.tools), lab.versions)
    return [*found, *_single(exercise, counts)]


def of_named(exercises: Iterable[library.Exercise], name: str) -> dict[str, list[str]]:
    """Return exercise to what the lab of that name lacks for it, for exercises that it does not suit.

    A lab file that is missing or has problems lacks nothing here: the words that use it tell that.
    """
    try:
        spec = load.read(name)
    except errors.LabError:
        return {}
    rows = ((row.spec.id, of_file(row, spec)) for row in exercises)
    return {exercise: found for exercise, found in rows if found}


def refuse_lacking(exercise: library.Exercise, lab: model.Lab) -> None:
    """Raise `exercise-unfit` for a lab that has not got what an exercise needs."""
    found = of_lab(exercise, lab)
    if found:
        raise errors.LabError("exercise-unfit", _said(exercise.spec.id, found, lab.name))


def refuse_lacking_file(exercises: Iterable[library.Exercise], name: str) -> None:
    """Raise `exercise-unfit` with every exercise that the lab of a file does not suit; raises as `load.read`."""
    spec = load.read(name)
    said = [_said(row.spec.id, found, name) for row in exercises if (found := of_file(row, spec))]
    if said:
        raise errors.LabError("exercise-unfit", said[0], details=said[1:])


def _single(exercise: library.Exercise, counts: Counts) -> list[str]:
    """Return what is too many, in words."""
    called = {kind: words.removesuffix("s") for kind, words in MACHINES.values()}
    return [f"one {called[kind]}" for kind in SINGLE.get(exercise.spec.id, ()) if counts[kind] > 1]


def _version_before(wanted: str, version_set: str) -> list[str]:
    """Return what is missing of an older version set: a newer lab than that, and its programs in the cache."""
    if not wanted:
        return []
    if version_set == wanted:
        return [f"a version set newer than {wanted}"]
    older = load.versions(wanted)
    parts = (cache_layout.family_entry(older, "kubernetes"), cache_layout.image_entry(older, "kube-proxy"))
    if all(store.state(part) is store.State.READY for part in parts):
        return []
    return [f"the programs of version set {wanted} (./run components.build --versions {wanted} makes them)"]


def _said(exercise: str, found: list[str], lab: str) -> str:
    return f"exercise {exercise} needs {', '.join(found)}; lab {lab} has not got that"
