"""Turns what a person names, a local Docker image or an archive, into an archive that a box can import."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from kubelab import atomic, docker, errors, paths

DEFAULT_REGISTRY = "docker.io"


def archive(image: str) -> Path:
    """Return an archive of `image`, the path of one or the name of an image of the local Docker.

    A named image is saved anew each time: its name may mean another image than it did. Raises `load-image`.
    """
    path = Path(image).expanduser()
    if path.is_file():
        references(path)
        return path.resolve()
    target = paths.cache() / "loaded" / f"{image.replace('/', '_').replace(':', '_')}.tar"
    try:
        docker.run("image", "inspect", image)
        with atomic.draft(target, mode=atomic.PUBLIC, durable=False) as staged:
            docker.run("save", "--output", str(staged), image, timeout=600)
    except errors.LabError as problem:
        if problem.ident != "docker-failed":
            raise
        raise errors.LabError("load-image", f"no image {image}", details=problem.details) from problem
    return target


def references(path: Path) -> tuple[str, ...]:
    """Return the image names in an archive, whole (`docker.io/library/redis:8`), as a box knows them afterwards."""
    try:
        with tarfile.open(path) as tar:
            listing = tar.extractfile("manifest.json")
            rows = json.load(listing) if listing else []
            return tuple(normal(tag) for row in rows for tag in row["RepoTags"] or ())
    except (tarfile.TarError, KeyError, TypeError, ValueError, OSError) as problem:
        raise errors.LabError("load-image", f"{path} is no docker-archive", details=[problem]) from problem


def normal(reference: str) -> str:
    """Return a reference with the registry and folder that Docker leaves out."""
    first, slash, _ = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return reference
    return f"{DEFAULT_REGISTRY}/{reference}" if slash else f"{DEFAULT_REGISTRY}/library/{reference}"
