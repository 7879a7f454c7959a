"""All submissions of one student as one story: what a later file leaves out still counts.

Labs are destroyed and made anew once their work is handed in, and then a newer file lacks it: so every attempt counts
from the newest file that has it. A file that contradicts an earlier one about the same attempt is another matter.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubelab.course import knowledge, submission
from kubelab.exercises import attempt

SAME = ("seed", "variant", "digest", "values", "student", "course", "full", "versions")
"""Fields that never change during an attempt."""
ONCE = ("ready", "ended")
"""Times that are recorded once."""
GROWING = ("checks", "hints", "assisted")
"""Lists that only grow."""


@dataclass(frozen=True, kw_only=True)
class History:
    """The newest file with every attempt that was ever handed in, and its contradictions.

    `sources` are the older files from which something is counted.
    """

    whole: submission.Submission
    sources: tuple[submission.Submission, ...]
    doubts: tuple[knowledge.Doubt, ...]


def of(files: Sequence[submission.Submission]) -> History:
    """Return the story of one student's files, the newest last."""
    counted = files[-1]
    found: dict[submission.Identity, tuple[attempt.Attempt, submission.Submission]] = {}
    told: dict[submission.Identity, set[str]] = defaultdict(set)
    doubts: list[knowledge.Doubt] = []
    for file in files:
        for one in file.results.attempts:
            name = submission.identity(one)
            told[name].add(file.digest)
            if name in found:
                before, source = found[name]
                doubts += _contradictions(before, source, one)
                one = _joined(before, one)  # noqa: PLW2901 (the same attempt, as both files tell it)
            found[name] = one, file
    attempts = tuple(_as_last_seen(one, file, counted) for one, file in found.values())
    sources = {file.digest: file for _, file in found.values() if file is not counted}
    doubts += [_left_out(file, [one for one, of in found.values() if of is file]) for file in sources.values()]
    results = dataclasses.replace(counted.results, attempts=attempts)
    whole = dataclasses.replace(counted, results=results, told=told)
    return History(whole=whole, sources=tuple(sources.values()), doubts=tuple(dict.fromkeys(doubts)))


def _contradictions(
    before: attempt.Attempt, source: submission.Submission, one: attempt.Attempt
) -> Iterator[knowledge.Doubt]:
    """Yield what a later file changes or leaves out of an earlier one."""
    wrong = [name for name in SAME if getattr(before, name) != getattr(one, name)]
    wrong += [name for name in ONCE if getattr(before, name) not in ("", getattr(one, name))]
    wrong += [name for name in GROWING if not _goes_on(getattr(before, name), getattr(one, name))]
    wrong += ["resets"] if one.resets < before.resets else []
    wrong += ["solved"] if before.solved and not one.solved else []
    if wrong:
        says = f"{source.file.name} tells another story of it: {', '.join(wrong)}"
        yield knowledge.Doubt(rule="history changed", grave=True, says=says, exercise=one.exercise)


def _goes_on(before: Sequence[object], now: Sequence[object]) -> bool:
    """Return whether everything of an earlier list is in a later one, in the same order."""
    later = iter(now)
    return all(any(row == item for item in later) for row in before)


def _joined(before: attempt.Attempt, one: attempt.Attempt) -> attempt.Attempt:
    """Return an attempt as in the later file, with the help that only the earlier one reported."""
    return dataclasses.replace(
        one,
        solved=one.solved or before.solved,
        hints=tuple(dict.fromkeys((*before.hints, *one.hints))),
        assisted=tuple(dict.fromkeys((*before.assisted, *one.assisted))),
    )


def _as_last_seen(one: attempt.Attempt, file: submission.Submission, counted: submission.Submission) -> attempt.Attempt:
    """Return an attempt; one that ran when an older file was made counts only until then."""
    if one.ended or file is counted:
        return one
    return dataclasses.replace(one, ended=file.results.made)


def _left_out(file: submission.Submission, attempts: Sequence[attempt.Attempt]) -> knowledge.Doubt:
    names = sorted({one.exercise[:40] for one in attempts})
    says = f"{file.file.name} has {', '.join(names)}, which the newest file has not: counted from there"
    return knowledge.Doubt(rule="older file", grave=False, says=says)
