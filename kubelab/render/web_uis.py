"""The web UIs of the add-on dashboard: the part of its Deployment in which they differ.

Namespace, account, role, service and network policy are the same for each: `addons/40-dashboard.yaml`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from kubelab import model

HEADLAMP = "ghcr.io/headlamp-k8s/headlamp:v0.45.0"
"""Upstream's image: its modules and packages are in no registry that kubelab builds from, so nodes pull it."""


@dataclass(frozen=True, kw_only=True)
class WebUI:
    """A container that serves a page: `args` and `read_only` as the manifest writes them."""

    name: str
    image: str
    args: str
    port: int
    ready: str
    """The path that answers once it serves."""
    user: int
    read_only: str
    """Whether its root file system is: Headlamp writes its settings and copies of plugins there."""


def of(lab: model.Lab, software: model.SoftwarePaths) -> WebUI:
    """Return the web UI that a lab names; users without a name are the ones of the images."""
    if lab.dashboard is model.Dashboard.HEADLAMP:
        args = ["-in-cluster", "-plugins-dir=/headlamp/plugins"]
        return WebUI(
            name="headlamp", image=HEADLAMP, args=json.dumps(args), port=4466, ready="/", user=100, read_only="false"
        )
    image = software.images["web-view"].reference
    return WebUI(
        name="kube-web-view", image=image, args=json.dumps(["--port=8080"]), port=8080, ready="/health", user=1000,
        read_only="true",
    )  # fmt: skip
