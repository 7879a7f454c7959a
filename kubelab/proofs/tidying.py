"""Puts labs in order after a proof that broke off: by the word that ends it, by lab.up --repair if need be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubelab import errors
from kubelab.converge import session
from kubelab.lab import lifecycle


def tidy(held: Sequence[session.Held], word: str, end: Callable[[], object]) -> bool:
    """Do what ends a proof that is half done, `word` by its name; return whether the labs are in order then."""
    problem, report = _problem(end), held[0].report
    if problem is not None:
        report.say(f" {word} says: {told(problem)}")
        for row in held:
            try:
                lifecycle.up(row, repairs=True)
            except errors.LabError as other:
                report.say(f" ✗ and ./run lab.up --repair says: {told(other)}")
        problem = _problem(end)
    if problem is not None:
        report.say(f" ✗ and the lab is not in order: {told(problem)}")
    return problem is None


def told(problem: Exception) -> str:
    """Return a problem in one line, with its details."""
    return f"{problem} {'; '.join(map(str, getattr(problem, 'details', ())))}".strip()


def _problem(end: Callable[[], object]) -> errors.LabError | None:
    """Return what prevents the end."""
    try:
        end()
    except errors.LabError as problem:
        return problem
    return None
