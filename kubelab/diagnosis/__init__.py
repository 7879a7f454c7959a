"""What is wrong with a lab: evidence gathered at once from the host up, and a pure function from it to named causes.

`CAUSES` is the one table; docs/why.md and the fault catalogue refer to its names.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes, credentials, machines, objects, planes

CAUSES: Mapping[str, causes.Cause] = {**machines.TABLE, **credentials.TABLE, **planes.TABLE, **objects.TABLE}
