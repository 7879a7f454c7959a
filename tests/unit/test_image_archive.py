"""Archives of pod images: the files in them, the files left out, and the archives that lab.load accepts."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from kubelab.components import image_archive, licences, local_image


def whole(tmp_path: Path) -> Path:
    """Return an archive with one program, one text and one folder."""
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o700)
    layer_file, target = tmp_path / "layer.tar", tmp_path / "image.tar"
    with image_archive.layer(layer_file) as layer:
        layer.text("/etc/passwd", "root:x:0:0::/:/none\n")
        layer.folder("/status", 0o1777)
        layer.program("/usr/bin/program", program)
    config = image_archive.Config(entrypoint=("/usr/bin/program",), user="999")
    image_archive.write(target, layer_file, "example.org/program:v1", config)
    return target


def test_the_manifest_names_the_image_and_the_config_its_layer(tmp_path: Path) -> None:
    """Reference, entry point and user are where a container runtime reads them; the layer's digest is right."""
    with tarfile.open(whole(tmp_path)) as tar:
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())[0]
        config = json.load(tar.extractfile(manifest["Config"]) or io.BytesIO())
        layer = (tar.extractfile(manifest["Layers"][0]) or io.BytesIO()).read()
    assert manifest["RepoTags"] == ["example.org/program:v1"]
    assert config["config"]["Entrypoint"] == ["/usr/bin/program"]
    assert config["config"]["User"] == "999"
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]


def test_a_layer_of_several_images_is_in_their_archive_once(tmp_path: Path) -> None:
    """Each image has its own reference and configuration, and its layers from the lowest up; digests are right."""
    layers = [tmp_path / "ground.tar", tmp_path / "own.tar"]
    for number, path in enumerate(layers):
        with image_archive.layer(path) as layer:
            layer.text("/etc/number", str(number))
    rows = [
        image_archive.Content(
            reference=f"example.org/{name}:1", layers=tuple(own), config=image_archive.Config(command=(name,))
        )
        for name, own in (("one", layers[:1]), ("two", layers))
    ]
    image_archive.write_all(tmp_path / "all.tar", rows)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in layers]
    with tarfile.open(tmp_path / "all.tar") as tar:
        one, two = json.load(tar.extractfile("manifest.json") or io.BytesIO())
        config = json.load(tar.extractfile(two["Config"]) or io.BytesIO())
        assert sum(name.endswith("layer.tar") for name in tar.getnames()) == 2
    assert (one["RepoTags"], two["RepoTags"]) == (["example.org/one:1"], ["example.org/two:1"])
    assert one["Layers"] == two["Layers"][:1] == [f"{digests[0]}/layer.tar"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}" for digest in digests]
    assert len(config["history"]) == 2


def test_a_layer_has_each_folder_once_and_programs_everybody_may_run(tmp_path: Path) -> None:
    """Parents come before children, modes are the image's own and not the umask's, all is of 1970 and root's."""
    whole(tmp_path)
    with tarfile.open(tmp_path / "layer.tar") as tar:
        entries = tar.getmembers()
    names = [entry.name for entry in entries]
    assert names == ["etc", "etc/passwd", "status", "usr", "usr/bin", "usr/bin/program"]
    modes = {entry.name: entry.mode for entry in entries}
    assert modes["usr/bin/program"] == 0o755
    assert modes["status"] == 0o1777
    assert {(entry.mtime, entry.uid, entry.gid) for entry in entries} == {(0, 0, 0)}


def test_a_copied_layer_keeps_links_and_licences_and_drops_the_rest(tmp_path: Path) -> None:
    """Package lists, manuals and logs are not carried to every node; copyright files are."""
    kept = ["usr/share/doc/redis/copyright", "usr/bin/redis", "etc/hosts", "tmp"]
    dropped = [".dockerenv", "var/lib/apt/lists/x", "usr/share/man/man1/x", "usr/share/doc/redis/README", "tmp/x"]
    source = tmp_path / "exported.tar"
    with tarfile.open(source, "w") as tar:
        for name in [*kept, *dropped]:
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.uname = 12345, "builder"
            tar.addfile(entry)
        link = tarfile.TarInfo("usr/bin/redis-cli")
        link.type, link.linkname = tarfile.SYMTYPE, "redis"
        tar.addfile(link)
    with tarfile.open(source) as exported, image_archive.layer(tmp_path / "layer.tar") as layer:
        layer.copy(exported)
    with tarfile.open(tmp_path / "layer.tar") as tar:
        entries = tar.getmembers()
    assert [entry.name for entry in entries] == [*kept, "usr/bin/redis-cli"]
    assert entries[-1].linkname == "redis"
    assert {(entry.mtime, entry.uname) for entry in entries} == {(0, "")}


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("redis:8", "docker.io/library/redis:8"),
        ("kubelab/guestbook:1", "docker.io/kubelab/guestbook:1"),
        ("quay.io/x/y:1", "quay.io/x/y:1"),
        ("localhost:5000/y:1", "localhost:5000/y:1"),
        ("localhost:5000/y", "localhost:5000/y:latest"),
        ("redis", "docker.io/library/redis:latest"),
    ],
)
def test_a_short_name_is_made_whole_as_the_runtime_does(short: str, full: str) -> None:
    """A box knows an image by its whole name; a person may type the short one."""
    assert local_image.normal(short) == full


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("   Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        ("Permission is hereby granted, free of charge, to any person", "MIT"),
        ("Redistributions of source code must\n… to endorse or promote products", "BSD-3-Clause"),
        ("Redistributions of source code must retain", "BSD-2-Clause"),
        ("Mozilla Public License, version 2.0\n", "MPL-2.0"),
        ("Mozilla Public License Version 2.0\n", "MPL-2.0"),
        ("All rights reserved.", "unknown"),
    ],
)  # fmt: skip
def test_a_licence_is_told_by_its_text(text: str, spdx: str) -> None:
    """What no pattern fits is called unknown, not guessed."""
    assert licences.classify(text) == spdx


def test_capitals_in_a_module_are_escaped_as_go_does() -> None:
    """github.com/BurntSushi/toml is kept under github.com/!burnt!sushi/toml."""
    folder = licences.module_folder("github.com/BurntSushi/toml", "v1.6.0")
    assert str(folder).endswith("go/mod/github.com/!burnt!sushi/toml@v1.6.0")
