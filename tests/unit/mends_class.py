"""The remedies of exercises, packs and courses, done as printed."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import course_data
import triggers_class
from fakes import Computer, report
from mends import mends, typed
from triggers import WHERE, things

from kubelab import errors
from kubelab.course import class_results, handout, keys, make_packs, pack, pack_mode, watch
from kubelab.exam import laying_out, record
from kubelab.exercises import attempt, commands, library, lockout, register


@mends("exercise-unknown", "./run exercise.list")
def an_exercise_of_the_list(_: Computer, __: errors.LabError) -> None:
    """Every id that is listed can be started."""
    assert library.names()
    for name in library.names():
        library.find(name)


@mends("exercise-unfit", "--student NAME")
def a_name_without_signs(_: Computer, __: errors.LabError) -> None:
    """Letters of any language."""
    commands.refuse_markup("Ada Łovelace")


@mends("exercise-hints", "./run exercise.show mine")
def the_task_is_read_again(_: Computer, error: errors.LabError) -> None:
    """An exercise without hints has none to be shown again: nothing is printed that would pay for one."""
    assert "--all" not in error.remedy
    assert "--yes" not in error.remedy


@mends("exercise-unsubmitted", "the same command with --yes")
def the_work_is_given_up(_: Computer, error: errors.LabError) -> None:
    """Outside of a pack nothing can be handed in, so exercise.submit is not named."""
    assert "exercise.submit" not in error.remedy
    lockout.refuse_loss("default", yes=True)


@mends("exercise-running", "--give-up does it all the same")
def help_is_taken(_: Computer, __: errors.LabError) -> None:
    """It works, and the attempt is marked."""
    lockout.refuse("default", "lab.why", give_up=True)
    kept = attempt.load(WHERE)
    assert kept
    assert [note.how for note in kept.assisted] == ["lab.why"]


@mends("exercise-closed", "--variant 1")
def practice_before_it_opens(computer: Computer, error: errors.LabError) -> None:
    """The printed variant is begun, and is not the course's."""
    words = shlex.split(error.remedy.partition(" for practice")[0])
    wish = pack_mode.variant_to_start(words[2], "", int(words[4]), computer.folder)
    assert (wish.exercise, wish.course) == ("pods-pending", "")


@mends("attempt-unreadable", "move the file away")
def the_file_is_moved_away(computer: Computer, error: errors.LabError) -> None:
    """The file that is named; then no exercise is under way."""
    named = Path(error.what.partition(" holds")[0])
    shutil.move(named, computer.folder / "away.json")
    assert attempt.load(WHERE) is None


@mends("exam-option", "./run --help exam.start")
def minutes_within_bounds(_: Computer, __: errors.LabError) -> None:
    """Those that the help and the cause name are taken."""
    for minutes in laying_out.MINUTES:
        assert laying_out.Wish.typed(str(minutes), "7").minutes == minutes


@mends("exam-running", "./run exam.stop")
def the_exam_is_over(_: Computer, __: errors.LabError) -> None:
    """Once it is in the history, an exercise can begin."""
    found = record.load(WHERE)
    assert found
    record.finish(found)
    register.refuse_second(WHERE)


@mends("exam-unreadable", "move the file away")
def the_exams_file_is_moved_away(computer: Computer, error: errors.LabError) -> None:
    """The file that is named; then no exam is under way."""
    shutil.move(Path(error.what.partition(" holds")[0]), computer.folder / "away.json")
    assert record.load(WHERE) is None


@mends("course-unwritable", "mv ")
def the_file_is_moved(computer: Computer, error: errors.LabError) -> None:
    """The printed line, typed: the folder's name is free."""
    typed(computer, error.remedy.partition(";")[0])
    class_results.put(computer.folder / "results/class.csv", b"")


@mends("course-key", "chmod 600")
def the_key_is_the_teachers_alone(computer: Computer, error: errors.LabError) -> None:
    """The printed line, typed."""
    typed(computer, error.remedy)
    assert keys.read(triggers_class.course_of(computer))


@mends("course-record", "move it away")
def the_record_is_made_again(computer: Computer, _: errors.LabError) -> None:
    """Moved away, course.make writes another one."""
    room = triggers_class.ROOMS.pop()
    room.course.record_file.rename(computer.folder / "old.record.json")
    make_packs.make(room.course, computer.folder / "packs", report()[0])
    assert handout.read(room.course)


@mends("course-invalid", "mend the places named above")
def the_course_file_is_mended(computer: Computer, error: errors.LabError) -> None:
    """The detail says which line it is."""
    assert any("course (line 1)" in detail for detail in error.details)
    assert course_data.course(computer.folder, computer.patch).id == "autumn"


@mends("exercise-invalid", "./run exercise.show ID")
def the_exercise_is_mended(computer: Computer, error: errors.LabError) -> None:
    """The detail says where it is."""
    assert any("difficulty" in detail for detail in error.details)
    place = computer.folder / "mended" / "pods-pending"
    course_data.write_exercise(place, "pods-pending", "Pods that wait")
    assert library.read(place).spec.difficulty == 2


@mends("pack-missing", "the folder that you unpacked")
def in_the_pack(computer: Computer, _: errors.LabError) -> None:
    """The folder beside."""
    triggers_class.put_pack(computer.folder / "unpacked")
    assert pack.needed(computer.folder / "unpacked").course == "autumn"


@mends("pack-damaged", "copy its pack/ over")
def the_pack_is_copied_over(computer: Computer, _: errors.LabError) -> None:
    """From the file that was unpacked again."""
    triggers_class.put_pack(computer.folder / "again")
    shutil.copytree(computer.folder / "again/pack", computer.folder / "pack", dirs_exist_ok=True)
    assert pack.needed(computer.folder).student == "ada"


@mends("watch-address", "--address and --port")
def an_address_of_this_computer(_: Computer, __: errors.LabError) -> None:
    """One that ip shows."""
    with watch.server(things(), "127.0.0.1", 0, "page") as server:
        assert server.server_address[1]
