"""Measures exercises on a running lab: `python -m bench.exercise [--lab NAME] [EXERCISE …]`.

`start` and `reset` are timed until the break is in place. The symptom is timed apart, until every goal is red. `check`
is timed without the checks that must hold for a while. Limits: 10 s for start and reset of faults on objects and units,
3 s for check.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from bench import report
from kubelab import paths
from kubelab.clients import patience
from kubelab.converge import session
from kubelab.exercises import attempt, commands
from kubelab.ui import progress

CHOSEN = ("rbac-robot", "policy-too-lax", "worker-not-ready", "scheduler-down", "dns-broken")
WANTED = {"start": 10.0, "reset": 10.0, "check": 3.0}
SYMPTOM = 90.0


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that the work took."""
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def symptom(now: commands.Sitting) -> float:
    """Return the seconds until every goal is red."""

    def red() -> bool:
        goals = [row for row in commands.judge_now(now).verdicts if row.kind is attempt.Kind.GOAL]
        return all(row.state is not attempt.State.PASSED for row in goals)

    return timed(lambda: any(red() for _ in patience.polls(SYMPTOM, every=0)))


def one(lab: str, name: str, out: progress.Progress) -> dict[str, float]:
    """Return the seconds of each word in one exercise; afterwards the lab is as before."""
    with session.held(lab, out) as held:
        found = {"start": timed(lambda: commands.start(held, commands.Wish(exercise=name, number=1)))}
        try:
            now = commands.sitting(held)
            found["symptom"] = symptom(now)
            found["check"] = statistics.median(timed(lambda: commands.judge_now(now)) for _ in range(3))
            found["reset"] = timed(lambda: commands.reset(held))
        finally:
            found["stop"] = timed(lambda: commands.stop(held))
    return found


def main() -> None:
    """Time the chosen exercises and print a table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("exercises", nargs="*", default=list(CHOSEN))
    words.add_argument("--lab", default=os.environ.get("KUBELAB_LAB", "default"))
    asked = words.parse_args()
    out = progress.Progress(progress.Style.PLAIN, log=paths.LabPaths(name=asked.lab).logs / "bench-exercise.log")
    rows = {name: one(asked.lab, name, out) for name in asked.exercises}
    report.heading(f"exercises in lab {asked.lab}; load average {os.getloadavg()[0]:.1f}")
    print(f"  {'exercise':<24}" + "".join(f"{word:>10}" for word in next(iter(rows.values()))))
    for name, row in rows.items():
        print(f"  {name:<24}" + "".join(f"{seconds:>9.1f}s" for seconds in row.values()))
    for word, limit in WANTED.items():
        middle = statistics.median(row[word] for row in rows.values())
        print(f"  median {word}: {middle:.1f} s, wanted {limit:.0f} s {'✓' if middle <= limit else '✗'}")


if __name__ == "__main__":
    main()
