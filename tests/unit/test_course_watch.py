"""Watching a class: course.watch accepts only small messages with the token, signed by a student of the course."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import socket
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import course_data
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab import errors, paths
from kubelab.course import gradebook, keys, pack, progress_share, submit, watch
from kubelab.exercises import attempt

LAB = "watched"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


@pytest.fixture
def student(room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, pack.Pack]:
    """Return ada's checkout with its pack, in which she has done an exercise."""
    with tarfile.open(room.course.file.with_name("packs") / "autumn-ada.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    root = tmp_path / "autumn-ada"
    monkeypatch.setattr(paths, "BUILD", root / "build")
    where = paths.LabPaths(name=LAB)
    where.state.mkdir(parents=True)
    attempt.finish(where, room.tried("ada"))
    return root, pack.needed(root)


def board(room: course_data.Class, store: Path | None = None) -> watch.Board:
    """Return an empty board."""
    return watch.Board(course=room.course, key=room.key, store=store)


@contextlib.contextmanager
def serving(room: course_data.Class) -> Iterator[tuple[watch.Board, str]]:
    """Yield a board and the address of its server."""
    found = board(room)
    with watch.server(found, "127.0.0.1", 0, "page") as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def get(url: str) -> requests.Response:
    """Fetch an address without any proxy."""
    session = requests.Session()
    session.trust_env = False
    return session.get(url, timeout=10)


def test_a_summary_arrives_and_the_page_shows_it(room: course_data.Class, student: tuple[Path, pack.Pack]) -> None:
    """From the pack of ada to the teacher's page, over a real socket."""
    root, found = student
    with serving(room) as (there, url):
        message = progress_share.signed(progress_share.summary(LAB, found), root)
        assert progress_share.send(message, found, url) == f"{url}/summary"
        assert there.known["ada"].exercises["pods-pending"].points == 10
        answer = get(f"{url}/page/")
        assert answer.status_code == 200 and "Ada Lovelace (ada)" in answer.text and "10/10" in answer.text
        assert get(f"{url}/").status_code == 404 and get(f"{url}/summary").status_code == 404


def test_a_summary_says_no_more_than_it_must(student: tuple[Path, pack.Pack]) -> None:
    """Points, hints, times: no name, no address, nothing of what was seen in the lab."""
    rows = progress_share.summary(LAB, student[1])
    assert set(rows) == {"course", "student", "at", "exercises"}
    one: dict[str, Any] = rows["exercises"]["pods-pending"]  # type: ignore[index]  # a mapping
    assert set(one) == {"points", "full", "hints", "started", "running", "done"}


def test_what_is_done_stays_done_when_it_is_begun_again(
    room: course_data.Class, student: tuple[Path, pack.Pack]
) -> None:
    """Once more, to practise: the points and the tick stay, and the teacher sees that it runs."""
    again: dict[str, Any] = {
        "started": "2026-11-12T08:00:00+00:00",
        "ready": "2026-11-12T08:00:09+00:00",
        "ended": "",
        "checks": (),
    }
    attempt.save(paths.LabPaths(name=LAB), room.tried("ada", **again))
    rows: Any = progress_share.summary(LAB, student[1])["exercises"]
    assert rows["pods-pending"] == {
        "points": 10, "full": 10, "hints": 0, "started": again["started"], "running": True, "done": True,
    }  # fmt: skip


def test_who_has_no_token_is_refused(room: course_data.Class, student: tuple[Path, pack.Pack]) -> None:
    """Another's token, none, and a signature with another's key: each is refused, and nothing is kept."""
    root, found = student
    message = progress_share.signed(progress_share.summary(LAB, found), root)
    with serving(room) as (there, url):
        assert found.watch
        for token in ("", keys.token(room.key, "grace"), "ä"):
            other = found.model_copy(update={"watch": found.watch.model_copy(update={"token": token})})
            with pytest.raises((errors.LabError, UnicodeError)):
                progress_share.send(message, other, url)
        forged = json.loads(message)
        forged["signature"] = keys.signing(room.key, "grace").sign(forged["summary"].encode()).hex()
        with pytest.raises(errors.LabError, match="refused"):
            progress_share.send(json.dumps(forged).encode(), found, url)
        assert not there.known


class Portal(http.server.BaseHTTPRequestHandler):
    """A school's log-in page: it answers to everything, or leads to itself."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    code = 200

    def do_POST(self) -> None:
        """Answer with the page."""
        self._page()

    def do_GET(self) -> None:
        """Answer with the page."""
        self._page()

    def _page(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(self.code if self.path != "/login" else 200)
        self.send_header("Location", "/login")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"log in")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("code", [200, 302, 404, 503])
def test_what_is_not_the_watch_takes_nothing_and_learns_no_more(
    student: tuple[Path, pack.Pack], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log-in page in between is not the teacher: not called sent, and no redirect carries the token on."""
    root, found = student
    message = progress_share.signed(progress_share.summary(LAB, found), root)
    monkeypatch.setattr(Portal, "code", code)
    monkeypatch.setattr(Portal, "asked", [])
    with http.server.HTTPServer(("127.0.0.1", 0), Portal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(errors.LabError, match=r"as no course\.watch does"):
            progress_share.send(message, found, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert [path for path, _ in Portal.asked] == ["/summary"]


@pytest.mark.parametrize("address", ["http://a b", "http://[::1", "http://127.0.0.1:x", "http://", "http://ä\x00"])
def test_an_address_that_is_none_is_told(student: tuple[Path, pack.Pack], address: str) -> None:
    """However it was mistyped: an error with an identifier."""
    root, found = student
    message = progress_share.signed(progress_share.summary(LAB, found), root)
    with pytest.raises(errors.LabError) as problem:
        progress_share.send(message, found, address)
    assert problem.value.ident == "share-failed"


def test_what_is_no_web_server_is_told(student: tuple[Path, pack.Pack]) -> None:
    """The port of another program, which answers in its own words."""
    root, found = student
    message = progress_share.signed(progress_share.summary(LAB, found), root)
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            link, _ = other.accept()
            with link:
                link.recv(1 << 16)
                link.sendall(b"SSH-2.0-other\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(errors.LabError, match=r"is no address of a course\.watch"):
            progress_share.send(message, found, f"http://127.0.0.1:{other.getsockname()[1]}")


def test_what_is_too_large_is_not_read(room: course_data.Class) -> None:
    """The server answers from the length alone; a length that lies, or is none, costs nothing either."""
    with serving(room) as (_, url):
        place = url.removeprefix("http://")
        for length, code in (("99999999999", 413), ("x", 400), ("-1", 400)):
            link = http.client.HTTPConnection(place, timeout=10)
            link.putrequest("POST", "/summary")
            link.putheader("Content-Length", length)
            link.endheaders()
            assert link.getresponse().status == code
            link.close()


def test_a_folder_does_instead_of_a_server(
    room: course_data.Class, student: tuple[Path, pack.Pack], tmp_path: Path
) -> None:
    """A shared folder, or a stick: what lies in it and is signed counts, the rest is passed over."""
    root, found = student
    shared = tmp_path / "shared"
    shared.mkdir()
    progress_share.send(progress_share.signed(progress_share.summary(LAB, found), root), found, str(shared))
    (shared / "x.json").write_text("{}", encoding="utf-8")
    there = board(room)
    assert there.read_folder(shared) == 1
    assert list(there.known) == ["ada"]


def test_an_older_summary_does_not_replace_a_newer_one(
    room: course_data.Class, student: tuple[Path, pack.Pack], tmp_path: Path
) -> None:
    """Replayed messages change nothing; what is kept is known after a restart."""
    root, found = student
    store = tmp_path / "store"
    store.mkdir()
    there, token = board(room, store), keys.token(room.key, "ada")
    newer = progress_share.summary(LAB, found)
    older = {**newer, "at": "2026-01-01T00:00:00+00:00", "exercises": {}}
    there.take(progress_share.signed(newer, root), token)
    with pytest.raises(watch.Rejected, match=r"a newer summary of ada's, of 20.* is here already"):
        there.take(progress_share.signed(older, root), token)  # the student would believe that it is seen
    there.take(progress_share.signed(older, root), None)  # it still lies in a folder, where none can be told
    there.take(progress_share.signed(newer, root), token)  # the same once more is no older one
    assert there.known["ada"].exercises
    again = board(room, store)
    again.read_folder(store)
    assert again.known == there.known


@settings(deadline=None, max_examples=60)
@given(
    message=st.binary(max_size=300)
    | st.text().map(lambda text: json.dumps({"summary": text, "signature": text}).encode())
)
def test_no_message_makes_a_traceback(room: course_data.Class, message: bytes) -> None:
    """Anything is a signed summary or is rejected."""
    with pytest.raises(watch.Rejected):
        board(room).take(message, "x")


def test_the_server_binds_to_the_address_that_is_given(room: course_data.Class) -> None:
    """Not to every address; one that this computer has not got is an error with an identifier."""
    with watch.server(board(room), "127.0.0.1", 0, "page") as server:
        assert server.server_address[0] == "127.0.0.1"
    with pytest.raises(errors.LabError) as problem:
        watch.server(board(room), "192.0.2.1", 0, "page")
    assert problem.value.ident == "watch-address"


def test_a_submission_is_what_the_teacher_collects(
    room: course_data.Class, student: tuple[Path, pack.Pack], tmp_path: Path
) -> None:
    """exercise.submit in ada's pack, course.collect at the teacher's: full points; destroy then asks nothing."""
    root, _ = student
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    results = submit.submit(LAB, inbox / "ada.zip", root)
    assert [one.exercise for one in results.attempts] == ["pods-pending"]
    row = next(row for row in gradebook.collect(inbox, room.course, course_data.NOW).rows if row.student.id == "ada")
    assert row.marks[0].points == 10
    assert {doubt.rule for doubt in row.doubts} == {"clock"}  # made now, and the test's now is another
    kept = (attempt.folder(paths.LabPaths(name=LAB)) / submit.SUBMITTED).read_text(encoding="utf-8").split()
    assert len(kept) == 1 and kept[0].endswith("-pods-pending.json")


def test_nothing_tried_is_said(student: tuple[Path, pack.Pack], tmp_path: Path) -> None:
    """In another lab there is nothing to hand in."""
    with pytest.raises(errors.LabError) as problem:
        submit.submit("elsewhere", tmp_path / "x.zip", student[0])
    assert problem.value.ident == "attempts-none"
    assert not (tmp_path / "x.zip").exists()
