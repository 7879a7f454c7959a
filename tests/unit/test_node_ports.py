"""The guestbook through every node's port: one connection of several that is dropped is seen."""

from __future__ import annotations

import dataclasses
import http.server
import ipaddress
import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any, cast

import labs_data
import pytest

from kubelab import checks, model, paths
from kubelab.checks import guestbook, node_ports
from kubelab.converge import apply

FRONTENDS = 3


class Node(http.server.ThreadingHTTPServer):
    """A node that forwards each connection to the next of the frontends, the last of which may be lost."""

    def __init__(self, address: str, *, lost: bool) -> None:
        """Listen on a port of the system's choice."""
        super().__init__((address, 0), Answer)
        self.turns = itertools.cycle([*[False] * (FRONTENDS - 1), lost])
        self.stale = False
        """Whether a follower has not met its leader yet."""


class Answer(http.server.BaseHTTPRequestHandler):
    """Says that redis is there, or drops the connection."""

    def do_GET(self) -> None:
        """Answer as the frontend whose turn it is."""
        assert isinstance(self.server, Node)
        if next(self.server.turns):
            self.close_connection = True
            return
        reads = self.path == "/api/entries?limit=1"
        self.send_response(503 if reads and self.server.stale else 200 if reads or self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(params=[False, True], ids=["all frontends reached", "one frontend lost"])
def node(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """Serve as the only node."""
    with Node("127.0.0.1", lost=request.param) as served:
        monkeypatch.setattr(guestbook, "PORT", served.server_address[1])
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


def view(nodes: Sequence[model.Machine]) -> checks.View:
    """Return a view of a lab with these nodes."""
    lab = dataclasses.replace(labs_data.lab(), machines=tuple(nodes))
    return checks.View(lab=lab, where=paths.LabPaths(name="default"), api=cast("Any", None))


@pytest.mark.usefixtures("node")
def test_a_node_that_drops_some_connections_is_told(request: pytest.FixtureRequest) -> None:
    """A single look may be answered by a frontend that is well; all tries together are not."""
    first = labs_data.lab().workers[0]
    seen = view([dataclasses.replace(first, address=ipaddress.IPv4Address("127.0.0.1"))])
    guestbook.guestbook_ready(seen)
    if "lost" in request.node.callspec.id:
        with pytest.raises(checks.Wrong, match=r"127\.0\.0\.1:\d+/api/entries\?limit=1: ConnectionError at try 1"):
            node_ports.everywhere(seen)
    else:
        node_ports.everywhere(seen)


@pytest.mark.parametrize("node", [False], indirect=True, ids=["all frontends reached"])
def test_a_lab_whose_entries_cannot_be_read_yet_is_told(node: Node) -> None:
    """A halted lab was called up while a follower still had the list of its first start, and an entry was missed."""
    seen = view([dataclasses.replace(labs_data.lab().workers[0], address=ipaddress.IPv4Address("127.0.0.1"))])
    node.stale = True
    with pytest.raises(checks.Wrong, match="limit=1 says 503 at try 1"):
        node_ports.everywhere(seen)
    node.stale = False
    node_ports.everywhere(seen)


def test_a_changed_lab_is_called_up_only_when_every_node_forwards() -> None:
    """`lab.up` waits for it after a change, never without one, and not in a lab without a guestbook."""
    name, lab = "guestbook everywhere", labs_data.lab()
    assert name in apply.wanted(lab, again=True)
    assert name not in apply.wanted(lab, again=False)
    assert name not in apply.wanted(dataclasses.replace(lab, addons=(model.Addon.DNS,)), again=True)
