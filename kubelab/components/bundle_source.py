"""Finds the bundle that a person names: a path, or an address whose file is kept or downloaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kubelab import components, errors, model, paths
from kubelab.clients import kept_bundles
from kubelab.components import box_image, unbundle, vm_image
from kubelab.ui import amounts, progress

if TYPE_CHECKING:
    from kubelab.clients import bundle_address


def wished() -> str:
    """Return the path or the address in KUBELAB_BUNDLE, empty if there is none."""
    return os.environ.get("KUBELAB_BUNDLE", "")


def bring(
    wish: str,
    versions: model.VersionSet,
    report: progress.Progress,
    provider: model.Provider = model.Provider.DOCKER,
    names: Sequence[str] = (),
) -> unbundle.Taken:
    """Take what is missing from the bundle at a path or an address; if nothing is, no address is asked.

    A provider of virtual machines needs their box; `names` are a lab's components, those of every lab if it is empty.
    Raises the errors of `named` and `take`.
    """
    address = _address(wish)
    machines = provider not in vm_image.FORMATS or vm_image.path(provider).exists()
    if address and machines and not components.missing(versions, names) and box_image.present():
        return unbundle.Taken(entries=(), box=False)
    return unbundle.take(named(wish, report), versions, report)


def named(wish: str, report: progress.Progress) -> Path:
    """Return the bundle at a path, or at an address (the kept one, or downloaded now).

    Raises `bundle-missing`, `bundle-damaged` for a file at an address that is no bundle, and the errors of downloads.
    """
    if address := _address(wish):
        return _kept_or_fetched(address, report)
    file = paths.typed(wish)
    if not file.is_file() or not os.access(file, os.R_OK):
        raise errors.LabError("bundle-missing", f"there is no bundle {file}")
    return file


def _address(wish: str) -> bundle_address.Address | None:
    """Return the address in a wish, None for a path."""
    if "://" not in wish:
        return None
    from kubelab.clients import bundle_address  # noqa: PLC0415 (HTTP and TLS, which few words need)

    return bundle_address.parse(wish)


def _kept_or_fetched(address: bundle_address.Address, report: progress.Progress) -> Path:
    from kubelab.clients import bundle_fetch  # noqa: PLC0415 (as above)

    if file := bundle_fetch.kept(address):
        return file
    with report.phase("bundle, downloaded") as phase:
        file = bundle_fetch.fetched(address, phase.update)
        phase.done(amounts.human(file.stat().st_size))
    try:
        unbundle.read(file)
    except errors.LabError as problem:
        if problem.ident != "bundle-damaged":
            raise
        kept_bundles.forget(file)
        remedy = "ask for the address of a bundle: ./run components.serve FILE prints it"
        raise errors.LabError(
            "bundle-damaged", f"{address.shown} is no bundle", details=problem.details, remedy=remedy
        ) from problem
    return file
