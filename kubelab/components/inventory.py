"""Lists the cache: one row for each component with version, source, size and state; and frees it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, providers
from kubelab.clients import docker, kept_bundles, program
from kubelab.components import (
    bundle_manifest,
    cache_layout,
    image_store,
    pod_images,
    selection,
    software_catalogue,
    software_disk,
    stand_ins,
    store,
    tool_catalogue,
    toolchain,
    userland,
    vm_image,
)
from kubelab.ui import amounts


@dataclass(frozen=True, kw_only=True)
class Row:
    """One component as `components.list` shows it. Size in bytes, seconds as the last build took."""

    name: str
    kind: str
    version: str
    source: str
    size: int
    state: str
    seconds: float
    go: str
    path: str


def row(entry: cache_layout.Entry, *, thorough: bool = False) -> Row:
    """Return the row of one entry; with `thorough` every file is hashed."""
    image = pod_images.IMAGES.get(entry.name) if entry.is_image else None
    family = software_catalogue.FAMILIES.get(entry.name)
    record = store.read(entry)
    recipe = image.recipe if image else family.recipe if family else ""
    return Row(
        name=entry.name,
        kind="image" if image else "binaries",
        version=entry.version,
        source=str(recipe),
        size=size(entry),
        state=str(store.state(entry, thorough=thorough)),
        seconds=float(record.get("seconds", 0)),
        go=str(record.get("go", "")),
        path=str(entry.paths[0] if image else entry.root),
    )


def rows(versions: model.VersionSet, only: Sequence[str] | None = None, *, thorough: bool = False) -> list[Row]:
    """Return a row for every family and pod image of the set, in building order."""
    return [row(entry, thorough=thorough) for entry in selection.entries(versions, only)]


def size(entry: cache_layout.Entry) -> int:
    """Return the bytes that an entry's files take."""
    return sum(path.stat().st_size for path in entry.paths if path.exists())


def folder_size(folder: Path) -> int:
    """Return the bytes that a folder's files take."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink() and path.is_file())


def caches() -> dict[str, int]:
    """Return the size of every part of the cache, in bytes: results and build caches."""
    parts = {
        "binaries": cache_layout.components_root(),
        "pod images": cache_layout.images_root(),
        "virtual machine boxes": vm_image.home(),
        "software disks": software_disk.home(),
        "Go modules": toolchain.module_cache(),
        "Go builds": toolchain.build_cache(),
        "downloaded bundles": kept_bundles.home(),
    }
    return {f"{name} ({folder})": _disk_use(folder) for name, folder in parts.items()}


def _disk_use(folder: Path) -> int:
    """Return the result of `du`: the module and build caches are a quarter of a million files."""
    if not folder.is_dir():
        return 0
    done = program.run(["du", "-s", "-B1", str(folder)])
    return int(done.stdout.split()[0]) if done.stdout else 0


def table(found: Sequence[Row]) -> list[str]:
    """Return the rows as lines of text with aligned columns."""
    head = ("NAME", "KIND", "VERSION", "SOURCE", "SIZE", "STATE")
    body = [(one.name, one.kind, one.version, one.source, amounts.human(one.size), one.state) for one in found]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *body]
    ]


def report(found: Sequence[Row]) -> str:
    """Return the table and the size of every cache, for a person."""
    sizes = [f"{amounts.human(size):>8}  {name}" for name, size in caches().items()]
    return "\n".join([*table(found), "", *sizes, ""])


def document(found: Sequence[Row]) -> str:
    """Return the rows and the size of every cache as one JSON document; sizes in bytes."""
    rows = [dataclasses.asdict(one) for one in found]
    return json.dumps({"components": rows, "caches": caches()}, indent=1) + "\n"


def whole(found: Sequence[Row]) -> bool:
    """Return whether every row is built and sound."""
    return all(one.state == store.State.READY for one in found)


def stale(sets: Sequence[model.VersionSet]) -> list[Path]:
    """Return what neither a version set needs nor a tool is: other digests, and drafts of interrupted builds."""
    keep = set()
    for entry in _entries(sets):
        keep |= {entry.root, entry.record, *entry.paths}
    keep.add(cache_layout.stores_root())
    homes = (cache_layout.components_root(), cache_layout.images_root(), vm_image.home())
    keep |= {vm_image.path(provider) for provider in vm_image.FORMATS}
    found = [path for home in homes if home.is_dir() for path in sorted(home.iterdir())]
    return [path for path in found if path not in keep]


def _entries(sets: Sequence[model.VersionSet]) -> Iterator[cache_layout.Entry]:
    for versions in sets:
        yield from selection.entries(versions, selection.everything(versions))
        yield stand_ins.entry(versions)
    yield from map(cache_layout.tool_entry, tool_catalogue.TOOLS)


def clean(sets: Sequence[model.VersionSet], *, go: bool = False, everything: bool = False) -> int:
    """Remove stale entries, with `go` the compiler's caches, with `everything` all; return the bytes.

    Raises `components-busy` while another process builds; for `everything` also `components-in-use` while a lab's boxes
    mount the results, and Docker's errors if it cannot tell.
    """
    locks = {entry.key for entry in _entries(sets)} | image_store.lock_names(sets) | software_disk.lock_names(sets)
    with store.all_locks(sorted({*locks, userland.LOCK})):
        doomed = [*stale(sets), *kept_bundles.leftovers(), *bundle_manifest.leftovers()]
        machines = _machines()
        if not machines:  # a machine names its disk by its path
            doomed += software_disk.stale(sets)
        if _linked_by_none():
            doomed += image_store.stale(sets)
        if everything:
            users = [*_users(), *machines]
            if users:
                raise errors.LabError("components-in-use", "boxes mount the cache", details=users)
            doomed += _results()
        if go or everything:
            doomed += _compilers()
        return sum(_remove(path) for path in doomed)


def _results() -> list[Path]:
    """Return the folders of everything that is built, or was taken from a bundle."""
    built = [cache_layout.stores_root(), cache_layout.components_root(), cache_layout.images_root()]
    return [*built, vm_image.home(), software_disk.home(), kept_bundles.home()]


def _compilers() -> list[Path]:
    """Return the folders of Go's caches."""
    return [toolchain.module_cache(), toolchain.build_cache()]


def _machines() -> list[str]:
    """Return the names of all virtual machines, stopped ones included."""
    others = [one for one in providers.asked() if one.delivery is not providers.Delivery.MOUNT]
    return [box.name for one in others for box in one.boxes()]


def _linked_by_none() -> bool:
    """Return whether no box can link to a layer of an older image store: a Docker that cannot tell may have one."""
    try:
        return not _users()
    except errors.LabError:
        return False


def _users() -> list[str]:
    """Return the boxes that mount the cache, stopped ones included; raises Docker's errors."""
    mounted = f"volume={cache_layout.components_root()}"
    try:
        return docker.run("ps", "--all", "--filter", mounted, "--format", "{{.Names}}").split()
    except errors.LabError as problem:
        if problem.ident != "docker-missing":
            raise
        return []


def _remove(path: Path) -> int:
    if not path.exists():
        return 0
    if path.is_symlink():
        # One that was moved to another disk: room is wanted there, and the next build belongs there.
        if path in (*_results(), *_compilers()):
            return sum(_remove(child) for child in sorted(path.iterdir()))
        path.unlink()
        return 0
    if not path.is_dir():
        size = path.stat().st_size
        path.unlink()
        return size
    if cache_layout.stores_root() in (path, *path.parents):
        size = _disk_use(path)
        image_store.remove(path)
        return size
    size = folder_size(path)
    for folder in [path, *path.rglob("*")]:
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)  # Go writes its module cache read-only
    shutil.rmtree(path)
    return size
