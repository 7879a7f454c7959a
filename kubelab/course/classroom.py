"""course.watch until Ctrl-C: listens for summaries, or reads a folder, also when that is lost and back."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

from kubelab import errors
from kubelab.clients import patience
from kubelab.course import board as boards
from kubelab.course import class_results, course_plan, keys
from kubelab.course import watch as watching
from kubelab.ui import progress

INTERVAL = 5.0
"""Seconds between two looks into a folder."""
PAGE = "class-now.html"


def watch(
    course: course_plan.Course,
    address: str,
    port: int,
    folder: Path | None,
    store: Path | None,
    report: progress.Progress,
) -> None:
    """Show a class's state until Ctrl-C: from a folder, or from messages that are sent here.

    Raises `course-unwritable` if there is no store at the beginning, `watch-address`, `course-key`.
    """
    board = boards.Board(course=course, key=keys.read(course), store=store, tell=report.say)
    if store:
        _reload(board, store)
    with contextlib.suppress(KeyboardInterrupt):
        if folder:
            _watch_folder(board, folder, report)
        else:
            _serve(board, address, port, report)


def _reload(board: boards.Board, store: Path) -> None:
    try:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        board.read_folder(store)
    except OSError as problem:
        raise errors.LabError("course-unwritable", f"{store} cannot be used", details=[problem]) from problem


def _watch_folder(board: boards.Board, folder: Path, report: progress.Progress) -> None:
    report.say(f"{folder / PAGE} shows the class; Ctrl-C ends it")
    said = ""
    for _ in patience.polls(math.inf, INTERVAL):
        now = refresh(board, folder)
        if now != said:
            report.say(now or f"  {folder} can be read and written again")
        said = now


def refresh(board: boards.Board, folder: Path) -> str:
    """Read a folder once and write the page there; return a sentence for the teacher, or nothing."""
    try:
        bad = board.read_folder(folder)
        class_results.put(folder / PAGE, board.html().encode())
    except (OSError, errors.LabError) as problem:
        return f"! {folder} cannot be used ({problem}): the class is known as it was, and the folder is tried again"
    return f"! {bad} files in {folder} are no summaries of this course's students" if bad else ""


def _serve(board: boards.Board, address: str, port: int, report: progress.Progress) -> None:
    secret = watching.new_secret()
    with watching.server(board, address, port, secret) as server:
        base = f"http://{address}:{server.server_address[1]}"
        report.say(f"the class: {base}/{secret}/ (for you: everybody with this address sees it)")
        report.say(f"students send to: {base} ({_told(board.course.watch, base)}); Ctrl-C ends it")
        server.serve_forever()


def _told(watch: str, base: str) -> str:
    """Return how students come to send to an address: their packs may have another one, or none and no token."""
    if not watch:
        return "but not from this course's packs: its file has no `watch:`; read a shared folder with --folder"
    if watch.rstrip("/") == base:
        return "as the course file says"
    return f"the course file says {watch}: with packs of it, `exercise.share --to {base} --yes`"
