"""Grades every task of an exam: first what others wait for, then all that only looks, at last what restarts a machine.

An unmended task that stops its lab is judged, and then taken back: what was done for the other tasks can be seen then.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import time
from collections.abc import Mapping, Sequence

from kubelab import checks, errors, providers
from kubelab.checks import wait
from kubelab.clients import doors, patience
from kubelab.converge import etcd_clients
from kubelab.exam import exam_scene, record, sitting
from kubelab.exercises import (
    attempt,
    baseline_objects,
    exam_mark,
    exercise_file,
    grade,
    reboot,
    scoring,
    timestamps,
)
from kubelab.faults import inject
from kubelab.ui import progress

AT_ONCE = 3
"""Tasks that are judged at one time in one lab; each has several checks, side by side."""
SHOWN = grade.SYMPTOM
"""Seconds for every break to show: a node whose kubelet has stopped is Ready for 40 more, and as long once more after
an API server that was away has come back. A goal that is judged before would be won for nothing."""
AGAIN = 150.0
"""Seconds in which a task's goals hold again after the restarts of other tasks."""
RULES = "/apis/admissionregistration.k8s.io/"
"""What can refuse every new pod."""
UNSETTLED = "the goals did not hold again after the restarts that other tasks need"


def submit(rows: Sequence[sitting.Bench], exam: record.Exam, report: progress.Progress) -> record.Exam:
    """Grade every task, keep the verdicts, and return the exam, over now; late work is graded all the same."""
    at = attempt.now()
    with report.phase("tasks graded") as phase:
        found = graded(rows, exam, report)
        phase.done(str(len(found)))

    def change(now: record.Exam) -> record.Exam:
        questions = tuple(
            dataclasses.replace(row, work=dataclasses.replace(row.work, checks=(found[row.number],), ended=at))
            for row in now.questions
        )
        return dataclasses.replace(now, submitted=at, questions=questions)

    return record.update(exam, change)


def graded(rows: Sequence[sitting.Bench], exam: record.Exam, report: progress.Progress) -> dict[int, attempt.Check]:
    """Return the verdicts on every task as the labs are now, by number; they are not kept.

    Of an exam that has only just begun, they wait until every break shows.
    """
    pause = _fresh(exam)
    found: dict[int, attempt.Check] = {}
    for part in sitting.each(rows, lambda bench: judged(bench, report, pause)):
        found |= part
    return found


def _fresh(exam: record.Exam) -> float:
    """Return the seconds until a break that came just before the clock began shows everywhere."""
    begun, now = timestamps.read(exam.started), timestamps.read(attempt.now())
    gone = (now - begun).total_seconds() if begun and now else 0.0
    return min(SHOWN, max(0.0, SHOWN - gone))


def judged(bench: sitting.Bench, report: progress.Progress, pause: float = 0.0) -> Mapping[int, attempt.Check]:
    """Return the verdicts on every task of a lab, by number; what stops it is judged `pause` seconds before the others.

    If that has to be taken back, the breaks of the others need their whole time to show.
    """
    _awake(bench)
    etcd_clients.wake(bench.view)  # who mended etcd just now is not to lose points for what still waits for it
    first = [found for found in bench.scenes if sitting.touch(found).stops]
    others = [found for found in bench.scenes if found not in first]
    found: dict[int, attempt.Check] = {}
    for blocker in first:
        found[blocker.number] = grade.check(blocker, stability=not grade.acts(blocker))
        if not found[blocker.number].reached:
            _lift(bench, blocker)
            pause = SHOWN
    time.sleep(pause)
    with concurrent.futures.ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        looked = pool.map(lambda one: grade.check(one, stability=not grade.acts(one)), others)
        found |= {one.number: check for one, check in zip(others, looked, strict=True)}
    for one in bench.scenes:
        if grade.acts(one) and found[one.number].reached:
            found[one.number] = _lasting(one, found[one.number], report)
    return found


def _awake(bench: sitting.Bench) -> None:
    """Start the boxes of a lab that was halted, and give it the time to be as it was left."""
    boxes = providers.of(bench.view.lab).boxes(bench.name)
    if all(box.runs for box in boxes):
        return
    reboot.running(bench.view)
    wait.until(bench.view, checks.api_ready, reboot.API_BACK)
    time.sleep(exercise_file.FORGOTTEN)


def _lift(bench: sitting.Bench, blocker: exam_scene.ExamScene) -> None:
    """Take back what stops the lab for other tasks, and wait for the API server."""
    with contextlib.suppress(errors.LabError, doors.DoorError):  # the others are then judged as they can be
        for one in inject.active(bench.view):
            if one.row.name == blocker.variant.row.fault:
                inject.undo(bench.view, one, progress.Progress.silent())
        wait.until(bench.view, checks.api_ready, reboot.API_BACK)
        etcd_clients.wake(bench.view)
        for rule in _rules(bench, blocker):
            bench.view.api.request("DELETE", baseline_objects.address(rule), None)


def _rules(bench: sitting.Bench, blocker: exam_scene.ExamScene) -> list[baseline_objects.Key]:
    """Return the rules of admission that a break made under a name of its task's."""
    folder, names = exam_mark.folder(bench.session.where), set(blocker.variant.values.values())
    before = baseline_objects.load(folder / baseline_objects.FILE).found
    made = baseline_objects.load(folder / baseline_objects.BROKEN).found.keys() - before.keys()
    return sorted(key for key in made if key[0].startswith(RULES) and key[2] in names)


def _lasting(one: exam_scene.ExamScene, first: attempt.Check, report: progress.Progress) -> attempt.Check:
    """Return the verdicts with those on stability, which restart a unit or a machine.

    Goals and guards keep their first verdicts: a restart for another task is not this one's.
    """
    for _ in patience.polls(AGAIN):
        if grade.check(one, stability=False).reached:
            break
    second = grade.check(one, report, stability=True)
    again = {key: row for key, row in scoring.keyed(second.verdicts).items() if key[0] is attempt.Kind.STABILITY}
    if not second.reached:
        again = {
            key: dataclasses.replace(row, state=attempt.State.UNKNOWN, seen=UNSETTLED) for key, row in again.items()
        }
    verdicts = tuple(again.get(key, row) for key, row in scoring.keyed(first.verdicts).items())
    points = scoring.points(one.exercise.spec, verdicts)
    return dataclasses.replace(first, verdicts=verdicts, points=points)
