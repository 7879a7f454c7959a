"""Makes pod images: from static binaries alone, or by a Dockerfile on the lab's own Debian base."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

from kubelab import model, paths
from kubelab.clients import docker
from kubelab.components import box_image, cache_layout, compiling, image_archive, pod_images, software_catalogue, store
from kubelab.ui import amounts, progress

USERS = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
GROUPS = "root:x:0:\nnonroot:x:65532:\n"
STAGE = "kubelab.stage"
"""The label of everything that a build leaves in Docker, so that it can be removed: only the archive is kept."""
PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def build(
    image: pod_images.Image,
    versions: model.VersionSet,
    out: Path,
    run: progress.Progress,
    phase: progress.Phase,
) -> dict[str, object]:
    """Make the image's archive in `out`; return facts for the record."""
    begin = time.monotonic()
    target = out / cache_layout.image_entry(versions, image.name).files[0]
    facts: dict[str, object] = {"reference": image.reference(versions)}
    layer_file = out / "layer.tar"
    if image.recipe is software_catalogue.Recipe.DOCKERFILE:
        base = box_image.base_image(run)
        facts["base"] = base
        config = _from_dockerfile(image, versions, base, layer_file, phase)
    else:
        config = _from_binaries(image, versions, layer_file)
    image_archive.write(target, layer_file, image.reference(versions), config)
    return {**facts, "seconds": round(time.monotonic() - begin, 1)}


def _from_binaries(image: pod_images.Image, versions: model.VersionSet, layer_file: Path) -> image_archive.Config:
    with image_archive.layer(layer_file) as layer:
        for path, content in {"/etc/passwd": USERS, "/etc/group": GROUPS, **image.files}.items():
            layer.text(path, content)
        for path in image.folders:
            layer.folder(path, 0o1777)
        for program, path in image.programs.items():
            layer.program(path, cache_layout.host_path(versions, program))
    return image_archive.Config(entrypoint=image.entrypoint, user=image.user)


def _from_dockerfile(
    image: pod_images.Image, versions: model.VersionSet, base: str, layer_file: Path, phase: progress.Phase
) -> image_archive.Config:
    entry = cache_layout.image_entry(versions, image.name)
    programs = {program: cache_layout.host_path(versions, program) for program in image.programs}
    return by_docker(entry, programs, base, layer_file, phase)


def by_docker(
    entry: cache_layout.Entry, programs: Mapping[str, Path], base: str, layer_file: Path, phase: progress.Phase
) -> image_archive.Config:
    """Build `components/images/<name>/` on `base`, and write its file system as one layer; return its configuration.

    The Dockerfile finds the programs under bin/.
    """
    log = compiling.fresh_log(f"image-{entry.name}")
    context = layer_file.parent / "context"
    _context(entry.name, programs, context, log)
    tag = f"kubelab-build/{entry.name}:{entry.digest}"
    words = ["docker", "build", "--build-arg", f"BASE={base}", "--build-arg", f"VERSION={entry.version}"]
    for proxy in PROXIES:
        if proxy in os.environ:
            words += ["--build-arg", proxy]
    command = compiling.Command(words=[*words, "-t", tag, str(context)], folder=context, env={}, log=log)
    with store.lock("docker-build", lambda who: phase.update(f"waiting for {who}")):
        try:
            for _ in compiling.watch(command):
                phase.update(f"docker build, {amounts.clock(phase.seconds)}")
            return _flatten(tag, layer_file)
        finally:
            docker.run("image", "prune", "--all", "--force", "--filter", f"label={STAGE}")


def _context(name: str, programs: Mapping[str, Path], context: Path, log: Path) -> None:
    context.mkdir()
    for path in cache_layout.shared_files():
        shutil.copy(path, context)
    shutil.copytree(paths.COMPONENTS / "images" / name, context, dirs_exist_ok=True)
    dockerfile = context / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8")
    dockerfile.write_text(re.sub(r"(?m)^FROM .*$", rf"\g<0>\nLABEL {STAGE}=yes", text), encoding="utf-8")
    folder = context / "bin"
    folder.mkdir()
    for program, place in programs.items():
        shutil.copy(place, folder / program)
    script = context / "prepare.sh"
    if script.exists():
        words = ["bash", str(script), str(context)]
        env = {"PYTHON": sys.executable}
        command = compiling.Command(words=words, folder=context, env=env, log=log)
        for _ in compiling.watch(command):
            pass


def _flatten(tag: str, layer_file: Path) -> image_archive.Config:
    """Write the image's whole file system as one layer: files that later lines of a Dockerfile remove are then gone."""
    found = json.loads(docker.run("image", "inspect", tag))[0]["Config"]
    container = docker.run("create", tag, "/none").strip()
    exported = layer_file.with_name("exported.tar")
    try:
        docker.run("export", "--output", str(exported), container, timeout=300)
    finally:
        docker.run("rm", container)
    with tarfile.open(exported) as source, image_archive.layer(layer_file) as layer:
        layer.copy(source)
    exported.unlink()
    return image_archive.Config(
        entrypoint=tuple(found.get("Entrypoint") or ()),
        command=tuple(found.get("Cmd") or ()),
        user=found.get("User") or "",
        workdir=found.get("WorkingDir") or "/",
        env=tuple(found.get("Env") or (f"PATH={pod_images.PATH}",)),
    )
