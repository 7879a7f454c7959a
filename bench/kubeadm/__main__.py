"""One run of the peer alone: `python -m bench.kubeadm [--best-case] [--hold]`."""

from __future__ import annotations

import argparse
import signal

from bench import cost, report
from bench.kubeadm import peer, place
from kubelab.converge import session


def main() -> None:
    """Bring the peer up, print its marks, and remove it."""
    parser = argparse.ArgumentParser(prog="python -m bench.kubeadm", description=__doc__)
    parser.add_argument("--lab", default="bench", help="the lab file whose version set is used")
    parser.add_argument("--best-case", action="store_true", help="kubeadm at boot, and no pod before flannel works")
    parser.add_argument("--hold", action="store_true", help="keep it until Enter, to look around")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    versions = session.open_lab(options.lab)[0].versions
    place.prepare(versions, report.progress_lines())
    with place.place(versions, best_case=options.best_case) as wanted:
        found, usage = peer.up(wanted)
        report.timeline("kubeadm", found)
        report.cpu("kubeadm", cost.table([peer.rows(found, usage)]), 1)
        if options.hold:
            input("running; Enter removes it ")


main()
