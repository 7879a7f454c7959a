"""The entries of the cache that a request names, in building order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubelab import errors, model, paths
from kubelab.components import cache_layout, pod_images, software_catalogue
from kubelab.config import load


def known() -> tuple[str, ...]:
    """Return every name that can be built: families, then pod images with other names."""
    return tuple(dict.fromkeys([*software_catalogue.FAMILIES, *pod_images.IMAGES]))


def usual() -> tuple[str, ...]:
    """Return the names of what every lab needs."""
    return tuple(dict.fromkeys([*software_catalogue.of_extras(()), *pod_images.USUAL]))


def of_file(spec: load.Spec) -> tuple[str, ...]:
    """Return the names of what the lab of a file needs."""
    several = spec.machines.counts[model.Kind.CONTROL_PLANE] > 1
    return _named([*spec.chosen_addons, *spec.tools], ["keepalived"] if several else [])


def everything(versions: model.VersionSet) -> tuple[str, ...]:
    """Return the names of what any lab of a version set may need; a set of an older kubelab may name less."""
    families = (name for name in software_catalogue.FAMILIES if name in versions.components)
    images = (name for name, image in pod_images.IMAGES.items() if image.component in versions.components)
    return tuple(dict.fromkeys([*usual(), *families, *images]))


def of_lab(lab: model.Lab) -> tuple[str, ...]:
    """Return the names of what a lab needs."""
    return tuple(dict.fromkeys([*software_catalogue.of_extras(lab.extras), *pod_images.of_lab(lab)]))


def _named(extras: Sequence[model.Extra], more: Sequence[str]) -> tuple[str, ...]:
    families, images = software_catalogue.of_extras(extras), pod_images.of_addons(extras)
    return tuple(dict.fromkeys([*families, *pod_images.USUAL, *images, *more]))


def sets() -> tuple[model.VersionSet, ...]:
    """Return every version set under labs/versions/."""
    return tuple(load.versions(path.stem) for path in sorted(paths.VERSIONS.glob("*.yaml")))


def wanted(only: Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the families and the pod images of `only`, in building order; those of every lab if it is empty.

    An image brings the families of its binaries; a family and an image of one name come together. Raises
    `component-unknown`.
    """
    unknown = [name for name in only or () if name not in known()]
    if unknown:
        details = [f"known: {', '.join(known())}"]
        raise errors.LabError("component-unknown", f"no component {', '.join(unknown)}", details=details)
    chosen = set(only or usual())
    images = tuple(name for name in pod_images.IMAGES if name in chosen)
    inside = {family for name in images for family in cache_layout.families_of(pod_images.IMAGES[name])}
    return tuple(name for name in software_catalogue.FAMILIES if name in chosen | inside), images


def entries(versions: model.VersionSet, only: Sequence[str] | None = None) -> Iterator[cache_layout.Entry]:
    """Yield the cache entries of `only`: families first, then the images that hold them."""
    families, images = wanted(only)
    for name in families:
        yield cache_layout.family_entry(versions, name)
    for name in images:
        yield cache_layout.image_entry(versions, name)
