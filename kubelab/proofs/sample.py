"""Chooses the proofs of a short run: those that a change touches, then others by the commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kubelab import paths
from kubelab.clients import git
from kubelab.exercises import code_digest, library, mutations, proven
from kubelab.proofs import exercise_run

BASES = ("origin/main", "HEAD~1")
"""What a checkout is compared with: its base, or the commit before if it is the base itself."""

GUESSED = 180
"""Seconds of a proof that nobody has measured: more than most take."""


def portion(
    exercises: Sequence[library.Exercise],
    touched: Collection[str],
    turn: int,
    stale: Collection[str] = (),
    known: Mapping[str, Sequence[int]] | None = None,
) -> Iterator[tuple[library.Exercise, exercise_run.Step]]:
    """Yield what to prove, most important first: every variant of the touched, then one of each other.

    `turn` chooses with which of the others to begin, and which variant, so that another run begins elsewhere; those in
    `stale`, proven under other judging code, come before the rest. `known` has the proven variants by exercise: a short
    run repeats those, and takes unproven ones last, since a first proof is `exercise.prove`'s. A touched exercise's
    goals are mutated and it is wrecked, too.
    """
    for exercise in exercises:
        if exercise.spec.id in touched:
            for number in range(1, len(exercise.spec.variants) + 1):
                first = number == 1
                yield (
                    exercise,
                    exercise_run.Step(number=number, mutations=first and bool(mutations.of(exercise)), wreck=first),
                )
    others = [exercise for exercise in exercises if exercise.spec.id not in touched]
    rounds, begin = divmod(turn, max(1, len(others)))
    turned = [*others[begin:], *others[:begin]]
    # The sort is stable: each part stays in its turn.
    for exercise in sorted(turned, key=lambda row: (_never(row, known), row.spec.id not in stale)):
        numbers = (known or {}).get(exercise.spec.id) or range(1, len(exercise.spec.variants) + 1)
        yield exercise, exercise_run.Step(number=numbers[rounds % len(numbers)])


def usual(exercises: Sequence[library.Exercise]) -> Iterator[tuple[library.Exercise, exercise_run.Step]]:
    """Yield the portion of this commit."""
    return portion(exercises, touched(), git.turn(), stale(exercises), known(exercises))


def _never(exercise: library.Exercise, known: Mapping[str, Sequence[int]] | None) -> bool:
    return known is not None and not known.get(exercise.spec.id)


def known(exercises: Sequence[library.Exercise]) -> dict[str, list[int]]:
    """Return the variants of each exercise that were proven in its present version."""
    return {
        exercise.spec.id: sorted({row.variant for row in proven.current(exercise, proven.WALKS)})
        for exercise in exercises
    }


def seconds(exercise: library.Exercise) -> int:
    """Return the seconds that a proof of it took at most, as recorded; `GUESSED` for one that was never proven."""
    return max(
        (row.seconds for key, row in proven.read(proven.WALKS).items() if key[0] == exercise.spec.id), default=GUESSED
    )


def touched() -> set[str]:
    """Return the exercises whose files differ from this checkout's base; none if git cannot tell."""
    for base in BASES:
        common = git.said("merge-base", "HEAD", base)
        if common and common != git.said("rev-parse", "HEAD"):
            names = git.said("diff", "--name-only", common, "--", str(library.FOLDER.relative_to(paths.ROOT)))
            return {name.split("/")[2] for name in names.splitlines() if name.count("/") > 2}
    return set()


def stale(exercises: Sequence[library.Exercise]) -> set[str]:
    """Return the exercises proven in their present version, but not by the present judging code."""
    code = code_digest.digest()
    codes = {row.spec.id: {one.code for one in proven.current(row, proven.WALKS)} for row in exercises}
    return {name for name, judged in codes.items() if judged and code not in judged}
