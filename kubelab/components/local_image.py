"""Turns a local Docker image or an archive into an archive that every node can import."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kubelab import errors
from kubelab.clients import docker
from kubelab.components import archives, loaded
from kubelab.files import atomic

DEFAULT_REGISTRY = "docker.io"
PATHS = re.compile(r"^(/|\./|\.\./|~)|\.(tar|tgz|tar\.(gz|bz2|xz|zst)|oci)$")
"""The form of an argument that means a path, whether it exists or not."""
REFERENCE = re.compile(r"[a-z0-9][a-z0-9._-]*(:\d+)?(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?")
SINGLE = "docker load --input the archive; then for each image that Docker names: ./run lab.load IMAGE --name NAME:TAG"
DIGEST = re.compile(r"(^|@)(sha256:)?[0-9a-f]{12,64}$")


def take(lab: str, image: str, name: str = "") -> loaded.Loaded:
    """Keep an archive of `image`, the path of one or the name of a local Docker image, for a lab.

    `name` is the pods' name of an image whose archive has none. Raises `load-file`, `load-image`, `load-unnamed`,
    `load-platform`.
    """
    if name and not REFERENCE.fullmatch(name):
        raise errors.LabError("load-unnamed", f"{name} cannot be an image's name", details=["such as shop/web:1"])
    atomic.folder(loaded.home(lab), mode=0o755)
    with tempfile.TemporaryDirectory(prefix=".", dir=loaded.home(lab)) as folder:
        path = Path(image).expanduser()
        if not path.exists():
            if PATHS.search(image):
                raise errors.LabError("load-file", f"there is no file {image}")
            path = Path(folder, "saved.tar")
            own = _own_name(image)
            name = name or own
            docker.run("save", "--output", str(path), image, timeout=600)
        draft = Path(folder, "draft.tar")
        with archives.opened(path) as tar:
            chosen = dict(_chosen(image, archives.images(tar), name))
            archives.write(tar, chosen, draft)
        return loaded.keep(lab, image, chosen, draft)


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


def _chosen(image: str, found: list[archives.Image], name: str) -> Iterator[tuple[str, archives.Image]]:
    """Yield each name that pods use with its image; refuse images without a name or for other platforms."""
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
        yield normal(name), fitting[0]
        return
    named = [(normal(text), item) for item in fitting for text in item.names if REFERENCE.fullmatch(text)]
    if not named:
        remedy = f"./run lab.load {shlex.quote(image)} --name NAME:TAG"
        raise errors.LabError("load-unnamed", f"{image} does not say what the image is called", remedy=remedy)
    yield from named


def normal(reference: str) -> str:
    """Return a reference completed with the registry, folder and tag that Docker leaves out."""
    first, slash, _ = reference.partition("/")
    tagged = reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"
    if slash and ("." in first or ":" in first or first == "localhost"):
        return tagged
    return f"{DEFAULT_REGISTRY}/{tagged}" if slash else f"{DEFAULT_REGISTRY}/library/{tagged}"
