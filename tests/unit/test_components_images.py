"""Images with a Dockerfile: Docker's input, the result taken from it, and that nothing stays in Docker."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import components_data
import pytest

from kubelab import components, errors, paths
from kubelab.clients import docker
from kubelab.components import (
    box_image,
    cache_layout,
    compiling,
    inventory,
    licences,
    software_catalogue,
    stand_ins,
)
from kubelab.ui import progress

VERSIONS = components_data.versions()


class FakeDocker:
    """Knows the few calls that making an image needs and refuses every other."""

    def __init__(self) -> None:
        """Remember the calls, and the build context as it was when Docker saw it."""
        self.calls: list[tuple[str, ...]] = []
        self.context: dict[str, str] = {}

    def build(self, command: compiling.Command) -> Iterator[str]:
        """Stand in for the compiler's watcher: `docker build` and the image's own prepare.sh."""
        words = [str(word) for word in command.words]
        if words[0] == "bash":
            subprocess.run(words, cwd=command.folder, check=True)
            return
        assert words[:2] == ["docker", "build"]
        self.calls.append(tuple(words))
        folder = Path(words[-1])
        for path in folder.rglob("*"):
            if path.is_file():
                self.context[str(path.relative_to(folder))] = path.read_text(errors="replace")
        yield "Step 1"

    def run(self, *words: str, timeout: float = 60) -> str:
        """Stand in for the door to Docker."""
        assert timeout
        self.calls.append(words)
        match words:
            case ("image", "inspect", _):
                return json.dumps([{"Config": {"Cmd": ["redis-server"], "User": "999:999", "WorkingDir": "/data"}}])
            case ("create", _, "/none"):
                return "container1\n"
            case ("export", "--output", target, "container1"):
                with tarfile.open(target, "w") as tar:
                    tar.addfile(tarfile.TarInfo("usr/bin/redis-server"))
                return ""
            case ("rm", "container1") | ("image", "prune", "--all", "--force", "--filter", "label=kubelab.stage"):
                return ""
        raise AssertionError(f"the fake Docker does not know {words}")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """Put a fake Docker, a base image's name, two Dockerfiles and an empty cache in place."""
    fake = FakeDocker()
    sources = tmp_path / "components"
    for name in ("redis", "web-view", "stand-ins"):
        (sources / "images" / name).mkdir(parents=True)
        text = "ARG BASE\nFROM ${BASE} AS tools\nRUN true\nFROM scratch\nCOPY bin/ /\n"
        (sources / "images" / name / "Dockerfile").write_text(text)
    (sources / "images" / "collect").write_text("shared by all")
    (sources / "images" / "web-view" / "prepare.sh").write_text('mkdir "$1/wheels"; echo wheel > "$1/wheels/one"\n')
    for family in paths.COMPONENTS.glob("*/go.mod"):
        (sources / family.parent.name).mkdir()
        (sources / family.parent.name / "go.mod").write_text(family.read_text())
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "COMPONENTS", sources)
    monkeypatch.setattr(docker, "run", fake.run)
    monkeypatch.setattr(compiling, "watch", fake.build)
    monkeypatch.setattr(box_image, "base_image", lambda _: "kubelab/base:0123")
    return fake


def run() -> progress.Progress:
    """Return progress that nobody reads."""
    return progress.Progress(progress.Style.JSON, out=io.StringIO())


def test_docker_gets_the_base_the_version_and_the_shared_files(engine: FakeDocker) -> None:
    """BASE and VERSION are build arguments; the image's folder and what all images share are the context."""
    components.ensure(VERSIONS, run(), ["redis"])
    build = " ".join(engine.calls[0])
    assert "--build-arg BASE=kubelab/base:0123" in build
    assert "--build-arg VERSION=8.0.2" in build
    assert engine.context["collect"] == "shared by all"


def test_every_stage_is_labelled_and_removed_afterwards(engine: FakeDocker) -> None:
    """Docker keeps no image, stage or container of a build: the archive in the cache is all that counts."""
    components.ensure(VERSIONS, run(), ["redis"])
    assert engine.context["Dockerfile"].count("LABEL kubelab.stage=yes") == 2
    assert ("rm", "container1") in engine.calls
    assert engine.calls[-1][:2] == ("image", "prune")


def test_an_image_keeps_what_its_dockerfile_says_of_running_it(engine: FakeDocker) -> None:
    """User, folder and command survive; the reference is the usual one."""
    assert components.ensure(VERSIONS, run(), ["redis"]) == 1
    assert engine.calls
    with tarfile.open(cache_layout.image_entry(VERSIONS, "redis").paths[0]) as tar:
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())[0]
        config = json.load(tar.extractfile(manifest["Config"]) or io.BytesIO())["config"]
    assert manifest["RepoTags"] == ["docker.io/library/redis:8.0.2"]
    assert (config["Cmd"], config["User"], config["WorkingDir"]) == (["redis-server"], "999:999", "/data")


def test_prepare_sh_puts_more_into_the_context(engine: FakeDocker) -> None:
    """The web UI's wheels are fetched on this computer before Docker builds."""
    components.ensure(VERSIONS, run(), ["web-view"])
    assert engine.context["wheels/one"] == "wheel\n"


def test_a_changed_shared_file_changes_every_dockerfile_image(engine: FakeDocker) -> None:
    """`collect` decides what is in redis: its address follows it, a static image's does not."""
    assert not engine.calls
    before = cache_layout.image_entry(VERSIONS, "redis"), cache_layout.image_entry(VERSIONS, "coredns")
    (paths.COMPONENTS / "images" / "collect").write_text("changed")
    after = cache_layout.image_entry(VERSIONS, "redis"), cache_layout.image_entry(VERSIONS, "coredns")
    assert before[0].digest != after[0].digest
    assert before[1] == after[1]


def test_stand_ins_have_one_ground_and_their_own_programs(engine: FakeDocker) -> None:
    """Docker makes the ground once; each tag is an image of its own, and a second run makes nothing."""
    for program, family in software_catalogue.BINARIES.items():
        place(cache_layout.family_entry(VERSIONS, family.name).root / program)
    for program in ("nonewprivs", "sample-apiserver"):
        place(cache_layout.tool_entry(stand_ins.PROGRAMS).root / program)
    archive = stand_ins.ensure(VERSIONS, run())
    assert [call[:2] for call in engine.calls].count(("docker", "build")) == 1
    with tarfile.open(archive) as tar:
        rows = json.load(tar.extractfile("manifest.json") or io.BytesIO())
        modes: dict[str, int] = {}
        for name in (name for name in tar.getnames() if "/" in name):
            with tarfile.open(fileobj=tar.extractfile(name)) as layer:
                modes |= {member.name: member.mode for member in layer if member.isfile()}
    assert [tag for row in rows for tag in row["RepoTags"]] == list(stand_ins.references())
    assert len({row["Config"] for row in rows}) == len(rows)
    assert len({row["Layers"][0] for row in rows}) == 1
    assert modes["usr/local/bin/nnp"] == 0o6755
    assert modes["agnhost"] == modes["usr/local/bin/etcd"] == 0o755
    before = list(engine.calls)
    assert stand_ins.ensure(VERSIONS, run()) == archive
    assert engine.calls == before
    assert archive not in inventory.stale([VERSIONS])


def place(path: Path) -> None:
    """Put a program into the cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF")


def test_linked_modules_are_read_from_the_binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replaced module counts as what replaced it; the family's own go.mod is no module of anybody's."""
    go = tmp_path / "go"
    go.write_text(
        "#!/bin/sh\n"
        '[ "$1" = version ] && [ "$2" != -m ] && echo go version go1.26.8 linux/amd64 && exit\n'
        "printf '%s\\n' 'x: go1.26.8' 'path\tk8s.io/kubernetes/cmd/kubelet' "
        "'mod\tk8s.io/kubernetes\tv1.37.1\th1:a' 'dep\tk8s.io/api\tv0.0.0' '=>\tk8s.io/api\tv0.37.1\th1:b' "
        "'dep\tgithub.com/one/two\tv1.0.0\th1:c' 'dep\tkubelab.local/x\t(devel)' 'build\t-trimpath=true'\n"
    )
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = list(licences.modules_of(tmp_path / "kubelet"))
    assert found == [("k8s.io/kubernetes", "v1.37.1"), ("k8s.io/api", "v0.37.1"), ("github.com/one/two", "v1.0.0")]


def test_a_go_that_cannot_tell_is_an_error_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged binary, or a Go that ends badly: which file, what was said, what to type; never a traceback."""
    go = tmp_path / "go"
    go.write_text('#!/bin/sh\n[ "$2" != -m ] && echo go1.26.8 && exit\necho "no Go" >&2; exit 1\n')
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(errors.LabError) as caught:
        list(licences.modules_of(tmp_path / "kubelet"))
    assert (caught.value.ident, caught.value.details) == ("component-build", ("no Go",))
    assert "kubelet" in caught.value.what


def test_an_unknown_licence_is_no_silent_one() -> None:
    """One linked module whose text nobody recognises makes the whole list fail."""
    good = licences.Row(name="a", version="1", spdx="MIT", text="x", linked={"b v1": "MIT"})
    bad = licences.Row(name="a", version="1", spdx="MIT", text="x", linked={"b v1": "MIT", "c v1": "unknown"})
    assert licences.known([good])
    assert not licences.known([good, bad])
    assert "MIT 1, unknown 1" in licences.table([bad])
