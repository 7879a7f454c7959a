"""Renders a lab: all of its files and keys in memory, and the one call that writes them."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubelab import artifact, errors, host, model, paths
from kubelab.components import (
    box_image,
    cache_layout,
    pod_images,
    selection,
    software_catalogue,
    software_disk,
    vm_image,
)
from kubelab.config import change_effects
from kubelab.converge import etcd_members, lost_keys, upgrade_parts
from kubelab.pki import certlist, ssh_keys
from kubelab.render import box_files, lab_files
from kubelab.state import workspace


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """Every file of build/<lab>/ by its relative path, the keys, and why some were issued anew."""

    lab: model.Lab
    where: paths.LabPaths
    files: Mapping[str, artifact.HostFile] = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)
    reasons: Mapping[str, str]
    put_back: tuple[str, ...] = ()
    """Damaged keys that were restored from their copies."""

    @property
    def programs(self) -> Mapping[str, Path]:
        """Return the programs for people: name to path on this computer."""
        return {name: cache_layout.host_path(self.lab.versions, name) for name in software_catalogue.tools(self.lab)}

    def of_box(self, machine: str, path: str) -> bytes:
        """Return the content of one file of a box's own folder; KeyError if there is none."""
        return self.files[f"boxes/{machine}/{path}"].content


def compose(
    lab: model.Lab,
    where: paths.LabPaths,
    terms: certlist.Terms = certlist.USUAL,
    now: datetime.datetime | None = None,
    *,
    ahead: Collection[upgrade_parts.Part] = (),
) -> Rendering:
    """Return the lab rendered from the keys under keys/; nothing is written, new keys are in memory only.

    Parts of another minor version stay at it, but those in `ahead`: `lab.up` upgrades one at a time. Raises LabError
    `keys-lost` rather than replacing a key that the lab's data depends on, and `change-refused` for another value of a
    lab file's key that it depends on: boxes apply what is rendered when they start, and `lab.certs --renew` at once.
    """
    refuse_changed(lab, where)
    now = now or datetime.datetime.now(datetime.UTC)
    kept = lost_keys.read_keys(lab, where, now)
    bundle = certlist.issue(lab, kept, now, terms)
    keys = {**bundle.files, **ssh_keys.ensure(kept, lab.machines)}
    software = cache_layout.software(lab.versions, pod_images.of_lab(lab))
    of_older = upgrade_parts.software_of_older(lab, where, ahead)
    inputs = box_files.Inputs(lab=lab, bundle=bundle, facts=facts(lab), software=software, of_older=of_older)
    files = {**lab_files.lab(inputs, keys, run_box(lab), where), **etcd_members.files(lab, where)}
    found = workspace.read_keys(where)
    put_back = tuple(sorted(path for path in kept if found.get(path) != kept[path]))
    return Rendering(lab=lab, where=where, files=files, keys=keys, reasons=bundle.reasons, put_back=put_back)


def refuse_changed(lab: model.Lab, where: paths.LabPaths) -> None:
    """Refuse another value of a lab file's key that the lab's data depends on, on whichever provider: `change-refused`.

    Whether there is data is asked only if something differs.
    """
    try:
        change_effects.refuse(lab, workspace.kept(where))
    except errors.LabError:
        if lost_keys.has_data(where):
            raise


def write(rendering: Rendering) -> None:
    """Write everything under build/<lab>/; keys first: files that name them must never exist without them."""
    where = rendering.where
    workspace.write_keys(where, rendering.keys)
    lost_keys.keep(where, rendering.keys)
    workspace.write(where, rendering.files)
    upgrade_parts.note(rendering.lab, where)  # after the files: of two different words the newer one counts
    workspace.put_links(where.bin, rendering.programs)


def render(
    lab: model.Lab, where: paths.LabPaths, terms: certlist.Terms = certlist.USUAL, now: datetime.datetime | None = None
) -> Mapping[str, str]:
    """Write everything under build/<lab>/; return the issued certificates and keys, name to reason."""
    rendering = compose(lab, where, terms, now)
    write(rendering)
    return rendering.reasons


def run_box(lab: model.Lab) -> lab_files.Box:
    """Return how the boxes of a lab run on this computer."""
    cache = paths.cache()
    if lab.provider is model.Provider.DOCKER:
        return lab_files.Box(image=box_image.box_image(), run_arguments=box_image.RUN_ARGUMENTS, cache=cache)
    software = software_disk.path(lab.versions, selection.of_lab(lab), programs=bool(lab.stock))
    return lab_files.Box(
        image=lab.stock.name if lab.stock else vm_image.name(),
        run_arguments=(str(lab.provider), str(lab.driver), *(dataclasses.astuple(lab.stock) if lab.stock else ())),
        cache=cache,
        box_file=str(vm_image.path(lab.provider).relative_to(cache)),
        software_disk=str(software.relative_to(cache)),
    )


def facts(lab: model.Lab) -> model.HostFacts:
    """Return the facts of the computer that boxes see; a virtual machine sees only its own share."""
    seen = host.facts()
    if lab.provider is model.Provider.DOCKER:
        return seen
    return model.HostFacts(memory=0, cpus=0, cgroup_v2=True, resolvers=seen.resolvers)
