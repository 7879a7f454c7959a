"""The guestbook through the port of every node, again and again: each node forwards to each of its pods."""

from __future__ import annotations

import functools
import itertools

import requests

from kubelab import model
from kubelab.checks import guestbook
from kubelab.checks.view import Check, View, Wrong, all_of
from kubelab.clients import direct

TRIES = 12
"""Connections to a node. kube-proxy draws a pod for each: one pod of three that is lost stays unseen in 1 of 130."""
ASKED = ("/readyz", "/api/entries?limit=1")
"""The second is refused by a follower that has not met its leader since it was started."""
PATIENCE = 2.0
"""Seconds for an answer on an idle computer; thousandths are usual."""


def wanted(lab: model.Lab) -> dict[str, Check]:
    """Return the check by name, for a lab with a guestbook that has just been changed.

    A pod that came back has another address. A node whose kube-proxy or flannel learns of it late drops some
    connections for up to `wait.WATCH_AGAIN` seconds, while one look at one node finds the guestbook well.
    """
    return {"guestbook everywhere": everywhere} if model.Addon.GUESTBOOK in lab.addons else {}


def everywhere(view: View) -> None:
    """Every node's port reaches the guestbook at every try, and its entries."""
    all_of([functools.partial(_steady, node) for node in view.lab.nodes])


def _steady(node: model.Machine) -> None:
    for number, path in itertools.product(range(TRIES), ASKED):
        url = f"http://{node.address}:{guestbook.PORT}{path}"
        try:
            reply = direct.get(url, PATIENCE)
        except requests.RequestException as problem:
            raise Wrong(f"{url}: {type(problem).__name__} at try {number + 1}") from problem
        if not reply.ok:
            raise Wrong(f"{url} says {reply.status_code} at try {number + 1}: {reply.text.strip()[:200]}")
