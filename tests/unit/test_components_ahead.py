"""Beside the compiler: modules of later families are fetched, the box image is made, and a failure ends it at once."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Generator

import components_data
import pytest

from kubelab import components, errors
from kubelab.components import ahead, box_image, cache_layout, compiling, selection, software_catalogue
from kubelab.ui import progress


class Beside:
    """What was asked for beside the compiler, and whether the downloads were ended."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for Go and Docker."""
        self.fetched: list[str] = []
        self.images, self.ended = threading.Semaphore(0), 0
        self.endless = ""
        patch.setattr(compiling, "listed", self._listed)
        patch.setattr(box_image, "ensure", lambda _: self.images.release())

    def _listed(self, family: software_catalogue.Family, log: str) -> Generator[str, None, None]:
        self.fetched.append(f"{family.name} into {log}")
        try:
            while True:
                yield "a line\n"
                if family.name != self.endless:
                    return
        finally:
            self.ended += 1


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Beside:
    """Return one."""
    return Beside(monkeypatch)


def entries(*names: str) -> list[cache_layout.Entry]:
    """Return the entries of the cache that are to be built."""
    return list(selection.entries(components_data.versions(), names))


def test_the_families_after_the_first_are_fetched_in_order(beside: Beside) -> None:
    """The first one fetches its own; of an image without a Dockerfile nothing is done beside."""
    with ahead.running(entries("etcd", "containerd", "cri-tools", "coredns"), components_data.versions()):
        while len(beside.fetched) < 3:
            pass
    assert beside.fetched == [f"{name} into downloads" for name in ("containerd", "cri-tools", "etcd")]
    assert not beside.images.acquire(blocking=False)


def test_the_box_image_is_made_beside_if_pod_images_need_its_userland(beside: Beside) -> None:
    """kube-proxy's image is made by Docker: there is one, then."""
    with ahead.running(entries("kubernetes", "containerd", "kube-proxy"), components_data.versions()):
        assert beside.images.acquire(timeout=60)


def test_a_cache_that_cannot_be_written_is_left_to_the_build_to_tell(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread ends with a traceback beside the error of the build itself."""
    unheard = list[threading.ExceptHookArgs]()

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/home/me/.cache")

    monkeypatch.setattr(threading, "excepthook", unheard.append)
    monkeypatch.setattr(compiling, "fresh_log", refuse)
    monkeypatch.setattr(box_image, "ensure", refuse)
    with ahead.running(entries("kubernetes", "containerd", "kube-proxy"), components_data.versions()):
        for thread in threading.enumerate():
            if thread.name.endswith(("(_download)", "(_box_image)")):
                thread.join()
    assert unheard == []
    assert beside.fetched == []


def test_a_failure_ends_the_downloads(beside: Beside) -> None:
    """The error comes at once: nothing is waited for but the end of what was started."""
    beside.endless = "cri-tools"

    def build() -> None:
        with ahead.running(entries("containerd", "cri-tools", "etcd"), components_data.versions()):
            while len(beside.fetched) < 1:
                pass
            raise errors.LabError("component-build", "containerd did not build")

    with pytest.raises(errors.LabError, match="did not build"):
        build()
    assert beside.ended == len(beside.fetched) == 1


def test_one_family_has_nothing_beside_it(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of one component starts nothing that it does not need."""
    monkeypatch.setattr(components, "_ensure_one", lambda *_: None)
    components.ensure(components_data.versions(), progress.Progress(progress.Style.PLAIN), ["guestbook"])
    assert beside.fetched == []
