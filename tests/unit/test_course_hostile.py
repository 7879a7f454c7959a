"""Hostile submissions: reading one costs little and does not keep another student's work from being read."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import course_data
import pytest

from kubelab.course import class_results, envelope, gradebook, inbox, keys, student_history, submission
from kubelab.files import strictjson

LIMIT = 1 << 30
"""Bytes of address space that a reader gets: Python with every library that is imported takes half of it."""
PEAK = 320 << 10
"""KiB that a reader may have in memory at most; it begins with 60 MiB. Before, some of these took 1 to 6 GB."""
CHILD = """
import re, resource, sys
from pathlib import Path
from kubelab.course import submission
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
try:
    submission.read(Path(sys.argv[2]), bytes.fromhex(sys.argv[3]), "autumn", evidence=True)
    print("read")
except submission.Unreadable as refusal:
    print(refusal)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


@pytest.fixture
def room(handed: course_data.Class, tmp_path: Path) -> course_data.Class:
    """Return that class with an empty folder for what is handed in."""
    return dataclasses.replace(handed, inbox=tmp_path)


def signed(room: course_data.Class, results: bytes, evidence: bytes = b"{}", junit: bytes = b"") -> bytes:
    """Return a submission that ada signed, whatever is in it: the pack holds her key."""
    members = {"results.json": results, "junit.xml": junit, "evidence.json": evidence}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    head = json.dumps({"schema": 1, "course": "autumn", "student": "ada", "members": digests}).encode()
    signature = keys.signing(room.key, "ada").sign(head).hex().encode()
    return packed({**members, "manifest.json": head, "signature": signature})


def packed(members: dict[str, bytes]) -> bytes:
    """Return a zip, deflated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return buffer.getvalue()


def honest(room: course_data.Class) -> dict[str, Any]:
    """Return the results of an honest submission as plain values."""
    rows: dict[str, Any] = json.loads(zipfile.ZipFile(room.hand_in("ada", room.tried("ada"))).read("results.json"))
    return rows


def replaced(room: course_data.Class, *place: str | int, by: bytes) -> bytes:
    """Return honest results with other text at one place; what is there need not be JSON."""
    rows = spot = honest(room)
    for key in place[:-1]:
        spot = spot[key]  # type: ignore[index]
    spot[place[-1]] = "@@"  # type: ignore[index]
    return json.dumps(rows).encode().replace(b'"@@"', by)


def many(row: bytes, count: int) -> bytes:
    """Return a JSON list of the same row."""
    return b"[" + b",".join([row] * count) + b"]"


VERDICT = b'{"kind":"goal","check":"a","says":"","state":"passed","seen":"","points":0,"seconds":0.5}'
CHECK = b'{"at":"","verdicts":[],"points":0,"full":0}'
FIRST = ("attempts", 0, "checks", 0, "verdicts", 0)
ATTACKS: dict[str, tuple[Callable[[course_data.Class], bytes], str]] = {
    "a million rows that are no attempts": (lambda r: replaced(r, "attempts", by=many(b"1", 1_000_000)), "values"),
    "eight million": (lambda r: replaced(r, "attempts", by=many(b"1", 8_000_000)), "8 MiB"),
    "as many as are read": (lambda r: replaced(r, "attempts", by=many(b"1", 900_000)), "more than 500 attempts"),
    "empty attempts": (lambda r: replaced(r, "attempts", by=many(b"{}", 500)), "another shape at attempts.0.exercise"),
    "empty checks": (lambda r: replaced(r, *FIRST[:3], by=many(b"{}", 5000)), "attempts.0.checks.0.at"),
    "many checks": (lambda r: replaced(r, *FIRST[:3], by=many(CHECK, 100_000)), "more than 5000 checks"),
    "many verdicts": (lambda r: replaced(r, *FIRST[:5], by=many(VERDICT, 60_000)), "verdicts"),
    "a long number": (lambda r: replaced(r, *FIRST, "points", by=b"9" * 5000), "a number of more than"),
    "a huge number": (lambda r: replaced(r, *FIRST, "seconds", by=b"1e999"), "too large"),
    "no number": (lambda r: replaced(r, *FIRST, "seconds", by=b"NaN"), "NaN"),
    "half a character": (lambda r: replaced(r, *FIRST, "says", by=rb'"\ud800"'), "surrogate"),
    "versions that are numbers": (
        lambda r: replaced(r, "versions", by=json.dumps({str(n): 1 for n in range(400_000)}).encode()),
        "more than 50 versions",
    ),
    "a deep list": (lambda r: replaced(r, "digests", by=b"[" * 100_000 + b"]" * 100_000), "levels deep"),
    "a key twice": (lambda r: replaced(r, "lab", by=b'"x","lab":"y"'), "twice"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_one_signed_file_takes_little_memory(room: course_data.Class, name: str) -> None:
    """Each attack is refused as what it is, by a reader that may not have much."""
    make, why = ATTACKS[name]
    said, peak = measured(room, signed(room, make(room)))
    assert why in said
    assert peak < PEAK


def measured(room: course_data.Class, content: bytes) -> tuple[str, int]:
    """Return what a reader of its own says to a file, and the most memory it had, in KiB."""
    file = room.inbox / "attack.zip"
    file.write_bytes(content)
    command = [sys.executable, "-c", CHILD, str(LIMIT), str(file), room.key.hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    said, peak = done.stdout.splitlines()
    assert said.isprintable() and len(said) < 300
    return said, int(peak)


def test_the_largest_that_is_read_takes_little_memory_too(room: course_data.Class) -> None:
    """Valid to the last row, and as much of it as the bounds let through: checks with a hundred verdicts each."""
    check = b'{"at":"","verdicts":' + many(VERDICT, 100) + b',"points":0,"full":0}'
    said, peak = measured(room, signed(room, replaced(room, *FIRST[:3], by=many(check, 600))))
    assert said == "read"
    assert peak < PEAK


ENDS = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-14:00")
"""Times at the ends of the calendar: a minute before or after them is none."""
TIMES: dict[str, tuple[str | int, ...]] = {
    "made": ("made",),
    "started": ("attempts", 0, "started"),
    "ready": ("attempts", 0, "ready"),
    "ended": ("attempts", 0, "ended"),
    "first look": (*FIRST[:4], "at"),
    "last look": ("attempts", 0, "checks", 1, "at"),
    "hint": ("attempts", 0, "hints", 0, "at"),
    "help": ("attempts", 0, "assisted", 0, "at"),
}


@pytest.mark.parametrize("when", ENDS)
@pytest.mark.parametrize("name", TIMES)
def test_a_time_at_the_end_of_the_calendar_is_a_doubt(room: course_data.Class, name: str, when: str) -> None:
    """Whichever time of a signed file it is, the class is collected, and that file is to be looked at."""
    one = room.tried("ada")
    more = {"hints": ({"at": one.started, "number": 1, "price": 1},), "assisted": ({"at": one.started, "how": "x"},)}
    rows = honest(room)
    rows["attempts"][0] |= more
    spot: Any = rows
    for key in TIMES[name][:-1]:
        spot = spot[key]
    spot[TIMES[name][-1]] = when
    (room.inbox / "ada.zip").write_bytes(signed(room, json.dumps(rows).encode()))
    room.hand_in("grace", room.tried("grace"))
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    assert {row.student.id: row.believed for row in book.handed_in} == {"ada": False, "grace": True}
    assert class_results.lines(book, room.inbox)


@pytest.mark.parametrize("member", envelope.LARGEST)
def test_an_unsigned_file_is_refused_before_it_is_parsed(room: course_data.Class, member: str) -> None:
    """Anybody can send 120 KB that become a hundred megabytes: the signature comes first, and sizes before it."""
    large = b'{"a":[' + b"[]," * 7_900_000 + b"[]]}"
    members = dict.fromkeys((envelope.MANIFEST, envelope.SIGNATURE, *envelope.CONTENT), b"{}")
    said, peak = measured(room, packed({**members, member: large}))
    assert "more than" in said or "no student" in said
    assert peak < 140 << 10


def test_a_signed_bomb_beside_the_results_is_refused(room: course_data.Class) -> None:
    """Every member has its bound, those that are only compared with their digest as well."""
    for more in ({"evidence": b" " * (25 << 20)}, {"junit": b" " * (9 << 20)}):
        said, peak = measured(room, signed(room, json.dumps(honest(room)).encode(), **more))
        assert "MiB" in said
        assert peak < 200 << 10


def test_a_zip_with_a_million_entries_is_not_listed(room: course_data.Class) -> None:
    """The list inside a zip costs a thousand bytes an entry: it is counted before it is read."""
    said, peak = measured(room, packed({f"{number}": b"" for number in range(50_000)}))
    assert "holds other files" in said
    assert peak < 120 << 10


def test_whatever_a_reader_raises_is_that_files_alone(room: course_data.Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file that exhausts memory or the stack is told; the others count."""
    room.hand_in("grace", room.tried("grace"))
    room.hand_in("ada", room.tried("ada"))
    read = submission.read
    for kind in (MemoryError, RecursionError):

        def fails(file: Path, *given: Any, kind: type[Exception] = kind, **named: Any) -> submission.Submission:
            if file.name == "ada.zip":
                raise kind
            return read(file, *given, **named)

        monkeypatch.setattr(submission, "read", fails)
        book = gradebook.collect(room.inbox, room.course, course_data.NOW)
        assert [row.student.id for row in book.handed_in] == ["grace"]
        assert [(one.file.name, "too large" in one.why) for one in book.refused] == [("ada.zip", True)]


def test_whatever_a_rule_raises_is_that_files_alone(room: course_data.Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails over one file: that file is told, the student's other one counts, and so do all others."""
    room.hand_in("grace", room.tried("grace"))
    room.hand_in("ada", room.tried("ada"))
    (room.inbox / "ada-again.zip").write_bytes(signed(room, json.dumps(honest(room)).encode()))
    told = student_history.of

    def fails(files: Sequence[submission.Submission]) -> student_history.History:
        if "ada.zip" in [one.file.name for one in files]:
            raise OverflowError
        return told(files)

    monkeypatch.setattr(student_history, "of", fails)
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    assert [row.student.id for row in book.handed_in] == ["ada", "grace"]
    assert [(one.file.name, "OverflowError" in one.why) for one in book.refused] == [("ada.zip", True)]
    (room.inbox / "ada-again.zip").unlink()
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    assert [row.student.id for row in book.handed_in] == ["grace"]
    assert class_results.lines(book, room.inbox)


def test_a_folder_with_everything_in_it_is_read_to_its_end(room: course_data.Class) -> None:
    """Links, a FIFO, folders that are called zip, junk, a file in capitals: honest work counts, the rest is named."""
    room.hand_in("ada", room.tried("ada"))
    room.hand_in("grace", room.tried("grace")).rename(room.inbox / "GRACE.ZIP")
    outside = room.inbox.parent / f"{room.inbox.name}-outside"
    outside.mkdir()
    (outside / "secret.zip").write_bytes(b"not in the folder")
    (room.inbox / "link.zip").symlink_to(outside / "secret.zip")
    (room.inbox / "away").symlink_to(outside)
    (room.inbox / "round").symlink_to(room.inbox)
    (room.inbox / "nothing.zip").symlink_to(room.inbox / "absent")
    os.mkfifo(room.inbox / "fifo.zip")
    (room.inbox / "folder.zip").mkdir()
    (room.inbox / "folder.zip" / "inner.zip").write_bytes(b"junk")
    (room.inbox / "large.zip").write_bytes(b"")
    os.truncate(room.inbox / "large.zip", 1 << 40)
    (room.inbox / "notes.txt").write_bytes(b"junk")
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    assert [row.student.id for row in book.handed_in] == ["ada", "grace"]
    why = {str(one.file.relative_to(room.inbox)): one.why for one in book.refused}
    assert {name: re.sub(r"^it | a | an ", " ", text).split()[-1] for name, text in why.items()}.keys() == {
        "fifo.zip", "folder.zip", "folder.zip/inner.zip", "large.zip", "link.zip", "nothing.zip",
    }  # fmt: skip
    assert "link" in why["link.zip"] and "FIFO" in why["fifo.zip"] and "folder" in why["folder.zip"]
    assert "8388608 bytes" in why["large.zip"]
    assert not class_results.clean(book)


def test_work_under_another_name_is_named(room: course_data.Class) -> None:
    """Without its ending, with another, unpacked by a browser: told, not passed over; other files are nobody's."""
    for number, name in enumerate(("homework", "ada.zip.download", "LOVELACE.ZIP.TXT", "kept.zip")):
        room.hand_in("ada", room.tried("ada"), name=str(number)).rename(room.inbox / name)
    folder = room.inbox / "autumn-grace"
    with zipfile.ZipFile(room.hand_in("grace", room.tried("grace"))) as archive:
        archive.extractall(folder)
    (room.inbox / "grace.zip").unlink()
    (room.inbox / "report.docx").write_bytes(packed({"[Content_Types].xml": b"<x/>", "manifest.json": b"{}"}))
    (room.inbox / "empty").write_bytes(b"")
    (room.inbox / "manifest.json").write_bytes(b"{}")
    (room.inbox / "locked").write_bytes(b"PK")
    (room.inbox / "locked").chmod(0)
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    why = {one.file.name: one.why for one in book.refused}
    assert why.keys() == {"homework", "ada.zip.download", "LOVELACE.ZIP.TXT", "autumn-grace"}
    assert "ends in .zip" in why["homework"] and "unpacked" in why["autumn-grace"]
    assert [row.student.id for row in book.handed_in] == ["ada"]


def test_thousands_of_junk_files_hide_nobody(room: course_data.Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """Junk is told in a few lines; where there is too much to walk through, that is told, too."""
    room.hand_in("ada", room.tried("ada"))
    for number in range(300):
        (room.inbox / f"!{number:04}.zip").write_bytes(b"junk")
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    assert [row.student.id for row in book.handed_in] == ["ada"]
    assert len(book.refused) == inbox.MOST_TOLD + 1 and "more" in book.refused[-1].why
    monkeypatch.setattr(inbox, "MOST_ENTRIES", 50)
    assert any("the rest was not looked at" in one.why for one in inbox.read(room.inbox, room.key, "autumn").refused)


def test_one_student_cannot_fill_the_memory_with_many_files(
    room: course_data.Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest files of a student are read until they have enough; the same file again costs nothing."""
    for number in range(6):
        file = room.hand_in("ada", room.tried("ada"))
        os.utime(file.rename(room.inbox / f"same-{number}.zip"), (number, number))
    size = len(json.dumps(honest(room), ensure_ascii=False, indent=1).encode())
    monkeypatch.setattr(inbox, "MOST_OF_ONE", 2 * size)
    rows = honest(room)
    for number in range(3):
        file = room.inbox / f"other-{number}.zip"
        file.write_bytes(signed(room, json.dumps({**rows, "made": f"2026-11-1{number}T12:00:00+00:00"}).encode()))
        os.utime(file, (100 + number, 100 + number))
    box = inbox.read(room.inbox, room.key, "autumn")
    assert "other-2.zip" in {one.file.name for one in box.found["ada"]}
    assert [one.file.name for one in box.refused] == ["other-0.zip"] and "newer files of ada" in box.refused[0].why
    assert {f"same-{number}.zip" for number in range(6)} <= {one.file.name for one in box.found["ada"]}


def test_one_student_cannot_fill_the_time_either(room: course_data.Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred signed files, each as slow to refuse as one can be: a few are parsed, of the others only who signed."""
    slow = signed(room, replaced(room, "attempts", by=many(b"1", 900_000)))
    for number in range(100):
        (room.inbox / f"slow-{number}.zip").write_bytes(slow + bytes([number]))  # what follows a zip is no part of it
    room.hand_in("grace", room.tried("grace"))
    (room.inbox / "ada.zip").unlink()
    parsed: list[int] = []
    table = strictjson.table

    def noted(content: bytes, **bounds: int) -> dict[str, Any]:
        parsed.append(len(content))
        return table(content, **bounds)

    monkeypatch.setattr(strictjson, "table", noted)
    book = gradebook.collect(room.inbox, room.course, course_data.NOW)
    assert [row.student.id for row in book.handed_in] == ["grace"] and len(book.refused) == 100
    assert len([size for size in parsed if size > 1 << 20]) == inbox.MOST_OF_ONE // inbox.REFUSED
