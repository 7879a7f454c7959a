"""A cache whose programs are a few bytes each, so that writing and reading a whole bundle takes no time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kubelab import model
from kubelab.components import box_image, bundle, cache_layout, selection, store, wheels
from kubelab.ui import progress


def fill(versions: model.VersionSet, names: Sequence[str] = ()) -> None:
    """Publish families and images that are built by Docker, with dummy content, as a build would."""
    for entry in selection.entries(versions, names):
        if bundle.made_again(entry):
            continue
        with store.draft(entry) as folder:
            for name in entry.files:
                (folder / name).write_bytes(f"{entry.key} {name} ".encode() * 50)
            store.publish(entry, folder, {})


class Docker:
    """Stands for the engine: has the box image or not; refuses any tar but the one that was saved."""

    SAVED = b"the box image" * 1000

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, has_box: bool) -> None:
        """Take the place of the box module's calls to Docker."""
        self.has_box = has_box
        monkeypatch.setattr(box_image, "ensure", lambda _: box_image.box_image())
        monkeypatch.setattr(box_image, "save", self._save)
        monkeypatch.setattr(box_image, "present", lambda: self.has_box)
        monkeypatch.setattr(box_image, "take", self._take)

    def _save(self, tag: str, target: Path) -> Path:
        assert tag == box_image.box_image()
        target.write_bytes(self.SAVED)
        return target

    def _take(self, tar: Path) -> None:
        assert tar.read_bytes() == self.SAVED
        self.has_box = True


def no_wheels(folder: Path, _: progress.Phase) -> tuple[Path, ...]:
    """Put one file where the wheels would be."""
    (folder / "some-1.0-py3-none-any.whl").write_bytes(b"wheel")
    return tuple(folder.glob("*.whl"))


def written(monkeypatch: pytest.MonkeyPatch, cache: Path, versions: model.VersionSet, out: Path) -> Path:
    """Write a bundle of a filled cache; returns it, with the cache left full."""
    monkeypatch.setenv("KUBELAB_CACHE", str(cache))
    monkeypatch.setattr(wheels, "fetch", no_wheels)
    Docker(monkeypatch, has_box=True)
    fill(versions)
    return bundle.write(versions, out, quiet(), checkout=True).file


def quiet() -> progress.Progress:
    """Return progress that nobody sees."""
    return progress.Progress(progress.Style.PLAIN, out=Path("/dev/null").open("w", encoding="utf-8"))


def content(versions: model.VersionSet) -> Mapping[str, bytes]:
    """Return every file that the version set has in the cache now."""
    found = [path for entry in selection.entries(versions) for path in entry.paths if path.exists()]
    return {str(path.relative_to(cache_layout.components_root().parent)): path.read_bytes() for path in found}
