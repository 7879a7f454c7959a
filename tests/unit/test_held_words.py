"""Every word that changes a lab takes its lock once, before it looks at the lab; other words take none."""

from __future__ import annotations

import ast
import inspect
import io
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import invoke.context
import invoke.tasks
import pytest
from fakes import Answer, Computer

from kubelab import paths
from kubelab.course import class_results, regrade
from kubelab.state import locks
from kubelab.tasks import course, namespace

LAB = "default"
HOLDS = ("session.held", "session.held_places")
"""The two ways to the lock of a lab."""
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "boxes.ignition": {},
    "boxes.make": {},
    "checkpoint.delete": {"name": "a"}, "checkpoint.restore": {"name": "a"}, "checkpoint.save": {"name": "a"},
    "course.regrade": {"file": "x", "course": "y", "exercise": "z", "yes": True},
    "exam.prove": {}, "exam.start": {}, "exam.stop": {}, "exam.submit": {},
    "exercise.prove": {}, "exercise.reset": {}, "exercise.solve": {"yes": True}, "exercise.stop": {},
    "exercise.start": {"exercise": "data-survives"},
    "fault.clear": {"give_up": True}, "fault.inject": {"name": "kubelet-stopped"}, "fault.prove": {},
    "lab.certs": {"renew": True}, "lab.conformance": {}, "lab.destroy": {"yes": True}, "lab.halt": {},
    "lab.kubeconfig": {"merge": True}, "lab.load": {"image": "web:1"}, "lab.render": {}, "lab.test": {},
    "lab.unload": {"all": True}, "lab.up": {"repair": True, "give_up": True},
}  # fmt: skip
"""Words that change a lab, with what is typed for it to be changed."""
LATER: Mapping[str, str] = {"exercise.check": "once every goal holds: test_exercise_counts.py"}
"""Words that look first, and hold the lab to look again before they change it."""
EACH: Mapping[str, str] = {
    "course.down": "a lab for each student", "course.up": "a lab for each student",
    "course.pause": "a lab for each student", "course.resume": "a lab for each student, by a lock of its own",
    "exercise.open": "the page checks as exercise.check --quick does, and gives hints",
    "lab.survive": "types words", "test": "types words",
}  # fmt: skip
"""Words that do what others do, several times: each time holds the lab for itself."""
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "checkpoint.list": {"verify": True}, "dashboard.open": {}, "exam.flag": {"task": "1"}, "exam.open": {},
    "exam.show": {"task": "1"}, "exam.status": {}, "exercise.hint": {}, "exercise.show": {},
    "fault.active": {"give_up": True}, "guestbook.open": {}, "lab.certs": {}, "lab.env": {}, "lab.kubeconfig": {},
    "lab.list": {}, "lab.load": {"image": ""}, "lab.logs": {}, "lab.plan": {"drift": True, "give_up": True},
    "lab.show": {}, "lab.status": {}, "lab.timeline": {}, "lab.why": {"give_up": True},
}  # fmt: skip
"""Words that only look at a lab. Two more become another program: `lab.kubectl` and `lab.ssh`."""
BECOME = ("lab.kubectl", "lab.ssh")
NO_LAB = (
    "check", "components.", "course.collect", "course.make", "course.show", "course.watch", "docs.", "exercise.list",
    "exercise.new", "exercise.share", "exercise.submit", "fault.list", "host.",
)  # fmt: skip
"""Words, or all of a kind, that are about no lab's state; what is kept of attempts has a lock of its own."""
BELOW = {
    "kubelab/course/student_labs.py": 2, "kubelab/course/student_pauses.py": 1,
    "kubelab/dev/own_labs.py": 1, "kubelab/exercises/commands.py": 1,
}  # fmt: skip
"""Where a lab is held below the words, and how often: on behalf of `EACH`, and of `exercise.check`."""


def words() -> dict[str, invoke.tasks.Task[Any]]:
    """Return every shipped word."""
    found = namespace.collection(namespace.known())
    return {name: found[name] for name in found.task_names}


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer with the places of a lab that is up, whose boxes are gone."""
    made = Computer.made(tmp_path, monkeypatch)
    made.program("docker", {"": Answer()})
    made.program("ssh", {"": Answer(code=255)})
    where = paths.LabPaths(name=LAB)
    where.state.mkdir(parents=True)
    where.kubeconfig.touch()
    return made


@pytest.fixture
def looks(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is read of the lab from here on: files of it, asked of the system, and programs."""
    seen: list[str] = []
    assert computer.folder.exists()

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*args: Any, **options: Any) -> Any:
            path = os.fspath(args[0]) if args and isinstance(args[0], (str, os.PathLike)) else ""
            lab = (f"{paths.BUILD}/{LAB}/", f"{paths.LABS}/{LAB}.yaml")
            if path.startswith(lab) and "/logs" not in path:  # a run's own log is no look at the lab
                seen.append(f"{name} {path}")
            return real(*args, **options)

        return watch

    for module, name in ((os, "stat"), (os, "scandir"), (os, "listdir"), (os, "open"), (io, "open")):
        monkeypatch.setattr(module, name, watched(name, getattr(module, name)))

    class Watched(subprocess.Popen[Any]):
        """A program that is told."""

        def __init__(self, command: Any, *args: Any, **options: Any) -> None:
            seen.append(f"starts {command}")
            super().__init__(command, *args, **options)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    return seen


def typed(word: str, arguments: Mapping[str, Any]) -> int:
    """Run a word on the lab; return its exit code."""
    body = words()[word].body
    named = {"lab": LAB} if "lab" in inspect.signature(body).parameters else {}
    try:
        body(invoke.context.Context(), **named, **arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_every_word_is_in_one_of_the_tables() -> None:
    """A new word has to say whether it changes a lab; four do so only when asked."""
    told = {*CHANGES, *LATER, *EACH, *LOOKS, *BECOME}
    kinds = tuple(row for row in NO_LAB if row.endswith("."))
    apart = {name for name in words() if name in NO_LAB or name.startswith(kinds)}
    assert told | apart == set(words())
    assert not told & apart
    assert set(CHANGES) & set(LOOKS) == {"lab.certs", "lab.kubeconfig", "lab.load"}


@pytest.mark.parametrize("word", CHANGES)
def test_a_word_that_changes_a_lab_holds_it_before_it_looks(
    word: str, looks: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While another run holds the lab the word ends at once, and has seen nothing of the lab."""
    if word == "course.regrade":  # what was handed in is read first: it is no lab's
        monkeypatch.setattr(course, "opened", lambda *_: None)
        monkeypatch.setattr(class_results, "opened", lambda *_: None)
        monkeypatch.setattr(regrade, "choose", lambda *_: Replay())
    with locks.lab(LAB):
        code = typed(word, CHANGES[word])
    assert "error lab-locked" in capsys.readouterr().err, looks
    assert (code, looks) == (1, [])


class Replay:
    """A grade to be made anew, as far as `course.regrade` says it."""

    @staticmethod
    def lines() -> list[str]:
        """Return no line."""
        return []


def test_a_look_is_seen(looks: list[str]) -> None:
    """The watch of the test above sees files and programs of a word that only looks."""
    typed("lab.status", {})
    assert f"open {paths.LABS}/{LAB}.yaml" in looks
    assert any(row.startswith("starts ['docker'") for row in looks), looks


@pytest.mark.usefixtures("computer")
@pytest.mark.parametrize("word", LOOKS)
def test_a_word_that_only_looks_holds_nothing(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not refused while another run holds the lab, whatever else it lacks on an empty computer."""
    monkeypatch.setattr("kubelab.lab.port_forward.Forward.follow", lambda _: None)
    with locks.lab(LAB):
        typed(word, LOOKS[word])
    assert "lab-locked" not in capsys.readouterr().err


def sites(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield each place of a module where a lab is held, with the function that it is in."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in HOLDS:
                    yield function.name, node


def test_a_word_holds_its_lab_once_and_nothing_below_it_does() -> None:
    """One place in each word's body, in no loop; the lock is taken in `session` alone, and `Held` is made there."""
    for path in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        name = str(path.relative_to(paths.ROOT))
        text = path.read_text(encoding="utf-8")
        if name != "kubelab/converge/session.py":
            assert "locks.lab(" not in text and "session.Held(" not in text, name
        found = [function for function, _ in sites(path)]
        if name.startswith("kubelab/tasks/"):
            assert len(found) == len(set(found)), f"{name}: {found}"
            loops = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.For, ast.While))]
            assert not any("session.held" in ast.unparse(loop) for loop in loops), name
        else:
            assert len(found) == BELOW.get(name, 0), f"{name}: {found}"
