"""Makes sure that a lab's software is in the cache: binaries first, then the pod images that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kubelab import model
from kubelab.components import (
    ahead,
    cache_layout,
    compiling,
    images,
    inventory,
    pod_images,
    selection,
    software_catalogue,
    store,
    tool_catalogue,
)
from kubelab.ui import amounts, progress


def missing(versions: model.VersionSet, only: Sequence[str] | None = None) -> tuple[cache_layout.Entry, ...]:
    """Return the components that are missing or damaged in the cache; takes a few milliseconds."""
    cache_layout.check_pins(versions)
    chosen = selection.entries(versions, only)
    return tuple(entry for entry in chosen if store.state(entry) is not store.State.READY)


def ensure(versions: model.VersionSet, run: progress.Progress, only: Sequence[str] | None = None) -> int:
    """Build what the cache lacks of the version set, or of the named components; return how many were built.

    Raises `component-pin`, `component-unknown`, `component-build`, `go-missing` and Docker's errors.
    """
    todo = missing(versions, only)
    with ahead.running(todo, versions):
        for index, entry in enumerate(todo):
            rest = [later.name for later in todo[index + 1 :]]
            _ensure_one(entry, versions, run, _after(rest))
    return len(todo)


def ensure_tool(name: str, run: progress.Progress) -> Path:
    """Return the program of a tool, which is built if the cache lacks it; raises as `ensure` does."""
    entry = cache_layout.tool_entry(name)
    if store.state(entry) is not store.State.READY:
        versions = cache_layout.tool_versions(tool_catalogue.TOOLS[name])
        _ensure_one(entry, versions, run, _after([]))
    return entry.paths[0]


def _after(rest: Sequence[str]) -> str:
    """Return what is still to be built, in a few words: the line is printed often."""
    named = ", ".join(rest[:2])
    more = f" and {len(rest) - 2} more" if len(rest) > 2 else ""
    return f"then {named}{more}" if rest else "the last one"


def _ensure_one(entry: cache_layout.Entry, versions: model.VersionSet, run: progress.Progress, then: str) -> None:
    title = f"{'image' if entry.is_image else 'build'} {entry.name} {entry.version}"
    with run.phase(title) as phase, store.lock(entry.key, lambda who: phase.update(f"waiting for {who}")):
        if store.state(entry) is store.State.READY:
            phase.done("made by another run")
            return
        with store.draft(entry) as folder:
            if entry.is_image:
                facts = images.build(pod_images.IMAGES[entry.name], versions, folder, run, phase)
            else:
                facts = compiling.build(_family(entry.name, versions), versions, folder, phase, then)
            store.publish(entry, folder, facts)
        phase.done(amounts.human(inventory.size(entry)))


def _family(name: str, versions: model.VersionSet) -> software_catalogue.Family:
    tool = tool_catalogue.TOOLS.get(name)
    return tool or software_catalogue.in_set(name, versions)


def host_path(versions: model.VersionSet, binary: str) -> Path:
    """Return the path of a program of the set on this computer (`ensure` puts it there)."""
    return cache_layout.host_path(versions, binary)
