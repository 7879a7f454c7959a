"""Measures `lab.why` on a healthy and on a broken lab: `python -m bench.why --lab NAME`; the limit is 10 s.

The lab must be up. Each fault is injected, diagnosed and cleared. It asserts nothing.
"""

from __future__ import annotations

import argparse
import statistics

from bench import command
from kubelab import checks
from kubelab.converge import session
from kubelab.faults import inject
from kubelab.ui import progress

FAULTS = ("kubelet-stopped", "apiserver-etcd-endpoint", "etcd-stopped", "corefile-broken")
"""A quick case, an API server that does not start, one that hangs, and a fault in the cluster's objects."""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lab", default=command.LAB)
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    view = checks.View.of(*session.open_lab(given.lab))
    _say("well", [_asked(given.lab) for _ in range(given.runs)])
    for name in FAULTS:
        try:
            inject.inject(view, name)
            _say(name, [_asked(given.lab) for _ in range(given.runs)])
        finally:  # also after a Ctrl-C: it must not leave the lab broken
            inject.clear(view, progress.Progress(progress.Style.PLAIN))


def _asked(lab: str) -> float:
    return command.run("lab.why", "--lab", lab, "--json", good=(0, 3, 5)).seconds


def _say(what: str, runs: list[float]) -> None:
    each = ", ".join(f"{value:.1f}" for value in runs)
    print(f"  {what:<28} {statistics.median(runs):6.1f} s  ({each})", flush=True)


if __name__ == "__main__":
    main()
