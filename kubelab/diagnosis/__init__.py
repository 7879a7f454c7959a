"""What is wrong with a lab: evidence gathered at once from the host up, and a pure function from it to named causes.

`CAUSES` is the one table; docs/why.md and the fault catalogue refer to its names.
"""

from __future__ import annotations

from kubelab import checks
from kubelab.diagnosis import gathering, judging, tables

CAUSES = tables.CAUSES


def diagnose(view: checks.View, survey: gathering.Survey) -> judging.Verdict:
    """Return what is wrong with a lab; `survey` looks at every check of a healthy lab. Changes nothing."""
    return judging.judge(gathering.gather(view, survey))
