"""Estimates how many labs fit on a computer, from measuring one and two of them: `python -m bench.many --help`.

Memory is that of the boxes' cgroups, idle (60 s after healthy) and at work (while each lab runs its own test).
Processors are those of the whole computer that were busy meanwhile, and of each box's cgroup while the labs are idle.
Then the last lab is paused, and a word resumes it. It asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import command, memory, report, rest
from kubelab import paths
from kubelab.exercises import attempt

SETTLE = 60.0
EXERCISE = "scheduler-down"
WINDOW = 60.0
"""Seconds over which the processor time of idle labs is measured."""
KEPT = 2048
"""MiB reserved for the computer and the student's own programs."""
GIB = 1024


@dataclass(frozen=True, kw_only=True)
class Stand:
    """The cost of one number of labs: memory in MiB, busy processors of the whole computer, times in seconds."""

    labs: int
    up: float
    start: float
    idle_memory: float
    idle_cpus: float
    working_memory: float
    working_cpus: float
    working_seconds: float
    boxes: Mapping[str, float]
    """Processors of each box while the labs are idle, as `LAB/MACHINE`."""
    pause: rest.Pause


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How many labs fit in memory, and how many in processors."""

    what: str
    by_memory: int
    by_processors: int

    @property
    def labs(self) -> int:
        """Return the lower of the two."""
        return min(self.by_memory, self.by_processors)


def main() -> None:
    """Measure one lab, then two, print how many would fit, and remove them."""
    options = _options()
    names = [f"many-{number}" for number in range(1, options.labs + 1)]
    stands: list[Stand] = []
    try:
        for number, name in enumerate(names, 1):
            shutil.copy(paths.LABS / "bench.yaml", paths.LABS / f"{name}.yaml")
            up = command.run("lab.up", "--lab", name).seconds
            stands.append(measure(names[:number], up, options))
            _say(stands[-1])
    finally:
        for name in names:
            command.run("lab.destroy", "--lab", name, good=(0, 1, 2, 4))
            (paths.LABS / f"{name}.yaml").unlink(missing_ok=True)
    limits = fit(stands, options.memory * GIB, options.cpus)
    report.heading(f"from {len(stands)} measured labs, extrapolated to {options.memory} GiB, {options.cpus} processors")
    for limit in limits:
        print(f"  {limit.what:<8} {limit.labs:3} labs (memory {limit.by_memory}, processors {limit.by_processors})")
    print("  That many labs were not tried.")
    print(f"  lab.up grows by {growth(stands, lambda one: one.up):+.1f} s for each lab that runs already")
    print(f"  exercise.start grows by {growth(stands, lambda one: one.start):+.1f} s")
    if options.json:
        rows = {"stands": [asdict(one) for one in stands], "limits": [asdict(one) for one in limits]}
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def measure(names: list[str], up: float, options: argparse.Namespace) -> Stand:
    """Return the cost of these labs, idle, paused, and, unless only `at_rest`, while each runs its own test."""
    time.sleep(SETTLE)
    idle, boxes = memory_of(names), dict[str, float]()
    idle_cpus = busy(lambda: boxes.update(rest.by_box(names, WINDOW)))
    pause = rest.pause(names[-1], options.pause)
    memories, cpus, seconds = ([], idle_cpus, 0.0) if options.at_rest else _at_work(names)
    return Stand(
        labs=len(names),
        up=up,
        start=0.0 if options.at_rest else _started(names[-1]),
        idle_memory=idle,
        idle_cpus=idle_cpus,
        working_memory=max([idle, *memories]),
        working_cpus=cpus,
        working_seconds=seconds,
        boxes=boxes,
        pause=pause,
    )


def _at_work(names: list[str]) -> tuple[list[float], float, float]:
    """Let each lab run its own test; return memory every 2 s, busy processors, and seconds."""
    begin, seen = time.monotonic(), list[float]()

    def work() -> None:
        tests = [_test(name) for name in names]
        while any(one.poll() is None for one in tests):
            seen.append(memory_of(names))
            time.sleep(2)
        failed = [name for name, one in zip(names, tests, strict=True) if one.returncode]
        if failed:
            print(
                f"  lab.test failed in {', '.join(failed)}: the numbers at work are of a failing test", file=sys.stderr
            )

    cpus = busy(work)
    return seen, cpus, time.monotonic() - begin


def _started(name: str) -> float:
    """Return the seconds of `exercise.start`; stop the exercise afterwards."""
    seconds = command.run("exercise.start", EXERCISE, "--lab", name).seconds
    command.run("exercise.stop", "--lab", name)
    attempt.forget(paths.LabPaths(name=name))
    return seconds


def memory_of(names: list[str]) -> float:
    """Return the memory of all boxes of these labs, in MiB."""
    return sum(sum(memory.of_lab(name).values()) for name in names) / 2**20


def busy(work: Callable[[], None]) -> float:
    """Return how many processors were busy while `work` ran."""
    before, begin = _ticks(), time.monotonic()
    work()
    return (_ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - begin)


def _ticks() -> int:
    """Return the ticks that all processors together have spent at work, not idle and not waiting."""
    fields = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    idle, waiting = fields[3], fields[4]
    return sum(fields) - idle - waiting


def _test(name: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "invoke", "lab.test", "--lab", name]
    return subprocess.Popen(words, cwd=paths.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fit(stands: list[Stand], whole: float, cpus: float) -> tuple[Limit, Limit]:
    """Return how many idle and working labs fit in `whole` MiB and `cpus` processors, by the cost of one more lab."""
    idle = _limit(
        "idle", slope(stands, lambda one: one.idle_memory), slope(stands, lambda one: one.idle_cpus), whole, cpus
    )
    # A working lab takes every processor that is free: only one that ran alone shows how many it can use.
    working = (slope(stands, lambda one: one.working_memory), stands[0].working_cpus / stands[0].labs)
    return idle, _limit("working", *working, whole, cpus)


def _limit(what: str, each: float, each_cpus: float, whole: float, cpus: float) -> Limit:
    by_memory = int((whole - KEPT) // max(each, 1.0))
    return Limit(what=what, by_memory=by_memory, by_processors=int(cpus // max(each_cpus, 0.001)))


def slope(stands: list[Stand], value: Callable[[Stand], float]) -> float:
    """Return the cost of one more lab: the slope through all stands, or the cost per lab of a single stand."""
    if len(stands) < 2:
        return value(stands[0]) / stands[0].labs
    labs = [float(one.labs) for one in stands]
    return statistics.linear_regression(labs, [value(one) for one in stands]).slope


def growth(stands: list[Stand], value: Callable[[Stand], float]) -> float:
    """Return how many seconds each lab that already runs adds to a time."""
    return slope(stands, value) if len(stands) > 1 else 0.0


def _say(one: Stand) -> None:
    report.heading(f"{one.labs} lab{'s' if one.labs > 1 else ''}")
    print(f"  lab.up of the last one   {one.up:8.1f} s")
    print(f"  exercise.start in it     {one.start:8.1f} s")
    print(f"  idle                     {one.idle_memory:8.0f} MiB  {one.idle_cpus:5.2f} processors of the computer")
    for lab, taken in rest.per_lab(one.boxes).items():
        parts = [
            f"{name.partition('/')[2]} {cpus:.3f}" for name, cpus in one.boxes.items() if name.startswith(f"{lab}/")
        ]
        print(f"    {lab:<22} {taken:9.3f} processors: {', '.join(parts)}")
    pause = one.pause
    print(
        f"  paused in                {pause.pause:8.1f} s, for {pause.paused:.0f} s: {pause.idle_cpus:.3f} processors"
    )
    print(f"  resumed by a word in     {pause.word:8.1f} s, well in {pause.well:.1f} s, {pause.replaced} pods replaced")
    at_work = f"{one.working_memory:8.0f} MiB  {one.working_cpus:5.2f} processors  {one.working_seconds:.0f} s"
    print(f"  each one's test running  {at_work}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--labs", type=int, default=2, help="labs to measure, each brought up beside those before it (2)"
    )
    parser.add_argument("--memory", type=float, default=24, help="GiB to extrapolate to (24)")
    parser.add_argument("--cpus", type=float, default=2, help="processors to extrapolate to (2)")
    parser.add_argument("--pause", type=float, default=60, help="seconds for which the last lab is paused (60)")
    parser.add_argument("--at-rest", action="store_true", help="start no exercise and no test: the idle labs alone")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
