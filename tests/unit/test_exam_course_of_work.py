"""An exam from its begin to its end, on labs whose boxes are fakes: in which order labs are broken and tasks judged."""

from __future__ import annotations

import dataclasses
import datetime
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import exam_data
import labs_data
import pytest

from kubelab import errors, paths, providers
from kubelab.checks import wait
from kubelab.clients import doors, kube_api
from kubelab.converge import etcd_clients
from kubelab.course import exam_pack, pack
from kubelab.exam import exam_scene, grading, laying_out, putting_back, record, sitting, touches
from kubelab.exercises import (
    attempt,
    baseline_objects,
    commands,
    exam_mark,
    exercise_file,
    grade,
    known_state,
    library,
    lockout,
    reboot,
    scene,
    setup,
    stale_replicasets,
    timestamps,
    variants,
)
from kubelab.faults import inject
from kubelab.files import atomic
from kubelab.ui import progress

PASSED, FAILED, UNKNOWN = attempt.State.PASSED, attempt.State.FAILED, attempt.State.UNKNOWN
SEEDS = [str(seed) for seed in range(40)]


@dataclasses.dataclass(kw_only=True)
class Lab:
    """A fake of all that an exam does to labs: what was done, in its order, and the verdicts that its checks give."""

    done: list[str] = dataclasses.field(default_factory=list)
    state: dict[str, attempt.State] = dataclasses.field(default_factory=dict)
    """Exercise to the state of its goals; passed if it is not named."""
    runs: bool = True
    """The boxes run."""
    away: set[str] = dataclasses.field(default_factory=set)
    """The labs whose API server does not answer: both are broken at the same time."""

    spaces: list[str] = dataclasses.field(default_factory=list)
    """The namespaces of both labs."""

    def door(self, lab: str) -> Any:
        """Return the API of a lab."""
        return SimpleNamespace(request=self.request, items=self.items, lab=lab)

    def items(self, path: str) -> list[Any]:
        """Return the namespaces; nobody lists anything else."""
        assert path == "/api/v1/namespaces"
        return [{"metadata": {"name": name}} for name in self.spaces]

    def request(self, method: str, path: str, body: Any) -> None:
        """Keep a change of a node."""
        self.done.append(f"{method} {path} {body['spec']['unschedulable']}")

    def back(self, *_: object, **__: object) -> str:
        """Keep that a lab was put back."""
        self.done.append("back")
        return ""

    def broken(self, found: scene.Scene) -> None:
        """Keep that a task was broken."""
        self.done.append(f"break {found.exercise.spec.id}")

    def check(self, found: exam_scene.ExamScene, _: object = None, *, stability: bool = True) -> attempt.Check:
        """Return verdicts as `grade.check` does: stability is looked at only if every goal holds."""
        spec, rows = found.exercise.spec, []
        state = self.state.get(spec.id, PASSED)
        self.done.append(f"check {spec.id} {stability}")
        for row in grade.tasks(found):
            looked = state if row.kind is not attempt.Kind.STABILITY or (stability and state is PASSED) else FAILED
            kept = PASSED if row.kind is attempt.Kind.GUARD else looked
            seen = "" if kept is PASSED else "it is not so"
            verdict = attempt.Verdict(
                kind=row.kind, check=row.check, says=row.says, state=kept, seen=seen, points=row.points
            )
            rows.append(verdict)
        points = sum(row.points for row in rows if row.kind is not attempt.Kind.GUARD and row.state is PASSED)
        return attempt.Check(at=exam_data.BEGUN, verdicts=tuple(rows), points=points, full=spec.full)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Return the fake, in place of boxes and API servers."""
    made = Lab()
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(kube_api.Api, "of", lambda where, *_: made.door(where.name))
    monkeypatch.setattr(commands, "refuse_older", lambda _: None)
    monkeypatch.setattr(known_state, "put_in_order", lambda *_: "it was")
    monkeypatch.setattr(known_state, "keep", lambda *_: made.done.append("keep"))
    monkeypatch.setattr(known_state, "take_all_back", made.back)
    monkeypatch.setattr(stale_replicasets, "remove_empty", lambda *_: None)
    monkeypatch.setattr(setup, "break_it", made.broken)

    def take(api: Any) -> baseline_objects.Objects:
        if api.lab in made.away:
            made.done.append("asked in vain")
            raise doors.DoorError("no answer")
        made.done.append("take")
        return baseline_objects.Objects(found={})

    monkeypatch.setattr(baseline_objects, "take", take)
    monkeypatch.setattr(grade, "check", made.check)
    monkeypatch.setattr(reboot, "running", lambda _: made.done.append("boxes started"))
    monkeypatch.setattr(exercise_file, "FORGOTTEN", 0)
    monkeypatch.setattr(providers, "of", lambda _: SimpleNamespace(boxes=lambda _: [SimpleNamespace(runs=made.runs)]))
    monkeypatch.setattr(etcd_clients, "wake", lambda view: made.done.append(f"wake {view.lab.name}"))
    monkeypatch.setattr(grading, "AGAIN", 0.1)
    monkeypatch.setattr(grading, "SHOWN", 0.0)
    monkeypatch.setattr(wait, "until", lambda *_: "")
    return made


def held() -> list[Any]:
    """Return both labs, held."""
    rows = [labs_data.held(lab) for lab in exam_data.labs()]
    views = [dataclasses.replace(row.view, api=kube_api.Api.of(row.where, "", "")) for row in rows]
    return [dataclasses.replace(row, view=view) for row, view in zip(rows, views, strict=True)]


def begun(seed: str = "7") -> tuple[record.Exam, tuple[sitting.Bench, ...], list[Any]]:
    """Return an exam that was just begun, its labs, and those held."""
    labs = held()
    exam = laying_out.start(labs, laying_out.Wish(seed=seed))
    return exam, sitting.benches(exam, labs), labs


def exercises_of(exam: record.Exam) -> set[str]:
    """Return the exercises that were drawn."""
    return {row.work.exercise for row in exam.questions}


def a_pack(root: Path, opens: Mapping[str, datetime.datetime], *, exam: bool) -> None:
    """Make a folder a course's pack of all exercises; some open at a time of their own."""
    rows = [
        pack.Task(id=name, seed="s", opens=opens[name].isoformat() if name in opens else "", due="", weight=1)
        for name in library.names()
    ]
    own = pack.Exam(minutes=90, seed="7") if exam else None
    found = pack.Pack(
        schema=pack.SCHEMA, course="autumn", title="", lab="default", student="ada", name="", watch=None,
        exercises=rows, exam=own,
    )  # fmt: skip
    atomic.write(root / "pack" / pack.NAME, found.document())


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("practice", [False, True])
@pytest.mark.parametrize("course", [False, True])
def test_what_is_not_open_is_not_drawn(course: bool, practice: bool, tmp_path: Path) -> None:
    """In a pack, with and without an exam of the course's own, and for practice; what has opened is drawn again."""
    now = datetime.datetime.now(datetime.UTC)
    drawn = sorted(exercises_of(exam_data.exam("7")))
    opens = dict.fromkeys(drawn[:4], now + datetime.timedelta(days=3))
    opens |= dict.fromkeys(drawn[4:8], now - datetime.timedelta(days=3))
    a_pack(tmp_path, opens, exam=course)
    wish = exam_pack.wish(laying_out.Wish(seed="7" if practice or not course else ""), tmp_path)
    exam = laying_out.start(held(), wish)
    assert wish.seed == "7"
    assert not exercises_of(exam) & set(drawn[:4])
    assert exercises_of(exam) & set(drawn[4:8])
    assert exam_pack.wish(laying_out.Wish(), tmp_path / "no pack").closed == {}


def test_too_few_open_exercises_are_told_with_the_date(fake: Lab, tmp_path: Path) -> None:
    """Not the last date of all, but the first one from which enough are open; nothing is broken, nothing kept."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    soon, enough, late = (now + datetime.timedelta(days=days) for days in (1, 10, 30))
    drawn = sorted(exercises_of(exam_data.exam("7")))
    others = [name for name in library.names() if name not in drawn]
    opens = {**dict.fromkeys(drawn, enough), **dict.fromkeys(others, late), drawn[0]: soon}
    a_pack(tmp_path, opens, exam=True)
    with pytest.raises(errors.LabError) as caught:
        laying_out.start(held(), exam_pack.wish(laying_out.Wish(), tmp_path))
    assert caught.value.ident == "exam-unfit"
    assert f"{enough:%Y-%m-%d %H:%M} UTC" in caught.value.what
    assert f"{enough:%Y-%m-%d %H:%M} UTC" in caught.value.remedy
    assert f"{drawn[0]} opens at {soon:%Y-%m-%d %H:%M} UTC" in caught.value.details
    assert len(caught.value.details) == len(opens)
    assert record.load(held()[0].where) is None
    assert fake.done == []


def test_labs_that_hold_no_exam_are_not_told_a_date(fake: Lab, tmp_path: Path) -> None:
    """Waiting would not help: a lab without the add-ons lacks room at any time."""
    a_pack(tmp_path, {library.names()[0]: datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)}, exam=True)
    bare = dataclasses.replace(exam_data.labs()[0], addons=())
    small = [dataclasses.replace(row, view=dataclasses.replace(row.view, lab=bare)) for row in held()[:1]]
    with pytest.raises(errors.LabError, match="cannot hold") as caught:
        laying_out.start(small, exam_pack.wish(laying_out.Wish(), tmp_path))
    assert caught.value.ident == "exam-unfit"
    assert fake.done == []


def touch(name: str, exam: record.Exam) -> touches.Touch:
    """Return the touch of an exercise in an exam."""
    variant = next(row.work.variant for row in exam.questions if row.work.exercise == name)
    return next(row for row in touches.ROWS[name] if not row.variants or variant in row.variants)


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_labs_are_broken_in_stages(seed: str, fake: Lab) -> None:
    """All is kept before the first break; what restarts the API comes first, what takes a worker after what makes
    pods, what stops the lab last; and the objects of the breaks are kept before and after that."""
    exam, _, __ = begun(seed)
    assert exam.started
    assert fake.done[:2] == ["keep", "keep"]
    for lab in exam.labs:
        names = [row.work.exercise for row in exam.of_lab(lab)]
        order = [row.removeprefix("break ") for row in fake.done if row.startswith("break ")]
        stage = {}
        for name in names:
            found = touch(name, exam)
            stage[name] = 3 if found.stops else 2 if found.on_worker else 0 if found.restarts else 1
        mine = [stage[name] for name in order if name in names]
        assert mine == sorted(mine)
        assert len(mine) == len(names)


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_the_breaks_that_wait_longest_begin_first(seed: str, fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those side by side, one that waits often is not left alone at the end: the student waits for it."""
    monkeypatch.setattr(laying_out, "AT_ONCE", 1)
    _, rows, __ = begun(seed)
    for bench in rows:
        others = {found.exercise.spec.id: laying_out._waits(found) for found in laying_out.stages(bench).others}
        order = [row.removeprefix("break ") for row in fake.done if row.startswith("break ")]
        waits = [others[name] for name in order if name in others]
        assert waits == sorted(waits, reverse=True)
    assert laying_out._waits(scene_of("rollout-stuck")) > laying_out._waits(scene_of("rbac-robot"))


def scene_of(name: str) -> Any:
    """Return a scene as far as its break is looked at."""
    return SimpleNamespace(exercise=library.find(name))


def test_new_pods_keep_away_from_a_worker_that_is_broken_next(fake: Lab) -> None:
    """The target of such a task is closed while others make pods, and open again before it is broken."""
    seed = exam_data.seed_with("worker-not-ready", "runtime-broken", "pod-network-one-node")
    exam, rows, _ = begun(seed)
    one = next(found for bench in rows for found in bench.scenes if sitting.touch(found).on_worker)
    node = f"PATCH /api/v1/nodes/{one.target.name}"
    closed, opened = fake.done.index(f"{node} True"), fake.done.index(f"{node} None")
    assert closed < opened < fake.done.index(f"break {one.exercise.spec.id}")
    others = [row for row in exam.of_lab(one.lab.name) if not touch(row.work.exercise, exam).restarts]
    pods = [row for row in others if not touch(row.work.exercise, exam).stops and row.number != one.number]
    assert any(closed < fake.done.index(f"break {row.work.exercise}") < opened for row in pods)


def test_what_the_breaks_made_is_kept_although_the_api_is_away(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stop of the API server comes after the objects were taken; what was taken before stays, and nobody asks a
    server that is away: each of thirty lists would wait for its time."""
    stops = {name for name, rows in touches.ROWS.items() if rows[0].stops is touches.Stops.API}

    def broken(found: scene.Scene) -> None:
        fake.away |= {found.lab.name} if found.exercise.spec.id in stops else set()

    monkeypatch.setattr(setup, "break_it", broken)
    seed = exam_data.seed_with(*stops)
    laying_out.start(held(), laying_out.Wish(seed=seed))
    lab = next(row.work.lab for row in exam_data.exam(seed).questions if row.work.exercise in stops)
    assert (exam_mark.folder(paths.LabPaths(name=lab)) / baseline_objects.BROKEN).exists()
    assert fake.away
    assert "asked in vain" not in fake.done


def test_an_interrupted_begin_goes_on_with_the_same_tasks(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A break that failed leaves the record: the next start puts back and breaks again, with the same draw."""

    def fails(found: scene.Scene) -> None:
        if found.exercise.spec.id == "audit-who":
            raise errors.LabError("exercise-script", "it failed")
        fake.broken(found)

    monkeypatch.setattr(setup, "break_it", fails)
    seed = exam_data.seed_with("audit-who")
    labs = held()
    with pytest.raises(errors.LabError):
        laying_out.start(labs, laying_out.Wish(seed=seed))
    left = record.load(labs[0].where)
    assert left
    with pytest.raises(errors.LabError) as caught:
        sitting.running(labs[0])
    assert caught.value.ident == "exam-unready"
    monkeypatch.setattr(setup, "break_it", fake.broken)
    fake.done.clear()
    exam = laying_out.start(labs, laying_out.Wish())
    assert fake.done[:2] == ["back", "back"]
    assert [row.work.seed for row in exam.questions] == [row.work.seed for row in left.questions]
    assert exam.started
    assert "keep" not in fake.done, "a broken lab was kept as its state from before"


@pytest.mark.parametrize(
    ("begun_as", "asked", "said"),
    [
        ({}, {"seed": "8"}, "exam.start --seed 7 goes on"),
        ({}, {"seed": "7", "course": "autumn"}, "exam.start --seed 7 goes on"),
        ({"course": "autumn"}, {"seed": "7"}, "of the course autumn"),
        ({"course": "autumn"}, {"seed": "9", "course": "autumn"}, "of the course autumn"),
    ],
)
def test_an_interrupted_begin_is_no_other_exam(
    fake: Lab, begun_as: dict[str, str], asked: dict[str, Any], said: str
) -> None:
    """Practice is not gone on with as the course's exam, nor one seed as another: hours later nothing could count."""
    labs = held()
    record.save(exam_data.exam(started="", **begun_as))
    with pytest.raises(errors.LabError) as caught:
        laying_out.start(labs, laying_out.Wish(**asked))
    assert caught.value.ident == "exam-running" and said in caught.value.what and "exam.stop" in caught.value.remedy
    assert not fake.done
    again: dict[str, Any] = begun_as
    assert laying_out.start(labs, laying_out.Wish(seed="007", **again)).started


def test_a_second_start_is_refused_with_the_way_on(fake: Lab) -> None:
    """While it runs, after it was submitted, and for only one of its labs."""
    exam, rows, labs = begun()
    for found in (labs, labs[:1]):
        with pytest.raises(errors.LabError) as caught:
            laying_out.start(found, laying_out.Wish())
        assert caught.value.ident == "exam-running"
    grading.submit(rows, exam, labs[0].report)
    with pytest.raises(errors.LabError) as caught:
        laying_out.start(labs, laying_out.Wish())
    assert "exam.stop" in caught.value.remedy
    assert fake.done


@pytest.mark.usefixtures("fake")
def test_an_exercise_that_runs_keeps_the_exam_out() -> None:
    """It is named, with the word that ends it; nothing was broken."""
    labs = held()
    one = exam_data.exam().questions[0].work
    attempt.save(labs[1].where, one)
    with pytest.raises(errors.LabError) as caught:
        laying_out.start(labs, laying_out.Wish())
    assert caught.value.ident == "exercise-running"
    assert record.load(labs[0].where) is None


WRONG = [
    ("9", ""), ("481", ""), ("x", ""), ("1e2", ""), ("60", "x"), ("60", "-1"), ("60", "1" * 10),
    ("60", "1" * 5000), ("60", "٣"),
]  # fmt: skip


@pytest.mark.parametrize("typed", WRONG)
def test_minutes_and_seed_have_bounds(typed: tuple[str, str]) -> None:
    """Refused before any lab is touched."""
    with pytest.raises(errors.LabError) as caught:
        laying_out.Wish.typed(*typed)
    assert caught.value.ident == "exam-option"


def by_exercise(exam: record.Exam) -> dict[str, record.Question]:
    """Return the tasks of an exam by exercise."""
    return {row.work.exercise: row for row in exam.questions}


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_nothing_done_is_0_and_all_done_is_100(seed: str, fake: Lab) -> None:
    """With partial credit in between: one task alone has its own points."""
    exam, rows, labs = begun(seed)
    names = [row.work.exercise for row in exam.questions]
    assert grading.submit(rows, exam, labs[0].report).percent == 100
    fake.state = dict.fromkeys(names, FAILED)
    nothing = grading.submit(rows, exam, labs[0].report)
    assert (nothing.points, nothing.outcome) == (0, record.Outcome.FAILED)
    fake.state = dict.fromkeys(names[1:], FAILED)
    one = grading.submit(rows, exam, labs[0].report)
    assert one.points == by_exercise(one)[names[0]].work.full
    assert one.submitted


def test_what_restarts_a_machine_is_tried_last_and_costs_no_other(fake: Lab) -> None:
    """Every other task is judged before; its goals keep their first verdicts, and if they do not come back its
    stability could not be told."""
    acting = {name for name in library.names() if any(row.acts for row in library.find(name).spec.stability)}
    seed = exam_data.seed_with(*acting)
    exam, rows, labs = begun(seed)
    fake.done.clear()
    graded = grading.submit(rows, exam, labs[0].report)
    for lab in exam.labs:
        names = [row.work.exercise for row in exam.of_lab(lab)]
        mine = [row for row in fake.done if row.startswith("check ") and row.split()[1] in names]
        acts = [index for index, row in enumerate(mine) if row.split()[1] in acting and row.endswith("True")]
        first = [next(index for index, row in enumerate(mine) if row.split()[1] == name) for name in names]
        assert not acts or min(acts) > max(first)
    name = next(iter(acting & set(by_exercise(exam))))
    looks = 0

    def later(found: exam_scene.ExamScene, *args: Any, **options: Any) -> attempt.Check:
        nonlocal looks
        if found.exercise.spec.id == name:
            looks += 1
            fake.state[name] = PASSED if looks == 1 else FAILED
        return fake.check(found, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grade, "check", later)
        graded = grading.submit(rows, exam, labs[0].report)
    row = by_exercise(graded)[name]
    assert row.graded
    states = {(item.kind, item.state) for item in row.graded.verdicts}
    assert (attempt.Kind.STABILITY, UNKNOWN) in states
    assert (attempt.Kind.GOAL, PASSED) in states
    assert row.points < row.possible == row.work.full


def test_an_unmended_stop_is_judged_and_then_taken_back(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its points are lost, and the other tasks of its lab are judged after its fault is gone; no other fault is."""
    undone: list[str] = []

    def undo(_: object, one: Any, __: object) -> None:
        undone.append(one.row.name)
        fake.done.append("undo")

    monkeypatch.setattr(inject, "undo", undo)
    blockers = {name for name, rows in touches.ROWS.items() if rows[0].stops}

    def variant_has_fault(row: record.Question) -> str:
        spec = library.find(row.work.exercise).spec
        return spec.variants[row.work.variant - 1].fault or ""

    seed = next(
        seed for seed in SEEDS
        if any(row.work.exercise in blockers and variant_has_fault(row) for row in exam_data.exam(seed).questions)
    )  # fmt: skip
    exam, rows, labs = begun(seed)
    blocker = next(row for row in exam.questions if row.work.exercise in blockers and variant_has_fault(row))
    faults = (variant_has_fault(blocker), "kubelet-stopped")
    active = [SimpleNamespace(row=SimpleNamespace(name=name)) for name in faults]
    monkeypatch.setattr(inject, "active", lambda view: active if view.lab.name == blocker.work.lab else [])
    fake.state = {blocker.work.exercise: FAILED}
    fake.done.clear()
    graded = grading.submit(rows, exam, labs[0].report)
    assert undone == [variant_has_fault(blocker)]
    names = [row.work.exercise for row in exam.of_lab(blocker.work.lab)]
    mine = [row for row in fake.done if row == "undo" or (row.startswith("check ") and row.split()[1] in names)]
    assert mine[0].startswith(f"check {blocker.work.exercise} ")
    assert mine[1] == "undo"
    assert graded.points == graded.full - blocker.work.full


@pytest.mark.parametrize(("gone", "waits"), [(0, 60.0), (20, 40.0), (60, 0.0), (7200, 0.0), (-500, 60.0)])
def test_an_exam_that_has_just_begun_waits_until_its_breaks_show(
    gone: int, waits: float, fake: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node whose kubelet has stopped is Ready for 40 s more: its goals would be won for nothing."""
    exam, rows, labs = begun()
    assert grade.SYMPTOM == 60.0
    monkeypatch.setattr(grading, "SHOWN", grade.SYMPTOM)
    monkeypatch.setattr(inject, "active", lambda _: [])
    begin = timestamps.read(exam.started)
    assert begin
    now = (begin + datetime.timedelta(seconds=gone)).isoformat(timespec="seconds")
    monkeypatch.setattr(attempt, "now", lambda: now)
    monkeypatch.setattr(time, "sleep", lambda seconds: fake.done.append(f"sleep {seconds}"))
    fake.done.clear()
    grading.judged(rows[0], labs[0].report, grading._fresh(exam))
    assert fake.done.pop(0) == f"wake {rows[0].name}"
    first = [found.exercise.spec.id for found in laying_out.stages(rows[0]).stopping]
    done = [row for row in fake.done if row.split()[1] not in first]
    assert done[0] == f"sleep {waits}"
    fake.state = dict.fromkeys(first, FAILED)
    fake.done.clear()
    grading.judged(rows[0], labs[0].report, grading._fresh(exam))
    waited = [row for row in fake.done if row.startswith("sleep ")]
    assert waited == ["sleep 60.0" if first else f"sleep {waits}"], "it waited twice"


def test_the_breaks_show_again_after_a_stop_was_taken_back(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the API server was away nobody noted that a node has stopped: the others are judged 60 s after it is back,
    and if the student mended it, at once."""
    stops = {name for name, rows in touches.ROWS.items() if rows[0].stops is touches.Stops.API}
    exam, rows, labs = begun(exam_data.seed_with(*stops))
    name = next(name for name in by_exercise(exam) if name in stops)
    bench = next(row for row in rows if row.name == by_exercise(exam)[name].work.lab)
    monkeypatch.setattr(inject, "active", lambda _: [])
    monkeypatch.setattr(grading, "SHOWN", grade.SYMPTOM)
    monkeypatch.setattr(time, "sleep", lambda seconds: fake.done.append(f"sleep {seconds}"))
    fake.state = {name: FAILED}
    fake.done.clear()
    grading.judged(bench, labs[0].report)
    assert fake.done[0] == f"wake {bench.name}"
    assert fake.done[1].startswith(f"check {name} ")
    assert fake.done[2:4] == [f"wake {bench.name}", "sleep 60.0"], "what etcd's outage has made wait is judged too"
    fake.state = {}
    fake.done.clear()
    grading.judged(bench, labs[0].report)
    assert "sleep 60.0" not in fake.done


def test_a_rule_that_stops_every_pod_is_taken_back(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of the catalogue: of what its break made, the rules with the task's name are deleted alone."""
    exam, rows, labs = begun(exam_data.seed_with("webhook-blocks"))
    bench, found = next(
        (bench, one) for bench in rows for one in bench.scenes if one.exercise.spec.id == "webhook-blocks"
    )
    monkeypatch.setattr(inject, "active", lambda _: [])
    kind, name = f"{grading.RULES}v1/validatingwebhookconfigurations", found.value("name")
    keys = [(kind, "", name), (kind, "", "keep-me"), ("/api/v1/configmaps", "", name), (kind, "", "calico")]
    made: dict[baseline_objects.Key, Any] = {key: {"metadata": {"name": key[2]}} for key in keys}
    folder = exam_mark.folder(bench.session.where)
    baseline_objects.save(folder / baseline_objects.BROKEN, baseline_objects.Objects(found=made))
    before = {keys[3]: made[keys[3]]}
    baseline_objects.save(folder / baseline_objects.FILE, baseline_objects.Objects(found=before))
    deleted: list[str] = []
    monkeypatch.setattr(bench.view.api, "request", lambda method, path, _: deleted.append(f"{method} {path}"))
    fake.state = {"webhook-blocks": FAILED}
    grading.judged(bench, labs[0].report)
    assert deleted == [f"DELETE {kind}/{name}"]
    assert exam.started


def test_a_halted_lab_is_started_before_it_is_judged(fake: Lab) -> None:
    """It keeps its exam, and no task is judged while its boxes do not run."""
    exam, rows, labs = begun()
    fake.done.clear()
    fake.runs = False
    graded = grading.submit(rows, exam, labs[0].report)
    assert fake.done[0] == "boxes started"
    assert fake.done.count("boxes started") == len(exam.labs)
    assert graded.percent == 100


def test_late_work_is_graded_and_called_late(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is over, and the result says by how much."""
    exam, rows, labs = begun()
    monkeypatch.setattr(attempt, "now", lambda: "2099-01-01T00:00:00+00:00")
    graded = grading.submit(rows, exam, labs[0].report)
    assert graded.late > 0
    assert graded.percent == 100
    assert fake.done


def test_an_exam_ends_only_with_a_result_or_by_force(fake: Lab) -> None:
    """Unsubmitted work is not thrown away unasked; afterwards nothing of the exam is left but the history."""
    exam, rows, labs = begun()
    with pytest.raises(errors.LabError) as caught:
        putting_back.stop(rows, exam, labs[0].report, give_up=False)
    assert "--yes" in caught.value.remedy
    assert "back" not in fake.done
    putting_back.stop(rows, exam, labs[0].report, give_up=True)
    assert fake.done.count("back") == 2
    assert [path.name for path in exam_mark.folder(labs[0].where).iterdir()] == [record.HISTORY]
    assert list(exam_mark.folder(labs[1].where).iterdir()) == []
    assert exam_mark.read(labs[0].where) is exam_mark.Mark.NONE


def test_a_destroyed_lab_does_not_keep_the_other_from_being_put_back(fake: Lab) -> None:
    """The second lab is restored although the first one is gone, and no exam occupies it any more."""
    _, __, labs = begun()
    shutil.rmtree(exam_mark.folder(labs[0].where))
    exam = sitting.load(labs[1])
    putting_back.stop(sitting.benches(exam, labs), exam, labs[0].report, give_up=True)
    assert fake.done.count("back") == 1
    assert exam_mark.read(labs[1].where) is exam_mark.Mark.NONE


@pytest.mark.usefixtures("fake")
def test_a_word_about_an_exercise_refuses_during_an_exam() -> None:
    """A hint, a check, the task and the page of an exercise all open its attempt: there is none in an exam."""
    _, __, labs = begun()
    with pytest.raises(errors.LabError) as caught:
        commands.sitting(labs[0])
    assert caught.value.ident == "exam-running"


def test_every_task_has_its_own_namespaces_and_names_its_place() -> None:
    """No namespace of an exam is another task's, and each text names a namespace or a machine of its own."""
    labs = exam_data.labs()
    for seed in SEEDS[:20]:
        exam = exam_data.exam(seed)
        for lab in labs:
            found = exam_data.scenes(exam, lab)
            spaces = [name for one in found for name in exam_scene.spaces(one.variant)]
            assert len(spaces) == len(set(spaces))
            for one in found:
                assert sitting.about(one), f"{one.exercise.spec.id} names no place"
                assert not set(sitting.about(one)) & one.others


def test_a_guard_sees_nothing_of_other_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects in the namespaces of others, and those namespaces, are left out of what was there before; the rights in
    them are no business of the guard of rights; and the exercise itself is unchanged."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    exam = exam_data.exam(next(s for s in SEEDS if "scheduler-down" in by_exercise(exam_data.exam(s))))
    mine = by_exercise(exam)["scheduler-down"]
    lab = next(lab for lab in exam_data.labs() if lab.name == mine.work.lab)
    one = next(found for found in exam_data.scenes(exam, lab) if found.number == mine.number)
    foreign, own = sorted(one.others)[0], one.value("space")
    keys = [
        ("/api/v1/configmaps", foreign, "a"), ("/api/v1/namespaces", "", foreign), ("/api/v1/configmaps", own, "a"),
        ("/api/v1/namespaces", "", own), ("/api/v1/namespaces", "", "kube-system"), ("/api/v1/nodes", "", foreign),
    ]  # fmt: skip
    rows: dict[baseline_objects.Key, Any] = {key: {"metadata": {"name": key[2]}} for key in keys}
    folder = exam_mark.folder(one.view.where)
    baseline_objects.save(folder / baseline_objects.FILE, baseline_objects.Objects(found={}))
    baseline_objects.save(folder / baseline_objects.BROKEN, baseline_objects.Objects(found=rows))
    assert set(one.before().found) == set(keys[2:])
    assert one.before(broken=False).found == {}
    exercise = library.find("scheduler-down")
    allowing = exam_scene._allowing(exercise, one.others)
    (guard,) = [row for row in allowing.spec.guards if row.check == exam_scene.RIGHTS]
    assert set(guard.of) == set(one.others)
    assert library.find("scheduler-down").spec == exercise.spec
    assert allowing.spec.full == exercise.spec.full


def test_the_variant_is_the_drawn_one() -> None:
    """Only the namespaces differ from what an exercise of that seed and number would have."""
    for row in exam_data.exam().questions:
        spec = library.find(row.work.exercise).spec
        asked = exam_scene.Asked(number=row.number, exercise=spec.id, seed=row.work.seed, variant=row.work.variant)
        plain, found = variants.of(spec, row.work.seed, row.work.variant), exam_scene.variant_of(spec, asked)
        differ = {name for name in plain.values if plain.values[name] != found.values[name]}
        assert differ <= set(exam_scene.SPACES)
        assert (found.number, found.row) == (plain.number, plain.row)


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("submitted", ["", exam_data.BEGUN])
def test_a_lab_that_cannot_be_put_back_has_a_way_out(submitted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While an exam is not submitted lab.up --repair refuses: what is printed then is a word that works."""
    exam, rows, _ = begun()
    questions = tuple(exam_data.graded(row, PASSED) for row in exam.questions)
    record.save(dataclasses.replace(exam, submitted=submitted, questions=questions))

    def fails(*_: object, **__: object) -> str:
        raise errors.LabError("exercise-unclean", "lab default is not well")

    monkeypatch.setattr(known_state, "take_all_back", fails)
    with pytest.raises(errors.LabError) as caught:
        putting_back.put_back(rows, progress.Progress.silent())
    assert ("--repair" in caught.value.remedy) == bool(submitted)
    if submitted:
        lockout.refuse("default", "lab.up --repair", give_up=True)
    assert ("lab.destroy --yes" in caught.value.remedy) == (not submitted)
    lockout.refuse_loss("default", yes=True)
