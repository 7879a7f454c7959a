"""Keeps the differences of a lab's attempts beside them, until they are handed in."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubelab import checks, paths
from kubelab.course import diff_capture, envelope, lab_diff, submission
from kubelab.exercises import attempt, register
from kubelab.files import atomic, strictjson


def keep(view: checks.View, one: attempt.Attempt) -> None:
    """Keep the difference of a running attempt beside the attempts, in place of an earlier one of it.

    Looking takes seconds: a result is dropped if its attempt ended meanwhile, or won more.
    """
    target, taken = attempt.folder(view.where) / submission.EVIDENCE, diff_capture.take(view, one)
    with register.locked(view.where):
        running = attempt.load(view.where)
        rows = kept(target)
        if running is None or running.ended or not register.same(running, one) or _points(rows, one) >= taken.points:
            return
        atomic.write(target, json.dumps({**rows, lab_diff.name(one): taken.model_dump()}))


def known(where: paths.LabPaths, one: attempt.Attempt) -> int:
    """Return the points of the check whose evidence an attempt has, -1 without any.

    The first check that won most is the claim: the lab's state after lunch does not replace it.
    """
    with register.locked(where):
        return _points(kept(attempt.folder(where) / submission.EVIDENCE), one)


def _points(rows: Mapping[str, Mapping[str, Any]], one: attempt.Attempt) -> int:
    points = rows.get(lab_diff.name(one), {}).get("points", -1)
    return points if isinstance(points, int) else -1


def kept(target: Path) -> dict[str, dict[str, Any]]:
    """Return the evidence of a file; an unreadable one is put aside, not lost."""
    most = envelope.LARGEST[envelope.EVIDENCE]
    try:
        rows = strictjson.table(strictjson.content(target, most=most), most=most, deepest=64)
        return {str(key): dict(value) for key, value in rows.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        with contextlib.suppress(OSError):
            target.replace(target.with_name(f"{target.name}.damaged"))
        return {}
