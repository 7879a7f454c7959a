"""One run of the peer alone: `python -m bench.kubeadm [--at-boot] [--hold]`."""

from __future__ import annotations

import argparse
import signal

from bench import report
from bench.kubeadm import peer
from kubelab import lifecycle


def main() -> None:
    """Bring the peer up, print what was reached when, and remove it."""
    parser = argparse.ArgumentParser(prog="python -m bench.kubeadm", description=__doc__)
    parser.add_argument("--lab", default="bench", help="the lab file whose version set is used")
    parser.add_argument("--at-boot", action="store_true", help="boxes run kubeadm at boot, not after vagrant up")
    parser.add_argument("--hold", action="store_true", help="keep it until Enter, to look around")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    versions = lifecycle.open_lab(options.lab)[0].versions
    peer.prepare(versions, report.progress_lines())
    with peer.place(versions, at_boot=options.at_boot) as wanted:
        found = peer.up(wanted)
        report.timeline("kubeadm", found)
        if options.hold:
            input("running; Enter removes it ")


main()
