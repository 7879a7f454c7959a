"""Reads a folder into which many can write: which files are read, and which are only named.

Links lead elsewhere, a FIFO makes its reader wait, a junk file is one of thousands: none of them may keep the others
from being read. Files that are not read are named, for one may be a student's work under a wrong name.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubelab.course import envelope, submission
from kubelab.files import bounded

SUFFIX = ".zip"
HEADER = 30
"""Bytes at a zip's beginning before the name of its first member."""
MEMBERS = (envelope.MANIFEST, envelope.SIGNATURE, *envelope.CONTENT)
UNPACKED = frozenset((envelope.MANIFEST, envelope.SIGNATURE, envelope.RESULTS))
"""Files that lie together where a submission was unpacked, as some browsers do unasked."""
MOST_ENTRIES = 100_000
"""The most files and folders that are visited; a class of 200 leaves a few thousand."""
DEEPEST = 16
"""Folders in folders."""
MOST_TOLD = 200
"""The most files that are named one by one as not read."""
MOST_OF_ONE = 16 << 20
"""Bytes of results of one student, over all files: a hundred honest ones have 5 MB."""
REFUSED = 1 << 20
"""Bytes that a refused file with a right signature counts as: sixteen of them are read."""
ODD = {
    stat.S_IFDIR: "is a folder, not a zip; the files in it are looked at",
    stat.S_IFLNK: "is a link: hand in the file itself",
    stat.S_IFIFO: "is a FIFO",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFBLK: "is a device",
    stat.S_IFCHR: "is a device",
}
"""Type of an entry with a submission's name that is no file, and its sentence."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that is not read any further, and why."""

    file: Path
    why: str


@dataclass(kw_only=True)
class Inbox:
    """The content of a folder: each student's submissions, by file, and the refused files."""

    found: dict[str, list[submission.Submission]] = field(default_factory=lambda: defaultdict(list))
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, file: Path, why: str) -> None:
        """Keep why a file is not read."""
        self.refused.append(Refused(file=file, why=why))


class Same(submission.Unreadable):
    """A file with the same bytes as an earlier one."""


@dataclass(kw_only=True)
class Purse:
    """The budget of each student's files: so many bytes of results, of which a refused file takes its part."""

    spent: Counter[str] = field(default_factory=Counter)
    seen: dict[str, submission.Submission] = field(default_factory=dict)
    student: str = ""
    digest: str = ""

    def admit(self, student: str, digest: str) -> None:
        """Refuse a file before it is parsed: a repeated one, or one too many of a student."""
        self.student, self.digest = student, digest
        if digest in self.seen:
            raise Same
        if self.spent[student] >= MOST_OF_ONE:
            raise submission.Unreadable(f"newer files of {student} took all that one student's may cost")

    def read(self, file: Path, key: bytes, course: str) -> submission.Submission:
        """Return the content of a file; raises `submission.Unreadable`."""
        self.student = ""
        try:
            found = submission.read(file, key, course, admit=self.admit)
        except Same:
            return self.seen[self.digest].beside(file)
        except (submission.Unreadable, MemoryError, RecursionError) as problem:
            self.spent[self.student] += REFUSED if self.student else 0
            if isinstance(problem, submission.Unreadable):
                raise
            raise submission.Unreadable("it is too large or too deep for this computer") from problem
        self.spent[found.student] += found.size
        self.seen[found.digest] = found
        return found


def read(folder: Path, key: bytes, course: str) -> Inbox:
    """Return the submissions to a course: every zip in a folder and below that one of its students signed."""
    box, purse = Inbox(), Purse()
    for file in _newest_first(walked(folder, box)):
        try:
            one = purse.read(file, key, course)
        except submission.Unreadable as problem:
            box.refuse(file, str(problem))
            continue
        box.found[one.student].append(one)
    for rows in box.found.values():
        rows.sort(key=lambda one: one.file)
    box.refused = _shortened(sorted(box.refused, key=lambda one: one.file))
    return box


def walked(folder: Path, box: Inbox) -> Iterator[Path]:
    """Yield the files with a submission's name in a folder and below; others that look like one go to `box`.

    So do a submission under another name, and one that was unpacked: else its student seems to have handed in nothing.
    """
    waiting, count = [(folder, 0)], 0
    while waiting:
        here, depth = waiting.pop()
        entries = _entries(here, box)
        if {entry.name for entry in entries} >= UNPACKED:
            box.refuse(here, "it is a submission that was unpacked: hand in the zip as exercise.submit wrote it")
        for entry in entries:
            count += 1
            if count > MOST_ENTRIES:
                box.refuse(here, f"there are more than {MOST_ENTRIES} files; the rest was not looked at")
                return
            kind = _kind(entry)
            named = entry.name.lower().endswith(SUFFIX)
            if kind == stat.S_IFDIR and depth < DEEPEST:
                waiting.append((Path(entry.path), depth + 1))
            if kind == stat.S_IFREG and named:
                yield Path(entry.path)
            elif named:
                box.refuse(Path(entry.path), f"it {ODD.get(kind, 'is no file')}")
            elif kind == stat.S_IFREG and _misnamed(Path(entry.path)):
                box.refuse(
                    Path(entry.path), f"it is a submission under another name: give it one that ends in {SUFFIX}"
                )


def _entries(folder: Path, box: Inbox) -> Sequence[os.DirEntry[str]]:
    """Return the entries of a folder, by name; an unreadable one is reported."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry)
                if len(found) > MOST_ENTRIES:
                    break
    except OSError as problem:
        box.refuse(folder, f"it cannot be read: {problem.strerror}")
    return sorted(found, key=lambda entry: entry.name)


def _kind(entry: os.DirEntry[str]) -> int:
    try:
        return stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)
    except OSError:
        return 0


def _misnamed(file: Path) -> bool:
    """Return whether a file without a submission's name begins as one."""
    with contextlib.suppress(OSError):
        begin = bounded.beginning(file, HEADER + max(map(len, MEMBERS)))
        return begin.startswith(b"PK\3\4") and begin[HEADER:].startswith(tuple(map(str.encode, MEMBERS)))
    return False


def _newest_first(files: Iterator[Path]) -> list[Path]:
    """Return files by their time, the newest first: if one student fills the folder, only that student's oldest are
    left out."""

    def age(file: Path) -> float:
        try:
            return -file.lstat().st_mtime
        except OSError:
            return 0.0

    return sorted(files, key=age)


def _shortened(rows: Sequence[Refused]) -> list[Refused]:
    """Return the first rows, and one that counts the others."""
    if len(rows) <= MOST_TOLD:
        return list(rows)
    rest = Refused(file=rows[MOST_TOLD].file, why=f"this one, and {len(rows) - MOST_TOLD - 1} more, are no submissions")
    return [*rows[:MOST_TOLD], rest]
