"""Reads image archives of every common form, and writes the one form that every node imports.

It reads docker-archives (`docker save`) and OCI layouts, as a tar or a folder, plain or packed by gzip, bzip2, xz or
zstd. Nothing is unpacked to disk: members are looked up by their names, and the lists among them are bounded.
"""

from __future__ import annotations

import bz2
import contextlib
import copy
import errno
import gzip
import io
import json
import lzma
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kubelab import errors
from kubelab.clients import surroundings
from kubelab.files import strictjson, tars

SYSTEM, ARCHITECTURE = "linux", "amd64"
"""The platform of the nodes."""
LISTED = 4 * 2**20
"""Bytes of one list in an archive: hundreds of layers need a tenth."""
LINES = 2000
"""Images and indexes that an archive may list; indexes may list one another, and would so list millions."""
LARGEST = 32 * 2**30
"""Bytes that an archive may unpack to."""
DOCKERS, LAYOUT, INDEX = "manifest.json", "oci-layout", "index.json"
LEFT_OUT = (DOCKERS, LAYOUT, INDEX, "repositories")
NAME, REFERENCE = "io.containerd.image.name", "org.opencontainers.image.ref.name"
PACKED: Mapping[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
ZSTD = b"\x28\xb5\x2f\xfd"
BROKEN = (*tars.DAMAGED, OSError, LookupError, TypeError, AttributeError)
"""The errors of reading a file that is cut off, damaged, or no archive."""
REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE)
"""The system's errors that say nothing of the archive: a full or broken disk, a missing right."""

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of an archive: its names there, how its parts are listed, its platform in words.

    The platform is that of the nodes, `ARCHITECTURE`, or another processor or system, such as `windows/amd64`.
    """

    names: tuple[str, ...]
    listed: Json
    is_oci: bool
    made_for: str


@contextlib.contextmanager
def opened(source: Path, scratch: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive or a folder with an OCI layout as a plain tar; raises `load-image` for anything else.

    What has to be unpacked is, in the folder `scratch`: the caller removes it.
    """
    try:
        with tarfile.open(_plain(source, scratch / "plain.tar"), "r:", tarinfo=tars.Header) as tar:
            yield tar
    except BROKEN as problem:
        if isinstance(problem, OSError) and problem.errno in REFUSALS:
            raise
        raise errors.LabError("load-image", f"{source} is no archive of images", details=[problem]) from problem


def _plain(source: Path, draft: Path) -> Path:
    """Return an unpacked tar: the source itself, or a new file."""
    if source.is_dir():
        if not (source / INDEX).is_file():
            raise ValueError(f"the folder has no {INDEX}")
        with tarfile.open(draft, "w") as tar:
            tar.add(source, arcname=".")
        return draft
    with source.open("rb") as file:
        head = file.read(6)
    if head.startswith(ZSTD):
        with draft.open("wb") as target, _unpacked_zstd(source) as packed:
            _copy(packed, target)
        return draft
    for magic, opener in PACKED.items():
        if head.startswith(magic):
            with opener(source) as packed, draft.open("wb") as target:
                _copy(packed, target)
            return draft
    return source


@contextlib.contextmanager
def _unpacked_zstd(source: Path) -> Iterator[IO[bytes]]:
    if not shutil.which("zstd"):
        raise ValueError("it is packed by zstd, and there is no program zstd here")
    words = ["zstd", "-dc", "--", str(source)]
    with subprocess.Popen(words, env=surroundings.child(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr  # noqa: S101 (for the type checker: both are pipes)
        yield process.stdout
        said = process.stderr.read(400).decode(errors="replace").strip()
        if process.wait():
            raise ValueError(f"zstd: {said}")


def _copy(packed: IO[bytes], target: IO[bytes]) -> None:
    left = LARGEST
    while chunk := packed.read(2**20):
        left -= len(chunk)
        if left < 0:
            raise ValueError(f"it unpacks to more than {LARGEST >> 30} GiB")
        target.write(chunk)


def images(tar: tarfile.TarFile) -> list[Image]:
    """Return the images of an archive, those for this platform first; raises ValueError and KeyError."""
    names = _names(tar)
    if DOCKERS in names:
        rows = strictjson.rows(_member(tar, DOCKERS), most=LISTED)[:LINES]
        return [_of_docker(tar, row) for row in rows]
    if INDEX in names:
        index = strictjson.table(_member(tar, INDEX), most=LISTED)
        found = list(_of_index(tar, index, (), 0, iter(range(LINES))))
        return sorted(found, key=lambda image: image.made_for != ARCHITECTURE)
    raise ValueError(f"it has neither {DOCKERS} nor {INDEX}")


def _names(tar: tarfile.TarFile) -> set[str]:
    """Return the names of the members; ValueError for more than an archive of images has."""
    for count, _ in enumerate(tar):
        if count >= tars.MOST:
            raise ValueError(f"it has more than {tars.MOST} members")
    return {name.removeprefix("./") for name in tar.getnames()}


def _of_docker(tar: tarfile.TarFile, row: Json) -> Image:
    made_for = ARCHITECTURE
    with contextlib.suppress(KeyError):  # an archive without it is refused by whoever imports it
        made_for = _made_for(_member(tar, str(row["Config"])))
    tags = row.get("RepoTags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("its tags are no list of names")
    return Image(names=tuple(tags), listed=row, is_oci=False, made_for=made_for)


def _of_index(
    tar: tarfile.TarFile, index: Json, above: Sequence[str], depth: int, left: Iterator[int]
) -> Iterator[Image]:
    """Yield the images of an index and of its inner indexes: an image for many platforms has one for each.

    `left` yields once for each line that may still be read.
    """
    if depth > 3:
        raise ValueError("its indexes are nested too deeply")
    for row in index["manifests"]:
        if next(left, None) is None:
            raise ValueError(f"its indexes list more than {LINES} images")
        notes = row.get("annotations") or {}
        if notes.get("vnd.docker.reference.type"):
            continue  # what the image was made of, no image
        names = tuple(name for name in (notes.get(NAME), notes.get(REFERENCE)) if name)[:1] or tuple(above)
        document = strictjson.table(_member(tar, _blob(row)), most=LISTED)
        if "manifests" in document:
            yield from _of_index(tar, document, names, depth + 1, left)
        else:
            made_for = _made_for(_member(tar, _blob(document["config"])))
            yield Image(names=names, listed=row, is_oci=True, made_for=made_for)


def _made_for(config: bytes) -> str:
    document = strictjson.table(config, most=LISTED)
    system, architecture = (str(document.get(key) or "") for key in ("os", "architecture"))
    named = architecture or ARCHITECTURE
    return f"{system}/{named}" if system not in ("", SYSTEM) else named


def _blob(row: Json) -> str:
    kind, _, digest = str(row["digest"]).partition(":")
    return f"blobs/{kind}/{digest}"


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    """Return the content of a small member; raises KeyError if it is missing, ValueError if it is large."""
    for written in (name, f"./{name}"):
        with contextlib.suppress(KeyError):
            entry = tar.getmember(written)
            if entry.size > LISTED:
                raise ValueError(f"{name} is larger than any such list")
            content = tar.extractfile(entry)
            return content.read(LISTED) if content else b""
    raise KeyError(f"{name} is missing")


def write(tar: tarfile.TarFile, chosen: Mapping[str, Image], target: Path) -> None:
    """Write an archive of images under whole names: one entry for each name, and nothing else.

    Raises ValueError for an image that lacks a part. A hard link becomes the file that it is: a runtime reads none.
    """
    wanted = {name for image in chosen.values() for name in _parts(tar, image)}
    if lacking := sorted(wanted - _names(tar)):
        raise ValueError(f"{lacking[0]} is missing: the archive was not copied whole")
    is_oci = next(iter(chosen.values())).is_oci
    with tarfile.open(target, "w") as out:
        if is_oci:
            _add(out, LAYOUT, {"imageLayoutVersion": "1.0.0"})
            rows = [{**image.listed, "annotations": {NAME: name}} for name, image in chosen.items()]
            _add(out, INDEX, {"schemaVersion": 2, "manifests": rows})
        else:
            rows = [{**image.listed, "RepoTags": [name]} for name, image in chosen.items()]
            _add(out, DOCKERS, rows)
        for entry in tar:
            name = entry.name.removeprefix("./")
            # A layer of Docker's may be a link to that of another image.
            if name not in LEFT_OUT and (name in wanted or not is_oci):
                _copy_member(tar, entry, name, out)


def _copy_member(tar: tarfile.TarFile, entry: tarfile.TarInfo, name: str, out: tarfile.TarFile) -> None:
    moved = copy.copy(entry)
    moved.name, moved.pax_headers = name, {}
    if entry.issym():
        out.addfile(moved)
        return
    content = tar.extractfile(entry) if entry.isreg() or entry.islnk() else None
    if content is None:
        return
    if entry.islnk():
        moved.type, moved.linkname = tarfile.REGTYPE, ""
        moved.size = content.seek(0, io.SEEK_END)
        content.seek(0)
    out.addfile(moved, content)


def _parts(tar: tarfile.TarFile, image: Image) -> Iterator[str]:
    """Yield the names of the members that an image consists of."""
    if not image.is_oci:
        yield from map(_plainly, (image.listed["Config"], *(image.listed.get("Layers") or ())))
        return
    yield _blob(image.listed)
    document = strictjson.table(_member(tar, _blob(image.listed)), most=LISTED)
    yield from (_blob(row) for row in (document["config"], *document["layers"]))


def _plainly(name: object) -> str:
    return str(name).removeprefix("./")


def _add(out: tarfile.TarFile, name: str, document: object) -> None:
    content = json.dumps(document).encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    out.addfile(entry, io.BytesIO(content))
