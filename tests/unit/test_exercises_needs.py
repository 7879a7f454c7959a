"""What an exercise needs of a lab: told before it is started, proven, drawn or handed out, in the same words."""

from __future__ import annotations

import dataclasses
import re

import labs_data
import pytest
from fakes import report
from triggers import things

from kubelab import checks, errors, model, paths
from kubelab.components import store
from kubelab.config import load
from kubelab.course import make_packs
from kubelab.exam import draw, exam_scene, touches
from kubelab.exercises import commands, exam_mark, exercise_file, library, needs
from kubelab.proofs import exercise_run, prove_exercises
from kubelab.tasks.output import exercise_output

SHIPPED = library.find("webhook-blocks")


def needing(**wanted: object) -> library.Exercise:
    """Return a shipped exercise that needs something else."""
    spec = SHIPPED.spec.model_copy(update={"needs": exercise_file.NeedsSpec.model_validate(wanted)})
    return dataclasses.replace(SHIPPED, spec=spec)


SEVERAL = needing(members=3, control_planes=3)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"workers": 2}, []),
        ({"workers": 3}, ["3 workers"]),
        ({"members": 3}, ["3 etcd members"]),
        ({"control_planes": 2, "members": 3}, ["2 control planes", "3 etcd members"]),
        ({"addons": ["gateway"], "members": 3}, ["add-on gateway", "3 etcd members"]),
        ({"tools": ["helm", "k9s"], "workers": 3}, ["3 workers", "tool helm", "tool k9s"]),
    ],
)
def test_what_a_lab_lacks_is_told(wanted: dict[str, object], said: list[str]) -> None:
    """Of the default lab, and of its file, which gives no network: machines of each kind, add-ons, and tools."""
    assert needs.of_lab(needing(**wanted), labs_data.lab()) == said
    assert needs.of_file(needing(**wanted), load.read("default")) == said


def test_a_lab_of_several_lacks_nothing() -> None:
    """The lab with three of each suits an exercise that needs them; as a file too."""
    assert needs.of_lab(SEVERAL, labs_data.lab(members=3, planes=3)) == []
    assert needs.of_file(SEVERAL, load.read("ha")) == []


LIKE = re.compile(
    r'box "\$(CONTROL_PLANE|ETCD)"|read\(scene\.value\("control_plane"\)|'
    r'static_pod\(scene, "[a-z-]+"(\)|, namespace=)'
)
"""How an exercise breaks one machine of the control plane, or judges by it."""
ON_SEVERAL = {
    "autoscaler-idle": "its fault is in an object",
    "build-dns": "it looks at a folder that all have",
    "dns-broken": "its faults are in objects",
    "etcd-backup": "a snapshot of one member is one of all",
    "guestbook-no-backend": "its faults are in objects",
    "loadbalancer-pending": "its fault is in an object",
}
"""Exercises that do so and suit labs with several all the same, and why."""
TARGETS = {"build-etcd"}
"""Exercises whose drawn machine is the only one of its kind."""


def test_what_breaks_one_of_several_is_for_labs_with_one() -> None:
    """A fault of the control plane or of etcd, or a break or a check that is about its first machine alone: the others
    would go on, and nothing breaks, or something else is judged. What needs several is not meant."""
    found = set()
    for exercise in map(library.find, library.names()):
        several = max(exercise.spec.needs.control_planes, exercise.spec.needs.members) > 1
        faults = any(
            row.fault and row.on in (model.Kind.CONTROL_PLANE, model.Kind.ETCD) for row in exercise.spec.variants
        )
        texts = [exercise.text(name) for name in ("break.sh", "checks.py") if (exercise.folder / name).exists()]
        if not several and (faults or any(map(LIKE.search, texts))):
            found.add(exercise.spec.id)
    assert found - set(ON_SEVERAL) == set(needs.SINGLE) - TARGETS
    assert set(ON_SEVERAL) <= found
    assert set(library.names()) >= TARGETS


def test_an_exercise_about_one_control_plane_wants_one() -> None:
    """Of a lab of several, and of its file; a lab with one lacks nothing."""
    row = library.find("etcd-unreachable")
    assert needs.of_lab(row, labs_data.lab()) == []
    assert needs.of_lab(row, labs_data.lab(members=3)) == ["one etcd member"]
    assert needs.of_lab(row, labs_data.lab(members=3, planes=3)) == ["one etcd member", "one control plane"]
    assert needs.of_file(library.find("scheduler-down"), load.read("ha")) == ["one control plane"]
    assert needs.of_file(library.find("scheduler-down"), load.read("default")) == []


def test_start_proof_and_exam_refuse_before_they_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each raises the same error with the same words, and has broken nothing."""
    what = "exercise webhook-blocks needs 3 control planes, 3 etcd members; lab default has not got that"
    monkeypatch.setattr(library, "find", lambda _: SEVERAL)
    monkeypatch.setattr(commands, "refuse_older", lambda _: None)
    held = labs_data.held()
    view = checks.View.of(labs_data.lab(), paths.LabPaths(name="default"))
    asked = exam_scene.Asked(number=1, exercise="webhook-blocks", seed="1", variant=1)
    for word in (
        lambda: commands.start(held, commands.Wish(exercise="webhook-blocks")),
        lambda: exercise_run.Run(held, exercise_run.Proof(exercise=SEVERAL), exercise_run.Step(number=1)),
        lambda: exam_scene.open_all(view, [asked]),
    ):
        with pytest.raises(errors.LabError) as caught:
            word()
        assert (caught.value.ident, caught.value.what) == ("exercise-unfit", what)


def test_packs_are_not_made_for_a_lab_that_lacks_something() -> None:
    """Every exercise that does not suit the course's lab is named; a lab that suits is not refused."""
    unfit = [things(exercise=SEVERAL), things(exercise=needing(workers=5))]
    course = things(lab="default", exam=None, assignments=unfit)
    with pytest.raises(errors.LabError) as caught:
        make_packs.refuse_unfit(course)
    assert caught.value.ident == "exercise-unfit"
    assert "3 etcd members; lab default" in caught.value.what
    assert "5 workers" in str(caught.value.details)
    make_packs.refuse_unfit(things(lab="ha", exam=None, assignments=[things(exercise=SEVERAL)]))


def test_no_exam_draws_what_its_lab_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a lab of one control plane an exercise for several is never drawn; on one of several it is, by some seed."""
    row = dataclasses.replace(SHIPPED, spec=SEVERAL.spec.model_copy(update={"id": "several"}))
    monkeypatch.setattr(touches, "ROWS", {**touches.ROWS, "several": (touches.Touch(),)})
    shipped = [library.find(name) for name in library.names()]
    every = frozenset(model.Addon)
    labs = [
        dataclasses.replace(labs_data.lab(members=count, planes=count), addons=tuple(every), tools=tuple(model.Tool))
        for count in (1, 3)
    ]
    drawn = [
        {task.exercise for seed in range(30) for task in draw.draw([lab], [*shipped, row], str(seed))} for lab in labs
    ]
    assert "several" not in drawn[0]
    assert "several" in drawn[1]


def test_the_list_says_what_the_lab_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside an exercise that does not suit the lab, unless it is done; programs get the same words."""
    lacking = needs.of_named([SEVERAL], "default")
    assert lacking == {"webhook-blocks": ["3 control planes", "3 etcd members"]}
    exercise_output.catalogue([SEVERAL], {}, lacking, "default")
    assert "lacks" in capsys.readouterr().out
    exercise_output.catalogue_json([SEVERAL], {}, lacking)
    assert '"3 etcd members"' in capsys.readouterr().out
    assert needs.of_named([SEVERAL], "no-such-lab") == {}


@pytest.mark.parametrize(
    ("state", "versions", "said"),
    [
        (store.State.READY, "1.37", []),
        (
            store.State.ABSENT, "1.37",
            ["the programs of version set 1.36 (./run components.build --versions 1.36 makes them)"],
        ),
        (store.State.READY, "1.36", ["a version set newer than 1.36"]),
    ],
)  # fmt: skip
def test_the_programs_of_an_older_set_are_asked_for(
    state: store.State, versions: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine is upgraded from that set: the cache must have it, and the lab must be newer."""
    monkeypatch.setattr(store, "state", lambda _: state)
    lab = dataclasses.replace(labs_data.lab(), versions=load.versions(versions))
    assert needs.of_lab(needing(version_before="1.36"), lab) == said


def test_a_proof_of_all_leaves_out_what_the_lab_does_not_suit(monkeypatch: pytest.MonkeyPatch) -> None:
    """And names it; an exercise that was asked for by name is refused instead."""
    monkeypatch.setattr(commands, "exercises", lambda: [SEVERAL])
    monkeypatch.setattr(prove_exercises, "_variant", lambda *_: pytest.fail("it is not proven"))
    found, said = report()
    held = labs_data.held(said=found)
    assert prove_exercises.run_plan(held, prove_exercises.Plan(exercises=())) is errors.Exit.GOOD
    assert "left out: webhook-blocks needs 3 control planes, 3 etcd members" in said.getvalue()


@pytest.mark.parametrize("mark", [exam_mark.Mark.RUNNING, exam_mark.Mark.SUBMITTED])
def test_a_proof_leaves_an_exam_alone(mark: exam_mark.Mark, monkeypatch: pytest.MonkeyPatch) -> None:
    """It put the lab in its known state before it refused: tasks of the exam were mended, and won points."""
    monkeypatch.setattr(exam_mark, "read", lambda _: mark)
    monkeypatch.setattr(commands, "exercises", lambda: pytest.fail("it has begun"))
    with pytest.raises(errors.LabError) as caught:
        prove_exercises.run_plan(labs_data.held(), prove_exercises.Plan(exercises=()))
    assert caught.value.ident == "exam-running"
