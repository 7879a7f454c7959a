"""The page of the running exercise: task, live checks and hints, served on this computer's loopback to one token."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import markdown_it

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.exercises import commands, page_server
from kubelab.lab import pausing
from kubelab.ui import progress, web_handler

PAGE = paths.TEMPLATES / "exercise" / "page.html"


def keep(name: str, *, port: int, browser: bool, report: progress.Progress, then: commands.Then) -> None:
    """Serve the page of the exercise that runs in a lab until Ctrl-C; raise `port-taken`, `exercise-absent`.

    `then` follows each check that its button makes.
    """
    _sitting(name)
    token = page_server.token()
    page_server.keep(_server(name, token, port, then), token, "the exercise", browser=browser, report=report)


def _server(name: str, token: str, port: int, then: commands.Then) -> page_server.Server:
    return page_server.bound(_handler(name, token, then), port)


def _sitting(name: str) -> commands.Sitting:
    """Open the attempt for one request: the page stays while words change attempt and lab."""
    pausing.settle(name)
    return commands.sitting(session.opened(name, progress.Progress.silent()))


def state(now: commands.Sitting) -> dict[str, Any]:
    """Return the page's data beside the verdicts."""
    spec = now.scene.exercise.spec
    try:
        following = dataclasses.asdict(commands.offer(now))
    except errors.LabError:
        following = None
    return {
        "exercise": spec.id, "title": spec.title, "minutes": spec.minutes, "started": now.attempt.started[:16],
        "task": html(now.scene.text("task.md")), "hints": [html(text) for text in commands.taken(now)],
        "next": following, "price": now.attempt.price,
    }  # fmt: skip


def html(text: str) -> str:
    """Return Markdown as HTML; HTML in it stays text, and outside links stay words."""
    reader = (
        markdown_it.MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink"])
    )
    return str(reader.render(text))


def _look(now: commands.Sitting) -> dict[str, Any]:
    return dataclasses.asdict(commands.judge_now(now))


def _check(now: commands.Sitting, then: commands.Then = commands.nothing) -> dict[str, Any]:
    return dataclasses.asdict(commands.check(now, then=then).found)


def _hint(now: commands.Sitting) -> dict[str, Any]:
    return {"hint": html(commands.hint(now, pay=True))}


Word = Callable[[commands.Sitting], dict[str, Any]]
GETS: dict[str, Word] = {"state": state, "look": _look}
POSTS: dict[str, Word] = {"check": _check, "hint": _hint}


def _handler(name: str, token: str, then: commands.Then) -> type[web_handler.Handler]:
    posts: dict[str, Word] = {**POSTS, "check": functools.partial(_check, then=then)}
    return page_server.handler(PAGE, token, gets=_about(name, GETS), posts=_about(name, posts))


def _about(name: str, words: dict[str, Word]) -> page_server.Answers:
    """Return what a request does: it opens the attempt, and passes it to the word."""

    def answer(work: Word) -> dict[str, Any]:
        return work(_sitting(name))

    return {word: functools.partial(answer, work) for word, work in words.items()}
