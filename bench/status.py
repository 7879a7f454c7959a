"""Measures `lab.status` on an idle and on a busy computer: `python -m bench.status --lab NAME`.

Limits: 2 s on an idle computer, 6 s while every core is busy, and the same exit code. The lab must be up. It asserts
nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics

from bench import busy, command

WANTED = {"nothing beside it": 2.0, "a busy process a core": 6.0}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lab", default=command.LAB)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--word", default="lab.status", help="another word that changes nothing, as lab.why")
    given = options.parse_args()
    for what, limit in WANTED.items():
        with busy.burning(0 if what.startswith("nothing") else os.cpu_count() or 1):
            done = [command.run(given.word, "--lab", given.lab, good=(0, 3, 5)) for _ in range(given.runs)]
        each = ", ".join(f"{one.seconds:.1f}" for one in done)
        codes = "".join(str(one.code) for one in done)
        middle = statistics.median(one.seconds for one in done)
        print(
            f"  {given.word}, {what:<22} {middle:5.1f} s  ({each}; wanted {limit:.0f}; exit codes {codes})", flush=True
        )


if __name__ == "__main__":
    main()
