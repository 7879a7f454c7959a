"""exercise.*: practise on the lab, with checks that grade you; build exercises and prove them."""

from __future__ import annotations

from typing import Any

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.course import pack, pack_mode, progress_share
from kubelab.course import submit as handing_in
from kubelab.exercises import commands, library, needs, scaffold
from kubelab.tasks import decorator
from kubelab.tasks import lab as labs
from kubelab.tasks.output import exercise_output
from kubelab.ui import progress

LAB = labs.LAB
DEFAULT = labs.DEFAULT
JSON = {"json": "print one JSON document for programs"}
ID = {"exercise": "its id: ./run exercise.list"}


def _report(lab: str) -> progress.Progress:
    return progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "exercise.log")


@decorator.task(needs=decorator.Needs.NOTHING, name="list", help={**LAB, **JSON})
def list_(_: Any, lab: str = DEFAULT, json: bool = False) -> None:
    """List the exercises: title, topic, level, minutes, points, and what you have done, what the lab lacks."""
    rows, bad = commands.listed()
    done, lacking = commands.results(lab), needs.of_named(rows, lab)
    if json:
        exercise_output.catalogue_json(rows, done, lacking, bad)
    else:
        exercise_output.catalogue(rows, done, lacking, lab, bad)


@decorator.task(positional=["exercise"], help={**ID, **LAB, "student": "your name, if the result is for somebody else",
                                          "variant": "this one instead of the one that is drawn"})  # fmt: skip
def start(_: Any, exercise: str, lab: str = DEFAULT, student: str = "", variant: int = 0) -> None:
    """Begin an exercise: puts the lab in order, breaks it, and shows the task."""
    commands.refuse_markup(student)
    with session.held(lab, _report(lab)) as held:
        wish = pack_mode.variant_to_start(exercise, student, variant)
        now = commands.start(held, wish)
    commands.shows(now)
    exercise_output.task(now.scene)
    if now.attempt.solved:
        progress.Progress.chosen().say(
            " ! the solution of this variant was shown before: this is practice, without points"
        )
    if said := pack_mode.practice(wish, lab):
        progress.Progress.chosen().say(said)


@decorator.task(help={**LAB, **JSON, "quick": "restart nothing, and skip the checks that take time"})
def check(_: Any, lab: str = DEFAULT, quick: bool = False, json: bool = False) -> errors.Exit:
    """Check each goal of the running exercise. Exit code 0 only if every point is won.

    Changes nothing and waits for no other run, with one exception: once every goal holds, it restarts a unit or a
    machine where the task says that the repair must outlive it. It holds the lab's lock then. --quick leaves it out.
    """
    report = progress.Progress.silent() if json else _report(lab)
    done = pack_mode.check(session.opened(lab, report), stability=not quick)
    if json:
        exercise_output.verdicts_json(done.found, done.attempt)
    else:
        exercise_output.verdicts(done.found, done.attempt.price)
    return errors.Exit.GOOD if done.found.points == done.found.full else errors.Exit.FAILED


@decorator.task(
    needs=decorator.Needs.NOTHING,
    help={**LAB, "yes": "pay for the next hint", "all": "show the hints that you paid for again"},
)
def hint(_: Any, lab: str = DEFAULT, yes: bool = False, all: bool = False) -> None:
    """Show the price of the next hint; with --yes, pay and read it."""
    now = commands.sitting(session.opened(lab))
    for text in commands.taken(now) if all else [commands.hint(now, pay=yes)]:
        exercise_output.markdown(text)


@decorator.task(help=LAB)
def reset(_: Any, lab: str = DEFAULT) -> None:
    """Restore the lab and break it again; checks and paid hints stay."""
    with session.held(lab, _report(lab)) as held:
        now = commands.reset(held)
    commands.shows(now)
    exercise_output.task(now.scene)


@decorator.task(help={**LAB, "yes": "confirm: the attempt then has no score"})
def solve(_: Any, lab: str = DEFAULT, yes: bool = False) -> None:
    """Run the reference solution and explain it. The attempt then has no score."""
    if not yes:
        raise errors.LabError(
            "exercise-hints", "the solution costs the whole score", remedy="./run exercise.solve --yes"
        )
    with session.held(lab, _report(lab)) as held:
        explained = pack_mode.solve(held)
    exercise_output.markdown(explained)


@decorator.task(help=LAB)
def stop(_: Any, lab: str = DEFAULT) -> None:
    """End the exercise and put the lab in order; the result is kept."""
    with session.held(lab, _report(lab)) as held:
        ended = commands.stop(held)
    exercise_output.finished(ended)


@decorator.task(
    needs=decorator.Needs.NOTHING, help={**LAB, "out": "the file to write (COURSE-STUDENT.zip here if left out)"}
)
def submit(_: Any, lab: str = DEFAULT, out: str = "") -> None:
    """Write one file, signed with your pack's key, with all your work for the course: hand in that file."""
    target = paths.typed(out or handing_in.default_name(pack.needed())).absolute()
    results = handing_in.submit(lab, target)
    progress.Progress.chosen().say(f"{target}: {handing_in.told(results)}")


@decorator.task(
    needs=decorator.Needs.NOTHING,
    help={**LAB, "yes": "send it", "to": "another address, or a folder (the course's address if left out)"},
)
def share(_: Any, lab: str = DEFAULT, yes: bool = False, to: str = "") -> None:
    """Show what your teacher would see of your progress; with --yes, send it, once."""
    progress_share.share(lab, progress.Progress.chosen(), to=to, yes=yes)


@decorator.task(needs=decorator.Needs.NOTHING, help={**ID, **LAB})
def show(_: Any, exercise: str = "", lab: str = DEFAULT) -> None:
    """Show the running task, or facts about an exercise before you begin it."""
    if exercise:
        exercise_output.description(library.find(exercise))
    else:
        exercise_output.task(commands.sitting(session.opened(lab)).scene)


@decorator.task(
    name="open", help={**LAB, "port": "the port here (0: any free one)", "browser": "open it in your browser, too"}
)
def open_(_: Any, lab: str = DEFAULT, port: int = 0, browser: bool = False) -> None:
    """Open a page with the task, live checks and hints on this computer's loopback; stays until Ctrl-C."""
    from kubelab.exercises import web_page  # noqa: PLC0415 (a server and its texts: no other word needs them)

    web_page.keep(lab, port=port, browser=browser, report=progress.Progress.chosen(), then=pack_mode.keep)


@decorator.task(positional=["exercise"], help={"exercise": "the new exercise's id: small letters, digits, dashes"})
def new(_: Any, exercise: str) -> None:
    """Make the folder of a new exercise, with every file begun; docs/how-to/teaching.md explains them."""
    progress.Progress.chosen().say(f"made {scaffold.make(exercise)}; next: ./run exercise.prove {exercise}")


@decorator.task(help={**LAB, "exercise": "which (all if left out)", "times": "how often each",
                 "variant": "only this one", "resume": "skip what the tables in docs/ list as proven",
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
    from kubelab.proofs import prove_exercises as proving  # noqa: PLC0415 (no other word needs it)

    plan = proving.Plan(
        exercises=tuple(filter(None, exercise.split(","))),
        times=times, variant=variant, resume=resume, mutations=mutations,
    )  # fmt: skip
    with session.held(lab, _report(lab)) as held:
        return proving.run_plan(held, plan)
