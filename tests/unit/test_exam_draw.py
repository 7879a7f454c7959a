"""What each exercise touches, and exams drawn by hundreds of seeds: the shares, no overlap, the same again."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

import labs_data
import pytest

from kubelab import errors, model
from kubelab.exam import draw, laying_out, touches
from kubelab.exercises import exercise_file, library

SEEDS = range(300)
LAB = dataclasses.replace(labs_data.lab(), addons=tuple(model.Addon), tools=tuple(model.Tool))
SEVERAL = labs_data.lab(members=3, planes=3)
LABS = (LAB, dataclasses.replace(SEVERAL, name="second", addons=LAB.addons, tools=LAB.tools))
EXERCISES = [library.find(name) for name in library.names()]
SPECS = {row.spec.id: row.spec for row in EXERCISES}
EXAMS = {seed: draw.draw(LABS, EXERCISES, str(seed)) for seed in SEEDS}
ALONE = {seed: draw.draw(LABS[:1], EXERCISES, str(seed)) for seed in SEEDS[:40]}
"""Exams on one lab."""
EVERY = [*EXAMS.values(), *ALONE.values()]


def touch_of(task: draw.Task) -> touches.Touch:
    """Return the touch under which a task's variant was drawn."""
    rows = touches.ROWS[task.exercise]
    return next(row for row in rows if not row.variants or task.variant in row.variants)


def test_every_exercise_says_what_it_touches() -> None:
    """Each shipped exercise is in one of the two tables, and in one only; whatever is drawn is shipped."""
    assert not set(touches.ROWS) & set(touches.LEFT_OUT)
    assert set(SPECS) <= set(touches.ROWS) | set(touches.LEFT_OUT)
    assert all(len(why) > 20 for why in touches.LEFT_OUT.values())


def test_touches_name_variants_that_exist_each_once() -> None:
    """No touch names a variant twice, or one that the exercise has not."""
    for name, rows in touches.ROWS.items():
        named = [number for row in rows for number in row.variants]
        assert len(named) == len(set(named))
        assert len(rows) == 1 or all(row.variants for row in rows)
        assert name not in SPECS or set(named) <= set(range(1, len(SPECS[name].variants) + 1))


def test_a_fault_of_the_control_plane_is_declared() -> None:
    """A variant whose fault is on etcd or the control plane takes more than its own namespaces."""
    for name, rows in touches.ROWS.items():
        for row in rows:
            for number in row.variants or range(1, len(SPECS[name].variants) + 1) if name in SPECS else ():
                if SPECS[name].variants[number - 1].fault:
                    assert row.takes, f"{name} {number} injects a fault and takes nothing"


def test_a_pod_that_nobody_makes_again_is_beside_no_drain() -> None:
    """An exercise whose break makes a bare pod wants every worker whole: a drain beside it would end that pod."""
    bare = re.compile(r"^kind: Pod$|^kubectl .*\brun\b", re.MULTILINE)
    found = [row.spec.id for row in EXERCISES if row.breaks and bare.search(row.breaks.read_text(encoding="utf-8"))]
    assert {"debug-without-shell", "dns-broken", "logs-search"} <= set(found)
    drain = touches.ROWS["drain-with-budget"][0]
    drawn = [name for name in found if name in touches.ROWS]
    assert not [name for name in drawn for row in touches.ROWS[name] if not touches.overlap(drain, row)]


def test_no_pair_of_a_lab_overlaps() -> None:
    """Over every pair of every drawn exam: nothing that one task takes is taken or wanted by another of its lab."""
    pairs = 0
    for exam in EVERY:
        by_lab = defaultdict(list)
        for task in exam:
            by_lab[task.lab].append(task)
        for rows in by_lab.values():
            for one, other in itertools.combinations(rows, 2):
                assert not touches.overlap(touch_of(one), touch_of(other)), f"{one.exercise} with {other.exercise}"
                pairs += 1
            stopped = [task.exercise for task in rows if touch_of(task).stops]
            assert len(stopped) <= 1, f"{stopped} all stop the lab"
    assert pairs > 1000


def test_a_pair_that_overlaps_is_refused() -> None:
    """Two that restart the API server, one that breaks what another needs, and two that stop the lab."""
    touch = {name: rows[0] for name, rows in touches.ROWS.items()}
    for one, other in (
        ("apiserver-down", "encrypt-secrets"), ("dns-broken", "guestbook-no-backend"),
        ("scheduler-down", "apiserver-down"), ("worker-not-ready", "drain-with-budget"),
        ("policy-engine-silent", "policy-too-lax"), ("etcd-unreachable", "etcd-backup"),
    ):  # fmt: skip
        assert touches.overlap(touch[one], touch[other])
        assert touches.overlap(touch[one], touch[other]) == touches.overlap(touch[other], touch[one])
    assert not touches.overlap(touch["audit-who"], touch["rbac-robot"])


def test_the_shares_are_the_curriculums() -> None:
    """Each exam has 15 to 17 tasks, each once, and each domain as many as its share rounded down or up."""
    for exam in EVERY:
        assert draw.LEAST <= len(exam) <= draw.MOST
        assert len({task.exercise for task in exam}) == len(exam)
        found = Counter(SPECS[task.exercise].topic for task in exam)
        for topic, share in exercise_file.SHARES.items():
            exact = len(exam) * share / 100
            assert math.floor(exact) <= found[topic] <= math.ceil(exact), f"{topic}: {found[topic]}, not {exact}"


def test_a_seed_draws_the_same_again() -> None:
    """Tasks, labs, variants and their seeds follow from the seed alone; other seeds draw others."""
    for seed in list(SEEDS)[:20]:
        assert draw.draw(LABS, EXERCISES, str(seed)) == EXAMS[seed]
        assert draw.draw(LABS, EXERCISES[::-1], str(seed)) == EXAMS[seed]
    assert len(set(EXAMS.values())) == len(EXAMS)


def test_an_exercise_of_ones_own_keeps_no_exam_from_being_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half written, it is none that exams draw: it is not read, and the draw is as before."""
    for name in library.names():
        (tmp_path / name).symlink_to(library.FOLDER / name)
    (tmp_path / "half-done").mkdir()
    (tmp_path / "half-done" / "exercise.yaml").write_text("id: half-done\n", encoding="utf-8")
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    assert laying_out.tasks(LABS, "7") == EXAMS[7]


def test_every_exercise_and_every_variant_is_drawn() -> None:
    """Over the seeds no exercise and no variant that may be drawn is left out."""
    drawn = {(task.exercise, task.variant) for exam in EXAMS.values() for task in exam}
    wanted = {
        (name, number)
        for name, rows in touches.ROWS.items() if name in SPECS
        for row in rows
        for number in row.variants or range(1, len(SPECS[name].variants) + 1)
    }  # fmt: skip
    assert drawn == wanted


def test_tasks_are_numbered_lab_by_lab_the_blocker_first() -> None:
    """A student mends first what stops the others."""
    for exam in EXAMS.values():
        assert [task.number for task in exam] == list(range(1, len(exam) + 1))
        for lab in LABS:
            here = [bool(touch_of(task).stops) for task in exam if task.lab == lab.name]
            assert here == sorted(here, reverse=True)


def test_labs_that_are_too_small_are_refused() -> None:
    """One that has no add-ons has no tasks of storage, and the refusal says what would be enough."""
    with pytest.raises(errors.LabError) as caught:
        draw.draw([dataclasses.replace(LAB, addons=())], EXERCISES, "1")
    assert caught.value.ident == "exam-unfit"
    assert "--second" in caught.value.remedy
