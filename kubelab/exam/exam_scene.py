"""The scene of one task among many: its namespaces are its own, and the others' are left out of its guards.

The judging code is the exercises' own. It is given what a single exercise would see: the lab from before the exam, with
what the breaks made, but without the namespaces of other tasks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from kubelab import checks
from kubelab.exercises import baseline_objects, exam_mark, exercise_file, library, needs, scene, variants

SPACES = ("space", "elsewhere")
"""Values of an exercise that name a namespace of its own."""
ENDINGS = ("-next", "-new")
"""The endings of namespaces that an exercise makes beside its own."""
RIGHTS = "no_wider_permissions"
"""The guard that looks at the rights in every namespace; `of` names those whose own may change."""


@dataclass(frozen=True, kw_only=True)
class ExamScene(scene.Scene):
    """A task's scene; `others` are the namespaces of the other tasks of its lab."""

    number: int
    others: frozenset[str] = frozenset()

    def before(self, *, broken: bool = True) -> baseline_objects.Objects:
        """Return the objects from before the exam, and with `broken` those that the breaks made, as `Scene.before`."""
        folder = exam_mark.folder(self.view.where)
        kept = folder / baseline_objects.BROKEN
        made = baseline_objects.load(kept).found if broken and kept.exists() else {}
        found = {**made, **baseline_objects.load(folder / baseline_objects.FILE).found}
        return baseline_objects.Objects(found={key: row for key, row in found.items() if not self._foreign(key)})

    def owns(self, key: baseline_objects.Key) -> bool:
        """Return whether an object is in a namespace of this task, or is one."""
        return _within(key, spaces(self.variant))

    def _foreign(self, key: baseline_objects.Key) -> bool:
        return _within(key, self.others)


def _within(key: baseline_objects.Key, names: frozenset[str]) -> bool:
    return key[1] in names or (key[0].endswith("/namespaces") and key[2] in names)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One task to open: its number, its exercise, its variant's seed and number."""

    number: int
    exercise: str
    seed: str
    variant: int


def variant_of(spec: exercise_file.Spec, asked: Asked) -> variants.Variant:
    """Return the variant of a task, with namespaces that no other task has: their drawn names and its number."""
    found = variants.of(spec, asked.seed, asked.variant)
    own = {name: f"{found.values[name]}-{asked.number}" for name in SPACES if name in found.values}
    return dataclasses.replace(found, values={**found.values, **own})


def spaces(variant: variants.Variant) -> frozenset[str]:
    """Return the namespaces that a task may make."""
    own = [variant.values[name] for name in SPACES if name in variant.values]
    return frozenset([*own, *(f"{name}{ending}" for name in own for ending in ENDINGS)])


def open_all(view: checks.View, rows: Sequence[Asked]) -> tuple[ExamScene, ...]:
    """Return the scenes of all tasks of a lab; raises as `library.find`, and `exercise-unfit` for a lab too small."""
    drawn = [(row, library.find(row.exercise)) for row in rows]
    kinds = [variant_of(exercise.spec, row) for row, exercise in drawn]
    found = []
    for (row, exercise), variant in zip(drawn, kinds, strict=True):
        others = frozenset().union(*(spaces(other) for other in kinds if other is not variant))
        needs.refuse_lacking(exercise, view.lab)
        plain = scene.Scene.of(view.lab, view.where, _allowing(exercise, others), variant)
        one = ExamScene(view=plain.view, exercise=plain.exercise, variant=variant, number=row.number, others=others)
        found.append(one)
    return tuple(found)


def _allowing(exercise: library.Exercise, others: frozenset[str]) -> library.Exercise:
    """Return an exercise whose guard of rights lets the other tasks' namespaces have theirs."""
    guards = [
        row.model_copy(update={"of": [*row.of, *sorted(others)]}) if row.check == RIGHTS else row
        for row in exercise.spec.guards
    ]
    return dataclasses.replace(exercise, spec=exercise.spec.model_copy(update={"guards": guards}))
