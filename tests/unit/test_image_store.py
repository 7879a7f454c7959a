"""An image store is made once, whole or not at all; a box whose containerd has never run links to it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.clients import docker
from kubelab.components import cache_layout, image_store, inventory, store
from kubelab.config import load
from kubelab.ui import progress

VERSIONS = load.versions("1.37")
SNAPSHOTS = "io.containerd.snapshotter.v1.overlayfs"
BLOBS = "io.containerd.content.v1.content/blobs/sha256"
META = "io.containerd.metadata.v1.bolt/meta.db"


class Engine:
    """A Docker that makes a store in the mounted folder, or fails; it refuses other calls."""

    def __init__(self) -> None:
        """Begin with an engine that works, and no boxes."""
        self.calls: list[tuple[str, ...]] = []
        self.broken = False
        self.boxes = ""
        self.silent = ""
        """The identifier of the error that `docker ps` ends with."""

    def run(self, *words: str, timeout: float = 60) -> str:  # noqa: ARG002 (as docker.run)
        """Answer as `docker WORDS` would."""
        self.calls.append(words)
        if words[0] == "ps" and self.silent:
            raise errors.LabError(self.silent, "no answer")
        if words[0] == "ps":
            return self.boxes
        assert words[:3] == ("run", "--rm", "--network"), f"unexpected: docker {words}"
        (mount,) = [word for word in words if word.endswith("dst=/var/lib/containerd")]
        folder = Path(mount.split('"')[1].removeprefix("src="))
        filled(folder)
        if self.broken:
            raise errors.LabError("docker-failed", "docker run failed")
        (folder / "complete").touch()
        return ""


def filled(folder: Path) -> Path:
    """Return the folder with the files of a store of two layers and two blobs."""
    for layer in ("1", "2"):
        (folder / SNAPSHOTS / "snapshots" / layer / "fs").mkdir(parents=True)
        (folder / SNAPSHOTS / "snapshots" / layer / "fs" / "program").write_text(layer)
    (folder / BLOBS).mkdir(parents=True)
    for blob in ("aa", "bb"):
        (folder / BLOBS / blob).write_text(blob)
    (folder / ".kubelab-imported").mkdir()
    (folder / ".kubelab-imported" / "pause.tar").touch()
    (folder / SNAPSHOTS / "metadata.db").write_text("snapshots")
    (folder / META).parent.mkdir()
    (folder / META).write_text("meta")
    return folder


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """Put a fake engine behind the door to Docker, and an empty cache in place of the user's."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "a cache, mine"))
    fake = Engine()
    monkeypatch.setattr(docker, "run", fake.run)
    return fake


def ensure() -> str:
    """Make the stores that are missing; return what was said."""
    said = io.StringIO()
    image_store.ensure(image_store.of(VERSIONS), progress.Progress(progress.Style.PLAIN, out=said))
    return said.getvalue()


def test_each_kind_of_node_has_a_store_with_its_images_in_order() -> None:
    """A store holds what the kind's boxes would import, and the first of them first."""
    rows = image_store.of(VERSIONS)
    assert [row.name.rpartition("-")[0] for row in rows] == ["control-plane", "worker"]
    for row in rows:
        assert Path(row.archives[0]).name.startswith("pause-")
    assert any("kube-apiserver" in name for name in rows[0].archives)
    assert any("guestbook" in name for name in rows[1].archives)


def test_a_stores_name_follows_from_its_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Equal inputs give an equal name; another way of making it, another one."""
    before = cache_layout.software(VERSIONS).stores
    assert cache_layout.software(VERSIONS).stores == before
    (tmp_path / "make-image-store.sh").write_text("another way")
    monkeypatch.setattr(paths, "PROVISION", tmp_path)
    after = cache_layout.software(VERSIONS).stores
    assert not set(before.values()) & set(after.values())


def test_a_store_is_made_once(engine: Engine) -> None:
    """The second run makes nothing and asks nobody; a comma in the cache's path does not cut a mount."""
    assert "images" in ensure()
    assert [row.whole for row in image_store.of(VERSIONS)] == [True, True]
    calls = len(engine.calls)
    assert ensure() == ""
    assert len(engine.calls) == calls == 2


def test_a_store_that_cannot_be_made_is_said_and_left_out(engine: Engine) -> None:
    """Nothing half made stays, the lab goes on by importing, and the next run tries again."""
    engine.broken = True
    assert ensure().count("not made, boxes import their images") == 2
    assert list(cache_layout.stores_root().iterdir()) == []
    engine.broken = False
    ensure()
    assert all(row.whole for row in image_store.of(VERSIONS))


def test_a_draft_of_an_interrupted_run_goes(engine: Engine) -> None:
    """A killed run leaves a draft and perhaps a folder without its mark: the next one removes both."""
    row = image_store.of(VERSIONS)[0]
    draft = filled(cache_layout.stores_root() / f"{image_store.DRAFT}{row.name}-x")
    filled(row.path)
    ensure()
    assert row.whole
    assert not draft.exists()
    assert engine.calls


def test_cleaning_keeps_the_stores_that_boxes_may_link_to(engine: Engine) -> None:
    """An older store goes only when no box is left: a box links to its layers as long as it lives."""
    ensure()
    older = filled(cache_layout.stores_root() / "worker-000000000000")
    engine.boxes = "kubelab-default-etcd-01\n"
    inventory.clean([VERSIONS])
    assert older.exists()
    engine.boxes = ""
    inventory.clean([VERSIONS])
    assert not older.exists()
    assert all(row.whole for row in image_store.of(VERSIONS))
    inventory.clean([VERSIONS], everything=True)
    assert not cache_layout.stores_root().exists()


@pytest.mark.parametrize("ident", ["docker-silent", "docker-unreachable", "docker-forbidden", "docker-failed"])
def test_an_older_store_stays_when_docker_cannot_tell(engine: Engine, ident: str) -> None:
    """Stopped boxes may link to its layers; a clean of everything is refused for the same reason."""
    ensure()
    older = filled(cache_layout.stores_root() / "worker-000000000000")
    engine.silent = ident
    inventory.clean([VERSIONS])
    assert older.exists()
    with pytest.raises(errors.LabError) as refused:
        inventory.clean([VERSIONS], everything=True)
    assert refused.value.ident == ident
    assert older.exists()


def test_an_older_store_goes_on_a_computer_without_docker(engine: Engine) -> None:
    """No Docker, no box."""
    older = filled(cache_layout.stores_root() / "worker-000000000000")
    engine.silent = "docker-missing"
    inventory.clean([VERSIONS])
    assert not older.exists()


@pytest.mark.parametrize("name", ["worker-000000000000", ""])
def test_a_store_in_the_making_is_not_removed(engine: Engine, name: str) -> None:
    """Not its draft either, of this version set or of another one: another process is at it."""
    name = name or image_store.of(VERSIONS)[0].name
    draft = filled(cache_layout.stores_root() / f"{image_store.DRAFT}{name}-ab_c1")
    with store.lock(f"store-{name}", lambda _: None), pytest.raises(errors.LabError) as refused:
        inventory.clean([VERSIONS])
    assert refused.value.ident == "components-busy"
    assert draft.exists()
    assert not engine.calls


def use(store: Path, folder: Path, *, active: bool = False) -> None:
    """Run the step of a box on a folder in place of /var/lib/containerd, with a systemd that knows one unit's state."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "systemctl").write_text(
        f'#!/bin/sh\n[ "$*" = "is-active --quiet containerd.service" ] && exit {3 * (not active)}; exit 99\n'
    )
    (tools / "systemctl").chmod(0o755)
    folder.mkdir(exist_ok=True)
    step = paths.PROVISION / "steps/use-image-store.sh"
    env = {"PATH": f"{tools}:/usr/bin:/bin"}
    subprocess.run(["bash", str(step), str(store), str(folder)], check=True, env=env)


def test_a_new_box_links_to_the_layers_and_copies_the_metadata(tmp_path: Path) -> None:
    """Layers and blobs are links, databases are the box's own, and the marks say that nothing is left to import."""
    store, mine = filled(tmp_path / "store"), tmp_path / "containerd"
    (store / "complete").touch()
    use(store, mine)
    for layer in ("1", "2"):
        link = mine / SNAPSHOTS / "snapshots" / layer / "fs"
        assert link.is_symlink()
        assert (link / "program").read_text() == layer
    assert sorted(path.name for path in (mine / BLOBS).iterdir() if path.is_symlink()) == ["aa", "bb"]
    for name in (META, f"{SNAPSHOTS}/metadata.db"):
        assert not (mine / name).is_symlink()
        assert (mine / name).read_bytes() == (store / name).read_bytes()
    assert (mine / ".kubelab-imported" / "pause.tar").exists()
    (mine / META).write_text("the box's own")
    use(store, mine)
    assert (mine / META).read_text() == "the box's own"


@pytest.mark.parametrize("reason", ["no store", "a store without its mark", "containerd runs"])
def test_a_box_that_cannot_use_a_store_imports(reason: str, tmp_path: Path) -> None:
    """The step leaves the folder empty, so that import-images finds no mark and imports every archive."""
    store, mine = tmp_path / "store", tmp_path / "containerd"
    if reason != "no store":
        filled(store)
    if reason == "containerd runs":
        (store / "complete").touch()
    use(store, mine, active=reason == "containerd runs")
    assert list(mine.iterdir()) == []


def test_an_interrupted_step_is_done_again(tmp_path: Path) -> None:
    """A box that lost power in the middle has no metadata yet, and begins again over what is there."""
    store, mine = filled(tmp_path / "store"), tmp_path / "containerd"
    (store / "complete").touch()
    use(store, mine)
    (mine / META).unlink()
    use(store, mine)
    assert (mine / META).read_text() == "meta"
    assert (mine / SNAPSHOTS / "snapshots" / "1" / "fs").readlink() == store / SNAPSHOTS / "snapshots" / "1" / "fs"
