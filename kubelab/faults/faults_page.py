"""The page of faults, written from the catalogue."""

from __future__ import annotations

from kubelab import pages, paths
from kubelab.faults import catalogue, fault
from kubelab.files import atomic
from kubelab.state import docs_table

PAGE = paths.ROOT / pages.FAULTS
COLUMNS = ("fault", "what is done", "on", "options", "red")
INTRO = """\
# Faults

*For teachers, and for practice alone.* **This page gives every fault away.** For a student, inject the fault yourself
and show only the lab.

A fault breaks one thing in a running lab and restores it exactly.

```
./run fault.list                        # the catalogue; --json for programs
./run fault.inject coredns-away         # --on BOX chooses the machine, --seed N chooses machine and options
./run lab.status                        # what it looks like from outside
./run lab.why                           # what is wrong, and why
./run fault.clear                       # undo all of them, the last one first, and wait until the lab is well
```

- The **seed** (0 if left out) picks machine and options, the same ones every time.
- You may inject a second fault beside the first. A lab that is already unwell for another reason is refused:
  the fault's effect would be unclear. `--force` injects anyway.
- `fault.clear` works after `lab.halt` and `lab.up`, and after an interrupted injection. The originals are saved
  before anything is changed, on this computer under `build/<lab>/state/faults/`, where a box cannot read them.
- `fault.clear` restores the files and objects that the fault may change. Your repair of the same file or object is
  replaced by the original; your other changes stay.
- A *detector* is a check that must be red while the fault is active. [faults-proven.md](faults-proven.md) shows when
  each fault was last proven on a live lab: green, red, cleared, same digests of files, units, firewall rules and
  objects. `./run fault.prove` proves them.

## A fault of your own

1. A row in `kubelab/faults/node_faults.py` (machines) or `kubelab/faults/cluster_faults.py` (objects): what it may
   change, its options, its detectors, the pods that must be made again to be affected.
2. `provision/faults/<name>/inject.sh` and `clear.sh`: plain bash with the functions of `provision/faults/lib.sh`, run
   as root in the box. Options come as environment variables. `clear.sh` may run twice, and on a fault that was only
   half injected. A course's pack has no `clear.sh`: there `provision/faults/back.sh` undoes every fault from the
   saved files and objects of its row. A fault of an exercise changes nothing else; unit tests check that.
3. A cause of the same name in `kubelab/diagnosis/`, so that `lab.why` can name it.
4. `./run fault.prove --only <name>` on a running lab, `./run docs.faults`, and commit the script, the row and both
   pages.
"""


def text() -> str:
    """Return the page: how to use faults, and a table of each topic's."""
    return INTRO + "".join(_topic(topic) for topic in fault.Topic)


def write() -> str:
    """Write the page; return its path in the checkout."""
    atomic.write(PAGE, text(), mode=atomic.PUBLIC)
    return str(PAGE.relative_to(paths.ROOT))


def _topic(topic: fault.Topic) -> str:
    rows = [row for row in catalogue.FAULTS.values() if row.topic is topic]
    return f"\n## {topic[0].upper()}{topic[1:]}\n\n{docs_table.table(COLUMNS, map(_cells, rows))}"


def _cells(row: fault.Fault) -> tuple[str, ...]:
    options = "; ".join(f"{name}: {', '.join(f'`{value}`' for value in row.options[name])}" for name in row.options)
    red = ", ".join(f"`{name}`" for name in row.detector)
    return f"`{row.name}`", row.title, row.on, options, red
