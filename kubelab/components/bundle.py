"""Writes one file with everything that a lab needs on a computer without a network."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import shlex
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kubelab import components, errors, model, paths
from kubelab.clients import git
from kubelab.components import (
    box_image,
    bundle_manifest,
    cache_layout,
    pod_images,
    selection,
    software_catalogue,
    store,
    vm_image,
    wheels,
)
from kubelab.files import atomic
from kubelab.ui import amounts, progress

LEVEL = 4
"""gzip's: 6 takes three times as long for 4 % less."""
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Written:
    """A written bundle: its path, bytes, SHA-256, unpacked bytes, number of files."""

    file: Path
    size: int
    sha256: str
    unpacked: int
    members: int


def default_name(versions: model.VersionSet) -> str:
    """Return the default name of a bundle."""
    return f"kubelab-{versions.kubernetes}-amd64.bundle.tar.gz"


def write(
    versions: model.VersionSet,
    out: Path,
    report: progress.Progress,
    *,
    checkout: bool,
    provider: model.Provider = model.Provider.DOCKER,
    names: Sequence[str] = (),
) -> Written:
    """Write a bundle of the version set to `out`, whole or not at all, and its digest beside it, FILE.sha256.

    Missing components are built first: those of every lab, or the named ones. For a provider of virtual machines their
    box is in it, too.

    Raises the errors of building, `bundle-wheels`, and `bundle-unwritable` for lack of room.
    """
    for wanted in (out, bundle_manifest.beside(out)):  # before a quarter of an hour of building
        atomic.refuse_unwritable(wanted, ident="bundle-unwritable")
    checked_out = tracked() if checkout else []
    components.ensure(versions, report, names)
    machines = [vm_image.ensure(provider, report)] if provider in vm_image.FORMATS else []
    tag = box_image.ensure(report)
    home = bundle_manifest.drafts()
    atomic.folder(home, mode=0o755)
    with atomic.scratch(home, bundle_manifest.WRITTEN) as scratch, _room(out):
        files = {f"{bundle_manifest.CHECKOUT}/{name}": paths.ROOT / name for name in checked_out}
        with report.phase("Python packages") as phase:
            found = wheels.fetch(scratch, phase)
            files |= {f"{bundle_manifest.WHEELS}/{path.name}": path for path in found}
            phase.done(f"{len(found)} for Python {', '.join(wheels.pythons())}")
        files |= {f"{bundle_manifest.BOX}/{path.name}": path for path in machines}
        files |= _cached(versions, names)  # last: a bundle whose end is missing lacks something that is needed
        with report.phase("box image, saved") as phase:
            files[bundle_manifest.BOX_TAR] = box_image.save(tag, scratch / "image.tar")
            phase.done(amounts.human(files[bundle_manifest.BOX_TAR].stat().st_size))
        head = _manifest(versions, names, tag, files, report)
        return _archive(head, files, out, report)


def tracked() -> list[str]:
    """Return every file of the checkout that git knows, by its path there; raises `checkout-unknown` if that is none.

    Unpacked without .git in a folder of another repository, git answers for that one, and knows none of these files.
    """
    done = git.run("ls-files", "-z")
    known = [name for name in done.stdout.split("\0") if name and (paths.ROOT / name).is_file()]
    if done.returncode or not known:
        details = done.stderr.strip().splitlines()[-3:]
        raise errors.LabError("checkout-unknown", "git does not know this folder's files", details=details)
    if odd := [name for name in known if not bundle_manifest.fits(f"{bundle_manifest.CHECKOUT}/{name}")]:
        remedy = "git mv it to a name without them; then the same command again"
        what = f"{odd[0][:60]!a} has characters in its name that are not put into a bundle"
        raise errors.LabError("bundle-unwritable", what, remedy=remedy)
    return known


def commit() -> str:
    """Return the checkout's commit in short, with a mark if files were changed since; `unknown` without git."""
    return git.said("describe", "--always", "--dirty", "--abbrev=12", otherwise="unknown")


def made_again(entry: cache_layout.Entry) -> bool:
    """Return whether an entry is left out: an image of programs alone is made again from them, bit by bit the same."""
    return entry.is_image and pod_images.IMAGES[entry.name].recipe is not software_catalogue.Recipe.DOCKERFILE


def member_names(entry: cache_layout.Entry) -> dict[str, Path]:
    """Return the files of a cache entry in a bundle: name in the bundle to file."""
    folder = bundle_manifest.IMAGES if entry.is_image else f"{bundle_manifest.COMPONENTS}/{entry.root.name}"
    return {f"{folder}/{path.name}": path for path in (*entry.paths, entry.record)}


def _cached(versions: model.VersionSet, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    for entry in selection.entries(versions, names):
        if not made_again(entry):
            yield from member_names(entry).items()


def _manifest(
    versions: model.VersionSet, names: Sequence[str], tag: str, files: dict[str, Path], report: progress.Progress
) -> bundle_manifest.Manifest:
    bundle_manifest.refuse_names(files, "the bundle")
    members = {}
    with report.phase("digests") as phase:
        for name, path in files.items():
            phase.update(name)
            stat = path.stat()
            members[name] = bundle_manifest.Member(
                size=stat.st_size, sha256=store.digest_of(path), runs=bool(stat.st_mode & 64)
            )
        _refuse_rot(versions, members)
        phase.done(f"{len(members)} files")
    remade = filter(made_again, selection.entries(versions, names))
    again = {name: row["sha256"] for entry in remade for name, row in _rows(entry)}
    return bundle_manifest.Manifest(
        format=bundle_manifest.FORMAT,
        versions=versions.name,
        components=dict(versions.components),
        box=tag,
        pythons=list(wheels.pythons()),
        commit=commit(),
        remade=again,
        members=members,
    )


def _rows(entry: cache_layout.Entry) -> Iterable[tuple[str, Any]]:
    """Return what the cache's record says of each file of an entry that is there."""
    rows = store.read(entry)["files"]
    return [(name, rows[name]) for name in entry.files]


def _refuse_rot(versions: model.VersionSet, members: Mapping[str, bundle_manifest.Member]) -> None:
    """Refuse to hand out a file that differs from the built one, even with equal size and time."""
    for entry in selection.entries(versions, selection.everything(versions)):
        names = {path.name: name for name, path in member_names(entry).items()}
        left_out = made_again(entry) or not set(names.values()) <= set(members)
        for name, row in () if left_out else _rows(entry):
            if members[names[name]].sha256 != row["sha256"]:
                remedy = f"rm {shlex.quote(str(entry.root / name))}; then the same command again: it is built anew"
                raise errors.LabError("components-absent", f"{name} in the cache is damaged", remedy=remedy)


class _Counted(io.RawIOBase):
    """A file that digests and counts the bytes written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._file.write(data)
        self.digest.update(data)
        self.count += len(data)
        return len(data)


class _Watched:
    """A member that is being read; reports progress, elapsed and remaining time."""

    def __init__(self, phase: progress.Phase, total: int) -> None:
        self._phase, self._total, self._done, self._told = phase, total, 0, 0.0
        self.file: IO[bytes] = io.BytesIO()

    def read(self, size: int = CHUNK) -> bytes:
        data = self.file.read(size)
        self._done += len(data)
        if self._phase.seconds - self._told > 1:
            self._told = self._phase.seconds
            left = amounts.clock(self._told * (self._total - self._done) / max(self._done, 1))
            share = 100 * self._done // max(self._total, 1)
            self._phase.update(f"{share} %, {amounts.clock(self._told)} so far, about {left} left")
        return data


def _archive(head: bundle_manifest.Manifest, files: dict[str, Path], out: Path, report: progress.Progress) -> Written:
    beside = bundle_manifest.beside(out)
    with (
        atomic.draft(out, mode=atomic.PUBLIC, ident="bundle-unwritable") as staged,
        report.phase("writing") as phase,
        staged.open("wb") as file,
    ):
        counted = _Counted(file)
        source = _Watched(phase, head.size)
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=counted, compresslevel=LEVEL, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            _add(tar, bundle_manifest.NAME, head.document())
            for name, path in files.items():
                with path.open("rb") as source.file:
                    tar.addfile(_entry(name, head.members[name]), source)
        beside.unlink(missing_ok=True)  # that of an older bundle: a run that is stopped now leaves none
        phase.done(amounts.human(counted.count))
    digest = counted.digest.hexdigest()
    atomic.write(beside, f"{digest}  {out.name}\n", mode=atomic.PUBLIC, ident="bundle-unwritable")
    return Written(
        file=out,
        size=counted.count,
        sha256=digest,
        unpacked=head.size,
        members=len(head.members),
    )


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))


def _entry(name: str, member: bundle_manifest.Member) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = member.size, 0o755 if member.runs else 0o644
    return entry


@contextlib.contextmanager
def _room(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise errors.LabError("bundle-unwritable", f"cannot write {out}", details=[problem]) from problem
