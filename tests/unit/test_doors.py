"""Both doors into a lab raise one base pair, and callers name that pair instead of each door's own."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import labs_data
import pytest

from kubelab import checks, errors, model, paths
from kubelab.checks import traffic
from kubelab.clients import doors, kube_api, kubectl, ssh
from kubelab.exercises import looks
from kubelab.exercises import scene as scenes
from kubelab.tasks import decorator

OWN = {
    "Unanswered": "kube_api",
    "Refused": "kube_api",
    "Unreachable": "ssh",
    "Failed": "ssh",
}
"""The exceptions of each door."""


class Reply:
    """An answer of the API server that is no success."""

    status_code = 403
    text = "no"

    class request:
        """What was asked."""

        method, path_url = "GET", "/api"

    @staticmethod
    def json() -> dict[str, str]:
        """Return what the server said."""
        return {"message": "forbidden"}


def failed() -> ssh.Failed:
    """Return a command's failure in a box."""
    return ssh.Failed(labs_data.lab().machines[0], "false", 1, "no")


RAISED = {
    "API, no answer": (kube_api.Unanswered("nothing", late=True), doors.NoAnswer, "api-silent"),
    "API, refused": (kube_api.Refused(Reply()), doors.Refusal, "api-refused"),  # type: ignore[arg-type]
    "ssh, no answer": (ssh.Unreachable("nothing", late=True), doors.NoAnswer, "box-unwell"),
    "ssh, refused": (failed(), doors.Refusal, "box-unwell"),
}


@pytest.mark.parametrize("case", RAISED)
def test_each_door_raises_the_base_pair(case: str) -> None:
    """No answer and a refusal are told apart by one pair of classes, and a word still names the door that raised."""
    raised, base, ident = RAISED[case]
    assert isinstance(raised, base)
    assert isinstance(raised, doors.DoorError)
    assert not isinstance(raised, doors.NoAnswer if base is doors.Refusal else doors.Refusal)
    assert decorator.as_lab_error(raised).ident == ident


@pytest.mark.parametrize("case", RAISED)
def test_a_check_says_either_in_its_own_words(case: str) -> None:
    """`asked` makes `Silent` of no answer, late if it was late, and `Wrong` of a refusal, whichever door it was."""
    raised, base, _ = RAISED[case]

    def ask() -> None:
        raise raised

    with pytest.raises((checks.Silent, checks.Wrong)) as seen:
        checks.asked(ask)
    assert type(seen.value) is (checks.Silent if base is doors.NoAnswer else checks.Wrong)
    assert seen.value.__cause__ is raised
    assert getattr(seen.value, "late", None) is (True if base is doors.NoAnswer else None)


def test_one_failing_box_does_not_hide_the_others() -> None:
    """`ssh.each` gives both door errors as results, and raises everything else."""
    lab = labs_data.lab()
    trouble = {lab.machines[0].name: ssh.Unreachable("down"), lab.machines[1].name: failed()}

    def work(machine: model.Machine) -> str:
        if machine.name in trouble:
            raise trouble[machine.name]
        return machine.name

    found = ssh.each(lab.machines, work)
    assert found == {machine.name: trouble.get(machine.name, machine.name) for machine in lab.machines}

    def wrong(machine: model.Machine) -> str:
        raise ValueError(machine)

    with pytest.raises(ValueError):
        ssh.each(lab.machines, wrong)


@dataclasses.dataclass
class Kubectl:
    """A kubectl that prints this and ends so, or (code None) never does; it keeps how it was called."""

    code: int | None
    said: str = ""
    error: str = ""
    calls: list[tuple[list[str], dict[str, Any]]] = dataclasses.field(default_factory=list)

    def __call__(self, words: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        """Stand in for `subprocess.run`."""
        self.calls.append((words, how))
        if self.code is None:
            raise subprocess.TimeoutExpired(words, how["timeout"])
        return subprocess.CompletedProcess(words, self.code, self.said, self.error)


def scene() -> Any:
    """Return what running a command in a pod needs of a scene."""
    lab = labs_data.lab()
    return types.SimpleNamespace(lab=lab, view=checks.View.of(lab, WHERE))


WHERE = paths.LabPaths(name="default")
KUBECTL: dict[str, Callable[[], object]] = {
    "a check": lambda: traffic._kubectl(scene().view, "get", "nodes"),
    "an exercise": lambda: looks.execute(scene(), "space", "pod", ["cat", "/entry"]),
    "a word": lambda: kubectl.run(WHERE, "get", "nodes"),
}


@pytest.mark.parametrize("name", KUBECTL)
def test_kubectl_has_one_door(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs kubectl runs the lab's own, with a limit and with none of the person's kubeconfig."""
    program = Kubectl(code=0, said="said")
    monkeypatch.setattr(subprocess, "run", program)
    assert KUBECTL[name]() == "said"
    ((words, how),) = program.calls
    assert words[0] == str(WHERE.bin / "kubectl")
    assert how["timeout"] > 0
    assert how["env"]["KUBECONFIG"] == str(WHERE.kubeconfig)
    keys = [word for word in words if word.startswith("--client-key")]
    assert keys == ([f"--client-key={WHERE.keys / scenes.GRADER}.key"] if name == "an exercise" else [])
    assert ("--kubeconfig=/dev/null" in words) is (name == "an exercise")


ENDS: dict[str, tuple[Kubectl, dict[str, type[Exception]]]] = {
    "too late": (Kubectl(code=None), {"a check": checks.Silent, "an exercise": checks.Silent}),
    "failed": (Kubectl(code=1, error="no such file"), {"a check": checks.Wrong, "an exercise": checks.Wrong}),
    "refused": (
        Kubectl(code=1, error="Error from server (Forbidden)"),
        {"a check": checks.Wrong, "an exercise": checks.Silent},
    ),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", KUBECTL)
def test_kubectls_end_is_told_in_the_callers_words(name: str, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check says `Silent` (late, if it was) or `Wrong`, a word says `kubectl-failed`; each keeps what was said."""
    program, raised = ENDS[end]
    monkeypatch.setattr(subprocess, "run", program)
    with pytest.raises(raised.get(name, errors.LabError)) as seen:
        KUBECTL[name]()
    late = end == "too late"
    said = "no answer in" if late else program.error
    assert said in f"{seen.value} {getattr(seen.value, 'details', '')}"
    assert isinstance(seen.value.__cause__, doors.NoAnswer) is late
    assert getattr(seen.value, "late", late) is late
    assert getattr(seen.value, "ident", "kubectl-failed") == "kubectl-failed"


def both_of_one(source: str) -> Iterator[int]:
    """Yield the lines where a tuple, a `|` or a call names both exceptions of one door."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Tuple | ast.Call):
            continue
        parts = node.elts if isinstance(node, ast.Tuple) else node.args
        named = [part.value.id for part in parts if isinstance(part, ast.Attribute) and own(part)]  # type: ignore[attr-defined]
        if len(named) > len(set(named)):
            yield node.lineno


def own(part: ast.Attribute) -> bool:
    """Return whether this names an exception of a door."""
    return isinstance(part.value, ast.Name) and OWN.get(part.attr) == part.value.id


@pytest.mark.parametrize("place", ["kubelab", "bench", "tests"])
def test_callers_name_the_pair(place: str) -> None:
    """Nothing catches both exceptions of one door by their own names: that is `doors.DoorError`."""
    files = [path for path in sorted((paths.ROOT / place).rglob("*.py")) if "data" not in path.parts]
    assert len(files) > 10
    found = [f"{relative(path)}:{line}" for path in files for line in both_of_one(path.read_text(encoding="utf-8"))]
    assert not found


def test_the_rule_sees_what_it_forbids() -> None:
    """The look above finds both spellings, and leaves two doors side by side alone."""
    assert list(both_of_one("try:\n    pass\nexcept (ssh.Failed, ssh.Unreachable):\n    pass\n")) == [3]
    assert list(both_of_one("suppress(kube_api.Refused, kube_api.Unanswered)")) == [1]
    assert not list(both_of_one("x = (kube_api.Refused, ssh.Failed)"))


def relative(path: Path) -> Path:
    """Return a path as the project names it."""
    return path.relative_to(paths.ROOT)
