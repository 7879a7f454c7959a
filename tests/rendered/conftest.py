"""Renders every lab once, by the real code, into a folder of the tests' own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import rendering

from kubelab import paths
from kubelab.providers import docker


@pytest.fixture(scope="session", autouse=True)
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the committed Vagrantfile and a build/ of its own; nothing touches the person's."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copy(paths.ROOT / "Vagrantfile", root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", root / "build")
        for what in ("volumes", "boxes"):  # a lab that runs on this computer is no data of these
            patch.setattr(docker.Docker, what, lambda *_, **__: ())
        yield root


@pytest.fixture(scope="session")
def labs(checkout: Path) -> rendering.Labs:
    """Return every lab by name; each is rendered when it is first asked for."""
    return rendering.Labs(checkout)


@pytest.fixture(params=rendering.sources())
def rendered(request: pytest.FixtureRequest, labs: rendering.Labs) -> rendering.Rendered:
    """Return each lab in turn."""
    return labs[request.param]
