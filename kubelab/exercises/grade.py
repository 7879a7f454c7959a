"""Runs the checks of an exercise side by side and adds up the points.

It changes nothing in the lab, except that a stability check may restart a unit or a machine, once every goal holds: for
an exercise that `acts`, the caller holds the lab's lock during stability.
"""

from __future__ import annotations

import concurrent.futures
import functools
import inspect
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kubelab import checks, errors
from kubelab.clients import patience, ssh
from kubelab.exercises import attempt, exercise_file, guards, library, looks, reboot, scoring
from kubelab.exercises import scene as scenes
from kubelab.ui import progress

BROKEN = "the check itself is broken"
"""The beginning of a verdict that reports a mistake in the check."""
AGAIN = 2.0
"""How many times longer an undecided check may take at its second try, before it costs points."""

SYMPTOM = 60.0
"""Seconds for a break to redden every goal: a node is NotReady after 40."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A check ready to run: its kind, its name, its sentence, its points; when, if again."""

    kind: attempt.Kind
    check: str
    says: str
    points: int
    look: Callable[[], None]
    again: exercise_file.StabilitySpec | None = None


def tasks(scene: scenes.Scene) -> tuple[Task, ...]:
    """Return the checks of a scene in the order of exercise.yaml; raise `exercise-invalid` for a missing function."""
    module, spec = library.functions(scene.exercise), scene.exercise.spec
    find = functools.partial(library.function, module)
    found = []
    for goal in spec.goals:
        body = find(goal.check)
        look = functools.partial(body, scene)
        found.append(_task(scene, attempt.Kind.GOAL, goal, body, look))
    for guard in spec.guards:
        body = find(guard.check, guards)
        look = functools.partial(body, scene, guard.of)
        found.append(_task(scene, attempt.Kind.GUARD, guard, body, look))
    for row in spec.stability:
        body = find(row.check)
        look = functools.partial(body, scene)
        task = _task(scene, attempt.Kind.STABILITY, row, body, look)
        found.append(replace(task, says=f"{task.says} — still, {row.when}", again=row))
    return tuple(found)


def _task(
    scene: scenes.Scene,
    kind: attempt.Kind,
    row: exercise_file.GoalSpec | exercise_file.GuardSpec | exercise_file.StabilitySpec,
    body: Callable[..., None],
    look: Callable[[], None],
) -> Task:
    says = (inspect.getdoc(body) or body.__name__.replace("_", " ")).splitlines()[0].rstrip(".")
    return Task(kind=kind, check=row.check, says=scenes.fill(says, scene.values), points=row.points, look=look)


def acts(scene: scenes.Scene) -> bool:
    """Return whether a stability check of the scene's exercise restarts a unit or a machine."""
    return any(row.acts for row in scene.exercise.spec.stability)


def check(scene: scenes.Scene, report: progress.Progress | None = None, *, stability: bool = True) -> attempt.Check:
    """Return the verdicts on the lab as it is now. With `stability` those that take time are waited for.

    A stability check only begins when every goal holds: until then its verdict is failed.
    """
    at, rows = attempt.now(), tasks(scene)
    now = [row for row in rows if row.kind is not attempt.Kind.STABILITY]
    later = [row for row in rows if row.kind is attempt.Kind.STABILITY]
    verdicts = _judge(now)
    good = all(item.state is attempt.State.PASSED for item in verdicts if item.kind is attempt.Kind.GOAL)
    if stability and good:
        verdicts += _stability(scene, later, report)
    else:
        verdicts += [_unlooked(row, good) for row in later]
    spec = scene.exercise.spec
    return attempt.Check(at=at, verdicts=tuple(verdicts), points=scoring.points(spec, verdicts), full=spec.full)


def unseen(scene: scenes.Scene) -> tuple[str, ...]:
    """Wait until every goal is red, and return those that are not when time is up.

    A check before the symptoms show would give points for what is about to fail.
    """
    green: tuple[str, ...] = ()
    for _ in patience.polls(SYMPTOM):
        verdicts = _judge([row for row in tasks(scene) if row.kind is attempt.Kind.GOAL])
        green = tuple(item.check for item in verdicts if item.state is _PASSED)
        if not green:
            break
    return green


points = scoring.total
"""Return the points of verdicts by their own numbers."""
_PASSED = attempt.State.PASSED


def _judge(rows: Sequence[Task]) -> list[attempt.Verdict]:
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(rows))) as pool:
        return list(pool.map(_one, rows))


def _one(row: Task) -> attempt.Verdict:
    """Return the verdict of one check; an error outside of its vocabulary is a mistake of its author, and reported.

    An undecided check is tried once more: a restarting API server or a slow computer is no failure.
    """
    begin = time.monotonic()
    state, seen = _look(row)
    if state is attempt.State.UNKNOWN:
        time.sleep(patience.EVERY)
        with patience.more(AGAIN):
            state, seen = _look(row)
    return attempt.Verdict(
        kind=row.kind, check=row.check, says=row.says, state=state, seen=seen, points=row.points,
        seconds=round(time.monotonic() - begin, 2),
    )  # fmt: skip


def _look(row: Task) -> tuple[attempt.State, str]:
    try:
        row.look()
    except checks.Wrong as wrong:
        return attempt.State.FAILED, str(wrong)
    except checks.Silent as silent:
        return attempt.State.UNKNOWN, f"no answer: {silent}"
    except errors.LabError as problem:
        return attempt.State.UNKNOWN, "; ".join([str(problem), *map(str, problem.details)])
    except Exception as problem:
        return attempt.State.UNKNOWN, f"{BROKEN}: {type(problem).__name__}: {problem}"
    return _PASSED, ""


def _unlooked(row: Task, good: bool) -> attempt.Verdict:
    seen = "not waited for" if good else "looked at only when every goal holds"
    return attempt.Verdict(
        kind=row.kind, check=row.check, says=row.says, state=attempt.State.FAILED, seen=seen, points=row.points
    )


def _stability(scene: scenes.Scene, rows: Sequence[Task], report: progress.Progress | None) -> list[attempt.Verdict]:
    """Return the verdicts on stability: restarts and waiting first, a reboot last, for it undoes the others."""
    boots = [row for row in rows if row.again and row.again.reboot]
    others = [row for row in rows if row not in boots]
    verdicts = [*_after_waiting(scene, others, report), *_after_reboot(scene, boots, report)]
    return [verdicts[[*others, *boots].index(row)] for row in rows]


def _after_waiting(
    scene: scenes.Scene, rows: Sequence[Task], report: progress.Progress | None
) -> list[attempt.Verdict]:
    """Restart the units, wait for the longest time, and check again."""
    wanted = [row.again for row in rows if row.again]
    if not wanted:
        return []
    units = sorted({row.restart for row in wanted if row.restart})
    pause = max(row.after for row in wanted)
    if report:
        report.say(f"every goal holds; {''.join(f'restarting {unit}, ' for unit in units)}looking again in {pause} s …")
    refused = {unit: problem for unit in units if (problem := _restarted(scene, unit))}
    time.sleep(pause)
    looked = []
    for row in rows:
        problem = refused.get(row.again.restart) if row.again else None
        look = functools.partial(looks.eventually, row.look, 10.0)
        looked.append(replace(row, look=functools.partial(_raise, problem) if problem else look))
    return _judge(looked)


def _restarted(scene: scenes.Scene, unit: str) -> Exception | None:
    """Restart a unit of the target; return its checks' verdicts if that fails, for it judges the repair."""
    try:
        ssh.run(scene.view.where, scene.target, f"sudo systemctl restart {shlex.quote(unit)}", timeout=60)
    except ssh.Failed:
        return checks.Wrong(f"{unit} does not start again on {scene.target.name}")
    except ssh.Unreachable as problem:
        return checks.Silent(str(problem))
    return None


def _raise(problem: Exception) -> None:
    raise problem


def _after_reboot(scene: scenes.Scene, rows: Sequence[Task], report: progress.Progress | None) -> list[attempt.Verdict]:
    """Reboot the machines, and check again until it holds or the check's time is up."""
    places = {row.again.reboot: row.again.after for row in rows if row.again and row.again.reboot}
    if not places:
        return []
    machines = {machine.name: machine for place in places for machine in scene.machines(place)}
    if report:
        report.say(f"every goal holds; rebooting {', '.join(machines)} and looking again …")
    reboot.reboot(scene.view, list(machines.values()))
    time.sleep(exercise_file.FORGOTTEN)
    longest = float(max(places.values()))
    return _judge([replace(row, look=functools.partial(looks.eventually, row.look, longest)) for row in rows])
