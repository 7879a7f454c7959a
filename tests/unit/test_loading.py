"""lab.load puts every form of archive on every node, also on later ones, and keeps it; lab.unload frees it."""

from __future__ import annotations

import bz2
import copy
import dataclasses
import errno
import gzip
import hashlib
import io
import json
import lzma
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import labs_data
import pytest

from kubelab import checks, errors, model, paths, providers
from kubelab.clients import docker, ssh
from kubelab.components import archives, loaded, local_image
from kubelab.converge import node_images, session
from kubelab.files import tars
from kubelab.lab import lifecycle, loading
from kubelab.tasks import decorator, main, namespace
from kubelab.ui import progress

LAB = labs_data.lab()
NAME = "docker.io/shop/web:1"
CONFIG, LAYER = b'{"architecture": "amd64", "os": "linux"}', b"a layer"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is loaded in a folder of the test."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def packed(path: Path, members: dict[str, bytes]) -> Path:
    """Write a tar."""
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            row = tarfile.TarInfo(name)
            row.size = len(content)
            tar.addfile(row, io.BytesIO(content))
    return path


def dockers(path: Path, *tags: str, config: bytes = CONFIG) -> Path:
    """Write what `docker save` writes; without tags, what it writes for an id."""
    rows = [{"Config": "c.json", "RepoTags": list(tags) or None, "Layers": ["l/layer.tar"]}]
    return packed(path, {"c.json": config, "l/layer.tar": LAYER, "manifest.json": json.dumps(rows).encode()})


def blob(members: dict[str, bytes], content: bytes, **more: Any) -> dict[str, Any]:
    """Add a blob to a layout; return its descriptor."""
    digest = hashlib.sha256(content).hexdigest()
    members[f"blobs/sha256/{digest}"] = content
    return {"digest": f"sha256:{digest}", "size": len(content), **more}


def layout(*architectures: str, notes: dict[str, str] | None = None) -> dict[str, bytes]:
    """Return the members of an OCI layout: one image, or an index with one a kind of computer."""
    members: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    rows = []
    for architecture in architectures:
        config = blob(members, json.dumps({"architecture": architecture}).encode())
        layer = blob(members, f"layer of {architecture}".encode())
        manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode()
        rows.append(blob(members, manifest, platform={"architecture": architecture}))
    if len(rows) > 1:
        proof = json.dumps({"config": blob(members, b"{}"), "layers": []}).encode()
        rows.append(blob(members, proof, annotations={"vnd.docker.reference.type": "attestation-manifest"}))
        rows = [blob(members, json.dumps({"schemaVersion": 2, "manifests": rows}).encode())]
    if notes:
        rows[0]["annotations"] = notes
    members["index.json"] = json.dumps({"schemaVersion": 2, "manifests": rows}).encode()
    return members


def zstd(source: Path) -> bytes:
    """Return what the program makes of a file."""
    return subprocess.run(["zstd", "-qc", source], capture_output=True, check=True).stdout


PACKERS: dict[str, Callable[[Path], bytes]] = {
    "gz": lambda path: gzip.compress(path.read_bytes()),
    "bz2": lambda path: bz2.compress(path.read_bytes()),
    "xz": lambda path: lzma.compress(path.read_bytes()),
    "zst": zstd,
}


@pytest.mark.parametrize("kind", ["plain", *PACKERS])
def test_an_archive_is_loaded_however_it_is_packed(tmp_path: Path, kind: str) -> None:
    """The names are known, and what a node gets is a plain tar."""
    if kind == "zst" and not shutil.which("zstd"):
        pytest.skip("there is no program zstd here; type: ./run host.setup")
    source = dockers(tmp_path / "a.tar", "shop/web:1", "web")
    if kind in PACKERS:
        source = tmp_path / f"a.tar.{kind}"
        source.write_bytes(PACKERS[kind](tmp_path / "a.tar"))
    row = local_image.take("default", str(source))
    assert row.names == (NAME, "docker.io/library/web:latest")
    with tarfile.open(row.path, "r:") as tar:
        rows = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
        assert [tag for item in rows for tag in item["RepoTags"]] == list(row.names)
        assert tar.extractfile("l/layer.tar").read() == LAYER  # type: ignore[union-attr]
    assert row.path.stat().st_mode & 0o044 == 0o044
    assert loaded.rows("default") == [row]


@pytest.mark.parametrize("notes", [{archives.NAME: NAME}, {archives.REFERENCE: "shop/web:1"}])
@pytest.mark.parametrize("place", ["tar", "folder"])
def test_an_oci_layout_is_loaded_under_its_name(tmp_path: Path, notes: dict[str, str], place: str) -> None:
    """As podman and skopeo write it, packed or as a folder; the name stands where the runtime looks for it."""
    members = layout("amd64", notes=notes)
    source = tmp_path / "oci"
    if place == "tar":
        packed(source, {f"./{name}": content for name, content in members.items()})
    else:
        for name, content in members.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(content)
    row = local_image.take("default", str(source))
    assert row.names == (NAME,)
    with tarfile.open(row.path) as tar:
        (listed,) = json.loads(tar.extractfile("index.json").read())["manifests"]  # type: ignore[union-attr]
        assert listed["annotations"] == {archives.NAME: NAME}
        assert {name for name in tar.getnames() if "blobs" in name} == {n for n in members if "blobs" in n}


def test_of_several_kinds_the_nodes_own_is_taken(tmp_path: Path) -> None:
    """The others stay behind; what an image was made of is no image."""
    source = packed(tmp_path / "many.tar", layout("arm64", "amd64", "s390x", notes={archives.REFERENCE: "web:2"}))
    row = local_image.take("default", str(source))
    with tarfile.open(row.path) as tar:
        text = b"".join(tar.extractfile(entry).read() for entry in tar if "blobs" in entry.name)  # type: ignore[union-attr]
    assert b"layer of amd64" in text
    assert b"arm64" not in text
    assert row.names == ("docker.io/library/web:2",)


@pytest.mark.parametrize("kind", ["docker", "oci"])
def test_another_kind_of_computer_is_refused(tmp_path: Path, kind: str) -> None:
    """Its programs would end with `exec format error`, in a pod, much later."""
    source = tmp_path / "arm.tar"
    if kind == "docker":
        dockers(source, "web:1", config=b'{"architecture": "arm64"}')
    else:
        packed(source, layout("arm64", notes={archives.REFERENCE: "web:1"}))
    with pytest.raises(errors.LabError, match="arm64; the nodes are amd64") as refused:
        local_image.take("default", str(source))
    assert refused.value.ident == "load-platform"
    assert loaded.rows("default") == []


@pytest.mark.parametrize("kind", ["docker", "oci", "tag only"])
def test_an_archive_without_a_name_asks_for_one(tmp_path: Path, kind: str) -> None:
    """What is printed is typed, and works."""
    source = tmp_path / "id.tar"
    if kind == "docker":
        dockers(source)
    else:
        packed(source, layout("amd64", notes=None if kind == "oci" else {archives.REFERENCE: "Latest"}))
    with pytest.raises(errors.LabError) as refused:
        local_image.take("default", str(source))
    assert refused.value.ident == "load-unnamed"
    assert refused.value.remedy == f"./run lab.load {source} --name NAME:TAG"
    assert local_image.take("default", str(source), "shop/web:1").names == (NAME,)


@pytest.mark.parametrize("name", ["Shop/Web", "web@sha256:1", "../x", "a b", "web:"])
def test_a_name_that_no_pod_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """Before anything is read."""
    with pytest.raises(errors.LabError) as refused:
        local_image.take("default", str(dockers(tmp_path / "a.tar", "web:1")), name)
    assert refused.value.ident == "load-unnamed"


@pytest.mark.parametrize("path", ["./nosuch.tar", "/nowhere/nosuch", "nosuch.tar.zst", "~/nosuch.tgz"])
def test_a_path_that_leads_nowhere_is_said(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker is not asked for an image of that name."""
    monkeypatch.setattr(docker, "run", lambda *_, **__: pytest.fail("Docker was asked"))
    with pytest.raises(errors.LabError, match="there is no file") as refused:
        local_image.take("default", path)
    assert refused.value.ident == "load-file"


def damaged(root: Path) -> dict[str, Path]:
    """Return files that are no archives, and archives that are cut off or lie."""
    whole = dockers(root / "whole.tar", "web:1")
    files = {
        "empty": b"", "text": b"hello\n", "zeros": bytes(4096), "half a gzip": gzip.compress(bytes(10**5))[:60],
        "half a tar": whole.read_bytes()[:700], "zstd's head": archives.ZSTD + b"xx",
    }  # fmt: skip
    found = {}
    for name, content in files.items():
        found[name] = root / name
        found[name].write_bytes(content)
    deep = b"[" * 10**5
    for name, members in {
        "an empty tar": {}, "no JSON": {"manifest.json": b"{"}, "deep": {"manifest.json": deep},
        "a list of numbers": {"manifest.json": b"[1]"}, "an index of nothing": {"index.json": b'{"manifests": [{}]}'},
        "a blob that is away": {"index.json": b'{"manifests": [{"digest": "sha256:00", "size": 1}]}'},
    }.items():  # fmt: skip
        found[name] = packed(root / name, members)
    (root / "a folder").mkdir()
    return {**found, "a folder": root / "a folder"}


def test_what_is_damaged_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Never a traceback, and nothing is left in the cache."""
    cases = damaged(tmp_path)
    assert len(cases) > 10
    for name, path in cases.items():
        with pytest.raises(errors.LabError) as refused:
            local_image.take("default", str(path))
        assert refused.value.ident == "load-image", name
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("asked", "tags", "names"),
    [
        ("web:1", ["web:1", "web:2"], ("docker.io/library/web:1",)),
        ("web@sha256:" + "a" * 64, ["web:2"], ("docker.io/library/web:2",)),
        ("a" * 12, ["web:2"], ("docker.io/library/web:2",)),
        ("sha256:" + "a" * 64, ["web:2"], ("docker.io/library/web:2",)),
    ],
)
def test_an_image_of_the_local_docker_gets_a_name(
    asked: str, tags: list[str], names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name, its digest or its id: what Docker calls it is what pods call it."""

    def fake(*words: str, timeout: float = 60) -> str:
        assert timeout
        if words[:2] == ("image", "inspect"):
            return json.dumps([{"RepoTags": tags}])
        assert (words[0], words[3]) == ("save", asked)
        dockers(Path(words[2]), *([asked] if asked in tags else []))
        return ""

    monkeypatch.setattr(docker, "run", fake)
    assert local_image.take("default", asked).names == names


def test_an_image_that_nobody_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped name says so and that Docker was asked."""

    def refuse(*words: str, timeout: float = 60) -> str:
        assert timeout
        raise errors.LabError("docker-failed", f"docker {words[0]} failed", details=["No such image: mine:1"])

    monkeypatch.setattr(docker, "run", refuse)
    for name in ("", "other:1"):
        with pytest.raises(errors.LabError, match="no image mine:1") as caught:
            local_image.take("default", "mine:1", name)
        assert caught.value.details == ("No such image: mine:1",)


def test_a_newer_image_of_the_same_name_replaces_the_older(tmp_path: Path) -> None:
    """One copy is kept, and each lab has its own."""
    local_image.take("default", str(dockers(tmp_path / "a.tar", "web:1")))
    local_image.take("other", str(dockers(tmp_path / "b.tar", "web:1")))
    row = local_image.take("default", str(dockers(tmp_path / "c.tar", "web:1", config=CONFIG + b" ")))
    assert loaded.rows("default") == [row]
    assert len(list(loaded.home("default").glob("*.tar"))) == 1
    assert len(loaded.rows("other")) == 1
    assert loaded.forget("default") == row.size
    assert loaded.rows("default") == []
    assert len(loaded.rows("other")) == 1


def platforms(*rows: tuple[str, str], name: str = NAME) -> dict[str, bytes]:
    """Return the members of an OCI layout whose index lists one image for each system and processor."""
    members: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    found = []
    for system, architecture in rows:
        config = blob(members, json.dumps({"os": system, "architecture": architecture}).encode())
        layer = blob(members, f"layer of {system} on {architecture}".encode())
        manifest = json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode()
        found.append(blob(members, manifest, annotations={archives.NAME: name}))
    members["index.json"] = json.dumps({"schemaVersion": 2, "manifests": found}).encode()
    return members


@pytest.mark.parametrize("name", ["", "shop/web:1"])
def test_of_several_systems_the_nodes_own_is_taken(tmp_path: Path, name: str) -> None:
    """An image for the same processor and another system stands last in many an index: it won, and ran nowhere."""
    source = packed(tmp_path / "many.tar", platforms(("linux", "amd64"), ("linux", "arm64"), ("windows", "amd64")))
    row = local_image.take("default", str(source), name)
    with tarfile.open(row.path) as tar:
        text = b"".join(tar.extractfile(entry).read() for entry in tar if "blobs" in entry.name)  # type: ignore[union-attr]
    assert row.names == (NAME,)
    assert b"layer of linux on amd64" in text
    assert b"windows" not in text


@pytest.mark.parametrize("kind", ["docker", "oci"])
def test_another_system_is_refused(tmp_path: Path, kind: str) -> None:
    """Every node would refuse it, with words about a missing manifest."""
    source = tmp_path / "windows.tar"
    if kind == "docker":
        dockers(source, "web:1", config=b'{"architecture": "amd64", "os": "windows"}')
    else:
        packed(source, platforms(("windows", "amd64")))
    with pytest.raises(errors.LabError, match="windows/amd64; the nodes are amd64") as refused:
        local_image.take("default", str(source))
    assert refused.value.ident == "load-platform"


def test_of_variants_of_one_processor_the_first_is_taken(tmp_path: Path) -> None:
    """An index begins with what every processor of the kind runs."""
    members = platforms(("linux", "amd64"))
    other = platforms(("linux", "amd64"))
    index, more = (json.loads(one.pop("index.json")) for one in (members, other))
    newer = blob(other, b'{"os": "linux", "architecture": "amd64", "variant": "v3"}')
    manifest = json.dumps({"schemaVersion": 2, "config": newer, "layers": []}).encode()
    index["manifests"].append(blob(other, manifest, annotations=more["manifests"][0]["annotations"]))
    source = packed(tmp_path / "two.tar", {**members, **other, "index.json": json.dumps(index).encode()})
    row = local_image.take("default", str(source))
    with tarfile.open(row.path) as tar:
        assert b"v3" not in b"".join(tar.extractfile(entry).read() for entry in tar)  # type: ignore[union-attr]


def test_a_layer_that_is_a_hard_link_is_a_file_afterwards(tmp_path: Path) -> None:
    """As `tar` packs two equal layers of a folder; the copy lacked the second, and no node could import it."""
    source, rows = tmp_path / "a.tar", [{"Config": "c.json", "RepoTags": ["web:1"], "Layers": ["l.tar", "m.tar"]}]
    packed(source, {"c.json": CONFIG, "l.tar": LAYER, "manifest.json": json.dumps(rows).encode()})
    with tarfile.open(source, "a") as tar:
        link = tarfile.TarInfo("m.tar")
        link.type, link.linkname = tarfile.LNKTYPE, "l.tar"
        tar.addfile(link)
    with tarfile.open(local_image.take("default", str(source)).path) as tar:
        assert tar.getmember("m.tar").isreg()
        assert tar.extractfile("m.tar").read() == LAYER  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["docker", "oci"])
def test_an_archive_that_lacks_a_layer_takes_no_good_ones_place(tmp_path: Path, kind: str) -> None:
    """It was kept, the good one of the same name was removed, and every later node went without."""
    good = local_image.take("default", str(dockers(tmp_path / "good.tar", NAME)))
    source = tmp_path / "cut.tar"
    if kind == "docker":
        rows = [{"Config": "c.json", "RepoTags": [NAME], "Layers": ["l/layer.tar"]}]
        packed(source, {"c.json": CONFIG, "manifest.json": json.dumps(rows).encode()})
    else:
        members = platforms(("linux", "amd64"))
        packed(source, {path: content for path, content in members.items() if not content.startswith(b"layer of")})
    with pytest.raises(errors.LabError, match=r"cut\.tar is no archive") as refused:
        local_image.take("default", str(source))
    assert "is missing" in refused.value.details[0]
    assert loaded.rows("default") == [good]


def test_indexes_that_list_one_another_end(tmp_path: Path) -> None:
    """A few kilobytes listed millions of images, one after the other, for hours."""
    members: dict[str, bytes] = {}
    row = blob(members, json.dumps({"config": blob(members, CONFIG), "layers": []}).encode())
    for _ in range(3):
        row = blob(members, json.dumps({"manifests": [row] * 200}).encode())
    members["index.json"] = json.dumps({"manifests": [row] * 200}).encode()
    with pytest.raises(errors.LabError) as refused:
        local_image.take("default", str(packed(tmp_path / "bomb.tar", members)))
    assert refused.value.details == (f"its indexes list more than {archives.LINES} images",)


def test_an_archive_of_endless_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs a kilobyte of memory, and packed some bytes."""
    monkeypatch.setattr(tars, "MOST", 50)
    source = packed(tmp_path / "many.tar", {f"{number}": b"" for number in range(51)})
    with pytest.raises(errors.LabError) as refused:
        local_image.take("default", str(source))
    assert refused.value.details == ("it has more than 50 members",)


@pytest.mark.parametrize("kind", ["pipe", "home of nobody"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    """A pipe was waited for without an end; `~nobody-there/x.tar` ended in a traceback."""
    source = str(tmp_path / "pipe.tar") if kind == "pipe" else "~nobody-there/x.tar"
    if kind == "pipe":
        os.mkfifo(source)
    with pytest.raises(errors.LabError) as refused:
        local_image.take("default", source)
    assert refused.value.ident == "load-file"


def test_a_folder_of_the_images_name_is_not_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder `web` with the Dockerfile of the image `web` is common."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web").mkdir()

    def fake(*words: str, timeout: float = 60) -> str:
        assert timeout
        if words[:2] == ("image", "inspect"):
            return json.dumps([{"RepoTags": ["web:latest"]}])
        dockers(Path(words[2]), "web:latest")
        return ""

    monkeypatch.setattr(docker, "run", fake)
    assert local_image.take("default", "web").names == ("docker.io/library/web:latest",)


def test_drafts_of_killed_runs_are_removed(tmp_path: Path) -> None:
    """Each may have the size of all of an image's layers."""
    left = loaded.home("default") / f"{loaded.DRAFT}x"
    left.mkdir(parents=True)
    (left / "plain.tar").write_bytes(bytes(10))
    local_image.take("default", str(dockers(tmp_path / "a.tar", "web:1")))
    assert [path.name for path in loaded.home("default").iterdir() if path.name.startswith(".")] == []


def test_an_archive_without_a_record_is_removed(tmp_path: Path) -> None:
    """A full disk had room for the archive and not for its record, or Ctrl-C came between: nothing would free it."""
    left = loaded.home("default") / "0123456789abcdef.tar"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(10))
    kept = local_image.take("default", str(dockers(tmp_path / "a.tar", "web:1")))
    assert list(loaded.home("default").glob("*.tar")) == [kept.path]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_disk_that_refuses_is_not_told_as_a_damaged_archive(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive is good: making it again mends nothing. What was unpacked is gone."""
    source = dockers(tmp_path / "a.tar", "web:1")
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(source.read_bytes()))

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number), "plain.tar")

    monkeypatch.setattr(archives, "_copy", refuse)
    with pytest.raises(OSError, match=r"plain\.tar") as caught:
        local_image.take("default", str(tmp_path / "a.tar.gz"))
    assert decorator.as_lab_error(caught.value).ident == "computer-refused"
    assert list(loaded.home("default").iterdir()) == []


class Nodes:
    """Nodes that have images, some of which do not answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every node answers and has nothing."""
        self.has: dict[str, set[str]] = {machine.name: set() for machine in LAB.nodes}
        self.silent: set[str] = set()
        self.freed: set[str] = set()
        monkeypatch.setattr(ssh, "run", self.run)
        monkeypatch.setattr(ssh, "fetch", self.fetch)
        monkeypatch.setattr(providers, "boxes", lambda _: LAB.machines)
        monkeypatch.setattr(session, "refuse_absent", lambda _: LAB.machines)
        self.view = checks.View(lab=LAB, where=paths.LabPaths(name="default"), api=None)  # type: ignore[arg-type]
        self.held = session.Held(view=self.view, report=report()[0])
        monkeypatch.setattr(session, "opened", lambda *_, **__: self.held)
        monkeypatch.setattr(loading, "_refuse_own", lambda *_: None)

    def run(self, _: Any, machine: Any, command: str, **__: Any) -> str:
        """List images, or remove them."""
        if machine.name in self.silent:
            raise ssh.Unreachable(f"{machine.name}: No route to host")
        if command == node_images.LIST:
            return "\n".join(sorted(self.has[machine.name]))
        if command == node_images.IMAGES:
            rows = [{"id": f"sha256:{name}", "repoTags": [name]} for name in self.has[machine.name]]
            return json.dumps({"images": rows})
        remove, _, free = command.partition(f"; {node_images.FREE} ")
        assert remove.startswith(node_images.REMOVE)
        self.has[machine.name] -= set(remove.removeprefix(node_images.REMOVE).split())
        self.freed |= set(free.split())
        return ""

    def fetch(self, _: Any, machine: Any, command: str, *, given: Path, **__: Any) -> bytes:
        """Import an archive."""
        assert command == node_images.IMPORT
        if machine.name in self.silent:
            raise ssh.Unreachable(f"{machine.name}: No route to host")
        with archives.opened(given, given.parent) as tar:
            self.has[machine.name] |= {name for image in archives.images(tar) for name in image.names}
        return b""


def report() -> tuple[progress.Progress, io.StringIO]:
    """Return a report, and where it writes."""
    out = io.StringIO()
    return progress.Progress(progress.Style.PLAIN, out=out), out


def test_an_image_is_on_every_node_and_comes_to_one_that_is_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control plane has it too; a worker that was added gets it with `lab.up`, and nothing is sent twice."""
    nodes = Nodes(monkeypatch)
    said, out = report()
    loading.put(dataclasses.replace(nodes.held, report=said), str(dockers(tmp_path / "a.tar", "shop/web:1")), "")
    assert nodes.has == {machine.name: {NAME} for machine in LAB.nodes}
    assert f"image: {NAME}" in out.getvalue()
    nodes.has["kube-worker-02"] = set()
    said, out = report()
    node_images.give(nodes.view, said)
    assert nodes.has["kube-worker-02"] == {NAME}
    assert f"{NAME} to kube-worker-02" in out.getvalue()
    monkeypatch.setattr(ssh, "fetch", lambda *_, **__: pytest.fail("it was sent again"))
    node_images.give(nodes.view, report()[0])


def test_a_node_that_does_not_answer_harms_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab.load` says which; `lab.up` says so and tries again the next time."""
    nodes = Nodes(monkeypatch)
    nodes.silent = {"kube-worker-01"}
    with pytest.raises(errors.LabError, match="1 of 3 nodes lack the image") as failed:
        loading.put(nodes.held, str(dockers(tmp_path / "a.tar", "shop/web:1")), "")
    assert failed.value.ident == "load-failed"
    said, out = report()
    node_images.give(nodes.view, said)
    assert "kube-worker-01: No route to host; ./run lab.up tries again" in out.getvalue()
    nodes.silent = set()
    node_images.give(nodes.view, report()[0])
    assert nodes.has["kube-worker-01"] == {NAME}


def test_an_image_that_no_node_took_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The image of the same name that the nodes have stays the lab's: a worker made later has the same."""
    nodes = Nodes(monkeypatch)
    loading.put(nodes.held, str(dockers(tmp_path / "a.tar", "web:1")), "")
    before = loaded.rows("default")
    nodes.silent = {machine.name for machine in LAB.nodes}
    with pytest.raises(errors.LabError, match="3 of 3 nodes lack the image") as failed:
        loading.put(nodes.held, str(dockers(tmp_path / "b.tar", "web:1", config=CONFIG + b" ")), "")
    assert failed.value.ident == "load-failed"
    assert loaded.rows("default") == before


def test_a_lab_into_which_nothing_was_loaded_asks_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab.up` is no slower for it."""
    monkeypatch.setattr(ssh, "each", lambda *_: pytest.fail("a node was asked"))
    view = checks.View(lab=LAB, where=paths.LabPaths(name="default"), api=None)  # type: ignore[arg-type]
    node_images.give(view, report()[0])


def test_what_was_loaded_is_listed_and_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """One name goes from every node, the others stay; --all frees what an older kubelab left as well."""
    nodes = Nodes(monkeypatch)
    (cache / "loaded").mkdir(parents=True)
    (cache / "loaded/old_1.tar").write_bytes(bytes(10))
    loading.put(nodes.held, str(dockers(tmp_path / "a.tar", "web:1", "web:2")), "")
    loading.put(nodes.held, str(dockers(tmp_path / "b.tar", "db:1")), "")
    lines = "\n".join(loading.table("default"))
    for name in ("library/web:1", "library/web:2", "library/db:1", "1 copies of an older kubelab"):
        assert name in lines
    loading.remove(nodes.held.where, "web:1", report()[0], everything=False)
    assert nodes.has["kube-master-01"] == {"docker.io/library/web:2", "docker.io/library/db:1"}
    assert len(list((cache / "loaded/default").glob("*.tar"))) == 2
    loading.remove(nodes.held.where, "web:2", report()[0], everything=False)
    assert len(list((cache / "loaded/default").glob("*.tar"))) == 1
    with pytest.raises(errors.LabError) as refused:
        loading.remove(nodes.held.where, "web:2", report()[0], everything=False)
    assert (refused.value.ident, refused.value.details) == ("load-unknown", ("docker.io/library/db:1",))
    for name in ("0123456789abcdef.json", "fedcba9876543210.tar"):  # damaged, or never whole
        (cache / "loaded/default" / name).write_text("{", encoding="utf-8")
    loading.remove(nodes.held.where, "", report()[0], everything=True)
    assert not (cache / "loaded/default").exists()
    assert nodes.has == {machine.name: set() for machine in LAB.nodes}
    assert "sha256:docker.io/library/db:1" in nodes.freed
    assert list(cache.rglob("*.tar")) == []
    assert "nothing was loaded" in loading.table("default")[0]


def test_a_lab_that_is_destroyed_takes_its_copies_along() -> None:
    """They were never removed."""
    text = Path(lifecycle.__file__).read_text(encoding="utf-8")
    assert "loaded.forget(name)" in text.partition("def destroy")[2].partition("\ndef ")[0]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (["lab.load", "web.tar"], ("put", "default", "web.tar", "")),
        (["lab.load", "web.tar", "--name", "shop/web:1", "--lab", "two"], ("put", "two", "web.tar", "shop/web:1")),
        (["lab.load"], ("table", "default")),
        (["lab.unload", "web:1", "--lab", "two"], ("remove", "two", "web:1", False)),
        (["lab.unload", "--all"], ("remove", "default", "", True)),
    ],
)
def test_what_is_typed_is_what_is_done(
    typed: list[str], asked: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image may be left out, and is no word of its own."""
    done: list[tuple[Any, ...]] = []

    def table(lab: str) -> list[str]:
        done.append(("table", lab))
        return []

    def opened(name: str, **_: object) -> tuple[model.Lab, paths.LabPaths]:
        return LAB, paths.LabPaths(name=name)

    monkeypatch.setattr(session, "open_lab", opened)
    monkeypatch.setattr(session, "rendered", lambda _: None)
    monkeypatch.setattr(loading, "put", lambda held, image, name: done.append(("put", held.where.name, image, name)))
    monkeypatch.setattr(loading, "table", table)
    monkeypatch.setattr(
        loading, "remove", lambda lab, image, _, *, everything: done.append(("remove", lab.name, image, everything))
    )
    words = main.Program(namespace=copy.deepcopy(namespace.collection()), name="run", version="0")
    words.run(["run", *typed], exit=False)
    assert done == [asked]


def test_an_image_goes_with_its_last_name_only() -> None:
    """What the lab itself calls by another name stays; what has no name for people is none of ours."""
    rows = [
        {"id": "sha256:1", "repoTags": ["a:1"]},
        {"id": "sha256:2", "repoTags": ["a:2", "lab:1"]},
        {"id": "sha256:3", "repoTags": []},
        {"id": "sha256:4", "repoTags": ["a:3", "a:4"]},
    ]
    listed = json.dumps({"images": rows})
    assert node_images.nameless(listed, ["a:1", "a:2", "a:3", "a:4"]) == ["sha256:1", "sha256:4"]
    assert node_images.nameless(listed, ["a:3"]) == []
    assert node_images.nameless("{}", ["a:1"]) == []
