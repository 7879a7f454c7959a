"""Unit tests use a cache of their own: a lab that runs on this computer holds locks and files in the user's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Point `KUBELAB_CACHE` at an empty folder before a test module is imported; some name paths below it then.

    No test file has to survive a power cut: each wait for the disk holds up etcd of a lab that runs beside these.
    """
    os.fsync = lambda _: None
    os.environ["KUBELAB_CACHE"] = tempfile.mkdtemp(prefix="kubelab-unit-")
    from kubelab.clients import virsh  # noqa: PLC0415 (see above)

    virsh.SOCKETS = ()  # the computer's own libvirt is not asked


def pytest_unconfigure() -> None:
    """Remove that folder."""
    shutil.rmtree(os.environ["KUBELAB_CACHE"], ignore_errors=True)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Refuse other tests beside these: in the empty cache they would build what they need from source, for minutes."""
    others = {item.path.parent.name for item in items} - {Path(__file__).parent.name}
    if others:
        raise pytest.UsageError(f"tests/unit has a cache of its own: run tests/{', tests/'.join(sorted(others))} apart")
