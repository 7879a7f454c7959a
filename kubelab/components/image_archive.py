"""Writes a pod image as a docker-archive: one layer, fixed times and owners, so that equal inputs give equal bytes."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kubelab.components import pod_images, store

EPOCH = "1970-01-01T00:00:00Z"

# What a package manager leaves in an image and no pod reads; copyright files stay, as their licences ask.
NEEDLESS = re.compile(
    r"^(\.dockerenv$|var/lib/apt/lists/|var/cache/|var/log/|usr/share/(man|locale|info|lintian|bash-completion)/"
    r"|usr/share/doc/(?!.*copyright)|(tmp|var/tmp|run)/.)"
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """The user, command and environment of the image's containers."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = "/"
    env: tuple[str, ...] = (f"PATH={pod_images.PATH}",)
    labels: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return it as keys of the image configuration."""
        return {
            "Entrypoint": list(self.entrypoint) or None,
            "Cmd": list(self.command) or None,
            "User": self.user,
            "WorkingDir": self.workdir,
            "Env": list(self.env),
            "Labels": dict(self.labels) or None,
        }


class Layer:
    """A layer in the making: every entry belongs to root and is of 1970."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        """Write into an open tar."""
        self._tar = tar
        self._folders: set[str] = set()

    def folder(self, path: str, mode: int = 0o755) -> None:
        """Add a folder and those above it, once."""
        name = path.strip("/")
        if not name or name in self._folders:
            return
        self.folder(name.rpartition("/")[0])
        self._folders.add(name)
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        self._tar.addfile(entry)

    def text(self, path: str, content: str) -> None:
        """Add a small world-readable file."""
        self.folder(path.rpartition("/")[0])
        entry = tarfile.TarInfo(path.strip("/"))
        entry.size, entry.mode = len(content.encode()), 0o644
        self._tar.addfile(entry, io.BytesIO(content.encode()))

    def program(self, path: str, source: Path, mode: int = 0o755) -> None:
        """Add an executable."""
        self.folder(path.rpartition("/")[0])
        entry = tarfile.TarInfo(path.strip("/"))
        entry.size, entry.mode = source.stat().st_size, mode
        with source.open("rb") as file:
            self._tar.addfile(entry, file)

    def copy(self, exported: tarfile.TarFile) -> None:
        """Add the content of another tar, in its order, without what a pod does not need."""
        for entry in exported:
            if NEEDLESS.match(entry.name):
                continue
            entry.mtime, entry.uname, entry.gname, entry.pax_headers = 0, "", "", {}
            self._tar.addfile(entry, exported.extractfile(entry) if entry.isreg() else None)


@contextmanager
def layer(target: Path) -> Iterator[Layer]:
    """Open a new layer file at `target` for writing."""
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        yield Layer(tar)


@dataclass(frozen=True, kw_only=True)
class Content:
    """One image of an archive: its reference, its layers from the lowest up, and its configuration."""

    reference: str
    layers: tuple[Path, ...]
    config: Config


def write(target: Path, layer_file: Path, reference: str, config: Config) -> None:
    """Write the archive `target` of one image with one layer, uncompressed: importing is quicker than unpacking."""
    write_all(target, [Content(reference=reference, layers=(layer_file,), config=config)])


def write_all(target: Path, images: Sequence[Content]) -> None:
    """Write the archive `target` of several images; a layer that they share is in it once."""
    files = dict.fromkeys(path for image in images for path in image.layers)
    digests = {path: store.digest_of(path) for path in files}
    rows = []
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for image in images:
            text = _document(image, digests)
            name = f"{hashlib.sha256(text).hexdigest()}.json"
            _add(tar, name, io.BytesIO(text), len(text))
            places = [f"{digests[path]}/layer.tar" for path in image.layers]
            rows.append({"Config": name, "RepoTags": [image.reference], "Layers": places})
        for path in files:
            with path.open("rb") as file:
                _add(tar, f"{digests[path]}/layer.tar", file, path.stat().st_size)
        manifest = json.dumps(rows).encode()
        _add(tar, "manifest.json", io.BytesIO(manifest), len(manifest))


def _document(image: Content, digests: Mapping[Path, str]) -> bytes:
    document = {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": image.config.document(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digests[path]}" for path in image.layers]},
        "history": [{"created": EPOCH, "created_by": "kubelab"} for _ in image.layers],
    }
    return json.dumps(document, sort_keys=True).encode()


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    tar.addfile(entry, content)
