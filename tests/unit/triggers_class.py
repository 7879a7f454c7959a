"""The errors of exercises, packs and courses, each brought about by its own cause."""

from __future__ import annotations

import datetime
from pathlib import Path

import course_data
import exam_data
import labs_data
from fakes import Answer, Computer
from triggers import WHERE, things, triggers, view

from kubelab import paths
from kubelab.converge import session
from kubelab.course import (
    class_results,
    course_plan,
    gradebook,
    handout,
    keys,
    make_packs,
    pack,
    pack_mode,
    progress_share,
    watch,
)
from kubelab.exam import draw, laying_out, record
from kubelab.exam import sitting as exam_sitting
from kubelab.exercises import attempt, commands, exam_mark, library, lockout, reboot, register, scene, scripts
from kubelab.ui import progress


def sitting(computer: Computer, folder: Path) -> None:
    """Let an exercise without hints and without a solution be under way."""
    spec = things(id="mine", hints=())
    now = things(scene=things(exercise=things(spec=spec, folder=folder)), attempt=things(hints=(), exercise="mine"))
    computer.patch.setattr(commands, "sitting", lambda _: now)
    computer.patch.setattr(library, "find", lambda _: things(spec=spec, folder=folder))


@triggers("exercise-unknown")
def a_mistyped_exercise(_: Computer) -> None:
    """`exercise.start schedular-down`."""
    library.find("schedular-down")


@triggers("exercise-absent")
def nothing_is_under_way(_: Computer) -> None:
    """`exercise.check` before `exercise.start`."""
    where = paths.LabPaths(name="default")
    certificate = where.keys / f"{scene.GRADER}.crt"
    certificate.parent.mkdir(parents=True)
    for path in (certificate, where.kubeconfig):
        path.touch()
    commands.sitting(session.opened("default"))


@triggers("exercise-unready")
def a_check_before_the_trouble_is_there(computer: Computer) -> None:
    """`exercise.start` was stopped with Ctrl-C, and then `exercise.check`."""
    sitting(computer, computer.folder)
    begun = things(hints=(), exercise="mine", ready="")
    commands.check(things(session=session.opened("default"), scene=things(), attempt=begun))


@triggers("exercise-unfit")
def a_name_that_is_none(_: Computer) -> None:
    """A student's name with what moves the cursor."""
    commands.refuse_markup("Ada\x1b[2J")


@triggers("exercise-unsubmitted")
def a_lab_with_work_in_it(computer: Computer) -> None:
    """`lab.destroy` before `exercise.submit`."""
    computer.patch.setattr(attempt, "load", lambda _: things(exercise="mine", checks=("checked once",)))
    lockout.refuse_loss("default")


@triggers("attempt-unreadable")
def a_damaged_attempt(_: Computer) -> None:
    """Half a file."""
    where = paths.LabPaths(name="default")
    attempt.folder(where).mkdir(parents=True)
    (attempt.folder(where) / "attempt.json").write_text('{"exercise": "mi', encoding="utf-8")
    attempt.load(where)


@triggers("exercise-unclean")
def a_box_that_is_gone(computer: Computer) -> None:
    """A student removed a container."""
    computer.program("docker", {"ps -aq": Answer()})
    reboot.running(view(labs_data.lab(), paths.LabPaths(name="default")))


@triggers("exercise-script")
def a_script_that_fails(computer: Computer) -> None:
    """An author's mistake: its last words are shown."""
    computer.everything()
    script = computer.folder / "break.sh"
    script.write_text("echo no such deployment >&2\nexit 3\n", encoding="utf-8")
    exercise = things(folder=computer.folder, spec=things(id="mine", runs={}))
    here = things(where=paths.LabPaths(name="default"))
    scripts.run(things(exercise=exercise, view=here, values={}, variant=things(number=1)), script)


@triggers("exam-unfit")
def a_lab_for_an_exam_without_workers(_: Computer) -> None:
    """`exam.start` on a lab of one worker, with few exercises."""
    draw.draw([labs_data.lab(workers=1)], [library.find("audit-who")], "1")


@triggers("exam-option")
def an_exam_of_five_minutes(_: Computer) -> None:
    """`exam.start --minutes 5`."""
    laying_out.Wish.typed("5", "")


@triggers("exam-absent")
def no_exam_is_under_way(_: Computer) -> None:
    """`exam.submit` before `exam.start`."""
    exam_sitting.running(session.opened("default"))


@triggers("exam-unready")
def an_exam_that_is_not_laid_out(_: Computer) -> None:
    """`exam.start` was stopped with Ctrl-C, and then `exam.submit`."""
    record.save(exam_data.exam(started=""))
    exam_sitting.running(session.opened("default"))


@triggers("exam-running")
def an_exercise_during_an_exam(_: Computer) -> None:
    """`exercise.start` while an exam runs."""
    record.save(exam_data.exam())
    register.refuse_second(paths.LabPaths(name="default"))


@triggers("exam-unreadable")
def a_damaged_exam(_: Computer) -> None:
    """Half a file."""
    path = exam_mark.folder(paths.LabPaths(name="default")) / exam_mark.FILE
    path.parent.mkdir(parents=True)
    path.write_text('{"seed": "1', encoding="utf-8")
    record.load(paths.LabPaths(name="default"))


@triggers("exercise-hints")
def no_hint_is_left(computer: Computer) -> None:
    """`exercise.hint` once more."""
    sitting(computer, computer.folder)
    commands.offer(commands.sitting(session.opened("default")))


@triggers("solution-away")
def a_pack_without_solutions(computer: Computer) -> None:
    """`exercise.solve` on a student's computer."""
    sitting(computer, computer.folder)
    with session.held("default", progress.Progress.silent()) as held:
        pack_mode.solve(held)


@triggers("exercise-unproven")
def a_course_of_an_exercise_just_written(computer: Computer) -> None:
    """`course.make` before `exercise.prove`."""
    row = things(id="mine", exercise=things(spec=things(id="mine", variants=("one", "two")), folder=computer.folder))
    make_packs.refuse_unproven(things(id="autumn", assignments=(row,)))


@triggers("course-missing")
def a_folder_that_is_not_there(computer: Computer) -> None:
    """`course.collect` of a misspelt folder."""
    gradebook.collect(computer.folder / "handed-inn", things(), datetime.datetime.now(datetime.UTC))


@triggers("course-unwritable")
def results_that_cannot_be_written(computer: Computer) -> None:
    """The folder for them is a file."""
    (computer.folder / "results").touch()
    class_results.put(computer.folder / "results/class.csv", b"")


@triggers("share-failed")
def a_course_that_does_not_listen(_: Computer) -> None:
    """Nobody watches this one."""
    progress_share.address(things(watch=None, course="autumn"))


@triggers("watch-address")
def an_address_of_another_computer(_: Computer) -> None:
    """Of the network that is for examples."""
    watch.server(things(), "192.0.2.1", 0, "page")


def put_pack(root: Path, opens: str = "") -> None:
    """Write what a student's pack says of itself."""
    (root / "pack").mkdir(parents=True)
    task = pack.Task(id="pods-pending", seed="1", opens=opens, due="", weight=1)
    rows = {"schema": 1, "course": "autumn", "title": "Autumn", "lab": "default", "student": "ada", "name": "Ada"}
    made = pack.Pack.model_validate({**rows, "watch": None, "exercises": [task]})
    (root / "pack" / pack.NAME).write_bytes(made.document())


@triggers("pack-missing")
def a_checkout_that_is_no_pack(computer: Computer) -> None:
    """`exercise.submit` in it."""
    pack.needed(computer.folder)


@triggers("pack-damaged")
def half_a_pack(computer: Computer) -> None:
    """Its file was cut."""
    put_pack(computer.folder)
    (computer.folder / "pack" / pack.NAME).write_text("{", encoding="utf-8")
    pack.needed(computer.folder)


@triggers("exercise-closed")
def an_exercise_of_next_month(computer: Computer) -> None:
    """Its teacher opens it later."""
    put_pack(computer.folder, opens="2999-01-01T00:00:00+00:00")
    pack_mode.variant_to_start("pods-pending", "", 0, computer.folder)


@triggers("exercise-running")
def help_during_an_exercise(_: Computer) -> None:
    """`lab.why`."""
    attempt.save(WHERE, an_attempt())
    lockout.refuse("default", "lab.why", give_up=False)


def an_attempt() -> attempt.Attempt:
    """Return one that has just begun."""
    return attempt.Attempt(
        exercise="mine", digest="d", student="", lab="default", seed="5eed", variant=1, full=10, started=attempt.now()
    )


def course_of(computer: Computer) -> course_plan.Course:
    """Return a small course, with its key."""
    found = course_data.course(computer.folder, computer.patch)
    keys.ensure(found)
    return found


@triggers("course-key")
def a_key_that_others_may_read(computer: Computer) -> None:
    """It was copied with another mode."""
    found = course_of(computer)
    found.key_file.chmod(0o644)
    keys.read(found)


ROOMS: list[course_data.Class] = []
"""The class of the last trigger, for its mend."""


@triggers("course-record")
def a_record_of_nothing(computer: Computer) -> None:
    """It was overwritten."""
    computer.everything()
    room = course_data.handed_out(computer.folder, computer.patch)
    ROOMS.append(room)
    room.course.record_file.write_text("{}", encoding="utf-8")
    handout.read(room.course)


@triggers("course-invalid")
def a_course_with_a_mistake(computer: Computer) -> None:
    """Its name is no name."""
    text = course_data.COURSE.replace("course: autumn", "course: Autumn!")
    course_data.course(computer.folder, computer.patch, text=text)


@triggers("exercise-invalid")
def an_exercise_with_a_mistake(computer: Computer) -> None:
    """It is too difficult."""
    course_data.write_exercise(computer.folder / "pods-pending", "pods-pending", "Pods that wait")
    file = computer.folder / "pods-pending/exercise.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("difficulty: 2", "difficulty: 20"), encoding="utf-8")
    library.read(computer.folder / "pods-pending")
