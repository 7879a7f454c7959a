"""Doubts about a submission: a table of rules, each about one submission alone.

A rule is grave only if no honest student can trigger it.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from kubelab.course import handout, knowledge, labfile, stray_files, submission, time_rules
from kubelab.exercises import attempt, exercise_file, scoring, timestamps, variants

MOST_SHOWN = 5
WORDS = re.compile(r"docs/.*|[^/]+\.md")
"""Files for people, which no program reads."""


def doubts(given: knowledge.Given, found: submission.Submission) -> tuple[knowledge.Doubt, ...]:
    """Return every doubt about one submission, rule by rule."""
    return tuple(itertools.chain.from_iterable(rule(given, found) for rule in RULES))


def tools(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Files of the pack that differ from those handed out; the graders may have been changed."""
    record = given.record(found)
    changed = record.changed(found.results.digests)
    labs = [name for name in changed if handout.LAB_FILE.fullmatch(name)]
    words = [name for name in changed if WORDS.fullmatch(name)]
    grading = [name for name in changed if name not in (*labs, *words)]
    for names, rule, says in (
        (grading, "graders differ", "files are not as they were handed out"),
        (words, "words differ", "files that grade nothing are not as they were handed out"),
    ):
        if names:
            yield knowledge.Doubt(rule=rule, grave=names is grading, says=f"{says}: {_listed(names)}")
    yield from _added(given, record, found)
    for name in labs:
        says = labfile.differing(record.text(name), found.results.labs.get(name), found.results.digests.get(name, ""))
        yield knowledge.Doubt(rule="lab file", grave=False, says=f"{name} {says}")


def _added(given: knowledge.Given, record: handout.Record, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Files among the pack's programs that no pack of this course held: one that can run may grade."""
    has = found.results.digests
    handed = {(name, digest) for row in given.records for name, digest in row.files.items()}
    added = sorted(name for name in has.keys() - record.files.keys() if (name, has[name]) not in handed)
    running = [name for name in added if stray_files.may_run(name)]
    others = [name for name in added if name not in running]
    if running:
        says = f"programs lie among the pack's that were not handed out: {_listed(running)}"
        yield knowledge.Doubt(rule="foreign files", grave=True, says=says)
    if others:
        says = f"files lie among the pack's that were not handed out: {_listed(others)}"
        yield knowledge.Doubt(rule="foreign files", grave=False, says=says)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return f"{', '.join(names[:MOST_SHOWN])}{more}"


def _exercises(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Attempts at another version of an exercise, at another's variant, or under another name."""
    for _, one in given.known(found):
        doubt = functools.partial(knowledge.Doubt, exercise=one.exercise)
        if given.version(one) is None:
            yield doubt(rule="graders differ", grave=True, says="it was another version of it")
        elif given.numbers_lost(one):
            says = "it was changed since, and its old numbers were not kept: counted by today's"
            yield doubt(rule="exercise changed", grave=False, says=says)
        wanted = variants.seed(given.key, one.exercise, found.student)
        if one.seed != wanted:
            yield doubt(rule="another variant", grave=True, says="the variant is not this student's")
        elif not given.numbers_lost(one) and not _drawn(given.spec(one), one):
            yield doubt(rule="another variant", grave=True, says="the variant is not its seed's")
        if one.student != found.student:
            yield doubt(rule="another student", grave=True, says="the attempt was made under another name")
        if one.course != given.course.id:
            yield doubt(rule="another course", grave=True, says="it was made for another course, or for none")


def _drawn(spec: exercise_file.Spec, one: attempt.Attempt) -> bool:
    """Return whether an attempt's variant and values follow from its seed; those of its lab are beside them."""
    drawn = variants.of(spec, one.seed)
    return drawn.number == one.variant and drawn.values.items() <= dict(one.values).items()


def _sums(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Points that are not the exercise's, foreign checks or checks without a verdict, hints at another price."""
    for _, one in given.known(found):
        wrong = [] if given.numbers_lost(one) else sorted(set(_wrong(given.spec(one), one)))
        if wrong:
            says = f"not the exercise's: {', '.join(wrong)[:200]}; the points were counted anew"
            yield knowledge.Doubt(rule="sums", grave=True, says=says, exercise=one.exercise)


def _wrong(spec: exercise_file.Spec, one: attempt.Attempt) -> Iterator[str]:
    """Yield what no attempt at an exercise can have; a guard without a verdict costs its points."""
    worth = scoring.keyed(scoring.slots(spec))
    for looked in one.checks:
        rows = scoring.keyed(looked.verdicts)
        yield from (f"no verdict on {scoring.name(key)}" for key in worth.keys() - rows.keys())
        yield from (f"a verdict on {scoring.name(key)[:60]}" for key in rows.keys() - worth.keys())
        alike = worth.keys() & rows.keys()
        yield from (f"the points of {scoring.name(key)}" for key in alike if worth[key].points != rows[key].points)
    if one.full != spec.full or any(looked.full != spec.full for looked in one.checks):
        yield "the sum of all points"
    prices, numbers = scoring.prices(spec), {hint.number for hint in one.hints}
    if any(prices.get(hint.number) != hint.price for hint in one.hints):
        yield "the price of a hint"
    if numbers != set(range(1, len(numbers) + 1)):
        yield "a hint without the one before it"
    if one.resets < 0:
        yield f"{one.resets} resets"


def _dates(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Work before an exercise opened, and after its deadline: the latter does not count."""
    for row, one in given.known(found):
        started = timestamps.read(one.started)
        if started and row.opens and started < row.opens:
            yield knowledge.Doubt(
                rule="before it opened", grave=False, says=f"begun at {one.started[:25]}", exercise=one.exercise
            )
        late = [check.at for check in one.checks if row.due and (timestamps.read(check.at) or row.due) > row.due]
        if late:
            says = f"{len(late)} checks after the deadline do not count; the first at {late[0][:25]}"
            yield knowledge.Doubt(rule="after the deadline", grave=False, says=says, exercise=one.exercise)


def _help(_: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """Help that the exercise does not allow for; a solution that was shown."""
    for one in found.results.attempts:
        if one.assisted:
            how = ", ".join(sorted({item.how[:40] for item in one.assisted}))
            yield knowledge.Doubt(rule="assisted", grave=False, says=f"with {how}", exercise=one.exercise)
        if one.solved:
            says = "the reference solution was run: no score"
            yield knowledge.Doubt(rule="solution shown", grave=False, says=says, exercise=one.exercise)


def _strangers(given: knowledge.Given, found: submission.Submission) -> Iterator[knowledge.Doubt]:
    """A student who is not on the list, and exercises that the course does not have."""
    if found.student not in given.course.roll:
        yield knowledge.Doubt(rule="unknown student", grave=True, says="the students' file does not have this id")
    others = sorted({one.exercise[:40] for one in found.results.attempts if one.exercise not in given.course.by_id})
    if others:
        yield knowledge.Doubt(
            rule="other exercises",
            grave=False,
            says=f"not of this course, not counted: {', '.join(others[:MOST_SHOWN])}",
        )


RULES: tuple[Callable[[knowledge.Given, submission.Submission], Iterator[knowledge.Doubt]], ...] = (
    _strangers,
    tools,
    _exercises,
    *time_rules.RULES,
    _sums,
    _dates,
    _help,
)
