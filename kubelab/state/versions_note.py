"""The note of the versions that a lab's machines were rendered with last, apart from the rendered files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from kubelab import errors, paths
from kubelab.files import bounded, strictjson
from kubelab.state import workspace

NAME = "versions.json"
"""The note's file in a lab's state/."""
LARGEST = 1 << 20
"""Bytes of the note; a usual one has 1 KB."""
VERSION = re.compile(r"\d+\.\d+[\w.+-]*")


def read(where: paths.LabPaths) -> dict[str, str]:
    """Return the note: a machine and its part, as `kube-master-01 API server`, to the version; empty without one.

    Raises LabError `state-damaged`: without the note an older version could be put in place of a newer one unseen.
    """
    file = where.state / NAME
    try:
        found = strictjson.table(strictjson.content(file, most=LARGEST), most=LARGEST)
        for text in found.values():
            if not isinstance(text, str) or not VERSION.fullmatch(text):
                raise strictjson.Refused(f"has {str(text)[:40]!a} in place of a version")
    except FileNotFoundError:
        return {}
    except strictjson.Refused as problem:
        what = f"{file}, which keeps the versions that the lab runs, {problem}"
        aside = bounded.aside(file)
        remedy = f"see that 'versions:' is as it was when the lab was up last; {aside}; then the same again"
        raise errors.LabError("state-damaged", what, remedy=remedy) from problem
    return found


def keep(where: paths.LabPaths, versions: Mapping[str, str]) -> None:
    """Write the note; one that says the same already is left. Raises as `read` does."""
    if read(where) != versions:
        workspace.keep(where.state / NAME, f"{json.dumps(versions, indent=1)}\n".encode())
