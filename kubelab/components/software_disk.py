"""The read-only disk with programs and pod images for every virtual machine of a version set.

Image stores stay out: they belong to root and rely on file attributes that ISO 9660 lacks. A second form of the disk,
for CoreOS systems, has Debian's programs as well: kubelab's own box has them in its system.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from kubelab import model, paths
from kubelab.clients import iso
from kubelab.components import selection, store, system_programs
from kubelab.ui import amounts, progress

LABEL = "kl-software"
"""The disk's label; the machine mounts it at /opt/kubelab/software."""


def home() -> Path:
    """Return the folder of these disks in the cache."""
    return paths.cache() / "disks"


def path(versions: model.VersionSet, only: Sequence[str] = (), *, programs: bool = False) -> Path:
    """Return the disk's path in the cache; it follows from the digests of its content: the usual, or `only` that."""
    names = [str(place.relative_to(paths.cache())) for place in _parts(versions, only, programs=programs).values()]
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]
    return home() / f"software-{versions.kubernetes}-{digest}.iso"


def ensure(
    versions: model.VersionSet, run: progress.Progress, only: Sequence[str] = (), *, programs: bool = False
) -> Path:
    """Write the disk if the cache lacks it; return its path. `components.ensure` has built the content.

    With `programs` also what `system_programs` has. Raises `box-tools`, `vm-disk`, and what `system_programs` raises.
    """
    target = path(versions, only, programs=programs)
    if target.exists():
        return target
    if programs:
        system_programs.ensure(home(), run)
    with run.phase("software disk") as phase, store.lock(target.stem, lambda who: phase.update(f"waiting for {who}")):
        if not target.exists():
            iso.write(target, LABEL, _parts(versions, only, programs=programs))
        phase.done(amounts.human(target.stat().st_size))
    return target


def lock_names(sets: Sequence[model.VersionSet]) -> set[str]:
    """Return the names of the locks that are held while these sets' disks are written."""
    forms = {path(versions, programs=programs).stem for versions in sets for programs in (False, True)}
    return forms | {system_programs.path(home()).name}


def stale(sets: Sequence[model.VersionSet]) -> list[Path]:
    """Return the disks and drafts that no version set needs."""
    keep = {path(versions, programs=programs) for versions in sets for programs in (False, True)}
    keep |= {path(versions, selection.everything(versions)) for versions in sets}
    keep.add(system_programs.path(home()))
    return [place for place in sorted(home().iterdir()) if place not in keep] if home().is_dir() else []


def _parts(versions: model.VersionSet, only: Sequence[str], *, programs: bool) -> dict[str, Path]:
    """Return path on the disk to path in the cache."""
    found = system_programs.parts(home()) if programs else {}
    for entry in selection.entries(versions, only):
        if entry.is_image:
            found |= {f"images/{place.name}": place for place in entry.paths}
        else:
            found[f"components/{entry.root.name}"] = entry.root
    return found
