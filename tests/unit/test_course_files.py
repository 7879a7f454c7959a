"""Course files and packs: every mistake at its line; a pack has its student's variants and no other's secrets."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tarfile
from pathlib import Path

import course_data
import invoke.context
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab import errors, paths
from kubelab.course import course_file, course_plan, handout, keys, load_course, make_packs, pack
from kubelab.exercises import commands, library, proven, variants
from kubelab.tasks import course as course_words

WRONG = """\
course: Autumn!
titel: x
timezone: Mars/Olympus
lab: nowhere
exercises:
  - {id: pods-pendin}
  - {id: node-away, weight: heavy, due: tomorrow}
  - {id: node-away, opens: 2026-11-10, due: 2026-11-09}
"""


def unpacked(file: Path, folder: Path) -> Path:
    """Unpack a pack as a student does; return its folder."""
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
    return folder / file.name.removesuffix(".tar.gz")


def test_a_course_is_read_with_its_dates_in_its_own_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date alone counts until its last second, in Zurich: 23:00 UTC in winter."""
    found = course_data.course(tmp_path, monkeypatch)
    assert [row.id for row in found.assignments] == ["pods-pending", "node-away"]
    due = found.assignments[0].due
    assert due and due.isoformat() == "2026-11-15T22:59:59+00:00"
    assert found.assignments[1].due is None
    assert [student.called for student in found.students] == ["Ada Lovelace (ada)", "Grace Hopper (grace)", "edsger"]


@pytest.mark.parametrize(
    ("zone", "day"), [("America/New_York", "due: 9999-12-31"), ("Europe/Zurich", "opens: 0001-01-01")]
)
def test_a_date_that_means_never_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, day: str) -> None:
    """At the calendar's ends UTC has no such day: the exercise stays open, and no run ends in a traceback."""
    text = course_data.COURSE.replace("Europe/Zurich", zone).replace("{id: node-away}", f"{{id: node-away, {day}}}")
    row = course_data.course(tmp_path, monkeypatch, text=text).by_id["node-away"]
    assert row.due is None or row.due > course_data.NOW
    assert row.opens is None or row.opens < course_data.BEGIN


def test_an_hour_that_comes_twice_is_the_students(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 2026-10-25 Zurich's clocks show 02:30 twice: what opens does so at the first, a deadline is the second."""
    both = "{id: node-away, opens: 2026-10-25T02:30, due: 2026-10-25T02:45}"
    row = course_data.course(tmp_path, monkeypatch, text=course_data.COURSE.replace("{id: node-away}", both)).by_id[
        "node-away"
    ]
    assert row.opens and row.opens.isoformat() == "2026-10-25T00:30:00+00:00"
    assert row.due and row.due.isoformat() == "2026-10-25T01:45:00+00:00"


@pytest.mark.parametrize(
    "line",
    [
        *("students: ../students.yaml", "students: a/b", "students: .", "students: ''", 'students: "a\\0b"'),
        *(f"students: {'x' * 300}", f"lab: {'x' * 300}", "lab: ../x", "lab: 10.0.0.0/8", 'lab: "a\\0b"'),
    ],
)
def test_a_name_that_becomes_a_path_is_refused_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """A path, or more letters than a file's name may have, ended in a traceback."""
    with pytest.raises(errors.LabError) as problem:
        course_data.course(tmp_path, monkeypatch, text=f"{course_data.COURSE}{line}\n")
    assert problem.value.ident == "course-invalid"
    (told,) = problem.value.details
    assert told.startswith(f"{line.partition(':')[0]} (line 8): ")


def test_every_shape_problem_is_told_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run names all of them."""
    with pytest.raises(errors.LabError) as problem:
        course_data.course(tmp_path, monkeypatch, text=WRONG)
    told = "\n".join(problem.value.details)
    assert problem.value.ident == "course-invalid"
    for words in (
        "course (line 1): 'Autumn!' is no course",
        "titel (line 2): unknown key; did you mean 'title'?",
        "exercises[1].weight (line 7): must be a whole number",
        "exercises[1].due (line 7): 'tomorrow' is no date",
    ):
        assert words in told


def test_every_broken_rule_is_told_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has the right shape and makes no sense: an unknown exercise, a date before another, a lab, a zone."""
    text = (
        WRONG.replace("Autumn!", "autumn")
        .replace("titel", "title")
        .replace("heavy", "2")
        .replace("tomorrow", "2026-11-08")
    )
    with pytest.raises(errors.LabError) as problem:
        course_data.course(tmp_path, monkeypatch, text=text)
    told = "\n".join(problem.value.details)
    for words in (
        "timezone (line 3): 'Mars/Olympus' is no time zone",
        "lab (line 4): there is no lab 'nowhere'",
        "exercises[0].id (line 6): there is no exercise 'pods-pendin'; did you mean 'pods-pending'?",
        "exercises[2].id (line 8): 'node-away' is there already, as number 2",
        "exercises[2].due (line 8): 2026-11-09 is not after 2026-11-10",
    ):
        assert words in told


def test_a_value_that_was_left_out_makes_no_key_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One empty id is one problem: the list of students is there, and so is the course's name."""
    with pytest.raises(errors.LabError) as problem:
        course_data.course(tmp_path, monkeypatch, students="students:\n  - {id: ada}\n  - {id: }\n")
    assert list(map(str, problem.value.details)) == [
        "students[1].id (line 3): has no value: give it one, or leave the key out"
    ]
    with pytest.raises(errors.LabError) as problem:
        course_data.course(tmp_path, monkeypatch, text="course:\ntitel: x\n")
    assert [str(detail).partition(" ")[0].rstrip(":") for detail in problem.value.details].count("course") == 1


def test_two_students_cannot_share_a_file_name(tmp_path: Path) -> None:
    """Some file systems take Ada and ada for one."""
    file = tmp_path / "students.yaml"
    file.write_text("students: [{id: ada}, {id: Ada}]", encoding="utf-8")
    with pytest.raises(errors.LabError, match="1 problem") as problem:
        load_course.roll(file)
    assert "students[1].id (line 1): 'Ada' is there already, as number 1" in problem.value.details


NAMES = (
    "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
    "ශ්\u200dරී",
    "क्\u200dष",
    "李小龙",
    "Nguyễn Thị Mỹ",
    "Zoe\u0308",
    "O\u2019Brien",
    "👩\u200d🏫",
)
"""Names as people write them: Persian and Sinhala are misspelt without their joiner."""


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_written_as_its_owner_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """In the list, in the pack, on its first page and at `--student`, with every joiner."""
    course = course_data.course(tmp_path, monkeypatch, students=f'students: [{{id: ada, name: "{name}"}}]\n')
    assert course.students[0].name == name and name in make_packs.start(course, course.students[0])
    commands.refuse_markup(name)


@pytest.mark.parametrize("name", ["a\u202eb", "a\u2066b", "a\u200fb", "a\x1bb", "a\u00adb", "a\tb", "a\ufeffb"])
def test_a_name_that_steers_what_is_around_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What turns the direction of writing, hides, or steers a terminal, in both places."""
    written = json.dumps(name)
    with pytest.raises(errors.LabError, match="1 problem"):
        course_data.course(tmp_path, monkeypatch, students=f"students: [{{id: ada, name: {written}}}]\n")
    with pytest.raises(errors.LabError):
        commands.refuse_markup(name)


def test_every_line_of_a_packs_first_page_is_about_the_courses_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another lab than the default one is named in each, or the list would tell what the wrong lab lacks."""
    course = course_data.course(tmp_path, monkeypatch)
    said = make_packs.start(dataclasses.replace(course, lab="full", exam=90), course.students[0])
    lines = [line for line in said.splitlines() if line.startswith("./run ")]
    assert len(lines) > 9 and all("--lab full" in line for line in lines), lines


def test_a_packs_first_page_has_the_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an exercise opens, too: exercise.start would be the first to tell."""
    text = course_data.COURSE.replace("{id: node-away}", "{id: node-away, opens: 2026-11-16T08:00, due: 2026-11-20}")
    course = course_data.course(tmp_path, monkeypatch, text=text)
    said = make_packs.start(course, course.students[0])
    assert "15 minutes, opens 2026-11-16 07:00 UTC, due 2026-11-20 22:59 UTC" in said


@settings(deadline=None, max_examples=50)
@given(text=st.text())
def test_no_id_leaves_a_folder_or_obeys_a_terminal(text: str) -> None:
    """Whatever is accepted as an id is one path component of harmless ASCII."""
    if course_file.STUDENT.fullmatch(text):
        assert text.isascii() and text.isprintable() and not set(text) & set("/\\ \0:*?\"'<>|$`&;")
        assert text.strip(".") and Path(text).name == text


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=400) | st.text().map(lambda name: f"students: [{{id: {name}}}]".encode()))
def test_no_students_file_makes_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Anything is a roll of students or an error with an identifier."""
    file = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    file.write_bytes(content)
    try:
        assert load_course.roll(file)
    except errors.LabError as problem:
        assert problem.ident == "course-invalid"


def test_a_pack_holds_no_solution_no_key_of_the_course_and_nobody_elses_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every byte of every file in it is searched."""
    room = course_data.handed_out(tmp_path, monkeypatch, few=False)
    folder = unpacked(tmp_path / "packs" / "autumn-ada.tar.gz", tmp_path / "student")
    whole = b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    names = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    others = [keys.sealed(keys.signing(room.key, "grace")), keys.token(room.key, "grace")]
    others += [variants.seed(room.key, row.id, "grace") for row in room.course.assignments]
    for secret in (course_data.SOLUTION, room.key.hex(), *others):
        assert secret.encode() not in whole
    exercises = [name for name in names if name.startswith("labs/exercises/")]
    assert not [name for name in exercises if Path(name).name in library.TEACHERS]
    assert {"run", "START.md", "labs/default.yaml", "labs/exercises/pods-pending/task.md"} <= names
    assert keys.sealed(keys.signing(room.key, "ada")).encode() in whole


def test_a_pack_is_read_where_it_was_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says whose it is, its key signs for that student, and its files are those that the record knows."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    folder = unpacked(tmp_path / "packs" / "autumn-ada.tar.gz", tmp_path / "student")
    found = pack.needed(folder)
    assert (found.student, found.name, found.course) == ("ada", "Ada Lovelace", "autumn")
    task = found.task("pods-pending")
    assert task and task.seed == variants.seed(room.key, "pods-pending", "ada")
    assert pack.signing_key(folder).public_key() == keys.signing(room.key, "ada").public_key()
    assert pack.digests(folder) == dict(room.files)
    assert (folder / "pack/signing.key").stat().st_mode & 0o777 == 0o600
    assert os.access(folder / "run", os.X_OK)


def test_an_exercise_is_read_in_a_pack_without_what_stays_with_the_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a pack the same folder is refused; its digest is the one that the teacher expects."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    folder = unpacked(tmp_path / "packs" / "autumn-ada.tar.gz", tmp_path / "student")
    place = folder / "labs/exercises/pods-pending"
    with pytest.raises(errors.LabError, match="problem"):
        library.read(place)
    monkeypatch.setattr(paths, "PACK", folder / "pack")
    assert library.digest(library.read(place)) == room.given().digest("pods-pending")


def test_packs_are_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a pack that was lost can be handed out again, and its digest compared."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    again = make_packs.make(room.course, tmp_path / "again", course_data.quiet())
    for student, path in again.files.items():
        assert path.read_bytes() == (tmp_path / "packs" / f"autumn-{student}.tar.gz").read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_key_is_made_once_and_is_the_teachers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0600, kept over runs, and refused if others may read it."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    file = room.course.key_file
    assert file.stat().st_mode & 0o777 == 0o600
    assert keys.ensure(room.course) == room.key
    file.chmod(0o644)
    with pytest.raises(errors.LabError) as problem:
        keys.read(room.course)
    assert problem.value.ident == "course-key"


def test_a_lost_key_is_not_made_anew_over_the_packs_that_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a new one every submission to the course would be called forged, and every variant another student's."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    room.course.key_file.unlink()
    with pytest.raises(errors.LabError, match="is gone") as problem:
        make_packs.make(room.course, tmp_path / "again", course_data.quiet())
    assert problem.value.ident == "course-key"
    assert not room.course.key_file.exists()
    room.course.record_file.rename(tmp_path / "elsewhere")
    make_packs.make(room.course, tmp_path / "again", course_data.quiet())
    assert keys.read(room.course) != room.key


@pytest.mark.parametrize("name", ["same", "alike"])
def test_packs_of_another_course_are_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Two files of one course's name, and autumn's student ada-b beside the course autumn-ada's b: one folder."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    other = dataclasses.replace(room.course, file=tmp_path / "second.yaml")
    if name == "alike":
        roll = (course_plan.Student(id="x-ada", name=""),)
        make_packs.make(dataclasses.replace(room.course, students=roll), tmp_path / "packs", course_data.quiet())
        other = dataclasses.replace(other, id="autumn-x", students=(course_plan.Student(id="ada", name=""),))
    before = {file.name: file.read_bytes() for file in (tmp_path / "packs").iterdir()}
    with pytest.raises(errors.LabError, match="another course's") as problem:
        make_packs.make(other, tmp_path / "packs", course_data.quiet())
    assert problem.value.ident == "course-unwritable" and "--out" in problem.value.remedy
    assert {file.name: file.read_bytes() for file in (tmp_path / "packs").iterdir()} == before
    make_packs.make(other, tmp_path / "others", course_data.quiet())


def test_a_damaged_pack_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a full disk left, or a file that is no pack, is nobody's."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    pack_file = tmp_path / "packs/autumn-ada.tar.gz"
    whole = pack_file.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2], whole[:-9]):
        pack_file.write_bytes(content)
        make_packs.make(room.course, tmp_path / "packs", course_data.quiet())
        assert pack_file.read_bytes() == whole


@settings(deadline=None, max_examples=50)
@given(first=st.text(max_size=20), second=st.text(max_size=20))
def test_what_signs_is_never_what_draws_or_watches(first: str, second: str) -> None:
    """The three uses of the course's key do not meet, and two students never share a secret."""
    key = b"k" * 32
    secrets = [
        text[:32]
        for name in {first, second}
        for text in (keys.sealed(keys.signing(key, name)), keys.token(key, name), variants.seed(key, "sign", name))
    ]
    assert len(set(secrets)) == len(secrets)


def test_a_damaged_pack_is_said(tmp_path: Path) -> None:
    """Not a traceback: the identifier says what to unpack again."""
    (tmp_path / "pack").mkdir()
    assert pack.here(tmp_path / "elsewhere") is None
    for name in (pack.NAME, pack.KEY, pack.FILES):
        (tmp_path / "pack" / name).write_text("{", encoding="utf-8")
    for look in (pack.needed, pack.signing_key, pack.digests):
        with pytest.raises(errors.LabError) as problem:
            look(tmp_path)
        assert problem.value.ident == "pack-damaged"
    with pytest.raises(errors.LabError) as problem:
        pack.needed(tmp_path / "elsewhere")
    assert problem.value.ident == "pack-missing"


def test_the_record_says_what_was_handed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the course file, with a digest for every pack."""
    room = course_data.handed_out(tmp_path, monkeypatch)
    (record,) = handout.read(room.course)
    packs = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "packs").iterdir()}
    assert {f"autumn-{student}.tar.gz": digest for student, digest in record.packs.items()} == packs
    assert dict(record.files) == dict(room.files) and record.made
    assert sorted(record.texts) == [
        "labs/default.yaml",
        "labs/exercises/node-away/exercise.yaml",
        "labs/exercises/pods-pending/exercise.yaml",
    ]


def test_exercises_that_are_not_proven_are_handed_out_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each variant that has no row, or one of another version of the exercise, is named, and no pack is written."""
    found = course_data.course(tmp_path, monkeypatch)
    monkeypatch.setattr(proven, "WALKS", proven.Table(page=tmp_path / "proven.md", head="# Proven\n"))
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    for row in found.assignments:
        for number in range(1, len(row.exercise.spec.variants) + 1):
            old = row.id == "node-away" and number == 2
            digest = "0" * 12 if old else proven.digest(row.exercise, proven.WALKS)
            proven.keep(
                proven.WALKS, proven.Row(exercise=row.id, variant=number, digest=digest, commit="abc", seconds=9)
            )
    with pytest.raises(SystemExit):
        course_words.make(invoke.context.Context(), str(found.file))
    said = capsys.readouterr().err
    assert "exercise-unproven" in said
    assert "node-away: variant 2\n" in said
    assert "pods-pending" not in said
    assert not (tmp_path / "packs").exists()
    monkeypatch.setattr("kubelab.components.bundle.tracked", lambda: ["run"])
    course_words.make(invoke.context.Context(), str(found.file), unproven=True)
    assert len(list((tmp_path / "packs").iterdir())) == len(found.students)
