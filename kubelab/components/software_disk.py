"""The read-only disk with programs and pod images for every virtual machine of a version set.

Image stores stay out: they belong to root and rely on file attributes that ISO 9660 lacks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from kubelab import model, paths
from kubelab.clients import iso
from kubelab.components import selection, store
from kubelab.ui import amounts, progress

LABEL = "kl-software"
"""The disk's label; the machine mounts it at /opt/kubelab/software."""


def home() -> Path:
    """Return the folder of these disks in the cache."""
    return paths.cache() / "disks"


def path(versions: model.VersionSet) -> Path:
    """Return the disk's path in the cache; it follows from the digests of its content."""
    names = [str(place.relative_to(paths.cache())) for place in _parts(versions).values()]
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]
    return home() / f"software-{versions.kubernetes}-{digest}.iso"


def ensure(versions: model.VersionSet, run: progress.Progress) -> Path:
    """Write the disk if the cache lacks it; return its path. `components.ensure` has built the content.

    Raises `box-tools` and `vm-disk`.
    """
    target = path(versions)
    if target.exists():
        return target
    with run.phase("software disk") as phase, store.lock(target.stem, lambda who: phase.update(f"waiting for {who}")):
        if not target.exists():
            iso.write(target, LABEL, _parts(versions))
        phase.done(amounts.human(target.stat().st_size))
    return target


def lock_names(sets: Sequence[model.VersionSet]) -> set[str]:
    """Return the names of the locks that are held while these sets' disks are written."""
    return {path(versions).stem for versions in sets}


def stale(sets: Sequence[model.VersionSet]) -> list[Path]:
    """Return the disks and drafts that no version set needs."""
    keep = {path(versions) for versions in sets}
    return [place for place in sorted(home().iterdir()) if place not in keep] if home().is_dir() else []


def _parts(versions: model.VersionSet) -> dict[str, Path]:
    """Return path on the disk to path in the cache."""
    found: dict[str, Path] = {}
    for entry in selection.entries(versions):
        if entry.is_image:
            found |= {f"images/{place.name}": place for place in entry.paths}
        else:
            found[f"components/{entry.root.name}"] = entry.root
    return found
