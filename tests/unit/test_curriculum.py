"""The curriculum: every exercise is held against it, and what it lacks is written down."""

from __future__ import annotations

from collections import Counter

import pytest

from kubelab import pages, paths
from kubelab.config import yaml_reader
from kubelab.exercises import curriculum, curriculum_page, exercise_file, library

EXERCISES = [library.find(name) for name in library.names()]


def test_the_curriculum_is_whole() -> None:
    """27 competencies in the domains' order of the table, each named and described once."""
    assert set(curriculum.TABLE) == set(exercise_file.Competency)
    assert len(curriculum.TABLE) == len({row.words for row in curriculum.TABLE.values()}) == 27
    assert Counter(row.topic.value for row in curriculum.TABLE.values()) == {
        "storage": 3,
        "troubleshooting": 5,
        "workloads-scheduling": 5,
        "cluster-architecture": 8,
        "services-networking": 6,
    }
    assert sum(exercise_file.SHARES.values()) == 100


def test_a_competency_has_two_exercises_or_a_reason() -> None:
    """And no reason stays when two are there; kubeadm is the one that will never have any."""
    counted = Counter(name for row in EXERCISES for name in row.spec.competencies)
    fewer = {name for name in curriculum.TABLE if counted[name] < curriculum.LEAST}
    assert fewer == {name for name, row in curriculum.TABLE.items() if row.gap}
    never = [name for name, row in curriculum.TABLE.items() if row.gap is curriculum.Gap.NEVER]
    assert never == [exercise_file.Competency.KUBEADM]


@pytest.mark.parametrize("row", EXERCISES, ids=lambda row: row.spec.id)
def test_every_exercise_says_what_it_is_about(row: library.Exercise) -> None:
    """By competencies of the curriculum, or in its own words, not both."""
    assert bool(row.spec.competencies) != bool(row.spec.competency)
    assert curriculum.words(row.spec)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["servces"], "did you mean 'services'?"),
        (["dns", "dns"], "are one or two, each named once"),
        (["dns", "rbac", "services"], "are one or two, each named once"),
    ],
)
def test_what_is_no_competency_is_refused(names: list[str], words: str) -> None:
    """An unknown one with the nearest; a third one, and one that is named twice."""
    text = (library.FOLDER / "dns-broken" / "exercise.yaml").read_bytes()
    values = {**yaml_reader.read(text, "exercise.yaml").values, "competencies": names}
    assert any(words in problem.message for problem in exercise_file.shape(values)[1])


def test_the_page_agrees_with_the_exercises() -> None:
    """Whoever changes an exercise's competency types `./run docs.curriculum`."""
    assert (paths.ROOT / pages.CURRICULUM).read_text(encoding="utf-8") == curriculum_page.text(EXERCISES)
