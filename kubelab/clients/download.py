"""Downloads a bundle into a draft: an interrupted download goes on behind the last byte that came.

Only Python's own modules are imported: `./run` downloads the packages of its environment by this.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import math
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kubelab import errors
from kubelab.clients import patience, web_client
from kubelab.files import atomic, strictjson
from kubelab.ui import amounts

AGAIN = 5
"""Tries in a row that may bring nothing new, once something came: some seconds without a network."""
PAUSE = 1.0
"""Seconds between two tries."""
CHUNK = 1 << 18
LARGEST = 32 << 30
"""Bytes of a download: a server that sends without an end does not fill the disk."""
TOLD = 1.0
"""Seconds between two lines of progress."""
PLACED = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", re.ASCII)
ENDED = re.compile(r"bytes \*/\d{1,18}", re.ASCII)
MARK = re.compile(r"[ -~]{1,200}", re.ASCII)
LONGEST_MARK = 4096
"""Bytes of a mark's file."""
Tell = Callable[[str], None]


def fetch(url: str, draft: Path, tell: Tell) -> bool:
    """Fill the draft from an address, behind what is in it; return whether bytes of an earlier try are a part of it.

    A try that breaks off is followed by another as long as new bytes come. Raises `bundle-unreachable`,
    `bundle-absent`, `bundle-redirect` and `bundle-unwritable`; what came is kept.
    """
    furthest, left = size(draft), 0
    for _ in patience.polls(math.inf, PAUSE):
        try:
            return _go_on(url, draft, tell)
        except web_client.Broken as problem:
            now = size(draft)
            left = AGAIN if now > furthest else left - 1
            if left < 0:
                raise web_client.unreachable(url, problem, _kept(now)) from problem
            furthest = max(furthest, now)
            tell(f"{problem}; goes on behind {amounts.human(now)}")
    raise AssertionError("the loop ends by itself only")


def small(url: str, most: int) -> bytes | None:
    """Return the begin of a small file, None if the server has none; raises as `fetch` does."""
    try:
        with web_client.answered(url, {}) as answer:
            return answer.read(most)
    except web_client.Broken as problem:
        raise web_client.unreachable(url, problem) from problem
    except errors.LabError as problem:
        if problem.ident == "bundle-absent":
            return None
        raise


def size(draft: Path) -> int:
    """Return the bytes that a draft has."""
    return draft.stat().st_size if draft.exists() else 0


def remove(draft: Path) -> None:
    """Remove a draft and what is known of it."""
    draft.unlink(missing_ok=True)
    _mark(draft).unlink(missing_ok=True)


def _kept(now: int) -> str:
    return f"{amounts.human(now)} came and are kept" if now else ""


def _go_on(url: str, draft: Path, tell: Tell) -> bool:
    have = size(draft)
    try:
        with web_client.answered(url, _resuming(draft, have)) as answer:
            begin, total = _placed(answer, have)
            _refuse_full(draft, total - begin)
            if begin == 0:
                _begin(draft, answer)
            _receive(answer, draft, total, tell)
        return begin > 0
    except web_client.Unfit as problem:
        if have and ENDED.fullmatch(str(problem)):
            return True  # it was whole already, or is of another file: its digest says which
        if not have:
            raise web_client.Broken("the server answers with a part that was not asked for") from problem
        remove(draft)
        return _go_on(url, draft, tell)


def _resuming(draft: Path, have: int) -> dict[str, str]:
    """Return the headers that ask for the rest, if the file is still the one of the draft."""
    if not have:
        return {}
    mark = ""
    with contextlib.suppress(OSError, strictjson.Refused):
        mark = strictjson.content(_mark(draft), most=LONGEST_MARK).decode(errors="replace")
    return {"Range": f"bytes={have}-"} | ({"If-Range": mark} if MARK.fullmatch(mark) else {})


def _placed(answer: http.client.HTTPResponse, have: int) -> tuple[int, int]:
    """Return where an answer's first byte belongs, and the bytes of the whole file: 0 if it does not say."""
    length = answer.length or 0
    if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0, length
    placed = PLACED.fullmatch(answer.headers.get("Content-Range", ""))
    if not have or not placed or int(placed[1]) != have:
        raise web_client.Unfit
    return have, have + length if placed[2] == "*" else int(placed[2])


def _begin(draft: Path, answer: http.client.HTTPResponse) -> None:
    """Empty the draft, and keep what tells the server's file from a later one at the same address."""
    tag = answer.headers.get("ETag", "")
    mark = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
    with _room(draft):
        remove(draft)
    atomic.write(_mark(draft), mark, ident="bundle-unwritable", durable=False)


def _mark(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}.mark")


def _receive(answer: http.client.HTTPResponse, draft: Path, total: int, tell: Tell) -> None:
    """Append what comes, up to `total` bytes; raises Broken if it ends before."""
    begun = told = time.monotonic()
    first = now = size(draft)
    with draft.open("ab", buffering=0) as file:
        while data := _read(answer)[: (total or LARGEST) - now]:
            with _room(draft):
                if file.write(data) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(draft))
            now += len(data)
            if time.monotonic() - told > TOLD:
                told = time.monotonic()
                tell(_progress(now, total, (now - first) / (told - begun)))
    if now < total:
        raise web_client.Broken(f"the connection ended at {amounts.human(now)} of {amounts.human(total)}")


def _read(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read1(CHUNK)
    except (http.client.HTTPException, OSError) as problem:
        raise web_client.Broken(str(problem) or type(problem).__name__) from problem


def _progress(now: int, total: int, speed: float) -> str:
    if not total:
        return f"{amounts.human(now)}, {amounts.human(speed)}/s"
    left = amounts.clock((total - now) / max(speed, 1))
    return f"{amounts.human(now)} of {amounts.human(total)}, {amounts.human(speed)}/s, about {left} left"


def _refuse_full(draft: Path, more: int) -> None:
    free = shutil.disk_usage(draft.parent).free
    if more > free:
        room = f"{amounts.human(free)} are free, {amounts.human(more)} are to come"
        raise full(draft, OSError(errno.ENOSPC, room))


@contextlib.contextmanager
def _room(draft: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise full(draft, problem) from problem


def full(draft: Path, problem: OSError) -> errors.LabError:
    """Return the error of a download that cannot be kept."""
    remedy = f"df -h {shlex.quote(str(draft.parent))}; then the same command again: it goes on behind what came"
    mend = atomic.mend(draft, problem) or remedy
    return errors.LabError("bundle-unwritable", f"cannot keep {draft}", details=[problem], remedy=mend)
