"""Names what is wrong with a lab: evidence is gathered at once, and a pure function turns it into causes.

`CAUSES` is the one table; `pages.WHY` and the fault catalogue refer to its names.
"""

from __future__ import annotations

from kubelab import checks
from kubelab.checks import more_addons
from kubelab.diagnosis import evidence, gather, judge, tables

CAUSES = tables.CAUSES


def diagnose(view: checks.View) -> tuple[evidence.Evidence, judge.Verdict]:
    """Return the evidence of a lab and the verdict on it.

    `lab.status` and `lab.why` show this one verdict. Changes nothing.
    """
    found = gather.gather(view, more_addons.survey)
    return found, judge.judge(found)
