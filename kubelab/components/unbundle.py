"""Unpacks a bundle into the cache and Docker: every byte is checked before the first one is used."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import shlex
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kubelab import components, errors, model, paths
from kubelab.clients import kept_bundles
from kubelab.components import box_image, bundle, bundle_manifest, cache_layout, selection, store, vm_image
from kubelab.files import atomic, tars
from kubelab.ui import amounts, progress

CHUNK = 1 << 20
ROOM = 3
"""How many times the size of a bundle is needed: it is unpacked beside the cache, moved, and Docker copies the box
image."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The unpacked parts of a bundle: entries of the cache, whether the box image, and boxes of virtual machines."""

    entries: tuple[str, ...]
    box: bool
    machines: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parts, for people."""
        return (*self.entries, *(["box image"] if self.box else []), *self.machines)


def take(file: Path, versions: model.VersionSet, report: progress.Progress) -> Taken:
    """Fill the cache and Docker with the version set, from the bundle alone; existing parts are kept.

    Raises `bundle-damaged`, `bundle-foreign`, `bundle-unwritable` and Docker's errors. No network is used.
    """
    with _problems(file), _opened(file) as tar:
        head = _head(tar, file)
        _refuse_foreign(head, versions, file)
        lacking = [entry for entry in components.missing(versions, _in(head, versions)) if not bundle.made_again(entry)]
        wanted = {name for entry in lacking for name in bundle.member_names(entry)}
        lacks_box = not box_image.present()
        wanted |= {bundle_manifest.BOX_TAR} if lacks_box else set()
        machines = {name: path for name, path in _machine_boxes().items() if name in head.members and not path.exists()}
        if wanted := wanted | set(machines):
            _unpack_and_place(tar, head, wanted, lacking, file, report)
    _make_images_again(head, versions, file, report)
    places = tuple(path.name for path in machines.values())
    return Taken(entries=tuple(entry.key for entry in lacking), box=lacks_box, machines=places)


def read(file: Path) -> bundle_manifest.Manifest:
    """Return the manifest of a bundle; raises `bundle-damaged` or `bundle-foreign`."""
    with _problems(file), _opened(file) as tar:
        return _head(tar, file)


def _machine_boxes() -> dict[str, Path]:
    """Return the boxes of virtual machines that this checkout uses: name in a bundle to path in the cache."""
    places = map(vm_image.path, vm_image.FORMATS)
    return {f"{bundle_manifest.BOX}/{place.name}": place for place in places}


def _in(head: bundle_manifest.Manifest, versions: model.VersionSet) -> list[str]:
    """Return the names of what every lab needs, and of what else the bundle holds of this checkout's."""
    more = selection.entries(versions, selection.everything(versions))
    held = [entry.name for entry in more if set(bundle.member_names(entry)) <= set(head.members)]
    return [*selection.usual(), *held]


def _head(tar: tarfile.TarFile, file: Path) -> bundle_manifest.Manifest:
    first = tar.next()
    if first is None or first.name != bundle_manifest.NAME or not first.isreg() or first.size > bundle_manifest.LARGEST:
        raise bundle_manifest.damaged(file, "it does not begin with a manifest: it is no bundle")
    content = tar.extractfile(first)
    return bundle_manifest.parse(content.read() if content else b"", file)


def _refuse_foreign(head: bundle_manifest.Manifest, versions: model.VersionSet, file: Path) -> None:
    """Refuse a bundle that lacks parts of this checkout's version set; all of them are named."""
    wanted = {
        entry.key: bundle.member_names(entry) for entry in selection.entries(versions) if not bundle.made_again(entry)
    }
    lacks = [key for key, names in wanted.items() if not set(names) <= set(head.members)]
    lacks += ["box image"] if head.box != box_image.box_image() or bundle_manifest.BOX_TAR not in head.members else []
    if lacks:
        details = [
            f"it lacks, as this checkout builds them: {', '.join(lacks)}",
            f"it was made at commit {head.commit}",
        ]
        away = f"rm {shlex.quote(str(file))}, then the same command again, if its address has a newer one"
        remedy = f"{away}; or use the checkout of that commit" if file.parent == kept_bundles.home() else None
        raise errors.LabError("bundle-foreign", f"{file} is not for this checkout", details=details, remedy=remedy)


def _unpack_and_place(
    tar: tarfile.TarFile,
    head: bundle_manifest.Manifest,
    wanted: set[str],
    lacking: list[cache_layout.Entry],
    file: Path,
    report: progress.Progress,
) -> None:
    """Unpack the wanted members into a draft, check all of them, and only then move each into its place."""
    atomic.folder(paths.cache(), mode=0o755)
    _refuse_full(sum(head.members[name].size for name in wanted), file)
    with atomic.scratch(paths.cache(), bundle_manifest.UNPACKED) as draft:
        with report.phase("bundle, unpacked and checked") as phase:
            _unpack(tar, head, wanted, draft, file, phase)
            phase.done(amounts.human(sum(head.members[name].size for name in wanted)))
        with report.phase("bundle, put in place") as phase:
            for entry in lacking:
                phase.update(entry.key)
                _place(entry, draft, file)
            if bundle_manifest.BOX_TAR in wanted:
                phase.update("docker load")
                box_image.take(draft / bundle_manifest.BOX_TAR)
            for name, path in _machine_boxes().items():
                if name in wanted:
                    atomic.folder(path.parent, mode=0o755)
                    atomic.place(draft / name, path, mode=atomic.PUBLIC)


def _unpack(
    tar: tarfile.TarFile,
    head: bundle_manifest.Manifest,
    wanted: set[str],
    draft: Path,
    file: Path,
    phase: progress.Phase,
) -> None:
    left, done, total = set(wanted), 0, max(1, sum(head.members[name].size for name in wanted))
    for entry in tars.members(tar):
        if entry.name not in left:
            continue
        content = tar.extractfile(entry) if entry.isreg() else None
        if content is None:
            raise bundle_manifest.damaged(file, f"{entry.name} in it is no plain file")
        part = amounts.clock(phase.seconds * (total - done) / max(done, 1)) if done else "?"
        phase.update(f"{100 * done // total} %, {amounts.clock(phase.seconds)} so far, about {part} left")
        _copy(content, draft / entry.name, head.members[entry.name], file)
        left.discard(entry.name)
        done += entry.size
        if not left:
            return
    raise bundle_manifest.damaged(file, f"it ends before {sorted(left)[0]}")


def _copy(content: IO[bytes], target: Path, member: bundle_manifest.Member, file: Path) -> None:
    """Write one member, at most its declared size, and check its digest."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        while data := content.read(CHUNK):
            size += len(data)
            if size > member.size:
                break
            digest.update(data)
            out.write(data)
    if (size, digest.hexdigest()) != (member.size, member.sha256):
        raise bundle_manifest.damaged(file, f"{target.parent.name}/{target.name} in it is not what its manifest says")


def _place(entry: cache_layout.Entry, draft: Path, file: Path) -> None:
    folder = draft / (bundle_manifest.IMAGES if entry.is_image else f"{bundle_manifest.COMPONENTS}/{entry.root.name}")
    with store.lock(entry.key, lambda _: None):
        if store.state(entry) is not store.State.READY:
            try:
                store.adopt(entry, folder)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
                raise bundle_manifest.damaged(file, f"the record of {entry.key} in it cannot be read") from problem
    if store.state(entry) is not store.State.READY:
        raise bundle_manifest.damaged(file, f"the record of {entry.key} in it is not of its files")


def _make_images_again(
    head: bundle_manifest.Manifest, versions: model.VersionSet, file: Path, report: progress.Progress
) -> None:
    """Make the images that hold programs only, from those programs; they must equal those of the bundle's maker."""
    again = [entry for entry in selection.entries(versions, _in(head, versions)) if bundle.made_again(entry)]
    lacking = [entry for entry in again if store.state(entry) is not store.State.READY]
    if not lacking:
        return
    components.ensure(versions, report, [entry.name for entry in lacking])
    for entry in lacking:
        for name, row in store.read(entry)["files"].items():
            if head.remade.get(name) != row["sha256"]:
                raise bundle_manifest.damaged(file, f"{name}, made from its programs, is not what its manifest says")


def _refuse_full(size: int, file: Path) -> None:
    free = shutil.disk_usage(paths.cache()).free
    if free < size * ROOM // 2:
        details = [f"{amounts.human(free)} are free in {paths.cache()}, {amounts.human(size * ROOM // 2)} are needed"]
        raise errors.LabError("bundle-unwritable", f"there is no room to unpack {file}", details=details)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    with gzip.open(file) as unpacked, tarfile.open(fileobj=unpacked, mode="r|", tarinfo=tars.Header) as tar:
        yield tar


@contextlib.contextmanager
def _problems(file: Path) -> Iterator[None]:
    """Turn the various errors of reading a damaged archive into one."""
    try:
        yield
    except (*tars.DAMAGED, gzip.BadGzipFile) as problem:
        raise bundle_manifest.damaged(file, f"{type(problem).__name__}: {problem}") from problem
    except OSError as problem:
        raise errors.LabError("bundle-unwritable", f"cannot unpack {file}", details=[problem]) from problem
