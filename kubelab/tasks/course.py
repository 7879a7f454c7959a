"""course.*: hand out packs, collect results, watch a class, bring up a lab for each student."""

from __future__ import annotations

import datetime
from typing import Any

from kubelab import errors, pages, paths
from kubelab.converge import session
from kubelab.course import (
    class_results,
    classroom,
    course_plan,
    gradebook,
    load_course,
    make_packs,
    student_labs,
    student_pauses,
)
from kubelab.course import regrade as regrading
from kubelab.tasks import decorator
from kubelab.tasks import lab as labs
from kubelab.ui import progress, terminal

COURSE = {
    "file": "the course file",
    "course": "the course file",
    "students": "the students' file (the one that the course file names, beside it, if left out)",
    "json": "print one JSON document for programs",
}


def opened(file: str, students: str) -> course_plan.Course:
    """Return the course of the paths that a person typed."""
    return load_course.course(paths.typed(file), paths.typed(students) if students else None)


@decorator.task(
    positional=["file"],
    help={
        **COURSE,
        "out": "the folder for the packs (packs/ beside the course file if left out)",
        "unproven": f"also exercises with variants that {pages.EXERCISES_PROVEN} has no row for",
    },
)
def make(_: Any, file: str, students: str = "", out: str = "", unproven: bool = False, json: bool = False) -> None:
    """Write a pack for every student: the own variants, no solutions, a key that signs results."""
    found = opened(file, students)
    if not unproven:
        make_packs.refuse_unproven(found)
    make_packs.refuse_unfit(found)
    report = progress.Progress.chosen(as_json=json)
    handed = make_packs.make(found, paths.typed(out) if out else found.file.with_name("packs"), report)
    report.event("packs", files={student: str(path) for student, path in handed.files.items()})
    report.say(f"{len(handed.files)} packs; each holds a key of its student: hand each to its owner only")
    report.say(f"keep {found.key_file} (private to you) and {found.record_file.name}: collecting needs both")


@decorator.task(
    positional=["folder"],
    help={
        **COURSE,
        "folder": "the folder with the students' files (and those below it)",
        "out": "the folder for the results (results/ beside the course file if left out)",
    },
)
def collect(_: Any, folder: str, course: str, students: str = "", out: str = "", json: bool = False) -> errors.Exit:
    """Verify submissions and write class.html, class.csv, class.json, class.xml. Exit code 3: look at doubts."""
    found = opened(course, students)
    book = gradebook.collect(paths.typed(folder), found, datetime.datetime.now(datetime.UTC))
    target = paths.typed(out) if out else found.file.with_name("results")
    class_results.write(book, target)
    terminal.write(class_results.as_json(book) if json else "\n".join([*class_results.lines(book, target), ""]))
    return errors.Exit.GOOD if class_results.clean(book) else errors.Exit.DEGRADED


@decorator.task(
    positional=["file"],
    help={
        **COURSE,
        "address": "the address of this computer on which to listen (loopback if left out)",
        "port": "the port there (0: any free one)",
        "folder": "read this folder instead of listening; write the page to class-now.html in it",
        "store": "keep the newest summaries in this folder, so that a restart knows them",
    },
)
def watch(
    _: Any,
    file: str,
    students: str = "",
    address: str = "127.0.0.1",
    port: int = 8765,
    folder: str = "",
    store: str = "",
) -> None:
    """Show the progress of students who share it; stays until Ctrl-C."""
    report = progress.Progress.chosen()
    where = paths.typed(folder) if folder else None
    kept = paths.typed(store) if store else None
    classroom.watch(opened(file, students), address, port, where, kept, report)


@decorator.task(
    needs=decorator.Needs.NOTHING,
    help={
        **COURSE,
        "lab": "the lab whose file each student's lab is made from",
        "dry_run": "only forecast, start nothing",
        "pause": "pause the labs afterwards: each runs on with the first word about it",
    },
)
def up(
    _: Any, students: str, lab: str = "default", dry_run: bool = False, pause: bool = False, json: bool = False
) -> errors.Exit:
    """Bring up a lab for each student, as many as fit in memory. Exit code 1: one failed, 10: some are queued."""
    roll, report = load_course.roll(paths.typed(students)), progress.Progress.chosen(as_json=json)
    code = student_labs.for_class(roll, lab, report, dry_run=dry_run)
    rested = student_pauses.pause(roll, report) if pause and not dry_run else errors.Exit.GOOD
    return code or rested


@decorator.task(name="pause", help=COURSE)
def pause_(_: Any, students: str, json: bool = False) -> errors.Exit:
    """Pause the labs of these students that nobody uses: they take no processor, and any word about one resumes it."""
    return student_pauses.pause(load_course.roll(paths.typed(students)), progress.Progress.chosen(as_json=json))


@decorator.task(help=COURSE)
def resume(_: Any, students: str, json: bool = False) -> errors.Exit:
    """Resume the paused labs of these students."""
    return student_pauses.resume(load_course.roll(paths.typed(students)), progress.Progress.chosen(as_json=json))


@decorator.task(help={**COURSE, "yes": "also if attempts or exams are lost that were not submitted"})
def down(_: Any, students: str, yes: bool = False) -> None:
    """Destroy the labs that course.up brought up for these students."""
    report = progress.Progress.chosen()
    gone = student_labs.down(load_course.roll(paths.typed(students)), report, yes=yes)
    report.say(f"{gone} labs are gone")


@decorator.task(positional=["file"], help={**COURSE, "file": "a submission"})
def show(_: Any, file: str, course: str, students: str = "") -> errors.Exit:
    """Show one submission: its content, and what of it cannot be believed."""
    row = class_results.one(opened(course, students), paths.typed(file), datetime.datetime.now(datetime.UTC))
    terminal.document(row, indent=1)
    return errors.Exit.GOOD if row["believed"] else errors.Exit.DEGRADED


@decorator.task(
    positional=["file"],
    help={
        **COURSE,
        **labs.LAB,
        "file": "a submission",
        "exercise": "which of its exercises",
        "yes": "do it: what the student left runs as root in this lab's boxes",
    },
)
def regrade(
    _: Any, file: str, course: str, exercise: str, lab: str = labs.DEFAULT, students: str = "", yes: bool = False
) -> errors.Exit:
    """Grade a submission again in a lab of yours. Without --yes, show what would be applied there."""
    found = opened(course, students)
    replay = regrading.choose(found, class_results.opened(found, paths.typed(file)), exercise)
    report = progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "exercise.log")
    report.say("\n".join(replay.lines()))
    if not yes:
        report.say(f"nothing was done; --yes breaks lab {lab} as theirs was, lays this over it and checks anew")
        return errors.Exit.GOOD
    with session.held(lab, report) as held:
        outcome = regrading.run(held, replay)
    report.say("\n".join(outcome.lines()))
    return errors.Exit.GOOD if outcome.confirmed else errors.Exit.FAILED
