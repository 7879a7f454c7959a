"""Writes files atomically: a reader finds the old content or the new, also after a power cut."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kubelab import errors, paths

PRIVATE = 0o600
PUBLIC = 0o644
LONGEST = 100
"""Characters of a file's name that its draft's name repeats: a name may have 255 bytes in all."""
OLD, GONE = ".old", ".gone"
"""The endings of a folder that is being replaced, and of one that is being removed."""
ANOTHER = "the same command with the path of a plain file, such as ./out"
NO_FILE = {
    errno.EINVAL: ANOTHER,
    errno.ENXIO: ANOTHER,
    errno.ENODEV: ANOTHER,
    errno.EISDIR: ANOTHER,
    errno.ENAMETOOLONG: "the same command with a shorter path: a name has at most 255 bytes, a path 4096",
    errno.ELOOP: "rm the link named above, which leads to itself; then the same command again",
}
"""What to type where the path that was given is no file's, by the system's error."""
ELSEWHERE = "export KUBELAB_CACHE=/var/tmp/kubelab, or another folder that can be written; then the same command again"
"""What to type where the cache is on a disk that cannot be written, as a home may be."""


def write(
    path: Path,
    content: bytes | str,
    *,
    mode: int = PRIVATE,
    ident: str = "build-unwritable",
    durable: bool = True,
    new: bool = False,
) -> None:
    """Write a whole file with exactly this mode, whatever the umask; see `draft` for its errors.

    `durable` is false only for files that are made again from others: waiting for the disk takes some milliseconds.
    """
    with draft(path, mode=mode, ident=ident, durable=durable, new=new) as staged:
        staged.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def draft(
    path: Path, *, mode: int = PRIVATE, ident: str = "build-unwritable", durable: bool = True, new: bool = False
) -> Iterator[Path]:
    """Yield an empty file, 0600, that takes the place of `path` when the block ends well, and else is removed.

    Missing folders are made, private if the file is. With `new` an existing file is never replaced: FileExistsError.
    Raises LabError `ident` for a full disk, a missing right and the like, and for a device, a FIFO or a socket, which
    other programs use: root would replace /dev/null by a file.
    """
    try:
        _refuse_special(path)
        folder(path.parent, mode=0o700 | mode & 0o044 | (mode & 0o044) >> 2)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:LONGEST]}.", suffix=".part", dir=path.parent)
        os.close(descriptor)
        staged = Path(name)
        try:
            yield staged
            place(staged, path, mode=mode, durable=durable, new=new)
        finally:
            staged.unlink(missing_ok=True)
    except FileExistsError:
        raise
    except OSError as problem:
        raise refused(path, problem, ident) from problem


def refuse_unwritable(path: Path, *, ident: str) -> None:
    """Raise LabError `ident` if a file could not be written now, and write none: before work that ends with it."""
    try:
        _refuse_special(path)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        folder(path.parent)
        with tempfile.TemporaryFile(prefix=f".{path.name[:LONGEST]}.", dir=path.parent) as draft:
            draft.write(b" ")
    except OSError as problem:
        raise refused(path, problem, ident) from problem


def _refuse_special(path: Path) -> None:
    """Raise OSError for what no file takes the place of."""
    mode = path.lstat().st_mode if os.path.lexists(path) else stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is a device, a FIFO or a socket: name a file", str(path))


def place(staged: Path, path: Path, *, mode: int, durable: bool = True, new: bool = False) -> None:
    """Give a whole file of the same file system its mode and its name, in place of what had it, unless it is `new`.

    Raises OSError as it is.
    """
    if mode != PRIVATE or staged.stat().st_mode & 0o777 != PRIVATE:
        with contextlib.suppress(PermissionError):  # a file system without modes: a USB stick
            staged.chmod(mode)
    if durable:
        sync(staged)
    if new:
        os.link(staged, path)
    else:
        staged.replace(path)
    if durable:
        sync(path.parent)


def link(path: Path, target: Path) -> None:
    """Make a name a symbolic link, in place of any file or link of that name."""
    try:
        folder(path.parent)
        with tempfile.TemporaryDirectory(prefix=f".{path.name[:LONGEST]}.", suffix=".part", dir=path.parent) as staged:
            Path(staged, "link").symlink_to(target)
            Path(staged, "link").replace(path)
    except OSError as problem:
        raise refused(path, problem) from problem


@contextlib.contextmanager
def scratch(home: Path, prefix: str) -> Iterator[Path]:
    """Yield an empty private folder in an existing one, and remove it; first what killed runs left of this prefix."""
    for left in leftovers(home, prefix):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=home) as made:
        descriptor = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with contextlib.suppress(OSError):  # a network's file system that locks no folder: it is never a leftover
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(made)
        finally:
            os.close(descriptor)


def leftovers(home: Path, prefix: str) -> list[Path]:
    """Return the folders of `scratch` whose run does not live any more, killed or cut off by a power cut."""
    return [left for left in sorted(home.glob(f"{glob.escape(prefix)}*")) if _is_left(left)]


def _is_left(folder: Path) -> bool:
    """Return whether the run that made a folder has ended: its lock ended with it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        finally:
            os.close(descriptor)
    return False


def folder(path: Path, *, mode: int = 0o700) -> None:
    """Make a folder and the missing ones above it, open to no more than `mode` allows, whatever the umask."""
    for place in reversed([path, *path.parents]):
        if not place.exists():
            place.mkdir(mode=mode, exist_ok=True)  # another run may make it meanwhile


def swap(fresh: Path, target: Path) -> None:
    """Put a folder into another's place; the old one is removed only after the new one has its name.

    Between two renames there is a moment with neither: `recover` repairs an interruption there.
    """
    old = _old(target)
    recover(target)
    sync(fresh)
    try:
        while True:
            if target.exists():
                target.replace(old)
            try:
                fresh.replace(target)
                break
            except OSError as problem:  # a reader took the moment for an interruption, and repaired it
                if problem.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        sync(target.parent)
    finally:
        recover(target)


def recover(target: Path) -> None:
    """Repair an interrupted `swap`: the old folder gets its name back, or is removed; and finish a `discard`."""
    old = _old(target)
    if not target.exists() and old.exists():
        old.replace(target)
    for left in (old, _gone(target)):
        with contextlib.suppress(OSError):
            remove(left)


def discard(target: Path) -> None:
    """Remove a folder, whole or not at all: it loses its name before its first file; `recover` removes the rest.

    Raises LabError `build-unwritable`.
    """
    try:
        recover(target)  # what a stopped `swap` left would be given this name back
        target.replace(_gone(target))
        remove(_gone(target))
    except OSError as problem:
        raise refused(target, problem) from problem


def remove(folder: Path) -> None:
    """Remove a folder, or a link to one: what a link leads to is on a disk of the person's choice, and stays.

    Raises OSError.
    """
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def recover_all(folder: Path) -> None:
    """Repair every interrupted `swap` and `discard` in a folder."""
    for suffix in (OLD, GONE):
        for left in folder.glob(f".*{suffix}"):
            recover(folder / left.name.removeprefix(".").removesuffix(suffix))


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}{OLD}")


def _gone(target: Path) -> Path:
    return target.with_name(f".{target.name}{GONE}")


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's entries, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):  # a network's file system that cannot
            raise
    finally:
        os.close(descriptor)


def refused(path: Path, problem: OSError, ident: str = "build-unwritable") -> errors.LabError:
    """Return the error of a file that could not be written."""
    return errors.LabError(ident, f"cannot write {path}", details=[problem], remedy=mend(path, problem))


def mend(path: Path, problem: OSError) -> str | None:
    """Return the remedy for a path that cannot be a file's, a cache that cannot be written, a file in the place of a
    folder, or a place owned by another user, as `sudo` leaves it.

    None for any other trouble.
    """
    if problem.errno in NO_FILE:
        return NO_FILE[problem.errno]
    if problem.errno == errno.EROFS:
        cache, absolute = paths.cache(), path.absolute()
        return ELSEWHERE if cache.is_relative_to(absolute) or absolute.is_relative_to(cache) else None
    if isinstance(problem, NotADirectoryError | FileExistsError):
        return _away(next(place for place in (path.absolute(), *path.absolute().parents) if place.exists()))
    if not isinstance(problem, PermissionError):
        return None
    mine, foreign = os.geteuid(), None
    for place in (path, *path.absolute().parents):
        if not place.exists():
            continue
        if place.stat().st_uid == mine:
            break
        foreign = place
    else:
        return None  # a place of the system, not one of this person's
    who = f"{mine}:{os.getegid()}"
    return f"sudo chown -R {who} {shlex.quote(str(foreign))}; then the same again, without sudo" if foreign else None


def _away(place: Path) -> str | None:
    """Return the remedy for a file in a folder's place; None for a folder."""
    if place.is_dir():
        return None
    if os.environ.get("KUBELAB_CACHE") and paths.cache().is_relative_to(place):
        return ELSEWHERE  # a mistyped variable is no reason to move a file of the person's, or of the system's
    return f"mv {shlex.join([str(place), f'{place}.old'])}; then the same command again"
