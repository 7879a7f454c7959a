"""Marks of cheating: each attempt that no program writes is named, and no honest student of any exercise is accused."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import course_data
import pytest

from kubelab import errors, paths
from kubelab.components import bundle
from kubelab.course import (
    class_results,
    exports,
    gradebook,
    handout,
    keys,
    knowledge,
    load_course,
    make_packs,
    statistics,
)
from kubelab.exercises import attempt, library, scoring, variants

KINDS, STATES = attempt.Kind, attempt.State
SECOND, MINUTE = datetime.timedelta(seconds=1), datetime.timedelta(minutes=1)
NAMES = library.names()
EXERCISES = "docs/start/exercises.md"
TWIN = "scheduler-down"
"""An exercise whose stability check has the name of one of its goals."""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class that does every exercise that is shipped, with its packs handed out."""
    folder = tmp_path_factory.mktemp("shipped")
    rows = "".join(f"  - {{id: {name}}}\n" for name in NAMES)
    (folder / "autumn.yaml").write_text(f"course: autumn\nexercises:\n{rows}", encoding="utf-8")
    (folder / "students.yaml").write_text(course_data.STUDENTS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "tracked", lambda: ["run", "README.md", EXERCISES, "kubelab/errors.py"])
        course = load_course.course(folder / "autumn.yaml", None)
        made = make_packs.make(course, folder / "packs", course_data.quiet())
        yield course_data.Class(course=course, key=keys.read(course), files=made.digests, inbox=folder)


@pytest.fixture
def room(shipped: course_data.Class, tmp_path: Path) -> course_data.Class:
    """Return that class with an inbox of the test's own."""
    return dataclasses.replace(shipped, inbox=tmp_path)


def at(minutes: float, seconds: float = 0) -> str:
    """Return a time after the course's beginning as attempts keep it."""
    return course_data.text(course_data.BEGIN + MINUTE * minutes + SECOND * seconds)


def look(room: course_data.Class, exercise: str, when: str, *, red: Sequence[scoring.Slot] = ()) -> attempt.Check:
    """Return a check in which everything passed but what is in `red`."""
    spec = room.course.by_id[exercise].exercise.spec
    rows = tuple(
        attempt.Verdict(
            kind=slot.kind, check=slot.check, says=slot.check, points=slot.points, seconds=0.5,
            state=STATES.FAILED if slot in red else STATES.PASSED,
        )
        for slot in scoring.slots(spec)
    )  # fmt: skip
    return attempt.Check(at=when, verdicts=rows, points=scoring.points(spec, rows), full=spec.full)


def tried(room: course_data.Class, exercise: str, begin: float = 0, **changed: Any) -> attempt.Attempt:
    """Return ada's honest attempt: begun after so many minutes, full marks after ten more, ended after twenty."""
    spec = room.course.by_id[exercise].exercise.spec
    drawn = variants.of(spec, variants.seed(room.key, exercise, "ada"))
    whole = attempt.Attempt(
        exercise=exercise, digest=room.given().digest(exercise), student="ada", course="autumn", lab="default",
        versions="1.37", seed=drawn.seed, variant=drawn.number, values=drawn.values, full=spec.full,
        started=at(begin), ready=at(begin, 10), ended=at(begin + 20), checks=(look(room, exercise, at(begin + 10)),),
    )  # fmt: skip
    return dataclasses.replace(whole, **changed)


def hints(room: course_data.Class, exercise: str, when: float, count: int = 9) -> tuple[attempt.Hint, ...]:
    """Return the first hints of an exercise, taken at a moment."""
    rows = enumerate(room.course.by_id[exercise].exercise.spec.hints[:count], 1)
    return tuple(attempt.Hint(at=at(when), number=number, price=row.price) for number, row in rows)


def row_of(room: course_data.Class, student: str = "ada") -> gradebook.Row:
    """Return one student's row of what was handed in."""
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    return next(row for row in book.rows if row.student.id == student)


def mark_of(row: gradebook.Row, exercise: str) -> Any:
    """Return the mark of one exercise."""
    return next(mark for mark in row.marks if mark.exercise == exercise)


def rules(row: gradebook.Row, *, grave: bool = True) -> set[str]:
    """Return which rules were broken, gravely or not."""
    return {doubt.rule for doubt in row.doubts if doubt.grave is grave}


@pytest.mark.parametrize("exercise", NAMES)
def test_honest_full_marks_are_full_marks(room: course_data.Class, exercise: str) -> None:
    """From the student's check to the class's marks, JUnit and statistics, for every exercise: all, and no doubt."""
    room.hand_in("ada", tried(room, exercise))
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    row = next(row for row in book.rows if row.student.id == "ada")
    mark = mark_of(row, exercise)
    assert (mark.points, mark.done, row.doubts) == (mark.full, True, ())
    cases = [one.get("name") for one in ElementTree.fromstring(exports.class_junit(book))[0]]  # noqa: S314 (own text)
    mine = [one.get("name") for one in ElementTree.fromstring(exports.junit([tried(room, exercise)]))[0]]  # noqa: S314
    spec = room.course.by_id[exercise].exercise.spec
    assert len(mine) == len(set(mine)) == len(scoring.slots(spec))
    assert len(cases) == sum(
        len(spec.goals) + len(spec.stability) for spec in (r.exercise.spec for r in room.course.assignments)
    )
    rows = [goal for goal in statistics.goals(book) if goal.exercise == exercise]
    assert [(goal.tried, goal.reached) for goal in rows] == [(1, 1)] * (len(spec.goals) + len(spec.stability))


@pytest.mark.parametrize("exercise", NAMES)
def test_who_stops_soon_after_a_check_that_waited_for_nothing_is_believed(
    room: course_data.Class, exercise: str
) -> None:
    """Each single goal reached, the others not: stability was not looked at, stopping three seconds later is fine."""
    slots = scoring.slots(room.course.by_id[exercise].exercise.spec)
    goals = [slot for slot in slots if slot.kind is KINDS.GOAL]
    for number, goal in enumerate(goals if len(goals) > 1 else ()):
        red = [slot for slot in slots if slot.kind is not KINDS.GUARD and slot is not goal]
        check = look(room, exercise, at(10), red=red)
        one = tried(room, exercise, checks=(check,), ended=at(10, 3))
        room.hand_in("ada", one, name=f"ada-{number}")
        row = row_of(room)
        assert (row.doubts, mark_of(row, exercise).points) == ((), goal.points)
        reached = [told.name for told in mark_of(row, exercise).goals if told.reached]
        assert reached == [goal.check]
        (room.inbox / f"ada-{number}.zip").unlink()


def _with_hints_lost(room: course_data.Class) -> list[attempt.Attempt]:
    return [tried(room, TWIN, 0, hints=hints(room, TWIN, 5)), tried(room, TWIN, 30)]


def test_hints_cost_in_the_next_attempt_too(room: course_data.Class) -> None:
    """All hints, stop, the same variant again without one: the points are less by all of them."""
    room.hand_in("ada", *_with_hints_lost(room))
    row = row_of(room)
    mark = mark_of(row, TWIN)
    assert (mark.points, mark.done) == (mark.full - sum(hint.price for hint in hints(room, TWIN, 0)), True)
    assert row.doubts == ()


def test_who_had_full_marks_before_any_hint_keeps_them(room: course_data.Class) -> None:
    """Doing it again with hints, to learn, takes nothing back."""
    room.hand_in("ada", tried(room, TWIN), tried(room, TWIN, 30, hints=hints(room, TWIN, 35)))
    assert mark_of(row_of(room), TWIN).points == mark_of(row_of(room), TWIN).full


def test_who_won_everything_with_hints_is_done_whatever_counts(room: course_data.Class) -> None:
    """Most points without a hint, then every point with hints that cost more: the first counts, and it is done."""
    spec = room.course.by_id[TWIN].exercise.spec
    last = [slot for slot in scoring.slots(spec) if slot.kind is KINDS.STABILITY][:1]
    price = sum(row.price for row in spec.hints)
    assert 0 < last[0].points < price, "else every point with hints is worth more"
    first = tried(room, TWIN, checks=(look(room, TWIN, at(10), red=last),))
    then = tried(room, TWIN, 30, hints=hints(room, TWIN, 35))
    for attempts, done in (((first, then), True), ((first,), False)):
        room.hand_in("ada", *attempts)
        mark = mark_of(row_of(room), TWIN)
        assert (mark.points, mark.done) == (spec.full - last[0].points, done)
    room.hand_in("ada", first, dataclasses.replace(then, solved=True))
    assert not mark_of(row_of(room), TWIN).done


def test_a_solution_that_was_shown_leaves_no_points_for_that_variant(room: course_data.Class) -> None:
    """Neither in that attempt nor in the next; what was reached before it was shown stays."""
    room.hand_in("ada", tried(room, TWIN, 0, solved=True), tried(room, TWIN, 30))
    assert mark_of(row_of(room), TWIN).points == 0
    room.hand_in("ada", tried(room, TWIN, 0), tried(room, TWIN, 30, solved=True))
    assert mark_of(row_of(room), TWIN).points == mark_of(row_of(room), TWIN).full


def _verdicts(room: course_data.Class, change: Callable[[attempt.Verdict], attempt.Verdict | None]) -> attempt.Check:
    check = look(room, TWIN, at(10))
    rows = tuple(row for row in map(change, check.verdicts) if row is not None)
    return dataclasses.replace(check, verdicts=rows)


def _guard(room: course_data.Class, **changed: Any) -> dict[str, Any]:
    def change(row: attempt.Verdict) -> attempt.Verdict | None:
        if row.kind is not KINDS.GUARD:
            return row
        return dataclasses.replace(row, **changed) if changed else None

    return {"checks": (_verdicts(room, change),)}


Forgery = Callable[[course_data.Class], list[attempt.Attempt]]
FORGERIES: dict[str, tuple[str, Forgery]] = {
    "no guards": ("sums", lambda room: [tried(room, TWIN, **_guard(room))]),
    "a guard as a goal": ("sums", lambda room: [tried(room, TWIN, **_guard(room, kind=KINDS.GOAL))]),
    "a cheap guard": ("sums", lambda room: [tried(room, TWIN, **_guard(room, points=0))]),
    "a goal twice": (
        "sums",
        lambda room: [
            tried(
                room,
                TWIN,
                checks=(dataclasses.replace(look(room, TWIN, at(10)), verdicts=look(room, TWIN, at(10)).verdicts * 2),),
            )
        ],
    ),
    "resets below none": ("sums", lambda room: [tried(room, TWIN, resets=-5)]),
    "a hint left out": ("sums", lambda room: [tried(room, TWIN, hints=hints(room, TWIN, 5)[1:])]),
    "another course": ("another course", lambda room: [tried(room, TWIN, course="spring")]),
    "practice": ("another course", lambda room: [tried(room, TWIN, course="")]),
    "nobody's": ("another student", lambda room: [tried(room, TWIN, student="")]),
    "never broken": ("impossible times", lambda room: [tried(room, TWIN, ready="", started=at(0), ended=at(20))]),
    "never broken, at once": (
        "impossible times",
        lambda room: [tried(room, TWIN, ready="", checks=(look(room, TWIN, at(0)),))],
    ),
    "at once": ("impossible times", lambda room: [tried(room, TWIN, checks=(look(room, TWIN, at(0, 12)),))]),
    "two at once in one lab, another lab between": (
        "impossible times",
        lambda room: [
            tried(room, TWIN, 0, ended=at(90), lab="x"),
            tried(room, "dns-broken", 10, lab="y"),
            tried(room, "pods-pending", 40, lab="x"),
        ],
    ),
    "a short one inside a long one": (
        "impossible times",
        lambda room: [
            tried(room, TWIN, 0, ended=at(90)),
            tried(room, "dns-broken", 5, ended=at(26), ready=at(5, 10), checks=()),
            tried(room, "pods-pending", 40),
        ],
    ),
    "a hint in the future": (
        "clock",
        lambda room: [tried(room, TWIN, hints=hints(room, TWIN, 60 * 24 * 365))],
    ),
    "a hint at no time": (
        "clock",
        lambda room: [tried(room, TWIN, hints=(attempt.Hint(at="soon", number=1, price=1),))],
    ),
    "one attempt, two stories": (
        "history changed",
        lambda room: [tried(room, TWIN), tried(room, TWIN, checks=(look(room, TWIN, at(11)),))],
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_no_program_writes_is_named(room: course_data.Class, name: str) -> None:
    """Signed with the student's own key all the same: grave, and never worth more than the honest attempt."""
    rule, forged = FORGERIES[name]
    room.hand_in("ada", *forged(room))
    row = row_of(room)
    assert rule in rules(row)
    assert not row.believed and all(mark.points <= mark.full for mark in row.marks)


@pytest.mark.parametrize("name", ["no guards", "another course", "practice"])
def test_what_is_left_out_or_elsewhere_wins_nothing(room: course_data.Class, name: str) -> None:
    """A guard without a verdict costs its points; what was not made for the course does not count at all."""
    spec = room.course.by_id[TWIN].exercise.spec
    room.hand_in("ada", *FORGERIES[name][1](room))
    guards = max(0, spec.full - sum(row.points for row in spec.guards))
    assert mark_of(row_of(room), TWIN).points == (guards if name == "no guards" else 0)


def test_a_guard_that_could_not_be_told_costs_here_as_it_does_there(room: course_data.Class) -> None:
    """The same sum in exercise.check and in course.collect, and no reproach."""
    one = tried(room, TWIN, **_guard(room, state=STATES.UNKNOWN))
    spec = room.course.by_id[TWIN].exercise.spec
    room.hand_in("ada", one)
    row = row_of(room)
    assert mark_of(row, TWIN).points == scoring.total(one.checks[0].verdicts) < spec.full
    assert row.doubts == ()


def _late_page(room: course_data.Class) -> list[attempt.Attempt]:
    slow = look(room, TWIN, at(10))
    slow = dataclasses.replace(slow, verdicts=tuple(dataclasses.replace(row, seconds=60.0) for row in slow.verdicts))
    quick = look(room, TWIN, at(13), red=scoring.slots(room.course.by_id[TWIN].exercise.spec)[-1:])
    return [tried(room, TWIN, checks=(quick, slow))]


HONEST: dict[str, Forgery] = {
    "two labs at once": lambda room: [tried(room, TWIN, lab="x"), tried(room, "dns-broken", 5, lab="y")],
    "a lab that is not the submission's": lambda room: [tried(room, TWIN, lab="mine")],
    "one after the other, in any order of the file": lambda room: [tried(room, "dns-broken", 30), tried(room, TWIN)],
    "the clock was set back by some seconds": lambda room: [
        tried(room, TWIN, checks=(look(room, TWIN, at(10)), look(room, TWIN, at(9, 30)))),
        tried(room, "dns-broken", 19.5),
    ],
    "a long check in the page, a quick one in the terminal": _late_page,
    "begun again, and the repair at hand": lambda room: [
        tried(room, TWIN),
        tried(room, TWIN, 30, checks=(look(room, TWIN, at(30, 16)),), ended=at(31)),
    ],
    "the same attempt, as a crash while stopping leaves it twice": lambda room: [tried(room, TWIN), tried(room, TWIN)],
    "listed 300 times": lambda room: [tried(room, TWIN)] * 300,
    "a hint noted twice": lambda room: [tried(room, TWIN, hints=hints(room, TWIN, 5, 1) * 3)],
    "the hints of the attempt before": lambda room: [
        tried(room, TWIN, hints=hints(room, TWIN, 5)),
        tried(room, TWIN, 30, hints=hints(room, TWIN, 5)),
    ],
    "broken, and nothing checked": lambda room: [tried(room, TWIN, ready="", checks=())],
    "still running": lambda room: [tried(room, TWIN, ended="")],
}


@pytest.mark.parametrize("name", HONEST)
def test_no_honest_student_is_accused(room: course_data.Class, name: str) -> None:
    """What people do, and what crashes and clocks do to them, is no doubt at all."""
    room.hand_in("ada", *HONEST[name](room))
    row = row_of(room)
    assert row.doubts == ()
    assert all(mark.attempts <= 2 for mark in row.marks)


def _later(room: course_data.Class, before: list[attempt.Attempt], now: list[attempt.Attempt]) -> gradebook.Row:
    room.hand_in("ada", *before, name="first", made=course_data.BEGIN + MINUTE * 100)
    room.hand_in("ada", *now, name="second", made=course_data.BEGIN + MINUTE * 200)
    return row_of(room)


FORGOTTEN: dict[str, Callable[[course_data.Class], dict[str, Any]]] = {
    "solved": lambda _: {"solved": True},
    "hints": lambda room: {"hints": hints(room, TWIN, 5)},
    "assisted": lambda _: {"assisted": (attempt.Assisted(at=at(5), how="lab.why"),)},
    "resets": lambda _: {"resets": 2},
    "checks": lambda room: {"checks": (look(room, TWIN, at(4)), look(room, TWIN, at(10)))},
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_newer_file_cannot_forget(room: course_data.Class, what: str) -> None:
    """What an older file told of the same attempt still counts, and the contradiction is named."""
    row = _later(room, [tried(room, TWIN, **FORGOTTEN[what](room))], [tried(room, TWIN)])
    (doubt,) = [doubt for doubt in row.doubts if doubt.rule == "history changed"]
    assert doubt.grave and what in doubt.says and "first.zip" in doubt.says
    mark = mark_of(row, TWIN)
    lost = {"solved": mark.full, "hints": sum(hint.price for hint in hints(room, TWIN, 0))}
    assert mark.points == mark.full - lost.get(what, 0)
    assert mark.assisted == (what == "assisted")


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_newer_file_may_go_on(room: course_data.Class, what: str) -> None:
    """More checks, hints, resets and help after the first hand-in are what is expected."""
    row = _later(room, [tried(room, TWIN, ended="")], [tried(room, TWIN, **FORGOTTEN[what](room))])
    assert rules(row) == set()


def test_work_that_was_handed_in_before_the_lab_was_made_anew_counts(room: course_data.Class) -> None:
    """Handed in, lab destroyed, the next exercise done and handed in: both count, and it is told from where."""
    row = _later(room, [tried(room, TWIN)], [tried(room, "dns-broken", 120)])
    assert row.believed and rules(row, grave=False) == {"older file"}
    assert [mark_of(row, name).done for name in (TWIN, "dns-broken")] == [True, True]


def test_an_attempt_that_ran_when_the_lab_was_destroyed_is_not_at_once_with_the_next(room: course_data.Class) -> None:
    """Nobody knows that it ran any longer than the older file says."""
    row = _later(room, [tried(room, TWIN, 90, ended="", checks=())], [tried(room, "dns-broken", 120)])
    assert row.believed


def test_work_at_home_and_at_school_is_told_and_not_grave(room: course_data.Class) -> None:
    """One exercise runs on at home while another is done at school: two labs called default, and two files tell."""
    home = [tried(room, TWIN, 0, ended="", checks=(look(room, TWIN, at(180)),))]
    school = [tried(room, "dns-broken", 60)]
    row = _later(room, school, home)
    assert row.believed and "two computers" in rules(row, grave=False)
    assert [mark_of(row, name).done for name in (TWIN, "dns-broken")] == [True, True]
    row = _later(room, [], [*home, *school])
    assert rules(row) == {"impossible times"}


@pytest.mark.parametrize("stopped", [False, True])
def test_an_exercise_left_running_at_school_may_be_done_at_home(room: course_data.Class, stopped: bool) -> None:
    """The next day at school it still runs, is checked once more and handed in: told, and no reproach."""
    slots = scoring.slots(room.course.by_id[TWIN].exercise.spec)
    checks = (look(room, TWIN, at(5), red=slots[:1]), look(room, TWIN, at(180)))
    school = [tried(room, TWIN, 0, ended=at(190) if stopped else "", checks=checks)]
    row = _later(room, [tried(room, TWIN, 60)], school)
    assert row.believed
    assert rules(row, grave=False) == {"two computers", "older file"}


def test_a_newer_file_does_not_part_what_one_file_told(room: course_data.Class) -> None:
    """Handed in once more without one of two exercises at once, they are still of one computer."""
    both = [tried(room, TWIN, 0, ended=at(90)), tried(room, "dns-broken", 10)]
    row = _later(room, both, both[:1])
    assert "impossible times" in rules(row)


def test_a_third_exercise_of_another_file_hides_no_two_of_one(room: course_data.Class) -> None:
    """The longest stay is another file's: those of one file are compared with each other all the same."""
    row = _later(
        room, [tried(room, "pods-pending", 0, ended=at(99))], [tried(room, TWIN, 10), tried(room, "dns-broken", 20)]
    )
    assert "impossible times" in rules(row)


@pytest.mark.parametrize(("early", "believed"), [(0, True), (1, False)])
def test_an_end_in_the_second_in_which_the_check_is_over_is_honest(
    room: course_data.Class, early: int, believed: bool
) -> None:
    """Times have whole seconds: a stop right after the check may have its time; one second sooner it cannot."""
    least = max(slot.least for slot in scoring.slots(room.course.by_id[TWIN].exercise.spec))
    assert least
    room.hand_in("ada", tried(room, TWIN, ended=at(10, least - early)))
    assert row_of(room).believed is believed


def test_of_equal_checks_the_first_counts(room: course_data.Class) -> None:
    """Who checks once more after full marks has not worked longer."""
    looks = (look(room, TWIN, at(10)), look(room, TWIN, at(18)))
    room.hand_in("ada", tried(room, TWIN, checks=looks))
    mark = mark_of(row_of(room), TWIN)
    assert mark.minutes == pytest.approx(10 - 10 / 60)
    assert mark.points == mark.full


def test_a_moved_beginning_hides_nothing(room: course_data.Class) -> None:
    """The older file's hints cost; the same work twice at once in one lab is named."""
    row = _later(room, [tried(room, TWIN, hints=hints(room, TWIN, 5))], [tried(room, TWIN, -1)])
    assert "impossible times" in rules(row)
    assert mark_of(row, TWIN).points < mark_of(row, TWIN).full


def test_an_older_file_with_other_graders_is_named_only_if_it_counts(room: course_data.Class) -> None:
    """Put right before the next hand-in it is forgotten, unless something is counted from it."""
    edited = {**room.files, "kubelab/errors.py": "0" * 64}
    room.hand_in("ada", tried(room, TWIN), name="first", made=course_data.BEGIN + MINUTE * 100, digests=edited)
    room.hand_in("ada", tried(room, TWIN), name="second", made=course_data.BEGIN + MINUTE * 200)
    assert row_of(room).believed
    room.hand_in("ada", tried(room, "dns-broken", 120), name="second", made=course_data.BEGIN + MINUTE * 200)
    (doubt,) = [doubt for doubt in row_of(room).doubts if doubt.grave]
    assert doubt.rule == "graders differ" and doubt.says.startswith("first.zip")


def test_whose_variant_it_is_has_not_to_explain_it(room: course_data.Class) -> None:
    """grace hands in ada's work: grace is accused, ada is told."""
    room.hand_in("ada", tried(room, TWIN))
    room.hand_in("grace", dataclasses.replace(tried(room, TWIN), student="grace"))
    assert row_of(room).believed and rules(row_of(room), grave=False) == {"same variant", "same content"}
    assert {"same variant", "same content", "another variant"} <= rules(row_of(room, "grace"))


LAB = (paths.LABS / "default.yaml").read_text(encoding="utf-8")
ADVISED = {
    "network.machines": LAB.replace("192.168.56.0/24", "10.99.0.0/24"),
    "machines.worker.cpus": re.sub(r"(worker: .*cpus: )2", r"\g<1>1", LAB),
    "machines.worker.memory": re.sub(r"(worker: .*memory: )2048", r"\g<1>1536", LAB),
    "network.pods": LAB.replace("10.2.0.0/16", "10.98.0.0/16"),
    "addons": LAB.replace("dashboard, ", ""),
}


@pytest.mark.parametrize("key", ADVISED)
def test_a_lab_file_changed_as_kubelab_advises_is_no_reproach(room: course_data.Class, key: str) -> None:
    """The keys that differ are named, and the work is believed: a lab file grades nothing."""
    text = ADVISED[key]
    assert text != LAB
    digests = {**room.files, "labs/default.yaml": course_data.sha256(text)}
    room.hand_in("ada", tried(room, TWIN), digests=digests, labs={"labs/default.yaml": text})
    row = row_of(room)
    (doubt,) = row.doubts
    assert row.believed and (doubt.rule, doubt.grave) == ("lab file", False)
    assert doubt.says == f"labs/default.yaml has its own {key}"


@pytest.mark.parametrize(
    ("digest", "text", "says"),
    [
        ("", None, "is gone"),
        ("0" * 64, None, "not known"),
        ("0" * 64, LAB, "not known"),
        (None, "a: [", "not known"),
        (None, f"{LAB}\n# mine\n", "has other comments"),
        (None, LAB + "x: 1\n" * 40000, "not known"),
        (None, f'"\\e[2J{"y" * 100}": 1\n', "more"),
    ],
    ids=["gone", "older", "other", "no yaml", "comments", "large", "hostile"],
)
def test_no_lab_file_makes_a_traceback(
    room: course_data.Class, digest: str | None, text: str | None, says: str
) -> None:
    """Gone, unknown as older versions leave it, another than its digest, hostile: one phrase, and nothing grave."""
    mine = course_data.sha256(text or "") if digest is None else digest
    labs = {} if text is None else {"labs/default.yaml": text}
    room.hand_in("ada", tried(room, TWIN), digests={**room.files, "labs/default.yaml": mine}, labs=labs)
    row = row_of(room)
    (doubt,) = row.doubts
    assert row.believed and doubt.rule == "lab file" and says in doubt.says and doubt.says.isprintable()


def test_notes_in_a_document_are_no_reproach_and_graders_are(room: course_data.Class) -> None:
    """Documents grade nothing; a program file and an exercise's own text do."""
    for name, rule in ((EXERCISES, "words differ"), ("README.md", "words differ"), ("run", "graders differ")):
        room.hand_in("ada", tried(room, TWIN), digests={**room.files, name: "0" * 64})
        (doubt,) = row_of(room).doubts
        assert (doubt.rule, doubt.grave, name in doubt.says) == (rule, rule == "graders differ", True)


def again(
    room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changed: str
) -> course_data.Class:
    """Return the class after course.make was run again from a checkout in which a file has one byte more."""
    course = dataclasses.replace(room.course, file=tmp_path / "autumn.yaml")
    for suffix in (".key", ".record.json"):
        content = room.course.file.with_suffix(suffix).read_bytes()
        (tmp_path / f"autumn{suffix}").write_bytes(content)
    (tmp_path / "autumn.key").chmod(0o600)
    monkeypatch.setattr(bundle, "tracked", lambda: ["run", "README.md", EXERCISES, "kubelab/errors.py"])
    real = make_packs.shared

    def shared(one: Any) -> Iterator[tuple[str, tuple[bytes, int]]]:
        for name, (content, mode) in real(one):
            yield name, (content + changed.get(name, "").encode(), mode)

    monkeypatch.setattr(make_packs, "shared", shared)
    make_packs.make(course, tmp_path / "packs", course_data.quiet())
    return dataclasses.replace(room, course=course)


def test_packs_that_were_given_out_stay_valid(
    room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """course.make after one changed byte, of a grader and of an exercise: old packs and new ones are believed."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    both = again(room, tmp_path, monkeypatch, **{"kubelab/errors.py": "#", f"labs/exercises/{TWIN}/checks.py": "#"})
    both = dataclasses.replace(both, inbox=inbox)
    old, new = handout.read(both.course)
    assert old.files == room.files and len(old.changed(new.files)) == 2
    both.hand_in("ada", tried(room, TWIN), digests=old.files)
    assert row_of(both).doubts == () and mark_of(row_of(both), TWIN).done
    both.hand_in("ada", tried(both, TWIN), digests=new.files)
    assert row_of(both).doubts == () and mark_of(row_of(both), TWIN).done
    both.hand_in("ada", tried(room, TWIN), digests={**old.files, "run": "0" * 64})
    (doubt,) = row_of(both).doubts
    assert doubt.grave and doubt.says.endswith(": run"), "held against the pack that it comes nearest to"
    both.hand_in("ada", tried(room, TWIN, digest="0" * 64), digests=old.files)
    assert rules(row_of(both)) == {"graders differ"}
    both.hand_in("ada", tried(room, TWIN), tried(both, "dns-broken", 30), digests=new.files)
    assert row_of(both).believed, "begun in the old pack, which the new one was unpacked over"


def test_an_attempt_counts_by_the_numbers_that_were_handed_out(room: course_data.Class) -> None:
    """The teacher gives the exercise other points, and a guard more, after the packs were made: nothing changes."""
    spec = room.course.by_id[TWIN].exercise.spec
    goals = [spec.goals[0].model_copy(update={"points": 50}), *spec.goals[1:]]
    guards = [*spec.guards, spec.guards[0].model_copy(update={"check": "policies_kept"})]
    rows = tuple(
        dataclasses.replace(
            row,
            exercise=library.Exercise(
                spec=spec.model_copy(update={"goals": goals, "guards": guards}), folder=row.exercise.folder
            ),
        )
        if row.id == TWIN
        else row
        for row in room.course.assignments
    )
    later = dataclasses.replace(room, course=dataclasses.replace(room.course, assignments=rows))
    later.hand_in("ada", tried(room, TWIN))
    row = row_of(later)
    assert row.doubts == () and (mark_of(row, TWIN).points, mark_of(row, TWIN).full) == (spec.full, spec.full)


def test_a_record_of_an_older_version_is_taken_over(
    room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One record, without texts: its packs are believed, and course.make keeps it beside the new one."""
    (known,) = handout.read(room.course)
    older = {
        "schema": 1,
        "course": "autumn",
        "commit": known.commit,
        "packs": dict(known.packs),
        "files": dict(known.files),
    }
    record = room.course.record_file
    whole = record.read_bytes()
    try:
        record.write_text(json.dumps(older), encoding="utf-8")
        room.hand_in("ada", tried(room, TWIN))
        assert row_of(room).doubts == ()
        both = again(room, tmp_path, monkeypatch, run="#")
        assert [row.files["run"] == known.files["run"] for row in handout.read(both.course)] == [True, False]
        monkeypatch.setattr(knowledge.Given, "numbers_lost", lambda *_: True)
        room.hand_in("ada", tried(room, TWIN, full=99))
        assert rules(row_of(room)) == set() and rules(row_of(room), grave=False) == {"exercise changed"}
    finally:
        record.write_bytes(whole)


def test_a_damaged_record_is_never_replaced(room: course_data.Class, tmp_path: Path) -> None:
    """course.make refuses, the file stays as it is, and no pack is written."""
    course = dataclasses.replace(room.course, file=tmp_path / "autumn.yaml")
    (tmp_path / "autumn.key").write_bytes(room.course.key_file.read_bytes())
    (tmp_path / "autumn.key").chmod(0o600)
    for content in ("{", "[]", '{"schema": 2, "course": "autumn", "records": []}', '{"course": "spring", "files": {}}'):
        course.record_file.write_text(content, encoding="utf-8")
        with pytest.raises(errors.LabError) as problem:
            make_packs.make(course, tmp_path / "packs", course_data.quiet())
        assert problem.value.ident == "course-record"
        assert course.record_file.read_text(encoding="utf-8") == content
        assert not (tmp_path / "packs").exists()


def test_the_same_packs_again_leave_the_record_as_it_is(
    room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal files are one record, whose time is the first one's."""
    both = again(room, tmp_path, monkeypatch)
    assert handout.read(both.course) == handout.read(room.course)


def test_a_pack_is_never_there_without_its_record(
    room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes while packs are written: those that are there are known already."""

    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(make_packs, "_write", fails)
    with pytest.raises(KeyboardInterrupt):
        again(room, tmp_path, monkeypatch, run="#")
    course = dataclasses.replace(room.course, file=tmp_path / "autumn.yaml")
    assert len(handout.read(course)) == 2


def test_showing_one_file_says_of_which_pack_it_is(room: course_data.Class) -> None:
    """When it was made, from which commit, and whether there is a newer one."""
    row = class_results.one(room.course, room.hand_in("ada", tried(room, TWIN)), course_data.NOW)
    (record,) = handout.read(room.course)
    assert row["pack"] == {"made": record.made, "commit": record.commit, "newest": True}
