"""What `course.regrade` cannot confirm, and why.

The exercises, of which `pages.COURSE` has the same rows, and checks that do not count, or whose state was not kept.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from kubelab.course import course_plan
from kubelab.exercises import attempt, timestamps


class Why(enum.StrEnum):
    """Why the grade rests on more than what the student left."""

    KEY = "the repair has a key in it; keys stay on the student's computer, and the lab's own do not go with the rest"
    DATA = "the repair is in a volume, in etcd or in a large file, and those are not handed in"
    MEMORY = "the repair is in memory (a firewall rule), and that is not handed in"
    ACT = (
        "the repair is an act (pods were evicted, a container looked into one) that leaves nothing in the objects which"
        " would do it again"
    )
    RELEASE = "Helm keeps a release in Secrets, and their data are cut out of what is handed in"
    LOG = "a request that was gone at the best check is told of by the audit log alone, and that is not handed in"


LIMITS: Mapping[str, Why] = {
    "build-certificates": Why.KEY,
    "build-control-plane": Why.KEY,
    "build-etcd": Why.KEY,
    "build-worker": Why.KEY,
    "data-survives": Why.DATA,
    "debug-without-shell": Why.ACT,
    "drain-with-budget": Why.ACT,
    "encrypt-secrets": Why.DATA,
    "etcd-backup": Why.DATA,
    "node-behind": Why.ACT,
    "one-server-refused": Why.KEY,
    "pod-network-one-node": Why.MEMORY,
    "rbac-user": Why.LOG,
    "release-broken": Why.RELEASE,
    "replace-worker": Why.KEY,
    "rotate-certificates": Why.KEY,
    "volume-too-small": Why.DATA,
}
SOMETIMES = ("pod-network-one-node", "rbac-user")
"""Exercises that can be confirmed but in one case."""


def limit_of(exercise: str) -> str:
    """Return the limit of regrading an exercise, as one sentence; empty if there is none."""
    why = LIMITS.get(exercise)
    if why is None:
        return ""
    how = "may not be confirmed" if exercise in SOMETIMES else "is not confirmed"
    return f"honest work at {exercise} {how} here: {why}"


def late(row: course_plan.Assignment, claimed: attempt.Check) -> str:
    """Return that a check is after the deadline, in words; empty if it is not."""
    at = timestamps.read(claimed.at)
    if at is None or row.due is None or at <= row.due:
        return ""
    return f"the check of {claimed.at[:19]} that is graded here is after the deadline: its points do not count"


def earlier(kept: int, points: int) -> str:
    """Return that the kept state is that of a check with fewer points, in words; empty if it is not."""
    if kept >= points:
        return ""
    return f"the lab was last read at a check of {kept} points, not at that of {points}: some may be missed here"
