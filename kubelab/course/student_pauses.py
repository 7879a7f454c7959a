"""The pause of students' labs: those that nobody uses take no processor, and run on with the next word about them."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Sequence

from kubelab import errors, providers
from kubelab.converge import session
from kubelab.course import course_plan, student_labs
from kubelab.lab import pausing
from kubelab.ui import progress

DOWN, PAUSED, RUNS, USED, FAILED = "not up", "paused", "runs", "in use", "failed"


def pause(students: Sequence[course_plan.Student], report: progress.Progress) -> errors.Exit:
    """Pause the labs of students whose boxes run, and tell each; one that a program works with stays as it is."""
    return _each(students, report, lambda lab: _pause(lab, report))


def resume(students: Sequence[course_plan.Student], report: progress.Progress) -> errors.Exit:
    """Resume the paused labs of students, and tell each."""
    return _each(students, report, _resume)


def _each(
    students: Iterable[course_plan.Student], report: progress.Progress, work: Callable[[str], tuple[str, str]]
) -> errors.Exit:
    counts = collections.Counter[str]()
    for student in students:
        lab = student_labs.lab_name(student.id)
        try:
            state, why = work(lab) if _runs(lab) else (DOWN, "")
        except errors.LabError as problem:
            locked = problem.ident == "lab-locked"
            state, why = USED if locked else FAILED, "; ".join([f"{problem.ident}: {problem.what}", *problem.details])
        counts[state] += 1
        report.say(f"  {lab:<20} {state:<7} {student.id} {why}".rstrip())
        report.event("lab", student=student.id, lab=lab, state=state, why=why)
    report.say(", ".join(f"{count} {state}" for state, count in counts.items()))
    return errors.Exit.FAILED if counts[FAILED] else errors.Exit.GOOD


def _runs(lab: str) -> bool:
    return any(box.runs for box in providers.boxes(lab))


def _pause(lab: str, report: progress.Progress) -> tuple[str, str]:
    if since := pausing.rests(lab):
        return PAUSED, f"since {since}"
    if pausing.used(lab):
        return USED, "a program of this computer is connected with it"
    with session.held(lab, report, rendered=True) as held:
        pausing.pause(held)
    return PAUSED, ""


def _resume(lab: str) -> tuple[str, str]:
    seconds = pausing.resume(lab)
    return RUNS, f"resumed in {seconds:.1f} s" if seconds else ""
