"""Proofs of whole exams: the twelve hold every exercise, each expectation can fail, and a broken-off run goes on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import exam_data
import pytest
from test_exam_course_of_work import FAILED, PASSED, Lab, fake, held  # noqa: F401 (a fixture)

from kubelab import errors, model, pages, paths
from kubelab.clients import git, patience
from kubelab.converge import session
from kubelab.exam import draw, laying_out, putting_back, record, sitting, touches
from kubelab.exercises import baseline_objects, exam_mark, exercise_file, library, needs, scene, scripts, setup
from kubelab.faults import inject
from kubelab.lab import lifecycle
from kubelab.proofs import exam_run, exam_table, exercise_run, prove_exams

SEED = exam_data.seed_with("scheduler-down", "controllers-asleep", "apiserver-down", "etcd-unreachable")
"""An exam with a task that stops its lab."""
BOTH = ("default", "second")


def tasks(labs: tuple[str, ...]) -> dict[str, tuple[draw.Task, ...]]:
    """Return the listed exams of some labs: seed to tasks."""
    opened = [session.open_lab(name)[0] for name in labs]
    return {seed: laying_out.tasks(opened, seed) for seed in exam_table.SEEDS[labs]}


def test_the_twelve_exams_hold_every_exercise() -> None:
    """Every exercise that exams draw is in one of them, and those on one lab hold all that can be drawn there."""
    exams = {(labs, seed): rows for labs in exam_table.SEEDS for seed, rows in tasks(labs).items()}
    assert len(exams) == 12
    held_ = {task.exercise for rows in exams.values() for task in rows}
    assert held_ == set(touches.ROWS)
    alone = {task.exercise for (labs, _), rows in exams.items() if labs == exam_table.ONE for task in rows}
    assert alone == drawn_on_one_lab(session.open_lab(exam_table.ONE[0])[0])


def drawn_on_one_lab(lab: model.Lab) -> set[str]:
    """Return the exercises that suit a lab, and leave room for a task of storage."""
    known = draw.choices([library.find(name) for name in library.names()])
    fitting = [row for row in known if not needs.of_lab(row.exercise, lab)]
    storage = [row for row in fitting if row.topic is exercise_file.Topic.STORAGE]
    return {
        row.exercise.spec.id for row in fitting
        if any(row is other or not touches.overlap(row.touch, other.touch) for other in storage)
    }  # fmt: skip


@dataclasses.dataclass(kw_only=True)
class World:
    """A fake lab whose tasks are solved by their scripts; `wrong` are the tasks whose solution does not help."""

    lab: Lab
    free: set[str] = dataclasses.field(default_factory=set)
    """Exercises that are won without any work."""
    wrong: set[str] = dataclasses.field(default_factory=set)
    gives: dict[str, str] = dataclasses.field(default_factory=dict)
    """Exercise to another one that its solution solves as well."""
    left: str = ""
    """What the solutions leave behind in a lab."""
    repaired: list[str] = dataclasses.field(default_factory=list)

    def broken(self, found: scene.Scene) -> None:
        """Break a task."""
        name = found.exercise.spec.id
        self.lab.broken(found)
        self.lab.state[name] = PASSED if name in self.free else FAILED

    def script(self, found: scene.Scene, path: Path) -> str:
        """Run a script of a task."""
        name = found.exercise.spec.id
        self.lab.done.append(f"{path.stem} {name}")
        for solved in {name, self.gives.get(name, name)} - self.wrong:
            self.lab.state[solved] = PASSED
        return ""

    def look(self, view: Any, **_: Any) -> dict[str, str]:
        """Return how a lab looks."""
        solved = any(row.startswith("solution") for row in self.lab.done)
        return {"files": view.lab.name, **({self.left: "there"} if solved and self.left else {})}

    def up(self, row: session.Held, *, repairs: bool) -> None:
        """Repair a lab."""
        assert repairs
        self.repaired.append(row.where.name)


@pytest.fixture
def world(fake: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: F811
    """Return two labs that are broken and solved by fakes, and a table of the test's own."""
    made = World(lab=fake)
    monkeypatch.setattr(setup, "break_it", made.broken)
    monkeypatch.setattr(scripts, "run", made.script)
    monkeypatch.setattr(exercise_run, "digests", made.look)
    monkeypatch.setattr(exercise_run, "SETTLED", 0.0)
    monkeypatch.setattr(patience, "seconds", lambda _: 0.0)
    monkeypatch.setattr(inject, "active", lambda _: [])
    monkeypatch.setattr(lifecycle, "up", made.up)
    monkeypatch.setattr(exam_table, "PAGE", tmp_path / "exams.md")
    monkeypatch.setattr(exam_table, "SEEDS", {BOTH: (SEED,)})
    monkeypatch.setattr(git, "said", lambda *_, **__: "abc")
    return made


def prove(**options: Any) -> errors.Exit:
    """Prove the exams of both labs."""
    return prove_exams.run(held(), **options)


def stopping() -> str:
    """Return the task of the exam that stops its lab."""
    return next(task.exercise for task in exam_data.drawn(SEED) if touches.ROWS[task.exercise][0].stops)


def alone() -> str:
    """Return the task that is solved alone."""
    return next(iter(exam_table.read().values())).alone.split()[0]


def test_an_exam_is_proven(world: World) -> None:
    """Each task is solved once, what stops a lab is broken again before each step that needs it, all is put back, and
    the row has the points."""
    assert prove() is errors.Exit.GOOD
    (row,) = exam_table.read().values()
    names = [task.exercise for task in exam_data.drawn(SEED)]
    full = sum(library.find(name).spec.full for name in names)
    assert (row.labs, row.seed, row.tasks, row.nothing) == ("default, second", SEED, len(names), 0)
    assert row.points == f"{full} of {full}"
    points = library.find(alone()).spec.full
    assert row.alone == f"{alone()} {points} of {points}"
    assert not any(item.acts for item in library.find(alone()).spec.stability), "its grading restarts a machine"
    done = world.lab.done
    assert sorted(item for item in done if item.startswith("solution")) == sorted(f"solution {name}" for name in names)
    assert done.count(f"break {stopping()}") == (2 if alone() == stopping() else 3)
    first = done.index(f"solution {alone()}")
    assert not any(item.startswith("solution") for item in done[:first])
    assert done.count("back") == 2
    (kept,) = record.history(held()[0].where)
    assert (kept.student, kept.percent) == (exam_run.PROVER, 100)


@pytest.mark.usefixtures("world")
def test_a_proven_exam_is_skipped_by_a_run_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until its tasks change, or the code: then the exam proven longest ago is proven again, and only that one."""
    monkeypatch.setattr(exam_table, "SEEDS", {BOTH: (SEED, "8")})
    labs, seeds = [row.lab for row in held()], exam_table.SEEDS[BOTH]
    assert exam_table.due(labs, seeds) == seeds
    prove(seed=SEED)
    assert exam_table.due(labs, seeds) == ("8",)
    prove(resume=True)
    assert exam_table.due(labs, seeds) == ()
    monkeypatch.setattr(exam_table, "code", lambda: "other")
    exam_table.keep(dataclasses.replace(exam_table.read()["default, second", "8"], date="2020-01-01"))
    assert exam_table.due(labs, seeds) == ("8",)
    monkeypatch.setattr(exam_table, "digest", lambda _: "other")
    assert exam_table.due(labs, seeds) == seeds


def failure(capsys: pytest.CaptureFixture[str]) -> str:
    """Prove the exam, which fails without a row, and return what was told; the labs are put back all the same."""
    labs = held()
    said: list[str] = []
    for row in labs:
        row.report.say = lambda text="": said.append(text)
    assert prove_exams.run(labs) is errors.Exit.FAILED
    assert exam_table.read() == {}
    assert exam_mark.read(labs[0].where) is exam_mark.Mark.NONE
    return "\n".join(said) + capsys.readouterr().out


def test_points_for_nothing_are_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A task that is won undone."""
    name = next(name for name in (task.exercise for task in exam_data.drawn(SEED)) if name != stopping())
    world.free = {name}
    assert f"({name}, variant" in failure(capsys)
    assert not any(row.startswith("solution") for row in world.lab.done)


def test_a_task_that_gives_another_ones_points_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The one that is solved alone solves a second one."""
    chosen = probe(world)
    other = next(task.exercise for task in exam_data.drawn(SEED) if task.exercise not in (chosen, stopping()))
    world.gives = {chosen: other}
    assert f"with {chosen} solved, task" in (told := failure(capsys))
    assert f"({other}, variant" in told


def test_a_solution_that_does_not_help_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the task alone, or of one of the others: with the goals that do not hold."""
    chosen = probe(world)
    for name in (chosen, next(task.exercise for task in exam_data.drawn(SEED) if task.exercise != chosen)):
        world.wrong = {name}
        told = failure(capsys)
        assert f"({name}, variant" in told
        assert "it is not so" in told


def test_what_is_left_behind_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """After the stop a lab is not as before."""
    world.left = "units south kubelet"
    assert "left behind in lab default: units south kubelet" in failure(capsys)


def test_a_lab_that_is_not_put_back_ends_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """lab.up --repair is tried in each lab; then no other exam is begun."""
    monkeypatch.setattr(exam_table, "SEEDS", {BOTH: (SEED, "8")})
    world.wrong = {probe(world)}

    def stuck(*_: object, **__: object) -> None:
        raise errors.LabError("exercise-unclean", "lab default is not well")

    monkeypatch.setattr(putting_back, "stop", stuck)
    begun = world.lab.done.count("keep")
    assert prove() is errors.Exit.FAILED
    assert world.repaired == ["default", "second"]
    assert world.lab.done.count("keep") == begun + 2, "a second exam was begun"


def probe(world: World) -> str:
    """Return the task of the exam that is solved alone: prove it once, and forget that."""
    prove()
    found = alone()
    exam_table.PAGE.unlink()
    world.lab.done.clear()
    world.lab.state.clear()
    return found


def test_an_interrupted_proof_is_ended_and_a_persons_exam_is_not(world: World) -> None:
    """The exam that is left in the labs is put back first; another one, or one of other labs, is refused."""
    labs = held()
    laying_out.start(labs, laying_out.Wish(seed="3", student=exam_run.PROVER))
    assert prove() is errors.Exit.GOOD
    assert world.lab.done.count("back") == 4
    exam_table.PAGE.unlink()
    laying_out.start(labs, laying_out.Wish(seed="3"))
    with pytest.raises(errors.LabError) as caught:
        exam_run.leave_nothing(labs)
    assert caught.value.ident == "exam-running"
    with pytest.raises(errors.LabError):
        exam_run.leave_nothing(labs[:1])
    assert exam_mark.read(labs[0].where) is exam_mark.Mark.RUNNING


@pytest.mark.usefixtures("world")
def test_labs_without_listed_exams_want_a_seed() -> None:
    """The refusal says for which labs there are some; a pack has no solutions."""
    with pytest.raises(errors.LabError) as caught:
        prove_exams.run(held()[:1])
    assert caught.value.ident == "exam-option"
    assert "--lab default --second second" in caught.value.remedy


def test_what_is_broken_again_is_kept_anew(fake: Lab, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Its namespaces go first; of what the breaks made only its own objects are replaced."""
    labs = held()
    exam = laying_out.start(labs, laying_out.Wish(seed=exam_data.seed_with("scheduler-down")))
    rows = sitting.benches(exam, labs)
    bench, found = next(
        (bench, one) for bench in rows for one in bench.scenes if one.exercise.spec.id == "scheduler-down"
    )
    own, other = found.value("space"), sorted(found.others)[0]
    fake.spaces = [own, other, "kube-system"]
    removed: list[baseline_objects.Key] = []
    monkeypatch.setattr(baseline_objects, "remove", lambda _, key, __: removed.append(key))
    monkeypatch.setattr(baseline_objects, "gone", lambda _, keys: fake.done.append(f"gone {len(keys)}"))
    path = exam_mark.folder(bench.session.where) / baseline_objects.BROKEN
    baseline_objects.save(path, objects("then", own, other))
    monkeypatch.setattr(baseline_objects, "take", lambda _: objects("now", own, other, "third"))
    fake.done.clear()
    laying_out.break_again(bench, found)
    assert removed == [("/api/v1/namespaces", "", own)]
    assert fake.done == ["gone 1", "break scheduler-down"]
    kept = {key[1]: row["metadata"]["uid"] for key, row in baseline_objects.load(path).found.items()}
    assert kept == {own: "now", other: "then"}


def objects(uid: str, *spaces: str) -> baseline_objects.Objects:
    """Return an object in each namespace."""
    return baseline_objects.Objects(
        found={("/api/v1/configmaps", space, "a"): {"metadata": {"uid": uid}} for space in spaces}
    )


def test_what_counts_as_code_is_there() -> None:
    """The digest is over the modules that draw, lay out and judge; the page of the table is one of docs/."""
    names = {path.stem for path in exam_table.modules()}
    assert {"draw", "touches", "exam_scene", "laying_out", "grading", "putting_back", "sitting"} <= names
    assert {f"{name}.py" for name in names}.isdisjoint(exam_table.APART)
    assert all((paths.ROOT / "kubelab/exam" / name).is_file() for name in exam_table.APART)
    assert exam_table.PAGE == paths.ROOT / pages.EXAMS_PROVEN


def test_another_lab_file_is_another_exam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tasks on a lab with an add-on more were not proven."""
    rows = tasks(exam_table.ONE)[exam_table.SEEDS[exam_table.ONE][0]]
    file = paths.LABS / f"{exam_table.ONE[0]}.yaml"
    changed = file.read_text(encoding="utf-8").replace("metrics, ", "")
    before = exam_table.digest(rows)
    (tmp_path / file.name).write_text(changed, encoding="utf-8")
    monkeypatch.setattr(paths, "LABS", tmp_path)
    assert exam_table.digest(rows) != before
