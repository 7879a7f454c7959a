"""Every file that kubelab reads back, with every damage: it gives an error with an identifier or counts as absent."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import gzip
import io
import json
import os
import resource
import signal
import socket
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import plan_data
import pytest

from kubelab import checks, errors, paths
from kubelab.clients import download
from kubelab.components import (
    bundle,
    bundle_manifest,
    cache_layout,
    inventory,
    loaded,
    local_image,
    store,
    unbundle,
)
from kubelab.config import load, other_labs, yaml_reader
from kubelab.converge import cordons, etcd_members, observed
from kubelab.course import course_plan, diff_store, evidence_filter, handout, labfile, load_course, pack, submission
from kubelab.exam import record
from kubelab.exercises import attempt, baseline_objects, exam_mark, known_state, lockout
from kubelab.faults import injected as faults
from kubelab.files import atomic
from kubelab.lab import kube_context, timeline
from kubelab.providers import docker
from kubelab.render import files_tsv
from kubelab.state import checkpoint_files, durations, journal, locks, paused, subnets, versions_note, workspace
from kubelab.tasks.output import exam_output

FAULT = faults.Entry(number=1, fault="x", machine="m", seed=1, options={}, at="t", done=True)
NOW = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
LAB = plan_data.lab({})
WHERE = paths.LabPaths(name=LAB.name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file: where it is, a good content, what reads it, and the identifiers of errors that may follow."""

    path: Callable[[], Path]
    good: object
    read: Callable[[Path], object]
    idents: tuple[str, ...] = ()


def tried() -> dict[str, Any]:
    """Return an attempt as it is kept."""
    verdict = attempt.Verdict(
        kind=attempt.Kind.GOAL, check="works", says="It works.", state=attempt.State.PASSED, points=8
    )
    check = attempt.Check(at="2026-11-23T10:05:00+00:00", verdicts=(verdict,), points=8, full=8)
    one = attempt.Attempt(
        exercise="dns-broken", digest="0" * 64, lab="mine", seed="s", variant=0, values={"a": "b"}, full=8,
        started="2026-11-23T10:00:00+00:00", checks=(check,), hints=(attempt.Hint(at="x", number=1, price=1),),
        assisted=(attempt.Assisted(at="x", how="lab.up"),),
    )  # fmt: skip
    return attempt.as_json(one)


def used(_: Path) -> object:
    """Read the attempt and do with it what words do."""
    one = attempt.load(WHERE)
    assert one is not None
    return one.score, one.price, one.best, one.done, attempt.file_name(one), json.dumps(attempt.as_json(one))


def entry(root: Path) -> cache_layout.Entry:
    """Return an entry of the cache whose record is in a folder."""
    return cache_layout.Entry(name="e", version="1", digest="d", root=root, files=("a",), is_image=False)


def state(path: Path) -> object:
    """Return what the cache has at an address whose record is damaged."""
    (path.parent / "a").write_bytes(b"1")
    os.utime(path.parent / "a", ns=(1, 1))
    one = entry(path.parent)
    found = store.state(one), store.state(one, thorough=True)
    rows = [inventory.row(one)]
    modules = [(name.split()[0], spdx + text) for name, (spdx, text) in store.read(one).get("modules", {}).items()]
    handed = [row["sha256"] + name for name, row in bundle._rows(one)] if found[0] is store.State.READY else []
    return found, inventory.table(rows), inventory.document(rows), modules, handed


def view() -> checks.View:
    """Return a view of the lab whose API is not asked."""
    return checks.View(lab=LAB, where=WHERE, api=None)  # type: ignore[arg-type]


def journalled(path: Path) -> object:
    """Read the journal, and add to it."""
    found = journal.unfinished(path), journal.interrupted(WHERE)
    journal.settle(WHERE, "lab.up")
    return found


def drawn(_: Path) -> object:
    """Draw the record of a run."""
    return timeline.draw(view(), WHERE.root / "out.html")


def course() -> course_plan.Course:
    """Return a course whose files are in the test's own folder."""
    return course_plan.Course(
        id="c", title="", lab="default", zone="UTC", watch="", assignments=(), students=(),
        file=paths.BUILD / "course.yaml",
    )  # fmt: skip


def sat() -> dict[str, Any]:
    """Return a graded exam as it is kept."""
    work = attempt.from_json({**tried(), "lab": WHERE.name})
    one = record.Exam(
        seed="s", minutes=120, labs=(WHERE.name,), course="c", begun="2026-11-23T10:00:00+00:00",
        started="2026-11-23T10:00:00+00:00", submitted="2026-11-23T11:00:00+00:00",
        questions=(record.Question(number=1, work=work),),
    )  # fmt: skip
    return record.as_json(one)


def sat_again(_: Path) -> object:
    """Read the exam and do with it what words do."""
    one = record.load(WHERE)
    assert one is not None
    said = exam_output.clock(one, attempt.now()), exam_output.result(one)
    return said, one.percent, one.late, record.text(one), exam_mark.read(WHERE), exam_mark.of_course(WHERE)


def images(path: Path) -> object:
    """Read what was loaded, where the archive is there."""
    path.with_suffix(".tar").touch()
    return [(row.names, row.size, row.path) for row in loaded.rows(WHERE.name)]


FORMATS: Mapping[str, Format] = {
    "attempt.json": Format(
        path=lambda: attempt.folder(WHERE) / "attempt.json", good=tried(), read=used, idents=("attempt-unreadable",)
    ),
    "an attempt of the history": Format(
        path=lambda: attempt.folder(WHERE) / attempt.HISTORY / "a.json",
        good={**tried(), "ended": "2026-11-23T10:10:00+00:00"},
        read=lambda _: attempt.history(WHERE),
        idents=("attempt-unreadable",),
    ),
    "baseline.json": Format(
        path=lambda: attempt.folder(WHERE) / baseline_objects.FILE,
        good=[{"key": ["/api/v1/secrets", "a", "b"], "object": {"metadata": {"name": "b"}}}],
        read=baseline_objects.load,
        idents=("exercise-unclean",),
    ),
    "boxes.json": Format(
        path=lambda: attempt.folder(WHERE) / known_state.LISTING,
        good={"etcd-01": ["/etc/x"]},
        read=lambda path: known_state.read_listing(path.parent),
        idents=("exercise-unclean",),
    ),
    "evidence.json": Format(
        path=lambda: attempt.folder(WHERE) / submission.EVIDENCE,
        good={"t x": {"points": 1, "boxes": {}, "objects": [], "silent": False}},
        read=lambda path: (diff_store.kept(path), evidence_filter.submitted([WHERE])),
    ),
    "submitted": Format(
        path=lambda: attempt.folder(WHERE) / "submitted",
        good="a.json\n",
        read=lambda _: lockout.refuse_loss(WHERE.name),
        idents=("state-damaged",),
    ),
    "a fault's entry": Format(
        path=lambda: faults.folder(WHERE) / "001" / faults.ENTRY,
        good={"number": 1, "fault": "x", "machine": "m", "seed": 1, "options": {}, "at": "t", "done": True},
        read=lambda _: faults.entries(WHERE),
        idents=("fault-failed",),
    ),
    "a checkpoint's manifest": Format(
        path=lambda: checkpoint_files.folder(WHERE, "one") / checkpoint_files.MANIFEST,
        good={"name": "one", "lab": WHERE.name, "taken": "2026-11-23T10:00:00.000000Z", "shape": {"a": "b"},
              "files": {"etcd/e.db": {"sha256": "0" * 64, "size": 1}}},
        read=lambda _: checkpoint_files.refuse_unfit(WHERE, checkpoint_files.read(WHERE, "one"), {"a": "b"}),
        idents=("checkpoint-damaged", "checkpoint-shape"),
    ),
    "kept.json": Format(
        path=lambda: WHERE.state / workspace.KEPT, good={"provider": "docker"},
        read=lambda _: workspace.kept(WHERE), idents=("state-damaged",),
    ),
    "the members that voted": Format(
        path=lambda: WHERE.state / etcd_members.FORMED, good="etcd-01\netcd-02\n",
        read=lambda _: etcd_members.refuse_lost(LAB, WHERE, ()), idents=("state-damaged",),
    ),
    "the drained node": Format(
        path=lambda: WHERE.state / cordons.FILE, good="kube-worker-01\n", read=lambda _: cordons.left(WHERE),
        idents=("state-damaged",),
    ),
    "what a fault took away": Format(
        path=lambda: faults.folder(WHERE) / "001" / faults.ORIGINALS, good="a tar",
        read=lambda _: faults.originals(WHERE, FAULT), idents=("fault-failed",),
    ),
    "a container that Vagrant knows": Format(
        path=lambda: paths.ROOT / ".vagrant/machines" / LAB.machines[0].vagrant_name / "docker/id", good="854603cfa00b",
        read=lambda _: observed.vagrant_id(LAB.machines[0]), idents=("state-damaged",),
    ),
    "a person's kubeconfig": Format(
        path=lambda: paths.BUILD / "config", good="clusters: []\n",
        read=lambda path: kube_context.remove(path, "kubelab-mine"), idents=("kubeconfig-unreadable",),
    ),
    "a pack's key": Format(
        path=lambda: paths.BUILD / "pack" / pack.KEY, good="0" * 64,
        read=lambda path: pack.signing_key(path.parent.parent),
        idents=("pack-damaged",),
    ),
    "a mark of a download": Format(
        path=lambda: paths.cache() / "draft.mark", good="tag",
        read=lambda path: download._resuming(path.with_suffix(""), 1),
    ),
    "versions.json": Format(
        path=lambda: WHERE.state / versions_note.NAME, good={"etcd-01 etcd": "3.7.1"},
        read=lambda _: versions_note.read(WHERE), idents=("state-damaged",),
    ),
    "the network": Format(
        path=lambda: WHERE.state / "network", good="192.168.57.0/24\n",
        read=lambda _: subnets.resolve(WHERE, None), idents=("state-damaged",),
    ),
    "networks of other labs": Format(
        path=lambda: paths.cache() / "networks", good="/x/state/network\n",
        read=lambda _: subnets.resolve(paths.LabPaths(name="other"), None), idents=("state-damaged",),
    ),
    "the journal": Format(
        path=lambda: WHERE.state / journal.FILE,
        good={"event": "run", "command": "lab.up", "at": "t", "pid": 1, "about": {}},
        read=journalled, idents=("state-damaged",),
    ),
    "last-up.json": Format(
        path=lambda: WHERE.state / timeline.RECORD,
        good={"work": "lab.up", "good": True, "epoch": 1.0, "seconds": 2.0,
              "spans": [{"name": "boxes", "at": 0.0, "took": 1.0, "good": True, "result": ""}]},
        read=drawn, idents=("timeline-absent",),
    ),
    "merged": Format(
        path=lambda: WHERE.state / "merged", good="/home/a/config\n", read=lambda _: kube_context.merged_into(WHERE),
        idents=("state-damaged",),
    ),
    "history.json": Format(
        path=durations.file, good={"lab.up": [1.0]},
        read=lambda _: durations.usual("lab.up"),
    ),
    "a lab's holder": Format(
        path=lambda: paths.cache() / "locks" / "lab-x.holder",
        good={"pid": 1, "command": "lab.up", "since": "t", "root": "/"}, read=locks._described,
    ),
    "a build's holder": Format(
        path=lambda: paths.cache() / "locks" / "etcd.holder",
        good={"pid": 1, "command": "x", "since": "t"}, read=lambda _: store.holder("etcd"),
    ),
    "a record of the cache": Format(
        path=lambda: paths.cache() / "components" / "e" / "complete.json",
        good={"files": {"a": {"sha256": "0", "size": 1, "mtime_ns": 1}}, "seconds": 1.5, "go": "1.26",
              "modules": {"a v1": ["MIT", "a/LICENSE"]}},
        read=state,
    ),
    "a bundle's manifest": Format(
        path=lambda: paths.cache() / "m.json",
        good={"format": 1, "versions": "1.37", "components": {}, "box": "b", "pythons": [], "commit": "c", "remade": {},
              "members": {"components/e/a": {"size": 1, "sha256": "0" * 64, "runs": True}}},
        read=lambda path: bundle_manifest.parse(path.read_bytes(), path), idents=("bundle-damaged", "bundle-foreign"),
    ),
    "files.tsv": Format(
        path=lambda: WHERE.box("etcd-01") / "files.tsv", good="0\t0644\troot:root\t-\t/etc/x\t-\n",
        read=lambda path: files_tsv.parse(path.read_text(encoding="utf-8", errors="replace")),
    ),
    "exam.json": Format(
        path=lambda: exam_mark.folder(WHERE) / exam_mark.FILE, good=sat(), read=sat_again, idents=("exam-unreadable",)
    ),
    "an exam of the history": Format(
        path=lambda: exam_mark.folder(WHERE) / exam_mark.HISTORY / "a.json",
        good={**sat(), "ended": "2026-11-23T12:00:00+00:00"},
        read=lambda _: (record.history(WHERE), exam_mark.of_course(WHERE)),
        idents=("exam-unreadable",),
    ),
    "the mark of a paused lab": Format(
        path=lambda: paused.path(WHERE.name), good={"since": "t", "ill": ["a"], "resumed": 1.5},
        read=lambda _: paused.read(WHERE.name),
    ),
    "the record of a loaded image": Format(
        path=lambda: loaded.home(WHERE.name) / "a.json",
        good={"asked": "a:1", "names": ["a:1"], "size": 1, "digest": "0" * 64}, read=images,
    ),
    "the record of a course": Format(
        path=lambda: course().record_file,
        good={"schema": 2, "course": "c", "records": [{"files": {"run": "0" * 64}, "exams": [90], "texts": {}}]},
        read=lambda _: [(row.digests, row.text("run"), row.spec("x")) for row in handout.read(course())],
        idents=("course-record",),
    ),
    "a course file": Format(
        path=lambda: course().file, good="course: c\nexercises: [{id: dns-broken}]\n",
        read=lambda path: load_course.course(path, None), idents=("course-invalid", "course-missing"),
    ),
    "a pack's list of files": Format(
        path=lambda: paths.BUILD / "pack" / pack.FILES, good=["labs/default.yaml"],
        read=lambda path: pack.digests(path.parent.parent), idents=("pack-damaged",),
    ),
    "a pack": Format(
        path=lambda: paths.BUILD / "pack" / "pack.json", good={"schema": 1},
        read=lambda path: pack.needed(path.parent.parent), idents=("pack-damaged", "pack-missing"),
    ),
    "a lab file": Format(
        path=lambda: paths.BUILD / "lab.yaml", good="machines: {worker: {count: 2}}\n",
        read=lambda path: yaml_reader.read(path.read_bytes(), "lab.yaml"), idents=("lab-file-invalid",),
    ),
}  # fmt: skip
RAW: Mapping[str, bytes] = {
    "empty": b"",
    "zeros": b"\0" * 4096,
    "not UTF-8": b"\xff\xfe{}",
    "UTF-16": "{}".encode("utf-16"),
    "garbage": bytes(range(256)),
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "closed twice": b"]]]",
    "a great number": b"9" * 10_000,
    "NaN": b'{"a": NaN}',
    "infinite": b'{"a": 1e999}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "null": b"null",
    "a number": b"5",
    "a text": b'"x"',
    "a list": b"[]",
    "an object": b"{}",
    "a list of numbers": b"[5]",
    "a key twice": b'{"a": 1, "a": 2}',
    "huge": b"[" + b"1," * 3_000_000 + b"1]",
}
VALUES: tuple[object, ...] = (
    None, 5, -1, 2**33, 2**70, 1.5, "x", "", "../../etc/passwd", "\x1b[31m", [], {}, [5], {"a": 5}, True, [[[]]],
)  # fmt: skip


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use folders of the test's own, and a Docker that has nothing."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(docker.Docker, "networks", lambda *_: ())
    monkeypatch.setattr(subnets, "routed", lambda: [IPv4Network("10.0.0.0/8")])
    monkeypatch.setattr(timeline, "_boxes", lambda *_: [])


def content(good: object) -> bytes:
    """Return a good content as it lies on the disk."""
    return good.encode() if isinstance(good, str) else json.dumps(good).encode() + b"\n"


def read(name: str, damaged: bytes) -> str:
    """Write a damaged file and read it; return the identifier of the error, empty for none. Nothing else is raised."""
    path = FORMATS[name].path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(damaged)
    return told(name)


def told(name: str) -> str:
    """Read the file that is there; return the identifier of the error, empty for none. Nothing else is raised."""
    kind = FORMATS[name]
    path = kind.path()
    try:
        kind.read(path)
    except errors.LabError as problem:
        assert problem.ident in kind.idents, (problem.ident, problem.what, problem.details)
        assert "\x1b" not in problem.remedy
        return problem.ident
    return ""


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_file_is_read(name: str) -> None:
    """What the table calls good is taken: else nothing below would say anything."""
    lacks_files = {
        "a checkpoint's manifest": "checkpoint-damaged",
        "a pack": "pack-damaged",
        "a course file": "course-missing",
    }
    assert read(name, content(FORMATS[name].good)) == lacks_files.get(name, "")


@pytest.mark.parametrize("how", RAW)
@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_has_its_error_or_none(name: str, how: str) -> None:
    """Empty, cut, deep, huge, another coding, another shape."""
    read(name, RAW[how])


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_was_cut_has_its_error_or_none(name: str) -> None:
    """As a full disk or a power cut leaves it: at every tenth byte."""
    good = content(FORMATS[name].good)
    for end in range(0, len(good), max(1, len(good) // 10)):
        read(name, good[:end])


def fifo(path: Path) -> None:
    """Make a FIFO, which nobody ever writes to."""
    os.mkfifo(path)


def device(path: Path) -> None:
    """Make a link to a device that never ends."""
    path.symlink_to("/dev/zero")


def bound(path: Path) -> None:
    """Make a socket; its path may be longer than a socket's may be."""
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as made:
        made.bind(f"{short}/s")
        Path(short, "s").rename(path)


def loop(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path)


OTHERS: Mapping[str, Callable[[Path], None]] = {
    "a FIFO": fifo, "a folder": Path.mkdir, "a device": device, "a socket": bound, "a link to itself": loop,
}  # fmt: skip
GIVEN = ("a bundle's manifest", "a lab file", "files.tsv")
"""What the table reads itself, and hands over as bytes."""


TELLS = ("kept.json", "versions.json", "the network", "the journal", "merged", "submitted", "the drained node",
         "networks of other labs", "the members that voted", "a pack's key")  # fmt: skip
"""What is not passed over: an error says what to type."""


@pytest.fixture
def limit() -> Iterator[None]:
    """End a read that waits, or that does not end."""

    def late(*_: object) -> None:
        raise AssertionError("it waits")

    before, memory = signal.signal(signal.SIGALRM, late), resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, memory[1]))  # a device would fill this computer's memory
    signal.alarm(3)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    resource.setrlimit(resource.RLIMIT_AS, memory)


@pytest.mark.usefixtures("limit")
@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("name", [name for name in FORMATS if name not in GIVEN])
def test_what_is_no_file_has_its_error_or_none(name: str, what: str) -> None:
    """A FIFO, a folder, a device, a socket, a link to itself in a file's place: neither a wait nor a traceback."""
    if what == "a link to itself" and name in ("attempt.json", "exam.json", "a checkpoint's manifest"):
        return  # it counts as absent, as a link to nothing does
    path = FORMATS[name].path()
    path.parent.mkdir(parents=True, exist_ok=True)
    OTHERS[what](path)
    ident = told(name)
    assert ident or name not in TELLS


PERSONS: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "a lab file": (load.read, "lab-file-missing"),
    "another lab's file": (lambda path: list(other_labs.flaws(load.read("default"), path.parent)), ""),
    "a course's file": (lambda path: load_course.course(path, None), "course-missing"),
    "a pack's lab file": (labfile.read, ""),
}
"""A file of a person's, to what reads it, and the identifier of the error if there is one."""


@pytest.mark.usefixtures("limit")
@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("name", PERSONS)
def test_what_is_no_file_of_a_persons_is_told(name: str, what: str, tmp_path: Path) -> None:
    """A lab's words read other labs' files, too: `kube`'s machines may have the names of `default`'s."""
    path = tmp_path / "kube.yaml"
    OTHERS[what](path)
    look, ident = PERSONS[name]
    if not ident:
        look(path)
        return
    with pytest.raises(errors.LabError) as caught:
        look(path)
    assert caught.value.ident == ident


def changed(value: object) -> Iterator[object]:
    """Yield a value with each of its parts once left out, and once in place of each of `VALUES`."""
    yield from VALUES
    parts: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    for key, part in list(enumerate(value)) if isinstance(value, list) else parts:
        less = copy.copy(value)
        assert isinstance(less, (dict, list))
        del less[key]
        yield less
        for other in changed(part):
            more = copy.copy(value)
            assert isinstance(more, (dict, list))
            more[key] = other
            yield more
    if isinstance(value, dict):
        yield {**value, "one more": 1}


@pytest.mark.parametrize("name", [name for name, kind in FORMATS.items() if not isinstance(kind.good, str)])
def test_a_value_of_another_kind_has_its_error_or_none(name: str) -> None:
    """Each value anywhere in the file, in place of each other kind of value, left out, or one too many."""
    for other in changed(FORMATS[name].good):
        read(name, json.dumps(other).encode())


def test_the_damages_are_seen() -> None:
    """An attempt with a text for its points, a checkpoint that names what lies elsewhere: refused, not taken."""
    assert read("attempt.json", json.dumps({**tried(), "full": "8"}).encode()) == "attempt-unreadable"
    assert read("kept.json", b"[]") == "state-damaged"
    good = FORMATS["a checkpoint's manifest"].good
    assert isinstance(good, dict)
    elsewhere = {"../x": good["files"]["etcd/e.db"]}
    for wrong in ({"name": "two"}, {"lab": "other"}, {"taken": "yesterday"}, {"files": elsewhere}):
        assert read("a checkpoint's manifest", json.dumps({**good, **wrong}).encode()) == "checkpoint-damaged"


def test_a_lost_network_is_known_from_what_the_lab_was_made_with() -> None:
    """A damaged record costs a running lab nothing."""
    workspace.remember(WHERE, {"network.machines": "192.168.59.0/24"})
    atomic.write(WHERE.state / "network", b"")
    assert subnets.resolve(WHERE, None) == IPv4Network("192.168.59.0/24")


def test_what_lies_in_a_checkpoint_and_in_no_manifest_is_told() -> None:
    """A file that was put there later, or whose entry was taken out, would be put back into a box otherwise."""
    with checkpoint_files.draft(WHERE, "one") as making:
        (making / "etcd").mkdir()
        (making / "etcd/e.db").write_bytes(b"x")
        checkpoint_files.finish(making, WHERE, "one", NOW, {})
    root = checkpoint_files.folder(WHERE, "one")
    assert checkpoint_files.flaws(WHERE, checkpoint_files.read(WHERE, "one")) == []
    (root / "volumes").mkdir()
    (root / "volumes/w.tar.gz").write_bytes(b"evil")
    assert checkpoint_files.flaws(WHERE, checkpoint_files.read(WHERE, "one")) == [
        "volumes/w.tar.gz: it was put there later"
    ]


def tarred(rows: object, **more: bytes) -> bytes:
    """Return an image archive with this list of images, and further members."""
    packed = io.BytesIO()
    listing = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content_ in {"manifest.json": listing, **more}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content_)
            tar.addfile(member, io.BytesIO(content_))
    return packed.getvalue()


def long_header(size: int, kind: bytes) -> bytes:
    """Return an archive whose first member's name is said to have `size` bytes."""
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT) + b"\0" * 4096


GOOD_IMAGE = tarred([{"RepoTags": ["a:1"]}], layer=bytes(range(256)) * 400)
IMAGES: Mapping[str, bytes] = {
    "cut in its last layer": GOOD_IMAGE[: len(GOOD_IMAGE) // 2],
    "cut in gzip": gzip.compress(GOOD_IMAGE)[:-200],
    "changed in gzip": (packed := gzip.compress(GOOD_IMAGE, 0))[:3000] + b"\0\1\2\3" + packed[3004:],
    "deep": tarred(b"[" * 100_000),
    "a row of a number": tarred([5]),
    "a tag of a number": tarred([{"RepoTags": [5]}]),
    "tags in a text": tarred([{"RepoTags": "a:1"}]),
    "a number": tarred(5),
    "an object": tarred({"a": 1}),
    "a tag that is an option": tarred([{"RepoTags": ["--all"]}]),
    "a tag with an escape": tarred([{"RepoTags": ["a\x1b[31m:1"]}]),
    "no list": tarred([])[512:],
    "a great list": tarred(b"[" + b'{"RepoTags": null},' * 200_000 + b"{}]"),
    "a name of a terabyte": long_header(1 << 40, tarfile.GNUTYPE_LONGNAME),
    "attributes of a gigabyte": long_header(1 << 30, tarfile.XHDTYPE),
    "nothing": b"",
    "text": b"hello\n" * 500,
}


@pytest.mark.parametrize("what", IMAGES)
def test_an_image_archive_that_is_none_is_refused(what: str, tmp_path: Path) -> None:
    """By its identifier, before anything of it reaches a box."""
    file = tmp_path / "img.tar"
    file.write_bytes(IMAGES[what])
    with pytest.raises(errors.LabError) as caught:
        local_image.take(WHERE.name, str(file))
    assert caught.value.ident in ("load-image", "load-unnamed", "load-platform")
    assert not list(paths.cache().rglob("*.tar"))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_bundle_whose_header_asks_for_a_gigabyte_is_refused(kind: bytes, tmp_path: Path) -> None:
    """Its length is believed by nobody, and no memory is taken for it."""
    file = tmp_path / "bundle.tar.gz"
    file.write_bytes(gzip.compress(long_header(1 << 30, kind)))
    with pytest.raises(errors.LabError) as caught:
        unbundle.read(file)
    assert caught.value.ident == "bundle-damaged"
