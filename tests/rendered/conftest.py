"""Renders every lab once, by the real code, into a folder of the tests' own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import rendering

from kubelab import paths
from kubelab.providers import docker, libvirt


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the committed Vagrantfile, in which `build/` is made; nothing touches the person's."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copy(paths.ROOT / "Vagrantfile", root)
    return root


@pytest.fixture(scope="module", autouse=True)
def _apart(checkout: Path) -> Iterator[None]:
    """Render into that folder, module by module: other suites of the same run see the real class and folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", checkout / "build")
        patch.setattr(os, "fsync", lambda _: None)  # etcd of a lab that runs beside these waits for the disk as well
        for what in ("volumes", "boxes"):  # a lab that runs on this computer is no data of these
            for provider in (docker.Docker, libvirt.Libvirt):
                patch.setattr(provider, what, lambda *_, **__: ())
        yield


@pytest.fixture(scope="session")
def labs(checkout: Path) -> rendering.Labs:
    """Return every lab by name; each is rendered when it is first asked for."""
    return rendering.Labs(checkout)


@pytest.fixture(params=rendering.sources())
def rendered(request: pytest.FixtureRequest, labs: rendering.Labs) -> rendering.Rendered:
    """Return each lab in turn."""
    return labs[request.param]
