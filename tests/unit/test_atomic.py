"""Files are written whole or not at all, for their owner only, and by one function."""

from __future__ import annotations

import ast
import errno
import io
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.files import atomic
from kubelab.state import journal, locks
from kubelab.tasks import decorator
from kubelab.ui import progress

OTHERS = {
    "files/atomic.py": ("mkstemp os.open replace symlink_to write_bytes", "is the one"),
    "components/userland.py": ("open write_bytes", "fills Docker's build context and a draft of atomic's"),
    "components/vm_image.py": ("open write_bytes write_text", "fills a temporary folder that a container works in"),
    "components/image_archive.py": ("open", "writes a layer inside a draft"),
    "components/archives.py": ("open", "writes into a temporary folder"),
    "components/bundle.py": ("open", "writes into a draft of atomic's"),
    "components/compiling.py": ("open rename write_text", "writes a log, and renames what was compiled inside a draft"),
    "components/images.py": ("shutil.copy write_text", "fills Docker's build context in a draft"),
    "components/unbundle.py": ("open", "unpacks into a draft"),
    "providers/machine_disk.py": ("open write_bytes", "fills a temporary folder that becomes a disk in a draft"),
    "course/diff_store.py": ("replace", "puts a damaged file aside"),
    "course/make_packs.py": ("open", "makes an archive in memory"),
    "course/regrade.py": ("open", "makes an archive in memory"),
    "exercises/baseline_files.py": ("open", "makes an archive in memory"),
    "faults/fault_scripts.py": ("open", "makes an archive in memory"),
    "host/actions.py": ("open", "appends to a log"),
    "state/locks.py": ("open", "opens a lock that children inherit"),
    "state/journal.py": ("open", "appends lines: a reader passes over half a one"),
    "lab/kube_context.py": ("write_text", "writes into a draft of atomic's"),
    "clients/download.py": ("open", "appends what comes to a draft"),
    "clients/kept_bundles.py": ("open", "opens its own lock"),
    "clients/vagrant.py": ("open", "appends to a log, and opens Vagrant's own lock"),
    "ui/progress.py": ("open", "appends to a log"),
    "proofs/conformance_suite.py": ("open", "gives a program its log"),
    "proofs/host_mutations.py": ("write_text", "makes a shim in a temporary folder"),
    "proofs/live_suite.py": ("open", "writes into a temporary folder"),
    "clients/ssh.py": ("open", "fills a file of a checkpoint's draft"),
    "converge/guestbook_entries.py": ("write_bytes", "fills a volume by way of a temporary folder"),
    "files/bounded.py": ("fdopen os.open", "opens to read"),
    "files/strictjson.py": ("fdopen os.open", "opens to read"),
    "tasks/streams.py": ("open os.open", "opens /dev/null"),
}
"""The modules that write in another way: which calls, and what they do that needs no `atomic.write`."""
WRITERS = {"write_text", "write_bytes", "mkstemp", "fdopen", "symlink_to", "rename", "renames"}
CALLS = [("os", "open"), ("os", "replace"), ("shutil", "copy"), ("shutil", "copyfile"), ("shutil", "move")]


def writes(tree: ast.AST) -> Iterator[str]:
    """Yield every call in a module that makes, fills or renames a file without `atomic`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        words = [str(row.value) for row in ast.walk(node) if isinstance(row, ast.Constant)]
        match node.func:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in CALLS:
                yield f"{owner}.{name}"
            case ast.Attribute(attr=name) if name in WRITERS:
                yield name
            case ast.Attribute(attr="replace") if len(node.args) == 1 and not node.keywords:
                yield "replace"  # of a path: a text's has two
            case ast.Attribute(attr="open") | ast.Name(id="open"):
                if any(word[:1] in ("w", "a", "x") and len(word) <= 3 for word in words):
                    yield "open"


def test_every_module_writes_by_the_one_function() -> None:
    """No module under kubelab/ makes, fills or renames a file itself, but those tabled with a reason."""
    folder = paths.ROOT / "kubelab"
    found = {}
    for path in folder.rglob("*.py"):
        calls = sorted(set(writes(ast.parse(path.read_text(encoding="utf-8")))))
        if calls:
            found[str(path.relative_to(folder))] = " ".join(calls)
    assert found == {name: calls for name, (calls, _) in OTHERS.items()}


@pytest.mark.parametrize("durable", [True, False])
def test_content_is_on_the_disk_before_the_file_has_its_name(
    durable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the name before the function returns; what is made again from others waits for neither."""
    done = []

    def synced(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        done.append((path == tmp_path, (tmp_path / "file").exists(), path.is_dir() or path.read_bytes()))

    monkeypatch.setattr(os, "fsync", synced)
    atomic.write(tmp_path / "file", b"whole", durable=durable)
    assert done == ([(False, False, b"whole"), (True, True, True)] if durable else [])
    assert (tmp_path / "file").read_bytes() == b"whole"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
def test_a_disk_that_cannot_be_waited_for_is_no_error(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's file system may have no such wait; a disk that fails is an error."""

    def refused(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)
    if number != errno.EIO:
        atomic.sync(tmp_path)
        return
    with pytest.raises(OSError, match=os.strerror(number)):
        atomic.sync(tmp_path)


def test_a_file_has_its_mode_whatever_the_umask(tmp_path: Path) -> None:
    """With umask 000 and with 077 a private file is 0600 in folders of 0700, a public one 0644."""
    for mask in (0o000, 0o022, 0o077):
        old = os.umask(mask)
        try:
            private, public = tmp_path / f"{mask}/a/secret", tmp_path / f"{mask}-/a/page"
            atomic.write(private, b"x")
            atomic.write(public, "x", mode=atomic.PUBLIC)
        finally:
            os.umask(old)
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in (private.parent, private.parent.parent)} == {0o700}
        assert stat.S_IMODE(public.stat().st_mode) == 0o644
        assert not stat.S_IMODE(public.parent.stat().st_mode) & 0o022


@pytest.mark.parametrize("step", ["write_bytes", "replace", "chmod"])
@pytest.mark.parametrize("raised", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_no_draft(
    step: str, raised: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or Ctrl-C at any step of a write leaves what was there, and nothing beside it."""
    target = tmp_path / "file"
    atomic.write(target, b"old")

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(Path, step, fail)
    wanted = errors.LabError if isinstance(raised, OSError) else KeyboardInterrupt
    with pytest.raises(wanted):
        atomic.write(target, b"new", mode=atomic.PUBLIC)
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's content is synced before the rename, its folder after it."""
    order: list[str] = []
    real = Path.replace
    monkeypatch.setattr(atomic, "sync", lambda path: order.append("folder" if path.is_dir() else "content"))
    monkeypatch.setattr(Path, "replace", lambda path, to: order.append("rename") or real(path, to))  # type: ignore[func-returns-value]
    atomic.write(tmp_path / "file", b"x")
    assert order == ["content", "rename", "folder"]


@pytest.mark.parametrize("mode", [atomic.PRIVATE, atomic.PUBLIC])
def test_a_draft_is_given_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    """A whole file from elsewhere has the mode that was asked for, and is on the disk before it has its name."""
    order: list[str] = []
    monkeypatch.setattr(atomic, "sync", lambda path: order.append(path.name))
    for name, content, before in (("draft", b"new", 0o640), ("file", b"old", 0o600)):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(before)
    atomic.place(tmp_path / "draft", tmp_path / "file", mode=mode)
    assert order == ["draft", tmp_path.name]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_every_file_of_json_is_read_by_the_strict_reader() -> None:
    """No module parses a file's text by `json`: a file that was damaged, or grew, is refused and not believed."""
    found = []
    for path in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if named == "json.load" or (named == "json.loads" and ".read" in ast.unparse(node)):
                found.append(str(path.relative_to(paths.ROOT)))
    assert found == []


def test_a_fifo_or_a_socket_is_never_replaced(tmp_path: Path) -> None:
    """Root may replace what others use: `lab.logs --out /dev/null` made a file of this computer's /dev/null."""
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as heard:
        heard.bind(str(tmp_path / "socket"))
        for name in ("fifo", "socket"):
            with pytest.raises(errors.LabError, match="cannot write") as problem:
                atomic.write(tmp_path / name, b"x", ident="course-unwritable")
            assert problem.value.ident == "course-unwritable"
            assert "name a file" in " ".join(problem.value.details)
            assert "plain file" in problem.value.remedy
    assert (tmp_path / "fifo").is_fifo()
    assert (tmp_path / "socket").is_socket()
    assert len(list(tmp_path.iterdir())) == 2  # no draft is left


def test_a_new_file_never_takes_the_place_of_one_that_is_there(tmp_path: Path) -> None:
    """A course's key that another run has just made stays."""
    atomic.write(tmp_path / "key", b"first", new=True)
    with pytest.raises(FileExistsError):
        atomic.write(tmp_path / "key", b"second", new=True)
    assert (tmp_path / "key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("renames", [1, 2])
def test_ctrl_c_between_the_renames_of_a_folder_loses_nothing(
    renames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever rename of a swap is stopped, the old folder or the new one has the name."""
    fresh, target = tmp_path / "fresh", tmp_path / "target"
    for folder in (fresh, target):
        folder.mkdir()
        (folder / "file").write_text(folder.name)
    left, real = [renames], Path.replace

    def stopped(path: Path, to: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return real(path, to)

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        atomic.swap(fresh, target)
    assert (target / "file").read_text() == "target"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "target"]


def test_a_reader_between_the_renames_of_a_folder_hinders_no_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`checkpoint.list` holds no lock, and repairs what looks like an interruption: the save goes on all the same."""
    fresh, target = tmp_path / "fresh", tmp_path / "target"
    for folder in (fresh, target):
        folder.mkdir()
        (folder / "file").write_text(folder.name)
    real, reads = Path.replace, [2]

    def watched(path: Path, to: Path) -> Path:
        done = real(path, to)
        if path == target and reads[0]:
            reads[0] -= 1
            atomic.recover_all(tmp_path)
        return done

    monkeypatch.setattr(Path, "replace", watched)
    atomic.swap(fresh, target)
    assert reads == [0]
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (target / "file").read_text() == "fresh"


def test_a_power_cut_between_the_renames_of_a_folder_is_made_good(tmp_path: Path) -> None:
    """The old folder, without its name after a power cut, has it again; one that was replaced is removed."""
    for name in (".one.old", ".two.old", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    atomic.recover_all(tmp_path)
    assert {path.name: (path / "file").read_text() for path in tmp_path.iterdir()} == {"one": ".one.old", "two": "two"}


def test_a_link_takes_the_place_of_another(tmp_path: Path) -> None:
    """A link points to the new target, and nothing is left beside it."""
    for target in ("/a", "/b"):
        atomic.link(tmp_path / "bin" / "kubectl", Path(target))
    assert (tmp_path / "bin" / "kubectl").readlink() == Path("/b")
    assert len(list((tmp_path / "bin").iterdir())) == 1


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Act as a person without rights, where the suite runs as root."""
    if os.geteuid():
        pytest.skip("needs root, to be somebody else for a moment")
    tmp_path.chmod(0o755)
    yield lambda: os.seteuid(65534)
    os.seteuid(0)


def test_what_sudo_left_to_root_is_told_where_it_is_read(nobody: Callable[[], None], tmp_path: Path) -> None:
    """A file with root's own mode in a person's folder: reading it is told with the same mend."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "kubeconfig").touch(mode=0o600)
    os.chown(home, 65534, 65534)
    for place in (tmp_path, *tmp_path.parents[:3]):
        place.chmod(place.stat().st_mode | 0o055)
    nobody()
    with pytest.raises(PermissionError) as caught:
        (home / "kubeconfig").read_bytes()
    assert decorator.as_lab_error(caught.value).remedy.startswith(
        f"sudo chown -R 65534:{os.getegid()} {home / 'kubeconfig'}"
    )


def test_no_folder_is_open_to_others_whatever_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With umask 000: what a run makes first under build/ is its owner's, and what is in the cache nobody else's."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    where = paths.LabPaths(name="mine")
    old = os.umask(0)
    try:
        report = progress.Progress(progress.Style.PLAIN, log=where.logs / "up.log", out=io.StringIO())
        with locks.lab("mine"), journal.run(where, journal.UP, report), report.phase("x"):
            pass
    finally:
        os.umask(old)
    for folder in (
        tmp_path / "build",
        where.root,
        where.state,
        where.logs,
        tmp_path / "cache",
        tmp_path / "cache/locks",
    ):
        assert not stat.S_IMODE(folder.stat().st_mode) & 0o022, folder
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "build", where.root, where.state)} == {0o700}


def test_folders_are_made_by_the_one_function() -> None:
    """`mkdir(parents=True)` takes the umask's modes: only drafts and temporary folders are made so."""
    found = {
        str(path.relative_to(paths.ROOT / "kubelab"))
        for path in (paths.ROOT / "kubelab").rglob("*.py")
        if "mkdir(parents=True, exist_ok=True)" in path.read_text(encoding="utf-8")
    }
    assert found <= {"components/userland.py", "components/unbundle.py"}


def test_what_sudo_left_to_root_is_told_with_its_mend(nobody: Callable[[], None], tmp_path: Path) -> None:
    """A folder that one run with sudo left to root: the error says which `sudo chown` gives it back."""
    home, theirs = tmp_path / "home", tmp_path / "home/build"
    theirs.mkdir(parents=True)
    os.chown(home, 65534, 65534)
    for place in (tmp_path, *tmp_path.parents[:3]):
        place.chmod(place.stat().st_mode | 0o055)
    nobody()
    with pytest.raises(errors.LabError) as caught:
        atomic.write(theirs / "default/state/network", b"x")
    assert caught.value.ident == "build-unwritable"
    assert caught.value.remedy.startswith(f"sudo chown -R 65534:{os.getegid()} {theirs}")


def test_a_cache_on_a_disk_that_cannot_be_written_is_told_the_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home may be read-only: any folder on the way to the cache, and any in it, but no place elsewhere."""
    monkeypatch.setenv("KUBELAB_CACHE", "/home/me/.cache/kubelab")
    for place in ("/home/me/.cache", "/home/me/.cache/kubelab/logs"):
        assert "export KUBELAB_CACHE=" in str(atomic.mend(Path(place), OSError(errno.EROFS, "", place)))
    assert atomic.mend(Path("/media/cd"), OSError(errno.EROFS, "", "/media/cd")) is None


@pytest.mark.parametrize("named", [True, False])
def test_a_cache_that_is_a_file_is_to_be_another_one(
    named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`KUBELAB_CACHE=/etc/passwd` was answered with `mv /etc/passwd`; any other file in a folder's place is moved."""
    place = tmp_path / "passwd"
    place.touch()
    if named:
        monkeypatch.setenv("KUBELAB_CACHE", str(place))
    else:
        monkeypatch.delenv("KUBELAB_CACHE", raising=False)
    with pytest.raises(errors.LabError) as refused:
        atomic.write(place / "locks/x", b"")
    assert (refused.value.remedy == atomic.ELSEWHERE) is named
    assert refused.value.remedy.startswith("mv ") is not named
