"""exercise.*: practise on the lab, with checks that say how far you are; build exercises and prove them."""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import Any

from kubelab import errors, paths, progress
from kubelab.course import pack, seat
from kubelab.course import share as sharing
from kubelab.course import submit as handing_in
from kubelab.exercises import library, scaffold
from kubelab.grading import desk, page, tell
from kubelab.grading import prove as proving
from kubelab.tasks import edge
from kubelab.tasks import lab as labs

LAB = labs.LAB
DEFAULT = labs.DEFAULT
JSON = {"json": "print one JSON document for programs"}
ID = {"exercise": "its id: ./run exercise.list"}


def _report(lab: str) -> progress.Progress:
    return progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "exercise.log")


@edge.task(name="list", help={**LAB, **JSON})
def list_(_: Any, lab: str = DEFAULT, json: bool = False) -> None:
    """List the exercises: title, topic, level, minutes, points, and what you have done."""
    (tell.catalogue_json if json else tell.catalogue)(desk.exercises(), desk.results(lab))


@edge.task(positional=["exercise"], help={**ID, **LAB, "student": "your name, if the result is for somebody else",
                                          "variant": "this one instead of the one that is drawn"})  # fmt: skip
def start(_: Any, exercise: str, lab: str = DEFAULT, student: str = "", variant: int = 0) -> None:
    """Begin an exercise: the lab is put in order, then something goes wrong, and you are told what others see."""
    desk.refuse_markup(student)
    tell.task(desk.start(lab, seat.wish(exercise, student, variant), _report(lab)).scene)


@edge.task(help={**LAB, **JSON, "quick": "restart nothing, and do not wait for what has to hold for a while"})
def check(_: Any, lab: str = DEFAULT, quick: bool = False, json: bool = False) -> errors.Exit:
    """See goal by goal how far you are. Exit code 0 only if every point is won.

    Changes nothing, but that it restarts a unit or a machine, once every goal holds, where the task says that the
    repair has to outlive it; the lab is held for that time. --quick leaves it out.
    """
    found = desk.check(lab, None if json else _report(lab), stability=not quick)
    seat.keep(lab, found)
    now = desk.sitting(lab).attempt
    if json:
        tell.verdicts_json(found, now)
    else:
        tell.verdicts(found, now.price)
    return errors.Exit.GOOD if found.points == found.full else errors.Exit.FAILED


@edge.task(help={**LAB, "yes": "pay for the next hint", "all": "show the hints that you paid for again"})
def hint(_: Any, lab: str = DEFAULT, yes: bool = False, all: bool = False) -> None:
    """Say what the next hint costs; with --yes, pay and read it."""
    if all:
        for text in desk.taken(desk.sitting(lab)):
            tell.markdown(text)
        return
    offered = desk.offer(lab)
    if not yes:
        what = f"hint {offered.number} of {offered.count} costs {offered.price} points"
        raise errors.LabError("exercise-hints", what, remedy="./run exercise.hint --yes")
    tell.markdown(desk.hint(lab))


@edge.task(help=LAB)
def reset(_: Any, lab: str = DEFAULT) -> None:
    """Put everything back and begin again; what was checked and paid for stays."""
    tell.task(desk.reset(lab, _report(lab)).scene)


@edge.task(help={**LAB, "yes": "yes, the attempt shall have no score"})
def solve(_: Any, lab: str = DEFAULT, yes: bool = False) -> None:
    """Have the reference solution done and explained. The attempt then has no score."""
    if not yes:
        raise errors.LabError(
            "exercise-hints", "the solution costs the whole score", remedy="./run exercise.solve --yes"
        )
    seat.refuse_solution(lab)
    tell.markdown(desk.solve(lab, _report(lab)))


@edge.task(help=LAB)
def stop(_: Any, lab: str = DEFAULT) -> None:
    """End the exercise and put the lab in order; the result is kept."""
    tell.finished(desk.stop(lab, _report(lab)))


@edge.task(help={**LAB, "out": "the file to write (COURSE-STUDENT.zip here if left out)"})
def submit(_: Any, lab: str = DEFAULT, out: str = "") -> None:
    """Write one file, signed with your pack's key, with everything you did for the course: that is what you hand in."""
    target = Path(out or handing_in.default_name(pack.needed())).expanduser().absolute()
    results = handing_in.submit(lab, target)
    progress.Progress.chosen().say(f"{target}: {len(results.attempts)} attempts, signed for {results.student}")


@edge.task(
    help={**LAB, "yes": "send it", "to": "another address, or a folder (the course's address if left out)"},
)
def share(_: Any, lab: str = DEFAULT, yes: bool = False, to: str = "") -> None:
    """Show what your teacher would see of your progress; with --yes, send it, once."""
    report, found = progress.Progress.chosen(), pack.needed()
    content = sharing.summary(lab, found)
    report.say(jsons.dumps(content, indent=1))
    where = to or sharing.address(found)
    if not yes:
        report.say(f"this would go to {where}; --yes sends it")
        return
    report.say(f"sent to {sharing.send(sharing.signed(content), found, where)}")


@edge.task(help={**ID, **LAB})
def show(_: Any, exercise: str = "", lab: str = DEFAULT) -> None:
    """Show the task that runs, or what is known of an exercise before it is begun."""
    if exercise:
        tell.description(library.find(exercise))
    else:
        tell.task(desk.sitting(lab).scene)


@edge.task(
    name="open", help={**LAB, "port": "the port here (0: any free one)", "browser": "open it in your browser, too"}
)
def open_(_: Any, lab: str = DEFAULT, port: int = 0, browser: bool = False) -> None:
    """Open a page with the task, live checks and hints on this computer's loopback; stays until Ctrl-C."""
    page.keep(lab, port=port, browser=browser, report=progress.Progress.chosen())


@edge.task(positional=["exercise"], help={"exercise": "the new exercise's id: small letters, digits, dashes"})
def new(_: Any, exercise: str) -> None:
    """Make the folder of a new exercise, with every file begun: docs/teaching.md goes on from there."""
    progress.Progress.chosen().say(f"made {scaffold.make(exercise)}; next: ./run exercise.prove {exercise}")


@edge.task(help={**LAB, "exercise": "which (all if left out)", "times": "how often each", "variant": "only this one",
                 "resume": "skip what the tables in docs/ have as proven already",
                 "mutations": "only that each goal reddens by itself"})  # fmt: skip
def prove(
    _: Any,
    exercise: str = "",
    lab: str = DEFAULT,
    times: int = 1,
    variant: int = 0,
    resume: bool = False,
    mutations: bool = False,
) -> errors.Exit:
    """Prove exercises on a lab: red when broken, green when solved, not fooled, gone without a trace."""
    plan = proving.Plan(
        exercises=tuple(filter(None, exercise.split(","))),
        times=times, variant=variant, resume=resume, mutations=mutations,
    )  # fmt: skip
    return proving.run_plan(lab, plan, _report(lab))
