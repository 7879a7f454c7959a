"""Submissions: an honest one counts; an edited, copied, impossible or hostile one is reported with the reason."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime
import hashlib
import io
import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import course_data
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubelab import errors
from kubelab.course import (
    charts,
    class_page,
    class_results,
    course_plan,
    envelope,
    exports,
    gradebook,
    keys,
    knowledge,
    marks,
    statistics,
    submission,
)
from kubelab.exercises import attempt
from kubelab.ui import foreign

MINUTE = datetime.timedelta(minutes=1)
SHARED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


@pytest.fixture
def room(handed_out: course_data.Class, tmp_path: Path) -> course_data.Class:
    """Return that class with an inbox of the test's own."""
    return dataclasses.replace(handed_out, inbox=tmp_path)


def collected(room: course_data.Class) -> gradebook.Gradebook:
    """Return the class's results as they were handed in."""
    return gradebook.collect(room.inbox, room.course, course_data.NOW)


def row_of(room: course_data.Class, student: str) -> gradebook.Row:
    """Return one student's row."""
    return next(row for row in collected(room).rows if row.student.id == student)


def test_an_honest_student_is_believed_and_gets_the_points(room: course_data.Class) -> None:
    """Everything reached in time: full points for that exercise, two thirds of the weights, and no doubt at all."""
    room.hand_in("ada", room.tried("ada"))
    row = row_of(room, "ada")
    assert row.doubts == () and row.believed
    assert [(mark.points, mark.full, mark.done) for mark in row.marks] == [(10, 10, True), (0, 10, False)]
    assert row.percent == pytest.approx(200 / 3)
    assert [goal.check for goal in row.marks[0].goals if goal.reached] == ["pods_run", "nodes_ready", "still_runs"]
    assert row.marks[0].goals[0].minutes == pytest.approx(10 - 8 / 60)
    assert row.marks[0].goals[1].minutes == pytest.approx(4 - 8 / 60)


def test_who_hands_in_nothing_is_in_the_list(room: course_data.Class) -> None:
    """With nothing, and no doubt."""
    row = row_of(room, "grace")
    assert (row.counted, row.percent, row.believed) == (None, 0.0, True)


def test_hints_cost_what_the_exercise_says(room: course_data.Class) -> None:
    """A hint of one point leaves nine, and the exercise is done all the same."""
    tried = room.tried("ada", hints=(attempt.Hint(at=course_data.text(course_data.BEGIN), number=1, price=1),))
    room.hand_in("ada", tried)
    mark = row_of(room, "ada").marks[0]
    assert (mark.points, mark.hints, mark.done) == (9, 1, True)


def _late(room: course_data.Class) -> attempt.Attempt:
    begin = datetime.datetime(2026, 11, 16, 9, tzinfo=datetime.UTC)
    times = [course_data.text(begin + MINUTE * count) for count in (0, 1, 12)]
    checks = (course_data.check(begin + MINUTE * 5, list(course_data.WORTH)),)
    return room.tried("ada", started=times[0], ready=times[1], ended=times[2], checks=checks)


def test_what_comes_after_the_deadline_does_not_count_and_is_said(room: course_data.Class) -> None:
    """The points that would have been are shown as late."""
    room.hand_in("ada", _late(room), made=datetime.datetime(2026, 11, 17, tzinfo=datetime.UTC))
    row = row_of(room, "ada")
    assert (row.marks[0].points, row.marks[0].late) == (0, 10)
    assert [doubt.rule for doubt in row.doubts] == ["after the deadline"]
    assert row.believed


def _checks(room: course_data.Class, **changed: object) -> tuple[attempt.Check, ...]:
    first, last = room.tried("ada").checks
    return (first, dataclasses.replace(last, **changed))  # type: ignore[arg-type]  # the fields of a check


def _worth(room: course_data.Class) -> tuple[attempt.Check, ...]:
    _, last = room.tried("ada").checks
    rows = tuple(dataclasses.replace(row, points=50) for row in last.verdicts)
    return _checks(room, verdicts=rows, points=150)


def _quick(room: course_data.Class) -> dict[str, Any]:
    at = datetime.datetime.fromisoformat(room.tried("ada").ready) + datetime.timedelta(seconds=5)
    return {"checks": (course_data.check(at, list(course_data.WORTH)),)}


CHEATS: dict[str, tuple[str, Callable[[course_data.Class], dict[str, Any]]]] = {
    "the clock set back": ("clock", lambda room: {"checks": tuple(reversed(room.tried("ada").checks))}),
    "no time": ("clock", lambda _: {"started": "yesterday"}),
    "a time without a zone": ("clock", lambda _: {"started": "2026-11-10T09:00:00"}),
    "the future": (
        "clock",
        lambda _: {"ended": course_data.text(course_data.NOW + MINUTE * 60)},
    ),
    "another's variant": ("another variant", lambda room: {"seed": room.tried("grace").seed}),
    "an easier variant": ("another variant", lambda room: {"variant": room.tried("ada").variant % 3 + 1}),
    "other values": ("another variant", lambda _: {"values": {"name": "x"}}),
    "a check that cannot have ended": ("impossible times", lambda room: {"ended": room.tried("ada").checks[1].at}),
    "another exercise's files": ("graders differ", lambda _: {"digest": "0" * 64}),
    "another name": ("another student", lambda _: {"under": "grace"}),
    "more points than there are": ("sums", lambda room: {"checks": _worth(room)}),
    "a cheap hint": (
        "sums",
        lambda _: {"hints": (attempt.Hint(at=course_data.text(course_data.BEGIN), number=1, price=0),)},
    ),
    "too quick": ("impossible times", _quick),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_each_cheat_is_named(room: course_data.Class, cheat: str) -> None:
    """Signed with the student's own key, as somebody with root can: what makes no sense is named all the same."""
    rule, changed = CHEATS[cheat]
    room.hand_in("ada", room.tried("ada", **changed(room)))
    row = row_of(room, "ada")
    assert rule in {doubt.rule for doubt in row.doubts if doubt.grave}
    assert not row.believed
    assert row.marks[0].points <= row.marks[0].full


def test_points_are_counted_anew_and_never_taken_as_said(room: course_data.Class) -> None:
    """A check that says 150 of 10 is worth what its verdicts are worth by the teacher's own exercise."""
    room.hand_in("ada", room.tried("ada", checks=_worth(room)))
    assert row_of(room, "ada").marks[0].points == 10


def test_a_broken_guard_costs(room: course_data.Class) -> None:
    """All goals, but a permission was widened: 10 less 3."""
    tried = room.tried("ada")
    at = datetime.datetime.fromisoformat(tried.checks[1].at)
    checks = (course_data.check(at, ["pods_run", "nodes_ready", "still_runs"]),)
    room.hand_in("ada", room.tried("ada", checks=checks))
    assert row_of(room, "ada").marks[0].points == 7


def test_two_exercises_at_once_in_one_lab_are_impossible(room: course_data.Class) -> None:
    """The second one is named."""
    room.hand_in("ada", room.tried("ada"), room.tried("ada", "node-away"))
    assert "impossible times" in {doubt.rule for doubt in row_of(room, "ada").doubts}


def test_changed_files_of_the_pack_are_named(room: course_data.Class) -> None:
    """A grader that was edited: the file is named."""
    room.hand_in("ada", room.tried("ada"), digests={**room.files, "kubelab/errors.py": "0" * 64})
    doubts = [doubt for doubt in row_of(room, "ada").doubts if doubt.rule == "graders differ"]
    assert doubts and "kubelab/errors.py" in doubts[0].says


def test_assistance_is_told_and_no_reproach(room: course_data.Class) -> None:
    """lab.why with --give-up, and the solution shown: the first is a note, the second leaves no points."""
    help_ = (attempt.Assisted(at=course_data.text(course_data.BEGIN), how="lab.why"),)
    room.hand_in("ada", room.tried("ada", assisted=help_, solved=True))
    row = row_of(room, "ada")
    assert {doubt.rule for doubt in row.doubts} == {"assisted", "solution shown"} and row.believed
    assert (row.marks[0].points, row.marks[0].done) == (0, False)


def test_two_students_with_one_variant_are_told_both(room: course_data.Class) -> None:
    """grace hands in ada's attempt, signed as her own."""
    room.hand_in("ada", room.tried("ada"))
    room.hand_in("grace", dataclasses.replace(room.tried("ada"), student="grace"))
    for student, other in (("ada", "grace"), ("grace", "ada")):
        told = {doubt.rule: doubt.says for doubt in row_of(room, student).doubts}
        assert told["same variant"] == told["same content"] == f"as {other}"


def test_the_same_file_twice_is_a_duplicate_and_a_rewritten_past_is_grave(room: course_data.Class) -> None:
    """The newest counts; one that contradicts what was handed in before is told."""
    room.hand_in("ada", room.tried("ada"), name="first")
    (room.inbox / "copy.zip").write_bytes((room.inbox / "first.zip").read_bytes())
    assert [doubt.rule for doubt in row_of(room, "ada").doubts] == ["duplicate"]
    worse = room.tried("ada", checks=room.tried("ada").checks[1:])
    room.hand_in("ada", worse, name="later", made=course_data.BEGIN + MINUTE * 500)
    row = row_of(room, "ada")
    assert row.counted and row.counted.file.name == "later.zip" and len(row.older) == 2
    assert "history changed" in {doubt.rule for doubt in row.doubts if doubt.grave}


def test_a_later_submission_that_goes_on_is_fine(room: course_data.Class) -> None:
    """More work after the first hand-in is what is wanted."""
    room.hand_in("ada", room.tried("ada", checks=room.tried("ada").checks[:1]), name="first")
    room.hand_in("ada", room.tried("ada"), name="later", made=course_data.BEGIN + MINUTE * 500)
    assert row_of(room, "ada").doubts == ()


def test_a_stranger_with_a_pack_of_this_course_is_listed(room: course_data.Class) -> None:
    """Signed well, but in no list: the teacher decides."""
    room.hand_in("mallory", room.tried("mallory"))
    assert "unknown student" in {doubt.rule for doubt in row_of(room, "mallory").doubts}


def edited(file: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    """Write a submission anew with other members."""
    with zipfile.ZipFile(file) as old:
        members = change({name: old.read(name) for name in old.namelist()})
    with zipfile.ZipFile(file, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)


EDITS: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "edited after it had been signed": lambda members: {
        **members,
        "results.json": members["results.json"].replace(b'"points": 2', b'"points": 9'),
    },
    "junit.xml in it was edited": lambda members: {**members, "junit.xml": b"<testsuites/>"},
    "not signed with the key of ada's pack": lambda members: {**members, "signature": b"00" * 64},
    "not signed with the key of grace's pack": lambda members: {
        **members,
        "manifest.json": members["manifest.json"].replace(b'"ada"', b'"grace"'),
    },
    "names no student of this course": lambda members: {
        **members,
        "manifest.json": members["manifest.json"].replace(b'"ada"', b'"../../x"'),
    },
    "holds other files": lambda members: {**members, "../../x": b""},
    "no JSON": lambda members: {**members, "manifest.json": b"{"},
}


@pytest.mark.parametrize("why", EDITS)
def test_an_edited_file_is_not_looked_into(room: course_data.Class, why: str) -> None:
    """The reason is told, and the student has handed in nothing."""
    edited(room.hand_in("ada", room.tried("ada")), EDITS[why])
    book = collected(room)
    assert why in book.refused[0].why
    assert not book.handed_in and not class_results.clean(book)


@SHARED
@given(content=st.binary(max_size=2000))
def test_no_file_makes_a_traceback(room: course_data.Class, content: bytes) -> None:
    """Any bytes with the right suffix are refused."""
    (room.inbox / "x.zip").write_bytes(content)
    assert len(collected(room).refused) == 1


@SHARED
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_wrong_bit_is_refused_or_harmless(room: course_data.Class, place: float, bit: int) -> None:
    """Never are other results read than those that were signed."""
    file = room.hand_in("ada", room.tried("ada"))
    good = submission.read(file, room.key, "autumn").results
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    file.write_bytes(content)
    with contextlib.suppress(submission.Unreadable):
        assert submission.read(file, room.key, "autumn").results == good


def test_a_zip_bomb_is_not_unpacked(room: course_data.Class) -> None:
    """A member that would take more than a submission may is refused before it is in memory."""
    file = room.hand_in("ada", room.tried("ada"))
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["evidence.json"] = b" " * (envelope.LARGEST[envelope.EVIDENCE] + 2)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    assert "MiB" in collected(room).refused[0].why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@SHARED
@given(data=st.data())
def test_results_of_any_shape_are_read_or_refused(room: course_data.Class, data: st.DataObject) -> None:
    """One value anywhere in signed results is replaced by anything: no traceback, never too many points."""
    rows = json.loads(zipfile.ZipFile(room.hand_in("ada", room.tried("ada"))).read("results.json"))
    spot: object = rows
    while isinstance(spot, dict | list) and spot:
        key = (
            data.draw(st.sampled_from(sorted(spot)))
            if isinstance(spot, dict)
            else data.draw(st.integers(0, len(spot) - 1))
        )
        inner = spot[key]
        if not isinstance(inner, dict | list) or data.draw(st.booleans()):
            spot[key] = data.draw(JSON)
            break
        spot = inner
    file = room.inbox / "ada.zip"
    file.write_bytes(_signed(room, rows))
    book = collected(room)
    for row in book.rows:
        assert 0 <= row.percent <= 100
    class_page.of_class(book)
    exports.as_csv(book)
    json.loads(exports.as_json(book))
    ElementTree.fromstring(  # noqa: S314 (written here)
        exports.class_junit(book)
    )


def _signed(room: course_data.Class, rows: object) -> bytes:
    """Return a well-signed submission with these results, as somebody with root would forge it."""
    members = {"results.json": json.dumps(rows).encode(), "junit.xml": b"", "evidence.json": b"{}"}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    head = json.dumps({"schema": 1, "course": "autumn", "student": "ada", "members": digests}).encode()
    signature = keys.signing(room.key, "ada").sign(head).hex().encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name, content in {**members, "manifest.json": head, "signature": signature}.items():
            new.writestr(name, content)
    return buffer.getvalue()


@SHARED
@given(seen=st.text(), says=st.text(), name=st.text(min_size=1))
def test_nothing_that_a_student_wrote_is_markup_or_a_formula(
    room: course_data.Class, seen: str, says: str, name: str
) -> None:
    """Names, sentences and what checks saw: in the page only as text, in the table never as a formula."""
    hostile = f"<script>alert(1)</script>{says}<img src=x onerror=alert(1)>"
    tried = room.tried("ada")
    verdicts = tuple(dataclasses.replace(row, says=hostile, seen=seen) for row in tried.checks[1].verdicts)
    tried = dataclasses.replace(tried, checks=(dataclasses.replace(tried.checks[1], verdicts=verdicts),))
    row = gradebook.Row(
        student=course_plan.Student(id="ada", name=f"=cmd|{name}<b>"),
        counted=None,
        marks=marks.of(room.course, (tried,)),
        doubts=(knowledge.Doubt(rule="<i>", grave=True, says=hostile),),
        older=(),
    )
    refused = gradebook.Refused(file=Path("<script>.zip"), why=hostile)
    book = gradebook.Gradebook(course=room.course, at=course_data.NOW, rows=(row,), refused=(refused,))
    shown = class_page.of_class(book)
    assert "<script" not in shown and "<img" not in shown and "<b>" not in shown and "<i>" not in shown
    table = list(csv.reader(io.StringIO(exports.as_csv(book))))
    assert not [cell for line in table for cell in line if cell.lstrip().startswith(tuple(foreign.FORMULA))]
    ElementTree.fromstring(  # noqa: S314 (written here)
        exports.class_junit(book)
    )
    ElementTree.fromstring(  # noqa: S314 (written here)
        exports.junit((tried,))
    )


def test_statistics_say_what_stops_people_and_how_long_goals_take(room: course_data.Class) -> None:
    """Three tried, one of them reached everything: still_runs stops two of three."""
    for student in ("ada", "grace", "edsger"):
        tried = room.tried(student)
        room.hand_in(student, tried if student == "ada" else dataclasses.replace(tried, checks=tried.checks[:1]))
    book = collected(room)
    first = statistics.stoppers(book)[0]
    assert (first.exercise, first.stopped, first.tried) == ("pods-pending", 2, 3)
    nodes = next(row for row in statistics.timed(book) if row.check == "nodes_ready")
    assert nodes.minutes and nodes.minutes[1] == pytest.approx(4 - 8 / 60)
    assert sum(statistics.distribution(book)) == 3
    assert [(row.tried, row.done) for row in statistics.totals(book)] == [(3, 1), (0, 0)]


def test_sixty_percent_stand_at_sixty(room: course_data.Class) -> None:
    """Six of ten in both exercises, of which one weighs twice as much: 59.99999999999999 by floating point."""
    when = course_data.BEGIN + datetime.timedelta(minutes=90)
    some = course_data.check(when, ["pods_run", "nothing_widened"])
    room.hand_in("ada", *(room.tried("ada", name, checks=(some,), ended="") for name in room.course.by_id))
    book = collected(room)
    assert row_of(room, "ada").percent == 60.0
    assert statistics.distribution(book).index(1) == 6


def test_pictures_stay_inside_their_frame(room: course_data.Class) -> None:
    """No bar begins or ends outside."""
    room.hand_in("ada", room.tried("ada"))
    book = collected(room)
    drawn = [
        charts.times(statistics.timed(book)),
        charts.stoppers(statistics.stoppers(book)),
        charts.done(statistics.totals(book)),
    ]
    for chart in (*drawn, charts.points(statistics.distribution(book))):
        for bar in chart.bars:
            assert bar.x >= 0 and bar.width >= 0 and bar.x + bar.width <= chart.width
            assert bar.y >= 0 and bar.y + bar.height <= chart.height


def test_the_class_is_written_for_people_and_for_programs(room: course_data.Class, tmp_path: Path) -> None:
    """Four files, readable by the teacher only; the page names nothing that is elsewhere."""
    room.hand_in("ada", room.tried("ada"))
    class_results.write(collected(room), tmp_path / "results")
    files = {path.name: path for path in (tmp_path / "results").iterdir()}
    assert sorted(files) == ["class.csv", "class.html", "class.json", "class.xml"]
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    html = files["class.html"].read_text(encoding="utf-8")
    assert "Ada Lovelace (ada)" in html and "<svg" in html
    assert not [word for word in ("http:", "https:", "src=", "<script", "url(") if word in html]
    first = next(csv.DictReader(io.StringIO(files["class.csv"].read_text(encoding="utf-8-sig"))))
    assert (first["id"], first["pods-pending"], first["believed"]) == ("ada", "10", "yes")


def test_collecting_needs_the_record_and_the_key(room: course_data.Class, tmp_path: Path) -> None:
    """Without what was handed out nothing can be told from anything: an error with an identifier."""
    copied = tmp_path / "autumn.yaml"
    shutil.copy(room.course.key_file, copied.with_suffix(".key"))
    copied.with_suffix(".record.json").write_text("{}", encoding="utf-8")
    lost = dataclasses.replace(room, course=dataclasses.replace(room.course, file=copied))
    with pytest.raises(errors.LabError) as problem:
        collected(lost)
    assert problem.value.ident == "course-record"
    with pytest.raises(errors.LabError):
        gradebook.collect(tmp_path / "nowhere", room.course, course_data.NOW)


def test_one_submission_can_be_shown(room: course_data.Class) -> None:
    """As one document, or with the reason why not."""
    file = room.hand_in("ada", room.tried("ada"))
    assert class_results.one(room.course, file, course_data.NOW)["percent"] == pytest.approx(66.67)
    file.write_bytes(b"x")
    with pytest.raises(errors.LabError) as problem:
        class_results.one(room.course, file, course_data.NOW)
    assert problem.value.ident == "submission-refused"


def test_two_hundred_students_are_collected_in_seconds(room: course_data.Class) -> None:
    """No rule compares everybody with everybody."""
    names = [f"student-{number}" for number in range(200)]
    for name in names:
        room.hand_in(name, room.tried(name), room.tried(name, "node-away"))
    begin = datetime.datetime.now(datetime.UTC)
    book = collected(room)
    class_results.write(book, room.inbox / "results")
    assert (datetime.datetime.now(datetime.UTC) - begin).total_seconds() < 120
    assert len(book.handed_in) == 200
    assert random.Random(0).choice(book.handed_in).marks[0].tried  # noqa: S311 (no secret)
