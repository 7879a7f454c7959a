"""Makes the image stores of new boxes: a containerd folder for each kind of node, with the kind's pod images imported.

A box copies the metadata and links to the layers, instead of importing every image again. A store is made on this
computer and named by what determines it; it belongs to root, as the files in the images do.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.clients import docker
from kubelab.components import box_image, cache_layout, pod_images, software_catalogue, store
from kubelab.files import atomic
from kubelab.ui import progress

SCRIPT = "/opt/kubelab/make-image-store.sh"
DRAFT = ".making-"
DRAFTED = re.compile(re.escape(DRAFT) + "(.+)-[^-]*")
"""The name of a draft's folder, with the name of its store."""
COMPLETE = "complete"
TIMEOUT = 300.0
"""Seconds for an import of all images of a kind; four are usual."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """One store: its name under the stores' folder, the folder of containerd in a box, and the archives in order."""

    name: str
    containerd: str
    archives: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Return the store's folder on this computer."""
        return cache_layout.stores_root() / self.name

    @property
    def whole(self) -> bool:
        """Return whether it has been made."""
        return (self.path / COMPLETE).exists()


def of(versions: model.VersionSet) -> tuple[Store, ...]:
    """Return the stores of a version set: one for each kind of node."""
    return tuple(named(versions, kind.value, pod_images.images_for_kind(kind)) for kind in software_catalogue.NODES)


def named(versions: model.VersionSet, label: str, names: Sequence[str]) -> Store:
    """Return the store of these images, imported in this order."""
    found = cache_layout.software(versions)
    return Store(
        name=cache_layout.store_name(versions, label, names),
        containerd=found.binaries["containerd"].rpartition("/")[0],
        archives=tuple(found.images[name].archive for name in names),
    )


def ensure(wanted: Sequence[Store], run: progress.Progress) -> None:
    """Make the stores that are missing; Docker has the box image, and the cache has the archives.

    A store that cannot be made is said and left out: boxes then import their images.
    """
    for row in wanted:
        if row.whole:
            continue
        with run.phase(f"image store {row.name}") as phase, _alone(row, phase):
            if row.whole:
                phase.done("made by another run")
                continue
            try:
                _make(row)
            except errors.LabError as problem:
                phase.done(f"not made, boxes import their images: {problem.what}")
            else:
                phase.done(f"{len(row.archives)} images")


def _alone(wanted: Store, phase: progress.Phase) -> contextlib.AbstractContextManager[None]:
    return store.lock(_lock_name(wanted.name), lambda who: phase.update(f"waiting for {who}"))


def _make(wanted: Store) -> None:
    home = cache_layout.stores_root()
    atomic.folder(home, mode=0o755)
    for old in home.glob(f"{DRAFT}{wanted.name}-*"):
        remove(old)
    folder = Path(tempfile.mkdtemp(prefix=f"{DRAFT}{wanted.name}-", dir=home))
    try:
        docker.run(
            *("run", "--rm", "--network", "none", *box_image.RUN_ARGUMENTS),
            *("--mount", docker.bind(cache_layout.components_root(), cache_layout.BOX_COMPONENTS, readonly=True)),
            *("--mount", docker.bind(cache_layout.images_root(), cache_layout.BOX_IMAGES, readonly=True)),
            *("--mount", docker.bind(paths.PROVISION / "make-image-store.sh", SCRIPT, readonly=True)),
            *("--mount", docker.bind(folder, "/var/lib/containerd")),
            *("--entrypoint", "bash", box_image.box_image(), SCRIPT, wanted.containerd, *wanted.archives),
            timeout=TIMEOUT,
        )
        remove(wanted.path)  # one without its mark
        atomic.swap(folder, wanted.path)
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a store or a draft, if it exists; by a container if this user may not: its files belong to root.

    Raises Docker's errors.
    """
    if not folder.exists():
        return
    with contextlib.suppress(PermissionError):
        shutil.rmtree(folder)
        return
    mount = docker.bind(folder.parent, "/stores")
    docker.run("run", "--rm", "--network", "none", "--mount", mount, "--entrypoint", "rm", box_image.box_image(), "-rf",
               f"/stores/{folder.name}", timeout=TIMEOUT)  # fmt: skip


def stale(sets: Sequence[model.VersionSet]) -> list[Path]:
    """Return the stores and drafts that no version set needs."""
    keep = {row.path for versions in sets for row in of(versions)}
    home = cache_layout.stores_root()
    return [path for path in sorted(home.iterdir()) if path not in keep] if home.is_dir() else []


def lock_names(sets: Sequence[model.VersionSet]) -> set[str]:
    """Return the names of the locks of all stores that are needed, exist, or are being made."""
    home = cache_layout.stores_root()
    here = {DRAFTED.sub(r"\1", path.name) for path in home.iterdir()} if home.is_dir() else set()
    return set(map(_lock_name, here | {row.name for versions in sets for row in of(versions)}))


def _lock_name(name: str) -> str:
    return f"store-{name}"
