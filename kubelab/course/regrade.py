"""Grades again on the teacher's computer: the same break, then the student's difference, then the same checks.

Proven: a lab in the state that the submission describes earns these points. Not proven: that the student's own lab was
ever in that state, or that the student brought it there.
"""

from __future__ import annotations

import base64
import datetime
import io
import shlex
import tarfile
from dataclasses import dataclass
from typing import Any

from kubelab import checks, errors, model
from kubelab.checks import wait
from kubelab.clients import doors, patience, ssh
from kubelab.converge import box_state, session
from kubelab.course import (
    course_plan,
    derived_objects,
    evidence_filter,
    knowledge,
    lab_diff,
    marks,
    regrade_limits,
    submission,
)
from kubelab.exercises import attempt, baseline_files, baseline_objects, commands, exercise_file, known_state, scoring
from kubelab.render import roles
from kubelab.ui import foreign, progress

PATIENCE = 180.0
"""Seconds for the API server to answer once its files are right."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The input of a replay: the student's best attempt, and the difference of its lab.

    `spec` is the exercise as the student had it; `note` says if it has changed, if the check is late, and if the
    difference is an earlier check's.
    """

    student: str
    tried: attempt.Attempt
    claimed: attempt.Check
    difference: lab_diff.Difference
    spec: exercise_file.Spec
    note: str = ""

    def lines(self) -> list[str]:
        """Return the difference to apply, in words, and an empty line."""
        rows = self.difference.lines()
        hints = filter(None, [self.note, regrade_limits.limit_of(self.tried.exercise)])
        head = f"{self.student} left {len(rows)} differences in {self.tried.exercise}"
        return [head, *(f"  {row}" for row in [*rows, *hints]), ""]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The claimed check and the one made here, with points by the exercise's own numbers."""

    exercise: str
    claimed: attempt.Check
    found: attempt.Check
    points: int
    claimed_points: int
    notes: tuple[str, ...] = ()
    """Secrets that were left out of the submission: a repair that depends on one cannot be confirmed."""

    @property
    def confirmed(self) -> bool:
        """Return whether the submitted state earns its claim."""
        return self.points >= self.claimed_points

    def lines(self) -> list[str]:
        """Return both, check by check."""
        before = {key: str(row.state) for key, row in scoring.keyed(self.claimed.verdicts).items()}
        rows = [
            f"  {row.says}: claimed {before.get(key, 'nothing')}, here {' '.join([row.state, row.seen]).strip()}"
            for key, row in scoring.keyed(self.found.verdicts).items()
        ]
        word = "confirmed" if self.confirmed else "NOT confirmed"
        points = f"claimed {self.claimed_points}, here {self.points} of {self.claimed.full} points, before hints"
        if self.notes and not self.confirmed:
            points += "; what depends on a secret that was left out cannot be confirmed: let the student show it"
        rows = [foreign.line(row) for row in [*rows, *(f"  {note}" for note in self.notes)]]
        limit = regrade_limits.limit_of(self.exercise)
        return [*rows, f"{word}: {points}", *([limit] if limit and not self.confirmed else [])]


def choose(course: course_plan.Course, found: submission.Submission, exercise: str) -> Replay:
    """Return the replay of a submission; raises `regrade-impossible` if there is nothing to replay."""
    given = knowledge.of(course, datetime.datetime.now(datetime.UTC))
    tried = [one for one in given.counting(found.results.attempts) if one.exercise == exercise and one.checks]
    if exercise not in course.by_id or not tried:
        raise errors.LabError("regrade-impossible", f"{found.student} handed in no check of {exercise[:40]}")
    best = max(tried, key=lambda one: max(marks.points(given.spec(one), check) for check in one.checks))
    spec = given.spec(best)
    claimed = max(best.checks, key=lambda check: marks.points(spec, check))
    try:
        difference = lab_diff.read(found.evidence, best)
    except submission.Unreadable as problem:
        raise errors.LabError("regrade-impossible", f"{found.file} cannot be replayed", details=[problem]) from problem
    if difference is None:
        why = "no check of it won a point, or the student's lab could not be read then"
        raise errors.LabError("regrade-impossible", f"no evidence of {exercise} was kept: {why}")
    late = regrade_limits.late(course.by_id[exercise], claimed)
    notes = [given.outdated(best), late, regrade_limits.earlier(difference.points, marks.points(spec, claimed))]
    return Replay(
        student=found.student, tried=best, claimed=claimed, difference=difference, spec=spec,
        note="; ".join(filter(None, notes)),
    )  # fmt: skip


def run(held: session.Held, replay: Replay) -> Outcome:
    """Replay in a lab and return both checks; the lab is in its known state afterwards. Raises as `commands.start`."""
    wish = commands.Wish(exercise=replay.tried.exercise, student=replay.student, seed=replay.tried.seed)
    now = commands.start(held, wish)
    try:
        commands.shows(now)
        with held.report.phase("what the student left") as phase:
            notes = _lay(now.scene.view, replay)
            phase.done(f"{replay.difference.size} differences")
        with held.report.phase("the lab settles"):
            _settle(now, replay, float(now.scene.exercise.spec.settle))
        found = commands.check(now).found
    finally:
        commands.stop(held, now)
    return Outcome(
        exercise=replay.tried.exercise,
        claimed=replay.claimed,
        found=found,
        points=marks.points(now.scene.exercise.spec, found),
        claimed_points=marks.points(replay.spec, replay.claimed),
        notes=notes,
    )


def _settle(now: commands.Sitting, replay: Replay, seconds: float) -> None:
    """Wait until every claimed goal holds, at most as long as the exercise says."""
    wanted = _reached(replay.claimed)
    for _ in patience.polls(seconds):
        if wanted <= _reached(commands.judge_now(now)):
            return


def _reached(check: attempt.Check) -> set[scoring.Key]:
    """Return the goals that a check saw reached."""
    rows = scoring.keyed(row for row in check.verdicts if row.kind is attempt.Kind.GOAL)
    return {key for key, row in rows.items() if row.state is attempt.State.PASSED}


def _lay(view: checks.View, replay: Replay) -> tuple[str, ...]:
    """Bring files, units and objects to the student's state: the known state first, then the difference.

    Returns the secrets that could not be the student's.

    The break's effects elsewhere (in memory) stay: it is not known whether the student mended them.
    """
    folder = attempt.folder(view.where)
    listing = known_state.read_listing(folder)
    baseline_files.put_back(view, {name: set(names) for name, names in listing.items()})
    wait.wait(view, {"API server": checks.api_ready}, progress.Progress.silent(), PATIENCE)
    before = baseline_objects.load(folder / baseline_objects.FILE)
    refill = evidence_filter.Refill.of(view.where, replay.tried.values.values(), before)
    difference = refill.difference(replay.difference)
    baseline_objects.restore(view.api, target(before, difference))
    derived_objects.approve(view.api, derived_objects.approved({row.key: row.body for row in difference.objects}))
    for machine in view.lab.machines:
        if machine.name in difference.boxes:
            _send(view, machine, difference.boxes[machine.name])
    return tuple(dict.fromkeys(refill.notes))


def target(before: baseline_objects.Objects, difference: lab_diff.Difference) -> baseline_objects.Objects:
    """Return the objects of this lab with the student's differences; each keeps the name under which it was listed."""
    rows: dict[baseline_objects.Key, dict[str, Any] | None] = {}
    for row in difference.objects:
        if row.body is None:
            rows[row.key] = None
            continue
        meta = row.body.get("metadata")
        named = {**(meta if isinstance(meta, dict) else {}), "name": row.name}
        rows[row.key] = {**row.body, "metadata": {**named, **({"namespace": row.namespace} if row.namespace else {})}}
    return baseline_objects.Objects(found=derived_objects.laid(before.found, rows))


def _send(view: checks.View, machine: model.Machine, box: lab_diff.Box) -> None:
    command = f"sudo bash -c {shlex.quote(baseline_files.SCRIPT.read_text(encoding='utf-8'))}"
    try:
        ssh.run(view.where, machine, command, timeout=60, given=archive(view, machine, box))
        for unit in box.stopped:
            ssh.run(view.where, machine, f"sudo systemctl disable --now {shlex.quote(unit)}", timeout=60)
    except doors.DoorError as problem:
        raise errors.LabError(
            "exercise-unclean", f"{machine.name} could not be made alike", details=[problem]
        ) from problem


def archive(view: checks.View, machine: model.Machine, box: lab_diff.Box) -> bytes:
    """Return the input of put-back.sh: the student's files, the missing ones, links, the units to restart."""
    wanted = box_state.wanted(view.where, machine.name)
    restart = sorted(
        {unit for path in box.files if path in wanted for unit in wanted[path].restarts} - set(box.stopped)
    )
    pods = [pod.name for pod in roles.pods_of(machine) if any(path.startswith(pod.folder) for path in box.files)]
    lists = {
        "remove": [path for path, file in box.files.items() if file.content is None and file.link is None],
        "links": [f"{path}\t{file.link}" for path, file in box.files.items() if file.link is not None],
        "start": [],
        "restart": restart,
        "pods": pods,
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, rows in lists.items():
            _add(tar, name, "".join(f"{row}\n" for row in rows).encode(), 0o600)
        for path, file in box.files.items():
            if file.content is not None:
                _add(tar, f"files{path}", base64.b64decode(file.content), int(file.mode, 8) & 0o755)
    return stream.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
