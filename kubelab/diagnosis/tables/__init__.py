"""The table of causes, put together from its parts."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.tables import addon_causes, control_plane, credentials, machines, nodes, objects, workloads

PARTS = (
    *(machines.TABLE, credentials.TABLE, control_plane.TABLE, nodes.TABLE, objects.TABLE, workloads.TABLE),
    addon_causes.TABLE,
)
CAUSES: Mapping[str, causes.Cause] = {name: row for part in PARTS for name, row in part.items()}
