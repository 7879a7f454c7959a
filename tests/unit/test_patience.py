"""Time limits grow with the computer's load, in one place for every door; a late answer differs from a refusal."""

from __future__ import annotations

import ast
import concurrent.futures
import functools
import http.server
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import checks, errors, model, paths
from kubelab.checks import boxes, guestbook, view
from kubelab.clients import docker, kube_api, kubectl, patience, ssh
from kubelab.exercises import attempt, looks
from kubelab.exercises import grade as grading
from kubelab.exercises import scene as scenes

OUTSIDE = ("host", "components", "course", "forward.py", "locks.py", "selfcheck.py", "bundle.py")
"""Places under kubelab/ with limits that are about no lab: this computer, downloads, a share, a lock."""


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this computer be four times as busy as it can be."""
    monkeypatch.setattr(patience, "factor", lambda: patience.MOST)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this computer have all the time in the world."""
    monkeypatch.setattr(patience, "factor", lambda: 1.0)


class Late(http.server.BaseHTTPRequestHandler):
    """Answers every request with something that suits everybody, after a while."""

    def do_GET(self) -> None:
        """Wait, then answer."""
        time.sleep(0.5)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"health": "true", "items": []}')

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Run a server that answers after half a second; return its address."""
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Late)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    thread.join()
    found.server_close()


def door(url: str, timeout: float = 0.2) -> kube_api.Api:
    """Return the API's door to a server, with a limit that is too short for it on a computer with time."""
    return kube_api.Api(url, Path("/nonexistent"), None, timeout=timeout)


@pytest.mark.usefixtures("slow")
def test_a_slow_computer_is_waited_for_at_the_api(server: str) -> None:
    """What answers in half a second is heard though the limit is 0.2 s for a computer that has time."""
    assert door(server).items("/api/v1/nodes") == []


@pytest.mark.usefixtures("quick")
def test_what_is_too_late_is_told_from_what_is_refused(server: str) -> None:
    """Both are `Silent`; only the first says nothing about the lab."""
    with pytest.raises(checks.Silent) as late:
        view.asked(lambda: door(server).get("/readyz"))
    assert late.value.late
    with pytest.raises(checks.Silent) as refused:
        view.asked(lambda: door("http://127.0.0.1:1").get("/readyz"))
    assert not refused.value.late


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer whose programs take half a second."""
    made = Computer.made(tmp_path, monkeypatch)
    for name, words in {"ssh": "-F", "docker": "ps", "kubectl": "get"}.items():
        made.program(name, {words: Answer(out="said", seconds=0.5)})
    (tmp_path / "build/default/bin").mkdir(parents=True)
    (tmp_path / "build/default/bin/kubectl").symlink_to(tmp_path / "bin/kubectl")
    return made


WHERE = paths.LabPaths(name="default")
MASTER = labs_data.lab().control_plane[0]
PROGRAMS: dict[str, Callable[[], str]] = {
    "ssh": lambda: ssh.run(paths.LabPaths(name="default"), MASTER, "true", timeout=0.2),
    "docker": lambda: docker.run("ps", timeout=0.2),
    "kubectl": lambda: kubectl.run(paths.LabPaths(name="default"), "get", "nodes", timeout=0.2),
}
"""Programs that ask a lab, each with a limit that is too short for it on a computer that has time."""


@pytest.mark.usefixtures("slow", "computer")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_slow_computer_is_waited_for_by_every_program(name: str) -> None:
    """ssh into a box, Docker's command line, the lab's kubectl."""
    assert PROGRAMS[name]() == "said"


@pytest.mark.usefixtures("quick", "computer")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_not_waited_for_for_ever(name: str) -> None:
    """On a computer with time the limit is what it says, and the door says so."""
    with pytest.raises((ssh.Unreachable, errors.LabError)) as caught:
        PROGRAMS[name]()
    assert getattr(caught.value, "late", True)


def lab_view() -> checks.View:
    """Return a view of the default lab."""
    return checks.View(lab=labs_data.lab(), where=WHERE, api=door("http://127.0.0.1:1"))


LIMITS: dict[str, Callable[[], object]] = {
    "etcd": lambda: boxes.etcd_answers(lab_view()),
    "guestbook": lambda: guestbook.guestbook_ready(lab_view()),
    "a URL of an exercise": lambda: looks.http(scene(), "http://127.0.0.1:9/"),
}


def scene() -> scenes.Scene:
    """Return what the look at a URL needs of a scene: nothing."""
    return None  # type: ignore[return-value]


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("name", LIMITS)
def test_every_other_door_asks_for_its_limit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit that reaches the socket is the grown one."""
    given: list[float] = []

    def send(*_: object, **words: Any) -> None:
        given.append(words["timeout"])
        raise OSError("not today")

    monkeypatch.setattr("requests.Session.send", send)
    with pytest.raises((checks.Silent, checks.Wrong, OSError)):
        LIMITS[name]()
    assert given
    assert min(given) >= 3 * patience.MOST


def test_no_limit_of_the_labs_doors_is_written_by_itself() -> None:
    """Whoever starts a program or opens a connection for a lab takes the limit from `patience`: a literal is found."""
    looked = 0
    for path in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        inside = path.relative_to(paths.ROOT / "kubelab").parts
        if inside[0] in OUTSIDE or inside == ("clients", "program.py"):  # which hands on what it is given
            continue
        text = path.read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in DOORS:
                limits = [word.value for word in call.keywords if word.arg == "timeout"]
                limits += [word for word in call.args[1:2] if "create_connection" in ast.unparse(call.func)]
                for limit in limits:
                    looked += 1
                    assert "limit" in ast.unparse(limit) or "patience." in ast.unparse(limit), f"{path}:{call.lineno}"
    assert looked > 8


DOORS = (
    "program.run",
    "subprocess.run", "session.get", "session.request", "session.post", "self._session.request", "self._session.get",
    "requests.get", "requests.post", "requests.request", "socket.create_connection",
)  # fmt: skip


def test_a_busy_computer_is_seen_and_a_lazy_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a processor, or a queue before it, makes limits longer; they have an end, and never get shorter."""
    for waiting, queue, factor in ((0.9, 0.1, 1.0), (2.0, 0.5, 2.0), (1.0, 3.0, 3.0), (50.0, 50.0, patience.MOST)):
        monkeypatch.setattr(patience, "_measured", None)
        monkeypatch.setattr(patience, "_waiting", functools.partial(float, waiting))
        monkeypatch.setattr(patience, "_queue", functools.partial(float, queue))
        assert patience.seconds(5) == 5 * factor


def test_the_measure_is_taken_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs hundredths of a second, and is not taken anew for every request."""
    monkeypatch.setattr(patience, "_measured", None)
    first = patience.factor()
    assert 1 <= first <= patience.MOST
    monkeypatch.setattr(patience, "_waiting", lambda: pytest.fail("measured again"))
    assert patience.factor() == first


@pytest.mark.usefixtures("quick")
def test_nothing_outlasts_the_block_that_it_is_asked_in() -> None:
    """Also in the threads that the block starts; outside of it the usual limit is back."""
    with patience.within(1), concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        assert patience.seconds(20) <= 1
        assert max(pool.map(patience.carried(patience.seconds), [20.0, 30.0])) <= 1
    with patience.within(0):
        assert 0 < patience.seconds(20) < 1
        assert patience.whole(20) == 1
    assert patience.seconds(20) == 20


@pytest.mark.usefixtures("quick")
def test_before_points_are_lost_it_is_asked_again_with_more_patience() -> None:
    """A check that could not tell, however long it took, has twice the time when it is asked again."""
    limits: list[float] = []

    def look() -> None:
        limits.append(patience.seconds(5))
        if limits[-1] < 8:
            raise checks.Silent("no answer in 5 s", late=True)

    task = grading.Task(kind=attempt.Kind.GOAL, check="slow", says="It is there", points=3, look=look)
    assert grading._one(task).state is attempt.State.PASSED
    assert limits == [5.0, 10.0]


@pytest.mark.usefixtures("quick")
def test_a_late_box_among_silent_ones_is_no_late_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several that are silent all have to be late: one that is refused says something."""

    def run(_: object, machine: model.Machine, *__: object, **___: object) -> str:
        raise ssh.Unreachable(f"{machine.name}: nobody", late=machine.name != MASTER.name)

    monkeypatch.setattr(ssh, "run", run)
    with pytest.raises(checks.Silent) as caught:
        boxes.folders_applied(lab_view())
    assert not caught.value.late


def test_polls_look_at_once_and_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look is not waited for, each has the seconds since then, and one look needs no time at all."""
    slept: list[float] = []
    clock = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)) / 2)
    monkeypatch.setattr(time, "sleep", slept.append)
    assert list(patience.polls(2.0, 0.3)) == [0.5, 1.5, 2.5]
    assert slept == [0.3, 0.3]
    assert len(list(patience.polls(-1.0))) == 1
