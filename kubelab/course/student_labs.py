"""A lab for each student on one computer: a forecast by measured memory first, then as many as fit; the rest waits."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

import ruamel.yaml

from kubelab import errors, paths, providers
from kubelab.config import load, yaml_reader
from kubelab.converge import session
from kubelab.course import course_plan
from kubelab.exercises import lockout
from kubelab.files import atomic
from kubelab.host import capacity
from kubelab.lab import lifecycle, pausing
from kubelab.state import subnets
from kubelab.ui import progress

PREFIX = "s-"
"""The beginning of every student lab's name: no lab file of a person's has it."""
POOLS = tuple(map(IPv4Network, ("10.77.0.0/16", "172.29.0.0/16", "192.168.128.0/17", "100.77.0.0/16")))
"""Ranges of students' labs: 256 networks in the first, where the range that VirtualBox allows has eight; the others are
for a computer from which all of 10.0.0.0/8 leads to a VPN."""
KEPT = 1024
"""MiB that are left to the computer itself."""
MADE = "# Made by course.up for one student; course.down removes it.\n"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One student's lab; `running` says that its boxes run already."""

    student: course_plan.Student
    lab: str
    running: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one lab: up, failed or queued, its time, and why."""

    student: str
    lab: str
    state: str
    seconds: float = 0.0
    why: str = ""


@dataclass(kw_only=True)
class Memory:
    """The cost of a lab: an estimate until one was brought up here, then the measured value. MiB."""

    estimate: int
    available: Callable[[], int]
    measured: list[int] = field(default_factory=list)

    @property
    def cost(self) -> int:
        """Return the memory that the next lab will take."""
        return max(self.measured, default=self.estimate)

    def room(self) -> int:
        """Return how many more labs fit now."""
        return max(0, (self.available() - KEPT) // max(1, self.cost))

    def learn(self, before: int) -> None:
        """Learn the cost of a lab from what was available before it; at least half of the estimate."""
        self.measured.append(max(before - self.available(), self.estimate // 2))


def lab_name(student: str) -> str:
    """Return the name of a student's lab: the id if it is possible, else one with a unique mark."""
    plain = re.sub(r"[^a-z0-9]+", "-", student.lower()).strip("-")
    if plain == student and len(PREFIX + plain) <= 20:
        return PREFIX + plain
    mark = hashlib.sha256(student.encode()).hexdigest()[:6]
    return f"{PREFIX}{plain[: 20 - len(PREFIX) - 7]}-{mark}".replace("--", "-")


def wishes(students: Sequence[course_plan.Student]) -> tuple[Wish, ...]:
    """Return the lab of every student, in the list's order, with whether it runs."""
    up = {box.lab for box in providers.boxes() if box.runs}
    labs = [(student, lab_name(student.id)) for student in students]
    return tuple(Wish(student=student, lab=lab, running=lab in up) for student, lab in labs)


def memory(base: str) -> Memory:
    """Return the forecast before any lab was measured: the boxes' usual use, as in host.doctor."""
    lab = session.opened(base).lab
    providers.of(lab).demand(providers.Act.MANY)
    usual = sum(capacity.USED[machine.kind] for machine in lab.machines)
    return Memory(estimate=usual, available=capacity.available)


def forecast(wanted: Sequence[Wish], room: Memory) -> list[str]:
    """Return the forecast for people."""
    missing = [wish for wish in wanted if not wish.running]
    fit = min(len(missing), room.room())
    how = f"{room.cost} MiB each, {room.available()} MiB are free, {KEPT} are left to the computer"
    run = len(wanted) - len(missing)
    lines = [f"{len(wanted)} students, {run} labs run already; {fit} of {len(missing)} others fit ({how})"]
    lines += [f"  {wish.lab:<20} {wish.student.called}: {_fate(wish, missing, fit)}" for wish in wanted]
    return lines


def _fate(wish: Wish, missing: Sequence[Wish], fit: int) -> str:
    if wish.running:
        return "runs"
    return "starts" if missing.index(wish) < fit else "queued"


def for_class(
    students: Sequence[course_plan.Student], base: str, report: progress.Progress, *, dry_run: bool = False
) -> errors.Exit:
    """Bring up a lab for each student, as many as fit, and report each; `dry_run` only forecasts."""
    wanted, room = wishes(students), memory(base)
    for line in forecast(wanted, room):
        report.say(line)
    if dry_run:
        return errors.Exit.GOOD
    outcomes = []
    for outcome in up(wanted, base, room, report):
        outcomes.append(outcome)
        report.event("lab", **vars(outcome))
    for line in table(outcomes):
        report.say(line)
    return code(outcomes)


def up(wanted: Sequence[Wish], base: str, room: Memory, report: progress.Progress) -> Iterator[Outcome]:
    """Bring up one lab after the other, as long as the next one fits; yield the result of each, and go on."""
    full = False
    for wish in wanted:
        full = full or (not wish.running and room.room() < 1)
        if full and not wish.running:
            why = f"{room.cost} MiB are needed, {room.available()} are free and {KEPT} of them kept"
            yield Outcome(student=wish.student.id, lab=wish.lab, state="queued", why=why)
            continue
        yield _one(wish, base, room, report)


def _one(wish: Wish, base: str, room: Memory, report: progress.Progress) -> Outcome:
    before, begin = room.available(), time.monotonic()
    try:
        ensure_file(wish.lab, base)
        report.say(f"\n{wish.lab} for {wish.student.called}")
        pausing.resume(wish.lab)
        with session.held(wish.lab, report, claim=True) as held:
            lifecycle.up(held, riddle=lockout.occupant(held.where))
    except errors.LabError as problem:
        why = "; ".join([f"{problem.ident}: {problem.what}", *problem.details[:2]])
        return Outcome(student=wish.student.id, lab=wish.lab, state="failed", seconds=time.monotonic() - begin, why=why)
    if not wish.running:
        room.learn(before)
    return Outcome(student=wish.student.id, lab=wish.lab, state="up", seconds=time.monotonic() - begin)


def ensure_file(lab: str, base: str) -> Path:
    """Write labs/<lab>.yaml from the base lab's file, in a network of its own, unless it exists; return it."""
    target = paths.LABS / f"{lab}.yaml"
    if target.exists():
        return target
    usual = load.read(base).network  # a base file with problems is told as such, not as a student's
    source = paths.LABS / f"{base}.yaml"
    values = yaml_reader.read(source.read_bytes(), str(source)).values
    values["network"] = {
        **values.get("network", {}),
        "machines": str(subnets.free(POOLS, [usual.pods, usual.services, *_claimed()])),
    }
    out = io.StringIO()
    ruamel.yaml.YAML(typ="safe", pure=True).dump(values, out)
    atomic.write(target, MADE + out.getvalue(), mode=atomic.PUBLIC)
    return target


def _claimed() -> list[IPv4Network]:
    """Return the networks of every student's lab that has a file, up or not, and those that this computer reaches."""
    found = []
    for path in paths.LABS.glob(f"{PREFIX}*.yaml"):
        with contextlib.suppress(errors.LabError):  # one with problems has no lab; whose it is, is told in its turn
            found.append(load.read(path.stem).network.machines)
    return [*filter(None, found), *subnets.routed()]


def down(students: Sequence[course_plan.Student], report: progress.Progress, *, yes: bool = False) -> int:
    """Destroy the labs of these students and remove their files; return how many there were.

    Raises `exercise-unsubmitted` before any is gone if work in one would be lost; with `yes` it is lost.
    """
    for student in students:
        lockout.refuse_loss(lab_name(student.id), yes=yes)
    gone = 0
    for student in students:
        lab = lab_name(student.id)
        file = paths.LABS / f"{lab}.yaml"
        if not file.exists() and not providers.boxes(lab):
            continue
        with session.held_places(lab) as where:
            lifecycle.destroy(where, report, keep_keys=False)
        if file.exists() and file.read_text(encoding="utf-8").startswith(MADE):
            file.unlink()
        gone += 1
    return gone


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the summary: one line a lab, then how many of each."""
    counts: Mapping[str, int] = {
        state: sum(one.state == state for one in outcomes) for state in ("up", "failed", "queued")
    }
    rows = [
        f"  {one.lab:<20} {one.state:<7} {one.seconds:6.0f} s  {one.student} {one.why}".rstrip() for one in outcomes
    ]
    return [*rows, ", ".join(f"{count} {state}" for state, count in counts.items())]


def code(outcomes: Sequence[Outcome]) -> errors.Exit:
    """Return the end of the whole: one failed, some wait, or all are up."""
    states = {one.state for one in outcomes}
    return errors.Exit.FAILED if "failed" in states else errors.Exit.PENDING if "queued" in states else errors.Exit.GOOD
