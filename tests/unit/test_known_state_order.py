"""What an exercise takes back itself goes first; a stopped API server comes back before that, and no object does."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import labs_data
import pytest

from kubelab import checks, errors, paths
from kubelab.exercises import baseline_files, baseline_objects, known_state, library, reboot, scene, scripts
from kubelab.ui import progress


class Steps:
    """The steps of putting a lab back, in order; taking the breaks back fails as often as is said."""

    def __init__(self, fails: int, ident: str = "exercise-script") -> None:
        """Keep how often it fails, and how."""
        self.fails, self.ident, self.done = fails, ident, list[str]()

    def note(self, name: str, answer: object = None) -> Callable[..., Any]:
        """Return a step that is noted under this name."""

        def step(*_: object, **__: object) -> object:
            self.done.append(name)
            return answer

        return step

    def undo(self, _: Sequence[scene.Scene]) -> None:
        """Take the breaks back, or fail."""
        self.done.append("undo")
        self.fails -= 1
        if self.fails >= 0:
            raise errors.LabError(self.ident, "no answer")


@pytest.fixture
def lab() -> scene.Scene:
    """Return something with a lab: the steps are all replaced."""
    lab = labs_data.lab()
    view = checks.View(lab=lab, where=paths.LabPaths(name=lab.name), api=cast("Any", None))
    return cast("scene.Scene", types.SimpleNamespace(view=view))


def put_back(monkeypatch: pytest.MonkeyPatch, steps: Steps, lab: scene.Scene) -> list[str]:
    """Take the breaks of a lab back; return the steps."""
    monkeypatch.setattr(baseline_objects, "load", steps.note("load"))
    monkeypatch.setattr(known_state, "read_listing", lambda _: {})
    monkeypatch.setattr(reboot, "running", steps.note("running"))
    monkeypatch.setattr(reboot, "api_back", steps.note("api"))
    monkeypatch.setattr(baseline_files, "put_back", steps.note("boxes", {}))
    monkeypatch.setattr(known_state, "put_back", steps.note("everything", ({}, {})))
    monkeypatch.setattr(known_state, "_taken_back", steps.undo)
    with progress.Progress.silent().phase("back") as phase:
        known_state.take_all_back([lab], Path(), phase, thorough=False)
    return steps.done


def test_undo_comes_first(monkeypatch: pytest.MonkeyPatch, lab: scene.Scene) -> None:
    """On a lab that answers, nothing is put back before it."""
    assert put_back(monkeypatch, Steps(0), lab) == ["load", "running", "undo", "everything"]


def test_a_stopped_api_server_comes_back_before_any_object(monkeypatch: pytest.MonkeyPatch, lab: scene.Scene) -> None:
    """Else a definition was deleted while its objects wait for an operator that is gone, and stayed for 95 s."""
    found = put_back(monkeypatch, Steps(1), lab)
    assert found == ["load", "running", "undo", "boxes", "api", "undo", "everything"]


def test_a_deleted_namespace_comes_before_what_was_in_it(monkeypatch: pytest.MonkeyPatch, lab: scene.Scene) -> None:
    """If machines that are right again do not help, the objects are put back, and the breaks taken back once more."""
    found = put_back(monkeypatch, Steps(2, "fault-failed"), lab)
    assert found == ["load", "running", "undo", "boxes", "api", "undo", "everything", "undo", "everything"]


def test_another_error_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, lab: scene.Scene) -> None:
    """A lab without boxes, say."""
    with pytest.raises(errors.LabError, match="no answer"):
        put_back(monkeypatch, Steps(1, "lab-absent"), lab)


def test_what_does_not_go_is_looked_at_again(monkeypatch: pytest.MonkeyPatch, lab: scene.Scene) -> None:
    """In one line at the end; it was a traceback of the thread that looks."""

    def stays(*_: object) -> None:
        raise errors.LabError("exercise-unclean", "still there after 95 s: /api/v1/namespaces/depot")

    monkeypatch.setattr(baseline_objects, "restore", stays)
    monkeypatch.setattr(reboot, "API_BACK", 0.2)
    with pytest.raises(errors.LabError) as caught:
        known_state._restored(lab.view, baseline_objects.Objects(found={}))
    assert caught.value.ident == "exercise-unclean"
    assert "namespaces/depot" in str(caught.value.details)


def test_every_exercise_takes_its_own_break_back(monkeypatch: pytest.MonkeyPatch, lab: scene.Scene) -> None:
    """Of an exam's seventeen, those behind one that fails: their objects would not go by deletion alone."""
    ran: list[str] = []

    def run(found: Any, _: Path) -> None:
        ran.append(found.exercise.folder.name)
        if len(ran) == 1:
            raise errors.LabError("exercise-script", "undo.sh ended with 1")

    monkeypatch.setattr(known_state, "_cleared", lambda _: [])
    monkeypatch.setattr(scripts, "run", run)
    rows = [
        types.SimpleNamespace(view=lab.view, exercise=library.find(name)) for name in ("crd-too-lax", "operator-stuck")
    ]
    with pytest.raises(errors.LabError, match="ended with 1"):
        known_state._taken_back(cast("Sequence[scene.Scene]", rows))
    assert ran == ["crd-too-lax", "operator-stuck"]
