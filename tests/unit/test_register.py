"""The record of an attempt that several programs change: no change is lost or lands in another attempt."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import json
import multiprocessing
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import labs_data
import pytest

from kubelab import checks, errors, paths
from kubelab.clients import ssh
from kubelab.converge import session
from kubelab.course import diff_capture, diff_store, evidence_filter, lab_diff, pack, pack_mode, submission, submit
from kubelab.exercises import attempt, commands, grade, known_state, library, lockout, reboot, register, scripts, setup
from kubelab.state import locks
from kubelab.tasks import exercise as words
from kubelab.ui import progress

KINDS, STATES = attempt.Kind, attempt.State
NAME = "dns-broken"


def begun(number: int = 0, **changed: Any) -> attempt.Attempt:
    """Return an attempt that runs; another number is another attempt at the same variant."""
    whole = attempt.Attempt(
        exercise=NAME, digest="d", course="c", student="ada", lab="default", seed="s", variant=1, full=12,
        started=f"2026-11-10T09:{number:02}:00+00:00", ready=f"2026-11-10T09:{number:02}:10+00:00",
    )  # fmt: skip
    return dataclasses.replace(whole, **changed)


def checked(points: int, at: str = "2026-11-10T09:30:00+00:00") -> attempt.Check:
    """Return a check that won so many points."""
    row = attempt.Verdict(kind=KINDS.GOAL, check="names_are_found", says="x", state=STATES.PASSED, points=points)
    return attempt.Check(at=at, verdicts=(row,), points=points, full=12)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab in a folder of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    return paths.LabPaths(name="default")


@pytest.fixture
def lab(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return a lab in which an exercise runs; no box is asked anything."""
    found = types.SimpleNamespace(exercise=library.find(NAME), view=types.SimpleNamespace(where=where), values={})
    found.text = lambda _: ""
    monkeypatch.setattr(commands, "refuse_older", lambda _: None)
    monkeypatch.setattr(setup, "scene_of", lambda *_: found)
    monkeypatch.setattr(scripts, "run", lambda *_: "")
    monkeypatch.setattr(grade, "check", lambda *_, **__: checked(12))
    attempt.save(where, begun())
    return where


def quiet() -> progress.Progress:
    """Return progress that nobody sees."""
    return progress.Progress(progress.Style.PLAIN, out=Path("/dev/null").open("w", encoding="utf-8"))


def opened() -> session.Held:
    """Return the lab as a word that changes it opens it; the lock is the words' own affair."""
    where = paths.LabPaths(name="default")
    return session.Held(view=checks.View.of(labs_data.lab("default"), where), report=quiet())


def check(*, stability: bool = True) -> attempt.Check:
    """Check as a word that only looks: it holds no lock."""
    found = opened()
    return commands.check(
        commands.sitting(session.Session(view=found.view, report=found.report)), stability=stability
    ).found


def hint() -> str:
    """Pay for the next hint."""
    return commands.hint(commands.sitting(opened()), pay=True)


def solve() -> str:
    """Have the solution done."""
    return commands.solve(opened(), commands.sitting(opened()))


def kept(where: paths.LabPaths) -> attempt.Attempt:
    """Return the attempt that runs."""
    found = attempt.load(where)
    assert found
    return found


@contextlib.contextmanager
def slowly(
    monkeypatch: pytest.MonkeyPatch, thing: Any, name: str, value: object, task: Callable[[], object]
) -> Iterator[Any]:
    """Let a task wait in `thing.name` until the block has ended; yield where its error will be."""
    inside, over, problems = threading.Event(), threading.Event(), []

    def wait(*_: object, **__: object) -> object:
        inside.set()
        assert over.wait(10)
        return value

    def work() -> None:
        try:
            task()
        except errors.LabError as problem:
            problems.append(problem)

    with monkeypatch.context() as patch:
        patch.setattr(thing, name, wait)
        thread = threading.Thread(target=work)
        thread.start()
        assert inside.wait(10)
    try:
        yield problems
    finally:
        over.set()
        thread.join()


MEANWHILE: dict[str, tuple[Callable[[], object], Callable[[attempt.Attempt], bool]]] = {
    "the solution": (solve, lambda now: now.solved),
    "a check": (check, lambda now: [row.points for row in now.checks] == [12]),
    "help": (lambda: lockout.refuse("default", "lab.why", give_up=True), lambda now: now.assisted[0].how == "lab.why"),
    "the same hint": (hint, lambda now: [row.number for row in now.hints] == [1]),
}


@pytest.mark.parametrize("name", MEANWHILE)
def test_what_happens_while_a_hint_looks_at_the_lab_is_kept(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A hint takes a second, and what another program wrote meanwhile stays; so does the hint."""
    work, good = MEANWHILE[name]
    with slowly(monkeypatch, commands, "told", "look there", hint):
        work()
    now = kept(lab)
    assert good(now) and [row.number for row in now.hints] == [1]


@pytest.mark.parametrize("name", MEANWHILE)
def test_what_happens_while_a_check_runs_is_kept(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The same beside a check, which takes longest."""
    work, _ = MEANWHILE[name]
    late = checked(3, "2026-11-10T09:20:00+00:00")
    with slowly(monkeypatch, grade, "check", late, check):
        work()
    now = kept(lab)
    assert late in now.checks
    if name == "a check":
        assert [row.points for row in now.checks] == [3, 12], "in the order in which they began"
    else:
        assert now.solved or now.assisted or now.hints


def _stopped(where: paths.LabPaths) -> None:
    register.finish(where, register.end(where, kept(where)))


LATE: dict[str, tuple[Any, str, object, Callable[[], object]]] = {
    "check": (grade, "check", checked(12), check),
    "hint": (commands, "told", "look there", hint),
}


@pytest.mark.parametrize("name", LATE)
@pytest.mark.parametrize("again", [False, True])
def test_what_ends_after_a_stop_lands_in_no_other_attempt(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, name: str, again: bool
) -> None:
    """Stopped, and perhaps begun again, while a check or a hint was under way: it is told, and nothing is changed."""
    with slowly(monkeypatch, *LATE[name]) as problems:
        _stopped(lab)
        if again:
            register.begin(lab, begun(5))
    assert [problem.ident for problem in problems] == ["exercise-absent"]
    assert attempt.load(lab) == (begun(5) if again else None)
    (finished,) = attempt.history(lab)
    assert (finished.checks, finished.hints) == ((), ())


def test_an_attempt_that_has_ended_takes_nothing_more(lab: paths.LabPaths) -> None:
    """The lab could not be put in order: checks, hints, resets and help are refused, and stop can be typed again."""
    register.end(lab, kept(lab))
    before = kept(lab)
    for work in (
        check,
        hint,
        lambda: commands.reset(opened()),
        solve,
    ):
        with pytest.raises(errors.LabError) as problem:
            work()
        assert problem.value.ident == "exercise-absent" and "exercise.stop" in problem.value.remedy
    lockout.refuse("default", "lab.why")
    assert kept(lab) == before
    assert commands.sitting(opened(), ended=True).attempt == before
    assert register.end(lab, begun()) == before


def test_a_second_start_never_replaces_the_first(lab: paths.LabPaths) -> None:
    """Two starts at once: the one that comes second is refused."""
    with pytest.raises(errors.LabError) as problem:
        register.begin(lab, begun(5))
    assert problem.value.ident == "exercise-running" and kept(lab) == begun()


def _add(root: Path, number: int) -> None:
    paths.BUILD = root
    for turn in range(10):
        note = attempt.Assisted(at=f"{number}/{turn}", how="x")
        where = paths.LabPaths(name="default")
        register.update(where, begun(), lambda now, note=note: dataclasses.replace(now, assisted=(*now.assisted, note)))  # type: ignore[misc]


def test_many_programs_at_once_lose_nothing(lab: paths.LabPaths) -> None:
    """Four processes add ten notes each."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(paths.BUILD, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(row.at for row in kept(lab).assisted) == sorted(f"{a}/{b}" for a in range(4) for b in range(10))


def test_nobody_writes_an_attempt_but_the_register() -> None:
    """No module of kubelab saves or finishes an attempt by itself: what it read before would be written back."""
    writers = set()
    for file in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            writes = isinstance(node, ast.Attribute) and node.attr in ("save", "finish")
            if writes and ast.unparse(node).startswith("attempt."):
                writers.add(file.relative_to(paths.ROOT).as_posix())
    assert writers == {"kubelab/exercises/register.py"}


def test_a_check_before_the_trouble_is_there_wins_nothing(lab: paths.LabPaths) -> None:
    """exercise.start is still at it, or was stopped: what is whole was never broken."""
    attempt.save(lab, begun(ready=""))
    with pytest.raises(errors.LabError) as problem:
        check()
    assert problem.value.ident == "exercise-unready" and kept(lab).checks == ()


# What an exercise restarts


def scene_with(exercise: library.Exercise, where: paths.LabPaths) -> Any:
    """Return a scene of which only the exercise is real."""
    return types.SimpleNamespace(
        exercise=exercise, view=types.SimpleNamespace(where=where), target=types.SimpleNamespace(name="kube-worker-01")
    )


def wrong() -> None:
    """Find a goal red."""
    raise checks.Wrong("not mended")


def good(kind: attempt.Kind, row: Any) -> grade.Task:
    """Return a task that passes."""
    again = row if kind is KINDS.STABILITY else None
    return grade.Task(kind=kind, check=row.check, says=row.check, points=row.points, look=lambda: None, again=again)


@pytest.mark.parametrize("name", library.names())
def test_a_check_that_restarts_something_holds_the_lab_meanwhile(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Every exercise: the lock is held while a unit or machine restarts and until the verdicts are kept, else never."""
    exercise = library.find(name)
    spec = exercise.spec
    rows = [good(KINDS.GOAL, row) for row in spec.goals] + [good(KINDS.GUARD, row) for row in spec.guards]
    rows += [good(KINDS.STABILITY, row) for row in spec.stability]
    seen: list[str] = []

    def said(word: str) -> Callable[..., str]:
        def say(*_: object, **__: object) -> str:
            seen.append(word)
            return ""

        return say

    @contextlib.contextmanager
    def hold(_: str) -> Iterator[None]:
        seen.append("held")
        yield
        seen.append("free")

    def kept_(*_: object) -> attempt.Attempt:
        seen.append("kept")
        return begun()

    monkeypatch.setattr(register, "update", kept_)
    monkeypatch.setattr(grade, "tasks", lambda _: rows)
    monkeypatch.setattr(ssh, "run", said("restarts"))
    monkeypatch.setattr(reboot, "reboot", said("restarts"))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(locks, "lab", hold)
    scene = scene_with(exercise, where)
    scene.machines = lambda _: [types.SimpleNamespace(name="kube-worker-01")]
    monkeypatch.setattr(commands, "sitting", lambda now: commands.Sitting(session=now, scene=scene, attempt=begun()))
    attempt.save(where, begun())
    assert check().points == spec.full
    acts = any(row.restart or row.reboot for row in spec.stability)
    assert list(dict.fromkeys(seen)) == (["held", "restarts", "kept", "free"] if acts else ["kept"])
    seen.clear()
    check(stability=False)
    rows[0] = dataclasses.replace(rows[0], look=wrong)
    check()
    assert seen == ["kept", "kept"], "nothing is restarted: not with --quick, and not while a goal is red"


def test_a_restart_is_refused_while_somebody_else_works_on_the_lab(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab's own lock is taken, and the attempt is asked for once more before anything is restarted."""

    def judged(*_: object, stability: bool = True) -> attempt.Check:
        if stability:
            with pytest.raises(errors.LabError) as problem, locks.lab("default"):
                pass
            assert problem.value.ident == "lab-locked"
        return checked(12)

    monkeypatch.setattr(grade, "acts", lambda _: True)
    monkeypatch.setattr(grade, "check", judged)
    check()
    assert len(kept(lab).checks) == 1
    with locks.lab("default"), pytest.raises(errors.LabError) as taken:
        check()
    assert taken.value.ident == "lab-locked"

    def stopped(*_: object, stability: bool = True) -> attempt.Check:
        assert not stability, "a machine of another attempt was restarted"
        _stopped(lab)
        register.begin(lab, begun(5))
        return checked(12)

    monkeypatch.setattr(grade, "check", stopped)
    with pytest.raises(errors.LabError) as over:
        check()
    assert over.value.ident == "exercise-absent" and kept(lab) == begun(5)


def test_a_unit_that_does_not_start_again_is_the_repair_s_fault(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stability check fails, with a sentence; a box that is not reached cannot be told. No traceback."""
    exercise = library.find("worker-not-ready")
    rows = [good(KINDS.GOAL, row) for row in exercise.spec.goals]
    rows += [good(KINDS.STABILITY, row) for row in exercise.spec.stability if row.restart]
    monkeypatch.setattr(grade, "tasks", lambda _: rows)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    for raised, state in (
        (ssh.Failed(labs_data.lab().workers[0], "x", 1, "x"), STATES.FAILED),
        (ssh.Unreachable("kube-worker-01: no answer"), STATES.UNKNOWN),
    ):

        def fails(*_: object, raised: Exception = raised, **__: object) -> str:
            raise raised

        monkeypatch.setattr(ssh, "run", fails)
        (*_, last) = grade.check(scene_with(exercise, where), None).verdicts
        assert last.state is state and last.seen


def test_the_help_says_that_a_check_may_restart_something() -> None:
    """Whoever asks what exercise.check does is told, and that it holds the lab then."""
    said = " ".join(str(words.check.__doc__).split())
    assert "restarts a unit or a machine" in said and "holds the lab's lock then" in said and "--quick" in said


# Hints that were paid for


def test_hints_are_still_known_when_the_variant_is_begun_again(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their price and their texts with them; another variant begins without any, and so does another student."""
    hints = (attempt.Hint(at="2026-11-10T09:00:30+00:00", number=1, price=1),)
    attempt.finish(where, begun(hints=hints))
    (attempt.folder(where) / "history" / "damaged.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(known_state, "put_in_order", lambda *_, **__: "it was")
    monkeypatch.setattr(known_state, "keep", lambda _: None)
    monkeypatch.setattr(setup, "break_it", lambda _: None)
    monkeypatch.setattr(setup, "_keep_broken", lambda _: None)
    for seed, wanted in (("s", hints), ("t", ())):
        scene: Any = types.SimpleNamespace(
            exercise=library.find(NAME), values={}, view=types.SimpleNamespace(where=where),
            lab=types.SimpleNamespace(versions=types.SimpleNamespace(name="1.37")),
            variant=types.SimpleNamespace(seed=seed, number=1),
        )  # fmt: skip
        found = setup.begin(opened(), scene)
        assert found.hints == wanted and found.ready and kept(where) == found
        _stopped(where)


@pytest.mark.parametrize("running", [False, True])
def test_hints_are_known_in_another_lab_of_the_pack(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, running: bool
) -> None:
    """`--lab mine`, as a pack's first page advises: the check there says what the teacher will count."""
    hints = (attempt.Hint(at="2026-11-10T09:00:30+00:00", number=1, price=1),)
    before = begun(lab="mine", hints=hints)
    (attempt.save if running else attempt.finish)(paths.LabPaths(name="mine"), before)
    attempt.folder(paths.LabPaths(name="third")).mkdir(parents=True)
    (attempt.folder(paths.LabPaths(name="third")) / "attempt.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(known_state, "put_in_order", lambda *_, **__: "it was")
    monkeypatch.setattr(known_state, "keep", lambda _: None)
    monkeypatch.setattr(setup, "_broken", lambda _held, _scene, one: one)
    scene: Any = types.SimpleNamespace(
        exercise=library.find(NAME), values={}, view=types.SimpleNamespace(where=where),
        lab=types.SimpleNamespace(versions=types.SimpleNamespace(name="1.37")),
        variant=types.SimpleNamespace(seed="s", number=1),
    )  # fmt: skip
    assert setup.begin(opened(), scene).hints == hints


@pytest.mark.parametrize("lab", ["unit", "mine"])
def test_a_shown_solution_is_known_in_the_next_attempt(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, lab: str
) -> None:
    """The next attempt at the variant has no points from its begin, as the course counts it; another one has."""
    attempt.finish(paths.LabPaths(name=lab), begun(lab=lab, solved=True, ended="2026-11-10T09:30:00+00:00"))
    monkeypatch.setattr(known_state, "put_in_order", lambda *_, **__: "it was")
    monkeypatch.setattr(known_state, "keep", lambda _: None)
    monkeypatch.setattr(setup, "_broken", lambda _held, _scene, one: one)
    for seed in ("s", "t"):
        scene: Any = types.SimpleNamespace(
            exercise=library.find(NAME), values={}, view=types.SimpleNamespace(where=where),
            lab=types.SimpleNamespace(versions=types.SimpleNamespace(name="1.37")),
            variant=types.SimpleNamespace(seed=seed, number=1),
        )  # fmt: skip
        assert setup.begin(opened(), scene).solved == (seed == "s")
        _stopped(where)


def test_the_list_knows_a_solution_that_was_shown_before(where: paths.LabPaths) -> None:
    """An attempt of an older version won every point after the solution: the list has what the course counts, 0."""
    whole = checked(library.find(NAME).spec.full, "2026-11-10T09:50:00+00:00")
    attempt.finish(where, begun(solved=True, ended="2026-11-10T09:30:00+00:00"))
    attempt.finish(where, begun(40, checks=(whole,)))
    assert commands.results("default")[NAME] == commands.Result(score=0, done=False)
    attempt.finish(where, begun(50, seed="t", checks=(whole,)))
    assert commands.results("default")[NAME].done


def test_the_list_charges_hints_of_earlier_attempts(where: paths.LabPaths) -> None:
    """Attempts of an older version, which did not know them when it was begun again."""
    hints = (attempt.Hint(at="2026-11-10T09:00:30+00:00", number=1, price=1),)
    attempt.finish(where, begun(hints=hints))
    attempt.finish(where, begun(40, checks=(checked(12, "2026-11-10T09:50:00+00:00"),)))
    assert commands.results("default")[NAME].score == 11


def test_the_list_says_done_if_any_attempt_was(where: paths.LabPaths) -> None:
    """Nine points without a hint, then all twelve with hints for four, and a file that cannot be read: done, nine."""
    hints = (attempt.Hint(at="2026-11-10T09:45:00+00:00", number=1, price=4),)
    attempt.finish(where, begun(checks=(checked(9, "2026-11-10T09:20:00+00:00"),)))
    assert commands.results("default")[NAME] == commands.Result(score=9, done=False)
    attempt.finish(where, begun(40, hints=hints, checks=(checked(12, "2026-11-10T09:50:00+00:00"),)))
    (attempt.folder(where) / "history" / "damaged.json").write_text("{", encoding="utf-8")
    assert commands.results("default")[NAME] == commands.Result(score=9, done=True)


# Evidence, and what is handed in


def difference(points: int) -> lab_diff.Difference:
    """Return evidence of a check that won so many points."""
    return lab_diff.Difference(points=points)


def rows_of(where: paths.LabPaths) -> dict[str, Any]:
    """Return which evidence is kept, by name."""
    return {name: row["points"] for name, row in diff_store.kept(attempt.folder(where) / submission.EVIDENCE).items()}


def test_evidence_of_an_attempt_that_ended_meanwhile_is_not_kept(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking takes seconds: by then the lab is put back, or another attempt's."""
    view: Any = types.SimpleNamespace(where=lab)
    one = begun()
    with slowly(monkeypatch, diff_capture, "take", difference(12), lambda: diff_store.keep(view, one)):
        _stopped(lab)
        register.begin(lab, begun(5))
    assert rows_of(lab) == {}
    monkeypatch.setattr(diff_capture, "take", lambda *_: difference(12))
    diff_store.keep(view, begun(5))
    monkeypatch.setattr(diff_capture, "take", lambda *_: difference(9))
    diff_store.keep(view, begun(5))
    assert rows_of(lab) == {lab_diff.name(begun(5)): 12}, "one that won less, and was slower, replaces nothing"


def test_damaged_evidence_is_put_aside(lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not overwritten: a person may still read it."""
    target = attempt.folder(lab) / submission.EVIDENCE
    for content in ("{", "[]", '{"a": 1}'):
        target.write_text(content, encoding="utf-8")
        monkeypatch.setattr(diff_capture, "take", lambda *_: difference(12))
        diff_store.keep(types.SimpleNamespace(where=lab), kept(lab))  # type: ignore[arg-type]
        assert target.with_name(f"{target.name}.damaged").read_text(encoding="utf-8") == content
        assert rows_of(lab) == {lab_diff.name(begun()): 12}


@pytest.mark.parametrize(("before", "found", "in_pack", "wanted"), [
    ((), 12, True, ["held"]), ((3,), 12, True, ["held"]), ((12,), 12, True, ["held"]),
    ((12,), 3, True, []), ((), 0, True, []), ((), 12, False, []),
])  # fmt: skip
def test_evidence_is_of_the_best_check_and_of_the_lab_as_it_was_checked(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, before: tuple[int, ...], found: int, in_pack: bool,
    wanted: list[str],
) -> None:  # fmt: skip
    """A check in a pack that is worth most keeps it before the lab is let go; any other check keeps none."""
    attempt.save(lab, begun(checks=tuple(checked(points) for points in before)))
    monkeypatch.setattr(pack, "here", lambda _: object() if in_pack else None)
    monkeypatch.setattr(grade, "acts", lambda _: True)
    monkeypatch.setattr(grade, "check", lambda *_, **__: checked(found, "2026-11-10T09:40:00+00:00"))
    kept_: list[str] = []

    def keep(_: object, one: attempt.Attempt) -> None:
        assert one == kept(lab) and one.checks[-1].points == found
        with pytest.raises(errors.LabError, match="in use"), locks.lab("default"):
            pass
        kept_.append("held")

    monkeypatch.setattr(diff_store, "keep", keep)
    now = opened()
    pack_mode.check(session.Session(view=now.view, report=now.report))
    assert kept_ == wanted


def test_an_attempt_that_ends_during_a_check_leaves_no_evidence(
    lab: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its verdicts go nowhere, and nothing is kept beside another attempt."""
    monkeypatch.setattr(pack, "here", lambda _: object())
    monkeypatch.setattr(diff_store, "keep", lambda *_: pytest.fail("kept"))
    with slowly(monkeypatch, grade, "check", checked(12), lambda: pack_mode.check(opened())) as problems:
        _stopped(lab)
        register.begin(lab, begun(5))
    assert [problem.ident for problem in problems] == ["exercise-absent"]


def test_work_in_every_lab_of_the_checkout_is_handed_in(where: paths.LabPaths) -> None:
    """As the advice to use a lab file of one's own leads to; once each, the evidence with it, and no practice."""
    other = paths.LabPaths(name="mine")
    found: Any = types.SimpleNamespace(course="c", task=lambda name: name == NAME)
    attempt.finish(where, begun())
    attempt.save(where, begun(ended="2026-11-10T09:10:00+00:00"))
    attempt.finish(other, begun(20, lab="mine"))
    attempt.finish(other, begun(30, lab="mine", course=""))
    for place, name in ((where, "a"), (other, "b")):
        content = json.dumps({name: difference(3).model_dump()})
        (attempt.folder(place) / submission.EVIDENCE).write_text(content, encoding="utf-8")
    labs = submit.works("default")
    assert [(one.lab, one.started[14:16]) for one in submit.mine(found, labs)] == [("default", "00"), ("mine", "20")]
    assert sorted(json.loads(evidence_filter.submitted([row.where for row in labs]))) == ["a", "b"]
    assert [row.where.name for row in submit.works("third")] == ["third", "default", "mine"]


def test_what_is_finished_while_it_is_handed_in_is_not_called_handed_in(where: paths.LabPaths) -> None:
    """It is not in the file: lab.destroy asks about it."""
    attempt.finish(where, begun())
    (row,) = submit.works("default")
    attempt.finish(where, begun(20, checks=(checked(12),)))
    submit._remember(row)
    with pytest.raises(errors.LabError) as problem:
        lockout.refuse_loss("default")
    assert problem.value.ident == "exercise-unsubmitted" and len(problem.value.details) == 1
