"""Asks a machine of the lab for a page: past every proxy, since one for the outside world is no way to a lab."""

from __future__ import annotations

import requests

from kubelab.clients import patience


def get(url: str, usual: float, *, authority: str | bool = True) -> requests.Response:
    """Return the answer of a connection of its own; `usual` are the seconds that it takes at most on an idle computer.

    `authority` is the file that signs for a server over HTTPS. Raises as `requests` does.
    """
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, verify=authority, timeout=patience.seconds(usual))
