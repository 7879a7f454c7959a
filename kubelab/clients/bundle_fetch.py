"""Brings a bundle from its address into the cache: its digest is known before the first byte, and nothing else is kept.

Only Python's own modules are imported: `./run` takes the packages of its environment from a bundle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kubelab import errors
from kubelab.clients import bundle_address, download, kept_bundles
from kubelab.files import atomic
from kubelab.ui import amounts


def kept(address: bundle_address.Address) -> Path | None:
    """Return the kept bundle of an address; None if it is not here, or not whole."""
    digests = [address.sha256] if address.sha256 else kept_bundles.digests_of(address.url)
    return next((kept_bundles.place(digest) for digest in digests if kept_bundles.is_whole(digest)), None)


def fetched(address: bundle_address.Address, tell: download.Tell) -> Path:
    """Return the bundle of an address, downloaded if it is not kept; raises the errors of `download.fetch`.

    Raises `bundle-undigested` if no digest was typed and the server has none, `bundle-other` for another file.
    """
    with _problems(kept_bundles.home()):
        atomic.folder(kept_bundles.home(), mode=0o755)
        with kept_bundles.alone(tell):
            return kept(address) or _taken(address, tell)


def _taken(address: bundle_address.Address, tell: download.Tell) -> Path:
    digest = address.sha256 or bundle_address.asked(address)
    file = kept_bundles.place(digest)
    if not kept_bundles.is_whole(digest):
        _download(address, digest, file, tell)
    kept_bundles.keep_record(file, () if address.sha256 else (address.url,))
    return file


def _download(address: bundle_address.Address, digest: str, file: Path, tell: download.Tell) -> None:
    """Put the file of a digest in its place; what came in parts and is another is asked for once more as a whole."""
    draft = file.with_suffix(".part")
    resumed = download.fetch(address.url, draft, tell)
    found = kept_bundles.digest_of(draft, tell)
    if found != digest and resumed:
        tell("what came in several parts is not the file of the digest; the download begins anew")
        download.remove(draft)
        download.fetch(address.url, draft, tell)
        found = kept_bundles.digest_of(draft, tell)
    if found != digest:
        came = f"{amounts.human(download.size(draft))} came, with sha256 {found}"
        download.remove(draft)
        raise errors.LabError("bundle-other", f"{address.shown} has not the digest {digest}", details=[came])
    atomic.place(draft, file, mode=atomic.PUBLIC)
    download.remove(draft)


@contextlib.contextmanager
def _problems(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise download.full(folder, problem) from problem
