"""A reset looks at the lab's objects again where the address of its API servers has just moved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from triggers import things

from kubelab.clients import kube_api, patience
from kubelab.exercises import baseline_objects, setup

FOUND = baseline_objects.Objects(found={})


def polls(patch: pytest.MonkeyPatch, count: int) -> None:
    """Let time be up after some looks, at once."""

    def look(seconds: float) -> Iterator[None]:
        assert seconds == setup.MOVES
        yield from [None] * count

    patch.setattr(patience, "polls", look)


def test_a_connection_that_ended_with_the_move_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look goes to the API server that had the address before."""
    answers: list[object] = [kube_api.Unanswered("closed"), kube_api.Unanswered("closed"), FOUND]

    def take(_: object) -> object:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    polls(monkeypatch, 5)
    monkeypatch.setattr(baseline_objects, "take", take)
    assert setup._objects(things(view=things(api="api"))) is FOUND
    assert not answers


def test_an_api_server_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the door said last."""

    def take(_: object) -> object:
        raise kube_api.Unanswered("nobody there")

    polls(monkeypatch, 3)
    monkeypatch.setattr(baseline_objects, "take", take)
    with pytest.raises(kube_api.Unanswered, match="nobody there"):
        setup._objects(things(view=things(api="api")))
