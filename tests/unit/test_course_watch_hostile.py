"""Watching a class that sends everything at once, slowly or as nonsense, or into a folder that all users can write."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import datetime
import io
import json
import os
import socket
import struct
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import course_data
import pytest

from kubelab.course import board as boards
from kubelab.course import classroom, course_plan, keys, watch
from kubelab.ui import progress, web_handler, web_server

AT = "2026-11-20T12:00:00+00:00"
CLASS = 200
HOUR = 3600.0


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


def board(room: course_data.Class, store: Path | None = None, tell: Callable[[str], None] = print) -> boards.Board:
    """Return the board of a class of two hundred, at a known time."""
    many = (*room.course.students, *(course_plan.Student(id=f"s{number}", name="") for number in range(CLASS)))
    course = course_plan.Course(**{**vars(room.course), "students": many})
    return boards.Board(course=course, key=room.key, store=store, clock=lambda: course_data.NOW, tell=tell)


def message(room: course_data.Class, student: str, at: str = AT) -> bytes:
    """Return a student's summary, signed."""
    text = json.dumps({"course": "autumn", "student": student, "at": at, "exercises": {}})
    signature = keys.signing(room.key, student).sign(text.encode()).hex()
    return json.dumps({"summary": text, "signature": signature}).encode()


def request(room: course_data.Class, student: str) -> bytes:
    """Return the whole request that exercise.share makes."""
    body = message(room, student)
    head = f"POST /summary HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {keys.token(room.key, student)}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.contextmanager
def serving(there: boards.Board) -> Iterator[tuple[web_server.Server, tuple[str, int]]]:
    """Yield a server for a board, and where it listens."""
    with watch.server(there, "127.0.0.1", 0, "page") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server, ("127.0.0.1", server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def talk(place: tuple[str, int], content: bytes, timeout: float = 5) -> bytes:
    """Send bytes and return what comes back until the end."""
    with socket.create_connection(place, timeout=timeout) as link:
        link.sendall(content)
        found = b""
        while piece := link.recv(4096):
            found += piece
    return found


def test_a_class_of_two_hundred_sends_at_once_and_nobody_is_lost(room: course_data.Class, tmp_path: Path) -> None:
    """All connect before the first is answered, as on a teacher's word; each is answered and in the store."""
    there = board(room, tmp_path)
    names = [f"s{number}" for number in range(CLASS)]
    gate = threading.Barrier(CLASS)
    requests = {name: request(room, name) for name in names}

    def send(name: str) -> bytes:
        gate.wait()
        return talk(place, requests[name])

    with serving(there) as (_, place), concurrent.futures.ThreadPoolExecutor(CLASS) as pool:
        answers = list(pool.map(send, names))
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.0 204 No Content"] * CLASS
    assert set(there.known) == set(names)
    assert {path.stem for path in tmp_path.glob("*.json")} == set(names)


@pytest.mark.parametrize(
    "begin", [b"", b"POST /summary HTTP/1.0\r\nX: ", b"POST /summary HTTP/1.0\r\nContent-Length: 60000\r\n\r\n"]
)
def test_a_slow_sender_has_its_time_for_the_whole_request(
    room: course_data.Class, monkeypatch: pytest.MonkeyPatch, begin: bytes
) -> None:
    """A byte now and then keeps no connection and no thread; meanwhile the others are answered."""
    monkeypatch.setattr(web_server.Server, "patience", 1.0)
    before = threading.active_count()
    with serving(board(room)) as (server, place):
        links = [socket.create_connection(place) for _ in range(30)]
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            for link in links:
                with contextlib.suppress(OSError):
                    link.sendall(begin[:1] or b"G")
            begin = begin[1:]
            time.sleep(0.1)
        assert b"204" in talk(place, request(room, "ada"))[:20]
        until = time.monotonic() + 60
        while server.held and time.monotonic() < until:
            time.sleep(0.05)
        assert not server.held
        assert threading.active_count() <= before + 2
        for link in links:
            link.close()


def test_more_connections_than_there_may_be_end_the_oldest(
    room: course_data.Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three hundred that say nothing, for an hour if need be, keep a bounded number of threads: no student waits."""
    monkeypatch.setattr(web_server, "CONNECTIONS", 20)
    monkeypatch.setattr(web_handler.Handler, "timeout", HOUR)
    monkeypatch.setattr(web_server.Server, "patience", HOUR)
    with serving(board(room)) as (server, place):
        links = [socket.create_connection(place) for _ in range(300)]
        assert b"204" in talk(place, request(room, "ada"), timeout=60)[:20]
        assert len(server.held) <= 20
        links[0].settimeout(60)
        assert links[0].recv(1) == b"", "the oldest was ended"
        for link in links:
            link.close()


def reset(place: tuple[str, int]) -> None:
    """Ask for something and reset the connection instead of reading."""
    link = socket.create_connection(place)
    link.sendall(b"GET /page/ HTTP/1.0\r\n\r\n")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()


NONSENSE = {
    "five thousand digits": (b"POST /summary HTTP/1.0\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
    "digits of another script": ("POST /summary HTTP/1.0\r\nContent-Length: ²٣\r\n\r\n".encode(), b"400"),
    "a negative length": (b"POST /summary HTTP/1.0\r\nContent-Length: -1\r\n\r\n", b"400"),
    "two lengths": (b"POST /summary HTTP/1.0\r\nContent-Length: 1, 2\r\n\r\n", b"400"),
    "a long line": (b"GET /" + b"a" * 100_000 + b" HTTP/1.0\r\n\r\n", b"414"),
    "many headers": (b"GET / HTTP/1.0\r\n" + b"a: b\r\n" * 500 + b"\r\n", b"431"),
    "bytes": (bytes(range(1, 256)) + b"\r\n\r\n", b"400"),
    "another verb": (b"DELETE / HTTP/1.0\r\n\r\n", b"501"),
    "a path that is no ASCII": ("GET /ä HTTP/1.0\r\n\r\n".encode(), b"404"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_gets_an_answer_and_no_traceback(
    room: course_data.Class, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever comes in, the teacher's terminal stays as it is, and the next student is answered."""
    content, code = NONSENSE[name]
    with serving(board(room)) as (_, place):
        with contextlib.suppress(ConnectionResetError):  # the answer was sent, and more was not read
            assert code in talk(place, content)
        reset(place)
        assert b"204" in talk(place, request(room, "ada"))[:20]
    assert capfd.readouterr() == ("", "")


def test_a_lost_store_is_told_once_and_kept_in_memory(room: course_data.Class, tmp_path: Path) -> None:
    """The student's summary counts; when the store can be written again, everything is in it."""
    said: list[str] = []
    store = tmp_path / "store"
    store.write_bytes(b"a file where the folder was")
    there = board(room, store, said.append)
    with serving(there) as (_, place):
        for student in ("ada", "grace"):
            assert b"204" in talk(place, request(room, student))[:20]
        assert list(there.known) == ["ada", "grace"]
        assert len(said) == 1 and "kept in memory" in said[0]
        store.unlink()
        assert b"204" in talk(place, request(room, "edsger"))[:20]
    assert {path.stem for path in store.glob("*.json")} == {"ada", "grace", "edsger"}
    assert len(said) == 2 and "again" in said[1]


def test_a_time_in_the_future_is_refused_with_what_to_do(room: course_data.Class) -> None:
    """It would hide every later summary with the right time; a clock that is a little ahead is nobody's fault."""
    there = board(room)
    for at in (
        "9998-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59-23:59",
        (course_data.NOW + datetime.timedelta(hours=1)).isoformat(),
    ):
        with pytest.raises(boards.Rejected, match=r"in the future: set this|no summary"):
            there.take(message(room, "ada", at), None)
    there.take(message(room, "ada", (course_data.NOW + datetime.timedelta(minutes=5)).isoformat()), None)
    assert there.known["ada"]


def test_an_exercise_of_another_course_is_refused(room: course_data.Class) -> None:
    """Names in the page are those of the course's own exercises."""
    row = {"points": 1, "full": 1, "hints": 0, "started": AT, "running": True, "done": False}
    text = json.dumps({"course": "autumn", "student": "ada", "at": AT, "exercises": {"\x1b[2J": row}})
    signature = keys.signing(room.key, "ada").sign(text.encode()).hex()
    with pytest.raises(boards.Rejected):
        board(room).take(json.dumps({"summary": text, "signature": signature}).encode(), None)


def test_a_shared_folder_with_everything_in_it_is_read_to_its_end(room: course_data.Class, tmp_path: Path) -> None:
    """Thousands of junk files, a FIFO, links, a folder and a huge file under a student's name: the others are seen."""
    for number in range(1500):
        (tmp_path / f"!{number:04}.json").write_bytes(b"x")
    os.mkfifo(tmp_path / "autumn-grace.json")
    (tmp_path / "0.json").symlink_to("/dev/zero")
    (tmp_path / "autumn-s1.json").symlink_to(tmp_path / "autumn-ada.json")
    (tmp_path / "autumn-s2.json").mkdir()
    (tmp_path / "autumn-s3.json").write_bytes(b"")
    os.truncate(tmp_path / "autumn-s3.json", 1 << 40)
    (tmp_path / "autumn-s4.json").write_bytes(message(room, "s5"))
    (tmp_path / "autumn-ada.json").write_bytes(message(room, "ada"))
    there = board(room)
    assert there.read_folder(tmp_path) > 500
    assert set(there.known) == {"ada", "s5"}


def test_a_lost_folder_is_told_and_does_not_end_the_watch(room: course_data.Class, tmp_path: Path) -> None:
    """The class stays as it was known, until the folder is there again."""
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "autumn-ada.json").write_bytes(message(room, "ada"))
    there = board(room)
    assert classroom.refresh(there, shared) == ""
    assert "Ada Lovelace" in (shared / classroom.PAGE).read_text(encoding="utf-8")
    away = shared.rename(tmp_path / "away")
    assert "cannot be used" in classroom.refresh(there, shared) and list(there.known) == ["ada"]
    assert not shared.exists(), "a folder made here would be another than the class's"
    away.rename(shared)
    (shared / "junk.json").write_bytes(b"x")
    assert "1 files" in classroom.refresh(there, shared)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("http://127.0.0.1:{port}/", "as the course file says"),
        ("http://192.0.2.1:8765", "`exercise.share --to http://127.0.0.1:{port} --yes`"),
        ("", "its file has no `watch:`"),
    ],
)
def test_where_students_send_is_told_as_their_packs_have_it(
    room: course_data.Class, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    """Another port, or the loopback address, is not what the course file says; and its packs send elsewhere."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(web_server.Server, "serve_forever", interrupted)
    out = io.StringIO()
    course = dataclasses.replace(room.course, watch=said.format(port=port))
    classroom.watch(course, "127.0.0.1", port, None, None, progress.Progress(progress.Style.PLAIN, out=out))
    assert f"students send to: http://127.0.0.1:{port} (" in out.getvalue()
    assert told.format(port=port) in out.getvalue()


def test_a_page_that_is_a_link_is_replaced_and_not_followed(room: course_data.Class, tmp_path: Path) -> None:
    """Who can write to the folder cannot make the teacher overwrite a file elsewhere."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / classroom.PAGE).symlink_to(victim)
    assert classroom.refresh(board(room), shared) == ""
    assert victim.read_bytes() == b"mine" and not (shared / classroom.PAGE).is_symlink()


def test_the_page_may_load_and_tell_nothing(room: course_data.Class) -> None:
    """No script, no frame, and its secret address goes nowhere as a referrer."""
    with serving(board(room)) as (_, place), urllib.request.urlopen(f"http://{place[0]}:{place[1]}/page/") as answer:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
