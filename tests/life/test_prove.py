"""lab.test --prove on a live lab: a mutation that the commit chooses reddens its own checks and is undone.

KUBELAB_ROWS names faults and mutations (commas between); left out, one row that the commit chooses
of those that were proven alone: rows that were proven together may redden more or fewer checks than alone.
"""

from __future__ import annotations

import os

import pytest
from acts import Home

from kubelab.proofs import checks_page, live_suite, prove_checks
from kubelab.proofs.layers import BREAKS
from kubelab.state import docs_table
from kubelab.ui import progress


def chosen() -> list[str]:
    """Return the rows to prove: another one with each commit."""
    asked = os.environ.get("KUBELAB_ROWS", "")
    if asked:
        return prove_checks.chosen(asked)
    proven = [name for name, row in checks_page.read().items() if row.good and row.together == 1] or list(BREAKS)
    return [proven[int(docs_table.commit().rstrip("+")[:4], 16) % len(proven)]]


@pytest.mark.parametrize("row", chosen())
def test_a_check_is_red_by_what_it_exists_for(home: Home, row: str) -> None:
    """Red by name, nothing else red without a reason, and green again once it was taken back."""
    suite, report = live_suite.checks(), progress.Progress(progress.Style.PLAIN)
    # The suite was green a moment ago, in test_up.py: what was red already would be red without a reason here.
    (done,) = prove_checks.prove(home.view, suite, (row,), report)
    assert done.good, done.result
