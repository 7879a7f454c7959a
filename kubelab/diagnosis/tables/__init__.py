"""The one table of causes, put together from its parts."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.tables import credentials, demands, machines, nodes, objects, planes

PARTS = (machines.TABLE, credentials.TABLE, planes.TABLE, nodes.TABLE, objects.TABLE, demands.TABLE)
CAUSES: Mapping[str, causes.Cause] = {name: row for part in PARTS for name, row in part.items()}
