"""Unit tests use a cache of their own: a lab that runs on this computer holds locks and files in the user's."""

from __future__ import annotations

import os
import shutil
import tempfile


def pytest_configure() -> None:
    """Point `KUBELAB_CACHE` at an empty folder before a test module is imported; some name paths below it then."""
    os.environ["KUBELAB_CACHE"] = tempfile.mkdtemp(prefix="kubelab-unit-")
    from kubelab.clients import virsh  # noqa: PLC0415 (see above)

    virsh.SOCKETS = ()  # the computer's own libvirt is not asked


def pytest_unconfigure() -> None:
    """Remove that folder."""
    shutil.rmtree(os.environ["KUBELAB_CACHE"], ignore_errors=True)
