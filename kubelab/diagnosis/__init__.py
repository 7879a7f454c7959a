"""What is wrong with a lab: evidence gathered at once from the host up, and a pure function from it to named causes.

`CAUSES` is the one table; `pages.WHY` and the fault catalogue refer to its names.
"""

from __future__ import annotations

from kubelab import checks
from kubelab.diagnosis import evidence, gather, judge, tables

CAUSES = tables.CAUSES


def diagnose(view: checks.View, survey: gather.Survey) -> tuple[evidence.Seen, judge.Verdict]:
    """Return what was seen of a lab and what is wrong with it; `survey` looks at every check of a healthy lab.

    The one judgement behind `lab.status` and `lab.why`. Changes nothing.
    """
    found = gather.gather(view, survey)
    return found, judge.judge(found)
