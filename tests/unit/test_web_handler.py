"""One handler for every page that kubelab serves: its headers are on each answer, and nothing else answers HTTP."""

from __future__ import annotations

import ast
import http.client
import http.server
import threading
from collections.abc import Iterator

import pytest

from kubelab import paths
from kubelab.course import watch
from kubelab.exercises import web_page
from kubelab.ui import web_handler

HANDLERS: dict[str, type[web_handler.Handler]] = {
    "the exercise": web_page._handler("unit", "token", lambda *_: None),
    "the class": type("Class", (watch._Handler,), {"board": None, "secret": "token"}),
}
REQUESTS = {
    "a wrong address": ("GET", "/nothing", 404),
    "a wrong post": ("POST", "/nothing", {"the exercise": 404, "the class": 413}),
    "another method": ("DELETE", "/token", 501),
    "a line too long": ("GET", f"/{'x' * 70_000}", 414),
}


@pytest.fixture(params=list(HANDLERS))
def page(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Serve one of the pages; return its name and port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HANDLERS[request.param])
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield request.param, server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("case", REQUESTS)
def test_every_answer_keeps_others_out(page: tuple[str, int], case: str) -> None:
    """Refusals, those that Python sends by itself too: not kept, not framed, nothing loaded, no version told."""
    name, port = page
    method, path, status = REQUESTS[case]
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    link.request(method, path)
    reply = link.getresponse()
    reply.read()
    link.close()
    assert reply.status == (status[name] if isinstance(status, dict) else status)
    assert {header: reply.headers[header] for header in web_handler.HEADERS} == dict(web_handler.HEADERS)
    policy = str(reply.headers["Content-Security-Policy"])
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert ("script-src" in policy) is (name == "the exercise")
    assert reply.headers["Server"].strip() == "kubelab"


def test_a_whole_answer(page: tuple[str, int], capfd: pytest.CaptureFixture[str]) -> None:
    """Kind and length are told, and nothing of the request stands in the terminal."""
    link = http.client.HTTPConnection("127.0.0.1", page[1], timeout=5)
    link.request("GET", "/wrong")
    reply = link.getresponse()
    content = reply.read()
    link.close()
    assert (reply.headers["Content-Type"], reply.headers["Content-Length"]) == ("text/plain", str(len(content)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("given", ["", "toke", "tokens", "tökén", "TOKEN"])
def test_the_secret_is_asked_for_as_a_whole(given: str) -> None:
    """A part, more, other letters: none is the secret."""
    assert web_handler.Handler.knows("token", "token")
    assert not web_handler.Handler.knows(given, "token")


def test_nothing_else_answers_http() -> None:
    """No module has a handler of its own, whose headers would have to be thought of again."""
    found = set()
    for path in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any("HTTPRequestHandler" in ast.unparse(base) for base in node.bases):
                found.add(str(path.relative_to(paths.ROOT)))
    assert found == {"kubelab/ui/web_handler.py"}
