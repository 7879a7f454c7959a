"""A student's output in the terminal: the list, the task, the verdicts, as text or as JSON for programs."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import rich.console
import rich.markdown
import rich.table

from kubelab import paths
from kubelab.exercises import attempt, commands, curriculum, exercise_file, library, scene
from kubelab.ui import foreign, terminal

CONSOLE = terminal.Console(highlight=False)
MARKS = {attempt.State.PASSED: "✓", attempt.State.FAILED: "✗", attempt.State.UNKNOWN: "?"}
COLOURS = {attempt.State.PASSED: "green", attempt.State.FAILED: "red", attempt.State.UNKNOWN: "yellow"}


def catalogue(
    rows: Sequence[library.Exercise],
    done: Mapping[str, commands.Result],
    lacking: Mapping[str, list[str]],
    lab: str,
    bad: Sequence[str] = (),
) -> None:
    """Print the list of exercises, and after it the track in which a lab is built; `lacking` as `needs.of_named`.

    `bad` are the names of those that cannot be read.
    """
    track = [row for row in rows if row.spec.topic is exercise_file.Topic.BUILD]
    CONSOLE.print(_table([row for row in rows if row not in track], done, lacking))
    if track:
        CONSOLE.print("\nBuild it yourself: a layer is missing, you add it by hand, in this order\n", markup=False)
        CONSOLE.print(_table(track, done, lacking))
    for name in bad:
        line = f"./run exercise.show{paths.lab_option(lab)} {shlex.quote(name)}"
        CONSOLE.print(f"\n{name} cannot be read: {line} tells why", markup=False)
    CONSOLE.print(f"\nBegin one: ./run exercise.start{paths.lab_option(lab)} ID", markup=False)


def _table(
    rows: Sequence[library.Exercise], done: Mapping[str, commands.Result], lacking: Mapping[str, list[str]]
) -> rich.table.Table:
    table = rich.table.Table(box=None)
    for name in ("exercise", "title", "topic", "level", "min", "points", ""):
        table.add_column(name, no_wrap=name == "exercise", overflow="fold")
    for row in rows:
        spec, best = row.spec, done.get(row.spec.id)
        missing = lacking.get(spec.id)
        state = f"the lab lacks {', '.join(missing)}" if missing else ""
        state = state if best is None else (f"done, {best.score}" if best.done else f"best {best.score}")
        level = "●" * spec.difficulty + "○" * (5 - spec.difficulty)
        table.add_row(spec.id, spec.title, str(spec.topic), level, str(spec.minutes), str(spec.full), state)
    return table


def catalogue_json(
    rows: Sequence[library.Exercise],
    done: Mapping[str, commands.Result],
    lacking: Mapping[str, list[str]],
    bad: Sequence[str] = (),
) -> None:
    """Print the list for programs; `lacking` and `bad` as for `catalogue`."""
    out = []
    for row in rows:
        best = done.get(row.spec.id)
        score = None if best is None else best.score
        own = {"score": score, "done": bool(best and best.done), "lacks": lacking.get(row.spec.id, [])}
        out.append({**about(row.spec), "digest": library.digest(row), **own})
    _json({"exercises": out, "unreadable": list(bad)})


def about(spec: exercise_file.Spec) -> dict[str, Any]:
    """Return the cells of an exercise in the list."""
    return {
        "id": spec.id, "title": spec.title, "topic": str(spec.topic), "share": exercise_file.SHARES[spec.topic],
        "difficulty": spec.difficulty, "minutes": spec.minutes, "points": spec.full, "variants": len(spec.variants),
        "competencies": list(map(str, spec.competencies)),
    }  # fmt: skip


def task(found: scene.Scene) -> None:
    """Print the task: symptoms and goals."""
    spec = found.exercise.spec
    CONSOLE.rule(f"{spec.title} · {spec.minutes} min · {spec.full} points", align="left")
    markdown(found.text("task.md"))
    option = paths.lab_option(found.lab.name)
    CONSOLE.print(f"\nLook:  ./run exercise.check{option}     stuck:  ./run exercise.hint{option}", markup=False)
    CONSOLE.print(f"Page:  ./run exercise.open{option}      end:    ./run exercise.stop{option}", markup=False)


def description(row: library.Exercise) -> None:
    """Print the facts about an exercise before it is begun."""
    spec = row.spec
    CONSOLE.print(f"{spec.id}: {spec.title}", markup=False)
    share = f", {exercise_file.SHARES[spec.topic]} % of the CKA" if exercise_file.SHARES[spec.topic] else ""
    CONSOLE.print(f"  topic       {spec.topic}{share}; {curriculum.words(spec)}", markup=False)
    CONSOLE.print(
        f"  difficulty  {spec.difficulty} of 5, about {spec.minutes} minutes, {spec.full} points", markup=False
    )
    CONSOLE.print(f"  variants    {len(spec.variants)}", markup=False)
    prices = ", ".join(str(hint.price) for hint in spec.hints) or "none"
    CONSOLE.print(f"  hints       {len(spec.hints)}, costing {prices}", markup=False)


def markdown(text: str) -> None:
    """Print Markdown rendered for a terminal; as it is without colours."""
    if CONSOLE.is_terminal:
        CONSOLE.print(rich.markdown.Markdown(text, hyperlinks=False, code_theme="ansi_dark"))
    else:
        CONSOLE.print(text, markup=False, soft_wrap=True)


def verdicts(found: attempt.Check, price: int = 0) -> None:
    """Print the result of each goal, and the points."""
    for kind, title in ((attempt.Kind.GOAL, ""), (attempt.Kind.GUARD, "kept on the way"), (attempt.Kind.STABILITY, "")):
        rows = [row for row in found.verdicts if row.kind is kind]
        if title and rows:
            CONSOLE.print(f" {title}:")
        for row in rows:
            worth = f"-{row.points}" if kind is attempt.Kind.GUARD else f"{row.points}"
            CONSOLE.print(f" [{COLOURS[row.state]}]{MARKS[row.state]}[/] {worth:>3}  ", end="")
            CONSOLE.print(row.says, markup=False, soft_wrap=True)
            if row.seen:
                seen = " / ".join(row.seen.splitlines())  # a line of its own could look like another verdict
                CONSOLE.print(f"        {row.state}: {foreign.line(seen)}", markup=False, soft_wrap=True)
    less = f", less {price} for hints" if price else ""
    CONSOLE.print(f"{found.points} of {found.full} points{less}", markup=False)


def verdicts_json(found: attempt.Check, now: attempt.Attempt) -> None:
    """Print a check for programs: the attempt's own words, with the price of its hints."""
    row = dataclasses.asdict(found)
    _json({"exercise": now.exercise, "variant": now.variant, "price": now.price, **row})


def finished(done: attempt.Attempt) -> None:
    """Print how an attempt ended."""
    score = "unscored: the solution was shown" if done.solved else f"{done.score} of {done.full} points"
    more = f"; assisted by {', '.join(item.how for item in done.assisted)}" if done.assisted else ""
    CONSOLE.print(f"{done.exercise}: {score}{more}. The lab is as it was before.", markup=False)


def _json(row: Mapping[str, Any]) -> None:
    terminal.document(row, indent=2)
