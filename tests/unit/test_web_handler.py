"""One handler for every page that kubelab serves: its headers are on each answer, and nothing else answers HTTP."""

from __future__ import annotations

import ast
import contextlib
import functools
import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from kubelab import paths
from kubelab.components import bundle_server
from kubelab.course import watch
from kubelab.exam import exam_page
from kubelab.exercises import web_page
from kubelab.ui import web_handler

HANDLERS: dict[str, type[web_handler.Handler]] = {
    "the exercise": web_page._handler("unit", "token", lambda *_: None),
    "the class": type("Class", (watch._Handler,), {"board": None, "secret": "token"}),
    "the exam": exam_page.handler("unit", "token"),
    "a bundle": type("Bundle", (bundle_server._Handler,), {"offer": SimpleNamespace(path="/b", tag="t", size=1)}),
}
REQUESTS = {
    "a wrong address": ("GET", "/nothing", 404),
    "a wrong post": ("POST", "/nothing", {"the exercise": 404, "the class": 413, "the exam": 404, "a bundle": 501}),
    "another method": ("DELETE", "/token", 501),
    "a line too long": ("GET", f"/{'x' * 70_000}", 414),
}


@contextlib.contextmanager
def served(name: str) -> Iterator[int]:
    """Serve one of the pages; yield its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HANDLERS[name])
    server.daemon_threads = True
    thread = threading.Thread(target=functools.partial(server.serve_forever, 0.05), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=list(HANDLERS))
def page(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Serve one of the pages; return its name and port."""
    with served(request.param) as port:
        yield request.param, port


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
    assert ("script-src" in policy) is (name in ("the exercise", "the exam"))
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


def talk(port: int, sent: bytes) -> bytes:
    """Send this over one connection; return all that comes back until the server ends it."""
    said = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as link,
        contextlib.suppress(OSError),  # what was not read ends a connection hard, and may take the answer with it
    ):
        link.sendall(sent)
        link.shutdown(socket.SHUT_WR)
        while piece := link.recv(1 << 16):
            said += piece
    return said


INNER = b"GET /inner HTTP/1.1\r\nHost: localhost:1\r\n\r\n"
BODIES = {
    "a body": (b"Content-Length: %d\r\n" % len(INNER), INNER),
    "a long body": (b"Content-Length: 900000\r\n", INNER.ljust(900_000)),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(INNER), INNER),
    "no length": (b"Content-Length: x\r\n", INNER),
    "chunks": (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(INNER), INNER)),
    "a length and chunks": (b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", INNER),
}


@pytest.mark.parametrize("method", [b"POST", b"GET", b"HEAD", b"PUT", b"nonsense"])
@pytest.mark.parametrize("case", BODIES)
def test_a_body_is_never_taken_for_a_request(page: tuple[str, int], case: str, method: bytes) -> None:
    """One request has one answer at most, whatever its body says, also on a connection that the client keeps."""
    header, body = BODIES[case]
    head = b"%b /nothing HTTP/1.1\r\nHost: localhost:1\r\nConnection: keep-alive\r\n" % method
    answers = talk(page[1], head + header + b"\r\n" + body).count(b"HTTP/1.")
    assert answers <= 1
    assert answers or case != "a body" or method not in (b"GET", b"POST")


@pytest.mark.parametrize("name", ["the exercise", "the exam"])
def test_a_kept_connection_serves_on_after_a_body(name: str) -> None:
    """A body of a plain length is read and dropped, and the next request is the client's own."""
    with served(name) as port:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for body in (b"", b"{}", b"x" * web_handler.UNWANTED):
            link.request("POST", "/nothing", body=body)
            reply = link.getresponse()
            assert (reply.status, reply.read(), reply.will_close) == (404, b"not found\n", False)
        link.request("POST", "/nothing", body=b"x" * (web_handler.UNWANTED + 1))
        reply = link.getresponse()
        assert (reply.status, reply.will_close) == (413, True)
        link.close()


def test_a_client_that_promises_a_body_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection ends when nothing comes: no thread waits for ever."""
    monkeypatch.setattr(web_handler.Handler, "timeout", 0.2)
    with served("the exercise") as port, socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.sendall(b"POST /nothing HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 5\r\n\r\n")
        assert link.recv(100) == b""


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
