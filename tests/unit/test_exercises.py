"""Exercises: files read strictly, variants drawn alike each time, attempts kept whole, points added rightly."""

from __future__ import annotations

import dataclasses
import inspect
import json
import time
from pathlib import Path
from typing import cast

import labs_data
import pytest

from kubelab import checks, errors, paths
from kubelab.clients import surroundings
from kubelab.config import yaml_reader
from kubelab.exercises import (
    attempt,
    baseline_objects,
    commands,
    exercise_file,
    grade,
    guards,
    library,
    lockout,
    looks,
    mutations,
    proven,
    reboot,
    scaffold,
    scene,
    scripts,
    solutions,
    variants,
    web_page,
)
from kubelab.tasks.output import exercise_output

GOOD = """\
id: sample
title: A sample
topic: storage
difficulty: 2
minutes: 5
draw: {space: [shop, depot]}
variants: [{set: {wrong: a}}, {set: {wrong: b}}, {set: {wrong: c}}]
goals: [{check: it_works, points: 8}]
stability: [{check: it_works, points: 2, after: 1}]
hints: [{price: 1, text: look at it}]
"""


def folder(root: Path, text: str = GOOD) -> Path:
    """Return the folder of an exercise that has every file."""
    made = root / "sample"
    (made / "near-misses").mkdir(parents=True)
    (made / "exercise.yaml").write_text(text, encoding="utf-8")
    for name in ("task.md", "solution.sh", "explain.md", "break.sh", "near-misses/no.sh"):
        (made / name).write_text("true\n", encoding="utf-8")
    (made / "checks.py").write_text(
        'def it_works(scene):\n    """It works."""\n\n\ndef spare(scene):\n    """Spare."""\n', "utf-8"
    )
    return made


def begun(**values: object) -> attempt.Attempt:
    """Return an attempt that differs from a plain one by what is given."""
    plain = attempt.Attempt(
        exercise="sample", digest="d", student="Ada", lab="unit", seed="5eed", variant=2, full=10, started=attempt.now()
    )
    return dataclasses.replace(plain, **values)  # type: ignore[arg-type]


def checked(points: int, state: attempt.State = attempt.State.PASSED) -> attempt.Check:
    """Return a check with one verdict."""
    row = attempt.Verdict(kind=attempt.Kind.GOAL, check="it_works", says="It works", state=state, points=points)
    return attempt.Check(at=attempt.now(), verdicts=(row,), points=points, full=10)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab under a folder of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    return paths.LabPaths(name="unit")


def test_sample_is_read(tmp_path: Path) -> None:
    """A folder with everything is an exercise; ten points are goals and stability together."""
    assert library.read(folder(tmp_path)).spec.full == 10


def test_a_file_is_parsed_once_and_a_changed_one_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exam reads each of its exercises a hundred times; its author changes one, and sees the change."""
    parsed: list[str] = []
    real = yaml_reader.read

    def counted(content: bytes, file: str) -> yaml_reader.Text:
        parsed.append(file)
        return real(content, file)

    monkeypatch.setattr(yaml_reader, "read", counted)
    place = folder(tmp_path, GOOD.replace("difficulty: 2", "difficulty: 3"))
    assert library.read(place) == library.read(place)
    assert len(parsed) == 1
    file = place / "exercise.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("difficulty: 3", "difficulty: 4"), encoding="utf-8")
    assert library.read(place).spec.difficulty == 4
    (place / "solution.sh").unlink()
    with pytest.raises(errors.LabError, match="problem"):
        library.read(place)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title:", "titel:", "titel (line 2): unknown key; did you mean 'title'?"),
        ("storage", "storrage", "did you mean 'storage'?"),
        ("difficulty: 2", "difficulty: 9", "difficulty (line 4): must be at most 5"),
        ("points: 8", "point: 8", "goals[0].point (line 8): unknown key; did you mean 'points'?"),
        (", {set: {wrong: c}}", "", "variants (line 7): has 2; at least 3 are wanted"),
        ("{wrong: c}", "{rong: c}", "every variant sets the same names"),
        ("price: 1", "price: 20", "leave something for the work"),
        ("text: look at it", "text: look, check: spare", "either a text or a check"),
        ("id: sample", "id: other", "the folder is called sample"),
        ("{space: [shop, depot]}", "{space: []}", "has nothing to draw from"),
        ("difficulty: 2", "difficulty: 2\norder: 1", "order (line 5): is the place in the track build-it-yourself"),
        ("after: 1", "reboot: kubectl", "reboots a box (etcd, control-plane, worker, target)"),
        ("after: 1", "reboot: worker, restart: kubelet.service", "or restarts a unit, not both"),
        ("{space: [", "{files: [", "draw.files (line 6): $FILES is a script's already; choose another name"),
        ("{wrong: c}", "{bash_env: c}", "variants[2].set.bash_env (line 7): $BASH_ENV is a script's already"),
    ],
)
def test_mistakes_are_told_at_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each mistake of an exercise.yaml is named with its place, and with what was probably meant."""
    with pytest.raises(errors.LabError) as raised:
        library.read(folder(tmp_path, GOOD.replace(old, new)))
    assert raised.value.ident == "exercise-invalid"
    assert any(said in detail for detail in raised.value.details), raised.value.details


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Three mistakes are three lines."""
    text = GOOD.replace("title", "titel").replace("difficulty: 2", "difficulty: 0").replace("points: 8", "points: x")
    with pytest.raises(errors.LabError) as raised:
        library.read(folder(tmp_path, text))
    assert len(raised.value.details) >= 4  # title is missing, too


def test_unknown_exercise_is_near_a_known_one() -> None:
    """A mistyped id says which was probably meant; one that reaches elsewhere is no id."""
    with pytest.raises(errors.LabError, match="did you mean 'scheduler-down'"):
        library.find("sheduler-down")
    with pytest.raises(errors.LabError):
        library.find("../x")


@pytest.mark.parametrize("name", library.names())
def test_every_exercise_is_whole(name: str) -> None:
    """Every exercise of the project can be read, has every check that it names, and its texts can be filled in."""
    exercise = library.find(name)
    for number in range(1, len(exercise.spec.variants) + 1):
        drawn = variants.of(exercise.spec, variants.seed(b"k", name, "Ada"), number)
        found = scene.Scene(view=None, exercise=exercise, variant=drawn)  # type: ignore[arg-type]
        lab = dataclasses.replace(labs_data.lab(), versions=labs_data.VERSIONS)
        known = {**fake_values(lab.name), **drawn.values}
        found.__dict__["values"] = known
        for text in ("task.md", "explain.md"):
            assert "{{" not in scene.fill(exercise.text(text), known)
        for hint in exercise.spec.hints:
            scene.fill(hint.text, known)
        rows = grade.tasks(found)
        assert len(rows) == len(exercise.spec.goals) + len(exercise.spec.guards) + len(exercise.spec.stability)


def fake_values(lab: str) -> dict[str, str]:
    """Return a value for every name that a scene has by itself."""
    names = inspect.getsource(scene.Scene).split('"lab": self.lab.name', 1)[1].split("**self.variant", 1)[0]
    return {"lab": lab, **{part.split('"')[1]: "x" for part in names.splitlines() if part.strip().startswith('"')}}


def test_task_never_tells_the_fault() -> None:
    """No task names the fault that was injected."""
    for name in library.names():
        exercise = library.find(name)
        faults = [row.fault for row in exercise.spec.variants if row.fault]
        assert not any(fault in exercise.text("task.md") for fault in faults), name


def test_variant_is_the_same_each_time_and_another_for_another() -> None:
    """Key and student give the variant; over many students every row and value comes up."""
    spec = library.find("scheduler-down").spec
    drawn = [variants.variant(spec, b"course key", f"student {number}") for number in range(60)]
    assert drawn[7] == variants.variant(spec, b"course key", "student 7")
    assert {row.number for row in drawn} == {1, 2, 3}
    assert {row.values["space"] for row in drawn} == set(spec.draw["space"])
    assert variants.seed(b"other key", spec.id, "student 7") != drawn[7].seed


def test_attempt_survives_being_kept(where: paths.LabPaths) -> None:
    """What is saved is what is loaded, and after the end it is in the history."""
    kept = begun(checks=(checked(8),), hints=(attempt.Hint(at=attempt.now(), number=1, price=3),))
    attempt.save(where, kept)
    assert attempt.load(where) == kept
    attempt.finish(where, kept)
    assert attempt.load(where) is None
    (ended,) = attempt.history(where)
    assert ended.ended
    assert ended.score == 5


def test_damaged_attempt_is_said(where: paths.LabPaths) -> None:
    """A record that was cut off is an error of ours, no traceback."""
    attempt.save(where, begun())
    path = attempt.folder(where) / "attempt.json"
    path.write_text(path.read_text(encoding="utf-8")[:50], encoding="utf-8")
    with pytest.raises(errors.LabError, match="holds no attempt"):
        attempt.load(where)


def test_score_is_the_best_check_less_the_hints() -> None:
    """The best check counts, hints cost, and a shown solution leaves nothing."""
    now = begun(checks=(checked(8), checked(3)), hints=(attempt.Hint(at="", number=1, price=9),))
    assert (now.score, now.done) == (0, False)
    assert begun(checks=(checked(10),)).done
    assert begun(checks=(checked(10),), solved=True).score == 0


def test_help_is_refused_or_marks(where: paths.LabPaths) -> None:
    """While an exercise runs help is refused; with give_up it is kept; without an exercise nothing happens."""
    lockout.refuse("unit", "lab.why")
    attempt.save(where, begun())
    with pytest.raises(errors.LabError) as raised:
        lockout.refuse("unit", "lab.why")
    assert raised.value.ident == "exercise-running"
    lockout.refuse("unit", "lab.why", give_up=True)
    kept = attempt.load(where)
    assert kept is not None
    assert [note.how for note in kept.assisted] == ["lab.why"]


def test_unsubmitted_work_is_not_lost_silently(where: paths.LabPaths) -> None:
    """Destroying a lab with attempts is refused without yes; what the lab keeps for itself does not count."""
    lockout.refuse_loss("unit")
    baseline_objects.save(attempt.folder(where) / baseline_objects.FILE, baseline_objects.Objects(found={}))
    lockout.refuse_loss("unit")
    attempt.finish(where, begun())
    lockout.refuse_loss("unit")
    attempt.finish(where, begun(exercise="other", checks=(checked(3),)))
    with pytest.raises(errors.LabError, match="holds work that was not submitted: 1 attempt"):
        lockout.refuse_loss("unit")
    lockout.refuse_loss("unit", yes=True)


def verdict(kind: attempt.Kind, state: attempt.State, points: int) -> attempt.Verdict:
    """Return a verdict."""
    return attempt.Verdict(kind=kind, check="x", says="x", state=state, points=points)


def test_guards_only_cost() -> None:
    """A guard that holds wins nothing; one that does not takes its points, and never more than there are."""
    goal = verdict(attempt.Kind.GOAL, attempt.State.PASSED, 8)
    assert grade.points([goal, verdict(attempt.Kind.GUARD, attempt.State.PASSED, 5)]) == 8
    assert grade.points([goal, verdict(attempt.Kind.GUARD, attempt.State.FAILED, 5)]) == 3
    assert grade.points([goal, verdict(attempt.Kind.GUARD, attempt.State.UNKNOWN, 50)]) == 0
    assert grade.points([verdict(attempt.Kind.GOAL, attempt.State.UNKNOWN, 8)]) == 0


def test_nobody_is_graded_before_the_trouble_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A goal that is still green a moment after the break is waited for; one that stays green is named."""
    looks = iter([None, checks.Wrong("it is gone"), None])

    def late() -> None:
        if problem := next(looks):
            raise problem

    rows = [grade.Task(kind=attempt.Kind.GOAL, check="late", says="it works", points=1, look=late)]
    monkeypatch.setattr(grade, "tasks", lambda _: rows)
    assert grade.unseen(cast("scene.Scene", None)) == ()
    monkeypatch.setattr(grade, "SYMPTOM", -1.0)
    assert grade.unseen(cast("scene.Scene", None)) == ("late",)


def test_objects_differ_by_what_somebody_decided() -> None:
    """A new version or status is no difference; a label, an object more or one less is."""
    path = "/api/v1/configmaps"

    def row(name: str, version: str, **data: str) -> tuple[baseline_objects.Key, dict[str, object]]:
        meta = {"name": name, "namespace": "a", "resourceVersion": version, "uid": version}
        return (path, "a", name), {"metadata": meta, "data": data, "status": {"at": version}}

    before = baseline_objects.Objects(found=dict([row("one", "1", a="b"), row("two", "2"), row("three", "3")]))
    now = baseline_objects.Objects(found=dict([row("one", "9", a="b"), row("two", "2", c="d"), row("four", "4")]))
    found = {key[2]: how for key, how in baseline_objects.differences(before, now).items()}
    assert found == {"two": "changed", "three": "missing", "four": "extra"}


def test_what_was_put_back_is_recognised() -> None:
    """A reset makes a deleted service anew: nobody is blamed for its new UID, and nothing else is taken over."""
    name = ("/api/v1/services", "guestbook", "frontend")
    was: dict[str, object] = {"metadata": {"name": "frontend", "uid": "1"}, "spec": {"port": 80}}
    new: dict[str, object] = {"metadata": {"name": "frontend", "uid": "2"}, "spec": {"port": 81}}
    before = baseline_objects.Objects(found={name: was})
    assert baseline_objects.recognised(before, baseline_objects.Objects(found={name: new})).found == {
        name: {"metadata": {"name": "frontend", "uid": "2"}, "spec": {"port": 80}}
    }
    assert baseline_objects.recognised(before, baseline_objects.Objects(found={})) == before


def test_conditions_of_a_node_are_no_difference() -> None:
    """The taints that the machinery sets by itself do not count; one that somebody set does."""
    key = ("/api/v1/nodes", "", "n")
    plain = {"metadata": {"labels": {}}, "spec": {"taints": [{"key": "node.kubernetes.io/not-ready"}]}}
    mine = {"metadata": {"labels": {}}, "spec": {"taints": [{"key": "reserved"}]}}
    bare: dict[str, dict[str, object]] = {"metadata": {"labels": {}}, "spec": {}}
    assert baseline_objects.essence(key, plain) == baseline_objects.essence(key, bare)
    assert baseline_objects.essence(key, mine) != baseline_objects.essence(key, bare)


def test_new_exercise_is_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exercise.new makes can be read at once; a second one of that name, or one that is no name, is refused."""
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    scaffold.make("my-first")
    made = library.read(tmp_path / "my-first")
    assert made.spec.id == "my-first"
    assert not [*mutations.flaws(made), *solutions.flaws(made)]
    for name in ("my-first", "../x", "A", ""):
        with pytest.raises(errors.LabError):
            scaffold.make(name)


def test_one_that_is_being_written_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """exercise.list names it, with the word that tells its mistakes; its file alone made the whole list an error."""
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    for name in ("good-one", "half-done"):
        scaffold.make(name)
    (tmp_path / "half-done" / "exercise.yaml").write_text("id: half-done\ngoals:\n", encoding="utf-8")
    rows, bad = commands.listed()
    assert ([row.spec.id for row in rows], bad) == (["good-one"], ["half-done"])
    exercise_output.catalogue(rows, {}, {}, "default", bad)
    said = capsys.readouterr().out
    assert "good-one" in said and "half-done cannot be read: ./run exercise.show half-done tells why" in said
    exercise_output.catalogue_json(rows, {}, {}, bad)
    assert json.loads(capsys.readouterr().out)["unreadable"] == ["half-done"]
    with pytest.raises(errors.LabError):
        commands.exercises()  # a proof of all leaves none out unsaid


def test_markdown_of_a_task_cannot_do_anything() -> None:
    """HTML in a text stays text; a link is words; a table is one."""
    made = web_page.html("<script>alert(1)</script>\n\n[a](javascript:alert(1)) ![b](http://c/d)\n\n|a|\n|-|\n|b|\n")
    assert "<script" not in made
    assert "href" not in made
    assert "<img" not in made
    assert "<table>" in made


def test_table_of_what_was_proven_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is replaced by a newer one of the same variant, and others stay."""
    table = proven.Table(page=tmp_path / "proven.md", head="# Proven\n")
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    for digest, number in (("aaa", 1), ("bbb", 2), ("ccc", 1)):
        proven.keep(table, proven.Row(exercise="sample", variant=number, digest=digest, commit="abc123", seconds=9))
    found = proven.read(table)
    assert {key[:2]: row.digest for key, row in found.items()} == {("sample", 1): "ccc", ("sample", 2): "bbb"}


def test_every_guard_says_what_it_is_about() -> None:
    """Guards are read by students: each has a sentence, and takes the scene and what it is about."""
    found = [value for name, value in vars(guards).items() if inspect.isfunction(value) and not name.startswith("_")]
    assert len(found) >= 8
    for body in found:
        assert inspect.getdoc(body)
        assert len(inspect.signature(body).parameters) == 2, body


def test_track_is_listed_last_and_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Steps of the track come after everything else, each after the one before, under a heading of their own."""
    rows = commands.exercises()
    steps = [row.spec.order for row in rows if row.spec.topic is exercise_file.Topic.BUILD]
    assert len(steps) >= 2
    assert steps == sorted(set(steps))
    assert [row.spec.order for row in rows][-len(steps) :] == steps
    exercise_output.catalogue(rows, {}, {"scheduler-down": ["3 control planes"]}, "mine")
    others, _, track = capsys.readouterr().out.partition("Build it yourself")
    assert "scheduler-down" in others
    assert "build-etcd" not in others
    assert "./run exercise.start --lab mine ID" in track
    assert track.index("build-etcd") < track.index("build-worker")


def test_topics_are_the_whole_examination() -> None:
    """The shares of the curriculum's domains add up to a hundred."""
    assert sum(exercise_file.SHARES.values()) == 100


def test_what_must_last_is_looked_at_after_waiting_and_then_after_a_reboot(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reboot comes last, each row keeps its place, and only what is red after it has failed."""
    done: list[str] = []
    lab = labs_data.lab()
    monkeypatch.setattr(time, "sleep", lambda seconds: done.append(f"{seconds:.0f} s"))
    monkeypatch.setattr(looks, "eventually", lambda look, _: look())
    monkeypatch.setattr(reboot, "reboot", lambda _, machines: done.extend(machine.name for machine in machines))

    def lasts() -> None:
        if lab.workers[0].name in done:
            raise checks.Wrong("it was gone after the reboot")

    def task(again: exercise_file.StabilitySpec) -> grade.Task:
        return grade.Task(kind=attempt.Kind.STABILITY, check=again.when, says="", points=1, look=lasts, again=again)

    rows = [
        task(exercise_file.StabilitySpec(check="a", points=1, reboot=exercise_file.Place.WORKER, after=90)),
        task(exercise_file.StabilitySpec(check="a", points=1, after=5)),
    ]
    exercise = library.Exercise(spec=library.find("worker-not-ready").spec, folder=Path())
    drawn = variants.of(exercise.spec, "5eed", 1)
    view = checks.View(lab=lab, where=paths.LabPaths(name="unit"), api=None)  # type: ignore[arg-type]
    found = grade._stability(scene.Scene(view=view, exercise=exercise, variant=drawn), rows, None)
    assert [row.check for row in found] == ["after a reboot", "after 5 s"]
    assert [row.state for row in found] == [attempt.State.FAILED, attempt.State.PASSED]
    assert done == ["5 s", *[machine.name for machine in lab.workers], "30 s"]


def test_no_value_has_the_name_of_a_variable_that_a_script_has(tmp_path: Path) -> None:
    """Whatever kubelab gives a script beside the values is refused as a value's name: one of them would be lost."""
    exercise = library.Exercise(spec=library.find("worker-not-ready").spec, folder=Path())
    view = checks.View(lab=labs_data.lab(), where=paths.LabPaths(name="unit"), api=None)  # type: ignore[arg-type]
    found = scene.Scene(view=view, exercise=exercise, variant=variants.of(exercise.spec, "5eed", 1))
    found.__dict__["values"] = {"space": "shop"}
    given = surroundings.bare(scripts._environment(found, str(tmp_path)))
    ours = set(given) - {"SPACE", "USER", "KUBELAB_VALUES"}
    assert len(ours) > 10
    assert ours <= exercise_file.TAKEN
    assert "KUBELAB_VALUES".startswith(exercise_file.TAKEN_FROM)


def test_looking_again_takes_at_least_as_long_as_it_says() -> None:
    """After a reboot `after` is what it may take: who was quicker is not told off for impossible times."""
    assert exercise_file.StabilitySpec(check="a", points=1, after=150).least == 150
    assert exercise_file.StabilitySpec(check="a", points=1, after=150, reboot=exercise_file.Place.TARGET).least < 60
