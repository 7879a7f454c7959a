"""`lab.load` and `lab.unload`: puts a person's images on every node of a lab, lists and removes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from kubelab import errors, model, paths, providers
from kubelab.components import cache_layout, loaded, local_image, pod_images
from kubelab.converge import node_images, session
from kubelab.ui import progress


def put(held: session.Held, image: str, name: str) -> tuple[str, ...]:
    """Put a local image, or an archive of images, on every node, and keep it for later nodes.

    Returns the names that pods use. Raises LabError `lab-absent`, `load-file`, `load-image`, `load-unnamed`,
    `load-platform`, `load-own`, or `load-failed` with the words of each node.
    """
    session.refuse_absent(held.lab)
    said: dict[str, str | Exception] = {}

    def give(names: Collection[str], archive: Path) -> None:
        _refuse_own(held.lab, names)
        said.update(node_images.put(held.view, archive))
        if all(isinstance(result, Exception) for result in said.values()):
            count = len(said)
            raise errors.LabError(
                "load-failed", f"{count} of {count} nodes lack the image", details=list(said.values())
            )

    with held.report.phase(f"load {image}") as phase:
        row = local_image.take(held.lab.name, image, name, give)
        phase.done(f"{row.size / 1e6:.0f} MB each")
    _say(said, row, held.report)
    return row.names


def _refuse_own(lab: model.Lab, names: Collection[str]) -> None:
    """Refuse an image under a name of the lab's own: the lab would run it from now on."""
    software = cache_layout.software(lab.versions, pod_images.of_lab(lab))
    own = {local_image.normal(image.reference) for image in software.images.values()}
    taken = sorted(own & set(names))
    if taken:
        raise errors.LabError("load-own", f"{', '.join(taken)} is an image of the lab's own")


def _say(said: Mapping[str, str | Exception], row: loaded.Loaded, report: progress.Progress) -> None:
    """Report the result of each node; raise if one failed."""
    for machine, result in said.items():
        good = not isinstance(result, Exception)
        report.say(f" {'✓' if good else '✗'} {machine:<16} {result if good else 'not loaded'}")
    wrong = [str(result) for result in said.values() if isinstance(result, Exception)]
    if wrong:
        raise errors.LabError("load-failed", f"{len(wrong)} of {len(said)} nodes lack the image", details=wrong)
    for reference in row.names:
        report.say(f"   image: {reference}")
    report.say("   In a pod, say imagePullPolicy: Never (or IfNotPresent): nothing is pulled.")


def table(lab: str) -> list[str]:
    """Return the loaded images of a lab, one line a name, and copies without a record."""
    rows = loaded.rows(lab)
    found = [f"{name}  {row.size / 1e6:.0f} MB  from {row.asked}" for row in rows for name in row.names]
    lines = found or [f"nothing was loaded into lab {lab}; ./run lab.load{paths.lab_option(lab)} IMAGE does it"]
    strays = loaded.strays()
    if strays:
        size = sum(path.stat().st_size for path in strays) / 1e6
        word = f"./run lab.unload{paths.lab_option(lab)} --all"
        lines.append(f"{len(strays)} copies of an older kubelab, {size:.0f} MB: {word} frees them")
    return lines


def remove(where: paths.LabPaths, image: str, report: progress.Progress, *, everything: bool) -> None:
    """Remove loaded images from every node and from the cache; raises `load-unknown`, `load-failed`.

    The caller holds the lab. Its file counts only if it has boxes to remove an image from.
    """
    lab = where.name
    rows = loaded.rows(lab)
    wanted = {name for row in rows for name in row.names if everything or local_image.normal(image) == name}
    if not wanted and not everything:
        details = [name for row in rows for name in row.names]
        raise errors.LabError("load-unknown", f"{image or 'no image'} was not loaded into lab {lab}", details=details)
    with report.phase(f"unload {image or 'everything'}") as phase:
        boxes = wanted and providers.boxes(lab)
        said = node_images.drop(session.opened(lab, report, rendered=True).view, sorted(wanted)) if boxes else {}
        wrong = [str(problem) for problem in said.values() if isinstance(problem, Exception)]
        if wrong:
            raise errors.LabError("load-failed", f"{len(wrong)} nodes still have it", details=wrong)
        freed = sum(row.size for row in rows if set(row.names) <= wanted)
        for row in rows:
            loaded.without(row, wanted)
        if everything:
            loaded.forget(lab)  # also what has no record that can be read
        for path in loaded.strays() if everything else ():
            freed += path.stat().st_size
            path.unlink()
        phase.done(f"{', '.join(sorted(wanted)) or 'nothing'}; {freed / 1e6:.0f} MB of the cache are free")
