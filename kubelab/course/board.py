"""The state of a class at work: the newest summary of every student, each signed by that student.

Summaries come over HTTP, or lie in a folder into which every student can write. Anything else is refused with a
sentence. A lost store is reported once, and its content is kept here until it is back.
"""

from __future__ import annotations

import datetime
import hmac
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pydantic

from kubelab import errors
from kubelab.config import strict
from kubelab.course import class_page, course_file, course_plan, keys
from kubelab.exercises import timestamps
from kubelab.files import atomic, strictjson

LARGEST = 64 << 10
"""Bytes of a message; one of twenty exercises has 3 KB."""
VALUES = 2000
TOLERANCE = datetime.timedelta(minutes=10)
"""How far a student's clock may be ahead: a later summary with the right time must count soon."""
MOST_STRAY = 1000
"""Files of a folder that are read although no student's program uses their names."""


Points = Annotated[int, pydantic.Field(ge=0, le=10_000)]
Short = Annotated[str, pydantic.Field(max_length=60)]


class Progress(strict.Strict):
    """The progress of one student in one exercise."""

    points: Points
    full: Points
    hints: Points
    started: Short
    running: bool
    done: bool


class Summary(strict.Strict):
    """A student's message."""

    course: Short
    student: Short
    at: Short
    exercises: dict[str, Progress]


class _Message(strict.Strict):
    summary: str
    signature: Annotated[str, pydantic.Field(max_length=200)]


class Rejected(ValueError):
    """A refused message; the text says why."""


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass(kw_only=True)
class Board:
    """The newest summary of every student; also in `store`, if there is one, for a restart.

    `tell` takes a sentence for the teacher's terminal, once each time that the store is lost or is back.
    """

    course: course_plan.Course
    key: bytes
    store: Path | None = None
    known: dict[str, Summary] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], datetime.datetime] = _now
    tell: Callable[[str], None] = _silent
    unsaved: dict[str, bytes] = field(default_factory=dict)
    lost: bool = False

    def take(self, message: bytes, token: str | None) -> Summary:
        """Take a message; `token` came with it (None: it lay in a folder). Raises `Rejected`.

        One that is older than the student's newest changes nothing: who sent it is told so, and in a folder it is
        passed over.
        """
        found = self._verified(message)
        if token is not None and not hmac.compare_digest(token.encode(), keys.token(self.key, found.student).encode()):
            raise Rejected("the token is not this student's")
        with self.lock:
            before = self.known.get(found.student)
            if before != found and (before is None or _time(before) <= _time(found)):
                self.known[found.student] = found
                self.unsaved[found.student] = message
                self._save()
        if token is not None and before and _time(found) < _time(before):
            raise Rejected(
                f"a newer summary of {found.student}'s, of {before.at[:19]} UTC, is here already: if this one is new,"
                " set this computer's clock, then send it again"
            )
        return found

    def read_folder(self, folder: Path) -> int:
        """Take the messages of a folder; return the number of invalid ones. Raises OSError if it is lost.

        The files of students' programs are found by their names, so that no junk hides them.
        """
        bad = 0
        for file in dict.fromkeys([*self._expected(folder), *_strays(folder)]):
            try:
                self.take(strictjson.content(file, most=LARGEST, follow=False), None)
            except FileNotFoundError:
                continue
            except (OSError, strictjson.Refused, Rejected):
                bad += 1
        return bad

    def html(self) -> str:
        """Return the page of the class's state now."""
        with self.lock:
            known: Mapping[str, Summary] = dict(self.known)
        return class_page.render("watch.html", {"course": self.course, "known": known})

    def _expected(self, folder: Path) -> Iterator[Path]:
        for student in self.course.students:
            yield folder / f"{self.course.id}-{student.id}.json"
            yield folder / f"{student.id}.json"

    def _verified(self, message: bytes) -> Summary:
        try:
            strictjson.table(message, most=LARGEST, values=VALUES)
            outer = _Message.model_validate_json(message)
            strictjson.table(outer.summary.encode(), most=LARGEST, values=VALUES)
            found = Summary.model_validate_json(outer.summary)
            signature = bytes.fromhex(outer.signature)
        except ValueError as problem:
            raise Rejected("too large" if len(message) > LARGEST else "no summary") from problem
        if found.course != self.course.id or found.student not in self.course.roll:
            raise Rejected("not of this course")
        if not keys.valid(keys.signing(self.key, found.student).public_key(), signature, outer.summary.encode()):
            raise Rejected("not signed by this student")
        self._judge(found)
        return found

    def _judge(self, found: Summary) -> None:
        at = timestamps.read(found.at)
        if at is None or not found.exercises.keys() <= self.course.by_id.keys():
            raise Rejected("no summary of this course")
        ahead = at - self.clock()
        if ahead > TOLERANCE:
            minutes = int(ahead.total_seconds() / 60)
            raise Rejected(
                f"its time is {minutes} minutes in the future: set this computer's clock, then send it again"
            )

    def _save(self) -> None:
        """Write what the store lacks; a failure is reported once, and tried again next time."""
        if not self.store:
            self.unsaved.clear()
            return
        try:
            for student, message in list(self.unsaved.items()):
                if course_file.STUDENT.fullmatch(student):
                    atomic.write(self.store / f"{student}.json", message, durable=False)  # it is sent again
                del self.unsaved[student]
        except (OSError, errors.LabError) as problem:
            if not self.lost:
                self.tell(f"! {self.store} cannot be written ({problem}): summaries are kept in memory until it can be")
            self.lost = True
            return
        if self.lost:
            self.tell(f"  {self.store} can be written again: every summary is in it")
        self.lost = False


def _strays(folder: Path) -> list[Path]:
    """Return files under other names, only some of them if there are very many."""
    with os.scandir(folder) as entries:
        some = itertools.islice(entries, MOST_STRAY)
        return sorted(Path(entry.path) for entry in some if entry.name.endswith(".json"))


def _time(found: Summary) -> str:
    at = timestamps.read(found.at)
    return at.isoformat() if at else ""
