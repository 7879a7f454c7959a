"""Turns a local Docker image or an archive into an archive that every node can import."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Collection
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import docker
from kubelab.components import archives, loaded

DEFAULT_REGISTRY = "docker.io"
PATHS = re.compile(r"^(/|\./|\.\./|~)|\.(tar|tgz|tar\.(gz|bz2|xz|zst)|oci)$")
"""The form of an argument that means a path, whether it exists or not."""
REFERENCE = re.compile(r"[a-z0-9][a-z0-9._-]*(:\d+)?(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?")
SINGLE = "docker load --input the archive; then for each image that Docker names: ./run lab.load IMAGE --name NAME:TAG"
DIGEST = re.compile(r"(^|@)(sha256:)?[0-9a-f]{12,64}$")


Give = Callable[[Collection[str], Path], object]
"""Gives the nodes an archive of images with these names; raises if no node has it afterwards."""


def take(lab: str, image: str, name: str = "", give: Give = lambda *_: None) -> loaded.Loaded:
    """Keep an archive of `image`, the path of one or the name of a local Docker image, for a lab.

    `name` is the pods' name of an image whose archive has none. The archive is kept, in place of an older one of the
    same names, only when `give` has given it to a node: a damaged one would take a good one's place. The caller holds
    the lab. Raises `load-file`, `load-image`, `load-unnamed`, `load-platform`, and what `give` raises.
    """
    if name and not REFERENCE.fullmatch(name):
        raise errors.LabError("load-unnamed", f"{name} cannot be an image's name", details=["such as shop/web:1"])
    with loaded.scratch(lab) as folder:
        path = _file(image)
        if path is None:
            path = folder / "saved.tar"
            own = _own_name(image)
            name = name or own
            docker.run("save", "--output", str(path), image, timeout=600)
        draft = folder / "draft.tar"
        with archives.opened(path, folder) as tar:
            chosen = _chosen(image, archives.images(tar), name)
            archives.write(tar, chosen, draft)
        give(chosen, draft)
        return loaded.keep(lab, image, chosen, draft)


def _file(image: str) -> Path | None:
    """Return the archive or the folder that the argument names, None for the name of an image.

    A folder that has the image's name, as that of its Dockerfile may, is none. Raises `load-file` for a path that leads
    nowhere, or to a pipe: an archive is read more than once.
    """
    path, written = paths.typed(image), bool(PATHS.search(image))
    if path.is_file() or (path.is_dir() and (written or (path / archives.INDEX).is_file())):
        return path
    if path.exists() and not path.is_dir():
        raise errors.LabError("load-file", f"{image} is a device or a pipe, not a file")
    if written:
        raise errors.LabError("load-file", f"there is no file {image}")
    return None


def _own_name(image: str) -> str:
    """Return Docker's name of an image that was asked for by its id or digest; empty for others."""
    try:
        found = json.loads(docker.run("image", "inspect", image))
    except errors.LabError as problem:
        if problem.ident != "docker-failed":
            raise
        raise errors.LabError("load-image", f"no image {image}", details=problem.details) from problem
    tags = [tag for row in found for tag in row.get("RepoTags") or () if "<none>" not in tag]
    named = any(normal(image) == normal(tag) for tag in tags)
    return "" if named or not DIGEST.search(image) or not tags else str(tags[0])


def _chosen(image: str, found: list[archives.Image], name: str) -> dict[str, archives.Image]:
    """Return each name that pods use with its image; refuse images without a name or for other platforms."""
    fitting = [item for item in found if item.made_for == archives.ARCHITECTURE]
    if not fitting:
        kinds = ", ".join(sorted({item.made_for for item in found})) or "nothing"
        what = f"{image} holds an image for {kinds}; the nodes are {archives.ARCHITECTURE}"
        raise errors.LabError("load-platform", what)
    if name:
        if len(fitting) > 1:
            raise errors.LabError(
                "load-unnamed", f"{image} holds {len(fitting)} images: one name is not enough", remedy=SINGLE
            )
        return {normal(name): fitting[0]}
    named = [(normal(text), item) for item in fitting for text in item.names if REFERENCE.fullmatch(text)]
    if not named:
        remedy = f"./run lab.load {shlex.quote(image)} --name NAME:TAG"
        raise errors.LabError("load-unnamed", f"{image} does not say what the image is called", remedy=remedy)
    # Of several for one name the first: an index begins with what every processor of the kind runs.
    chosen: dict[str, archives.Image] = {}
    for text, item in named:
        chosen.setdefault(text, item)
    return chosen


def normal(reference: str) -> str:
    """Return a reference completed with the registry, folder and tag that Docker leaves out."""
    first, slash, _ = reference.partition("/")
    tagged = reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"
    if slash and ("." in first or ":" in first or first == "localhost"):
        return tagged
    return f"{DEFAULT_REGISTRY}/{tagged}" if slash else f"{DEFAULT_REGISTRY}/library/{tagged}"
