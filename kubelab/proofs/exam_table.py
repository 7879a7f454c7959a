"""The exams that are run live, the table of those that were, and which are still due."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import model, pages, paths
from kubelab.config import load
from kubelab.exam import draw, laying_out
from kubelab.exercises import code_digest, library, proven
from kubelab.state import docs_table

ONE, TWO = ("elsewhere",), ("elsewhere", "elsewhere-ha")
"""The labs of an exam, the first one first. Some exercises are never drawn on one lab: all tasks of storage want both
workers whole, and there is one in every exam."""
SEEDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ONE: ("1", "27", "57", "70", "406"),
    TWO: ("3", "9", "11", "12", "20", "29", "31"),
}
"""Twelve exams that hold every exercise that exams draw; the first five hold all that are drawn on one lab."""
PAGE = paths.ROOT / pages.EXAMS_PROVEN
APART = ("__init__.py", "exam_page.py", "questions.py")
"""Modules of an exam that neither draw nor break nor judge."""
COLUMNS: docs_table.Form = {
    "labs": r"[a-z0-9-]+(, [a-z0-9-]+)?",
    "seed": r"\d+",
    "tasks": r"\d+",
    "nothing done": r"\d+",
    "one task alone": r"[a-z0-9-]+ \d+ of \d+",
    "all solved": r"\d+ of \d+",
    "ready": r"\d+",
    "seconds": r"\d+",
    "digest": r"\w+",
    "code": r"\w+",
    "commit": r"\w+",
    "date": r"[\d-]+",
}
HEAD = """# Exams that were proven

*For teachers.* Written by `./run exam.prove`. An exam without a row has not been proven: `--resume` does that.

Each exam was drawn by its seed and laid out on running labs. Graded with nothing done, no task won a point. One task,
drawn by the seed among those whose grading restarts nothing, was solved alone: it won its own points, and no other task
a single one. Then every other task was solved by its reference solution and the exam submitted: all points, also those
for what must hold for a while or outlive a restart. After `exam.stop` files, units and objects of the labs were as
before.

- *Ready*: seconds from the start until the clock ran, on labs that were up. *Seconds*: the whole proof.
- *Digest*: the versions of the labs' files and of the drawn exercises. *Code*: the version of the code that draws, lays
  out and judges; if only that changed, one exam is proven again.
- The exams on `elsewhere` hold every exercise that can be drawn on one lab; those on two labs hold the others.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One proven exam: its labs as `joined` has them, points with nothing done, seconds until ready and of all."""

    labs: str
    seed: str
    tasks: int
    nothing: int
    alone: str
    points: str
    ready: int
    seconds: int
    digest: str
    code: str
    commit: str
    date: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return the key by which it replaces an older row."""
        return self.labs, self.seed


def read() -> dict[tuple[str, str], Row]:
    """Return labs and seed to the row."""
    names = [field.name for field in dataclasses.fields(Row)]
    numbers = ("tasks", "nothing", "ready", "seconds")
    found = {}
    for cells in docs_table.rows(PAGE, COLUMNS):
        values = dict(zip(names, cells.values(), strict=True))
        row = Row(**{**values, **{name: int(values[name]) for name in numbers}})  # type: ignore[arg-type]
        found[row.key] = row
    return found


def keep(row: Row) -> None:
    """Put a row into the table, in place of the older one; concurrent runs do not lose each other's."""
    with docs_table.held(PAGE):
        rows = {**read(), row.key: dataclasses.replace(row, date=row.date or docs_table.today())}
        docs_table.write(PAGE, text(rows))


def text(rows: dict[tuple[str, str], Row]) -> str:
    """Return the page with these rows."""
    ordered = sorted(rows.values(), key=lambda row: (row.labs, int(row.seed)))
    return f"{HEAD}\n{docs_table.table(tuple(COLUMNS), map(dataclasses.astuple, ordered))}"


def joined(labs: Sequence[str]) -> str:
    """Return the labs of an exam as the table has them."""
    return ", ".join(labs)


def digest(tasks: Sequence[draw.Task]) -> str:
    """Return the version of an exam, 12 digits: its labs' files, its tasks, and what of them a proof runs."""
    whole = hashlib.sha256()
    for lab in sorted({task.lab for task in tasks}):
        whole.update(f"{lab}\0{load.digest(lab)}\0".encode())
    for task in tasks:
        exercise = proven.digest(library.find(task.exercise), proven.WALKS)
        whole.update(f"{task.lab}\0{task.exercise}\0{task.variant}\0{exercise}\0".encode())
    return whole.hexdigest()[:12]


@functools.cache
def code() -> str:
    """Return the version of the code that lays exams out and judges them, 12 digits."""
    whole = hashlib.sha256(code_digest.digest().encode())
    for path in modules():
        whole.update(f"{path.name}\0{code_digest.meaning(path.read_text(encoding='utf-8'))}\0".encode())
    return whole.hexdigest()[:12]


def modules() -> list[Path]:
    """Return the modules of exams that count."""
    folder = paths.ROOT / "kubelab" / "exam"
    return [path for path in sorted(folder.glob("*.py")) if path.name not in APART]


def due(labs: Sequence[model.Lab], seeds: Sequence[str]) -> tuple[str, ...]:
    """Return the seeds still to prove on labs: those without a row of this version.

    If the code differs from that of all rows, one: the one proven longest ago.
    """
    known, names = read(), joined([lab.name for lab in labs])
    rows = {seed: known.get((names, seed)) for seed in seeds}
    good = {seed: row for seed, row in rows.items() if row and row.digest == digest(laying_out.tasks(labs, seed))}
    missing = tuple(seed for seed in seeds if seed not in good)
    if missing or not good or any(row.code == code() for row in good.values()):
        return missing
    return (min(good, key=lambda seed: (good[seed].date, int(seed))),)
