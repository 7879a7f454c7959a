"""Stand-ins for the images of upstream's suite, which only registries have: made here, in one archive.

All have one layer in common, Debian's programs that specs call; above it lies what is the image's own. They have
names in a registry of their own, so that no image of a lab is hidden by one: the suite is told to use that registry.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubelab import model, paths
from kubelab.components import box_image, cache_layout, image_archive, images, software_catalogue, store, tool_catalogue
from kubelab.ui import amounts, progress

NAME = "stand-ins"
REGISTRY = "stand-in.kubelab.test"
REGISTRIES = {"promoterE2eRegistry": REGISTRY, "gcEtcdRegistry": REGISTRY}
"""The registries of the suite that are replaced, by its own names for them; pause comes from the lab."""
SUITE, PROGRAMS = "conformance", "conformance-programs"
SET_USER_ID = 0o6755


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """One image: its name and tags, its programs with their paths, its small files, and how it is run."""

    name: str
    tags: tuple[str, ...]
    programs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    mode: int = 0o755
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""


def _agnhost(name: str, *tags: str, command: str = "pause", files: Mapping[str, str] | None = None) -> StandIn:
    return StandIn(
        name=name,
        tags=tags,
        programs={"agnhost": "/agnhost"},
        files=files or {},
        entrypoint=("/agnhost",),
        command=(command,),
    )


# The tags are those of `e2e.test --list-images`.
IMAGES = (
    _agnhost("agnhost", "2.66.1", "2.55"),
    _agnhost("nautilus", "1.8", command="test-webserver", files={"/data.json": '{"image": "nautilus.jpg"}\n'}),
    _agnhost("kitten", "1.8", command="test-webserver", files={"/data.json": '{"image": "kitten.jpg"}\n'}),
    StandIn(name="busybox", tags=("1.37.0-2",), command=("sh",)),
    StandIn(name="glibc-dns-testing", tags=("2.1.1",), command=("bash",)),
    StandIn(name="nginx", tags=("1.27.0-2", "1.28.0-2"), command=("nginx", "-g", "daemon off;")),
    StandIn(name="nonroot", tags=("1.5",), user="1234", command=("sh",)),
    StandIn(
        name="nonewprivs",
        tags=("1.4",),
        programs={"nonewprivs": "/usr/local/bin/nnp"},
        mode=SET_USER_ID,
        command=("nnp",),
    ),
    StandIn(name="etcd", tags=("3.7.0-0",), programs={"etcd": "/usr/local/bin/etcd"}, command=("etcd",)),
    StandIn(
        name="sample-apiserver",
        tags=("1.29.2",),
        programs={"sample-apiserver": "/sample-apiserver"},
        entrypoint=("/sample-apiserver",),
    ),
)


def references() -> tuple[str, ...]:
    """Return the names under which pods find the stand-ins."""
    return tuple(f"{REGISTRY}/{image.name}:{tag}" for image in IMAGES for tag in image.tags)


def entry(versions: model.VersionSet) -> cache_layout.Entry:
    """Return the address of the archive: it follows from the table, the programs, the Dockerfile and its base."""
    families = sorted({software_catalogue.BINARIES[name].name for name in _programs() - set(_tools())})
    programs = cache_layout.tool_entry(PROGRAMS)
    parts = [programs.digest, *(cache_layout.family_entry(versions, name).digest for name in families)]
    common = [paths.BOXES / "packages", *cache_layout.shared_files()]
    texts = [path.read_text(encoding="utf-8") for path in common]
    table = [dataclasses.asdict(image) for image in IMAGES]
    digest = cache_layout.digest_of([REGISTRY, table, parts, texts], paths.COMPONENTS / "images" / NAME)
    version = programs.version
    files = (f"{NAME}-{version}-{digest}.tar",)
    return cache_layout.Entry(
        name=NAME, version=version, digest=digest, root=cache_layout.images_root(), files=files, is_image=True
    )


def _programs() -> set[str]:
    return {program for image in IMAGES for program in image.programs}


def _tools() -> tuple[str, ...]:
    return tuple(binary.name for binary in tool_catalogue.TOOLS[PROGRAMS].binaries)


def _place(versions: model.VersionSet, program: str) -> Path:
    """Return the path of a program on this computer: one of the suite's, or of the lab's version set."""
    if program in _tools():
        return cache_layout.tool_entry(PROGRAMS).root / program
    return cache_layout.host_path(versions, program)


def ensure(versions: model.VersionSet, run: progress.Progress) -> Path:
    """Return the archive, which is made if the cache lacks it; the programs are there. Raises Docker's errors."""
    wanted = entry(versions)
    if store.state(wanted) is store.State.READY:
        return wanted.paths[0]
    title = f"image {wanted.name} {wanted.version}"
    with run.phase(title) as phase, store.lock(wanted.key, lambda who: phase.update(f"waiting for {who}")):
        if store.state(wanted) is not store.State.READY:
            with store.draft(wanted) as folder:
                store.publish(wanted, folder, _build(wanted, versions, folder, run, phase))
        phase.done(amounts.human(wanted.paths[0].stat().st_size))
    return wanted.paths[0]


def _build(
    wanted: cache_layout.Entry, versions: model.VersionSet, out: Path, run: progress.Progress, phase: progress.Phase
) -> dict[str, object]:
    begin = time.monotonic()
    base = box_image.base_image(run)
    ground = out / "ground.tar"
    images.by_docker(wanted, {}, base, ground, phase)
    rows = [content for image in IMAGES for content in _contents(image, versions, ground)]
    image_archive.write_all(out / wanted.files[0], rows)
    return {"base": base, "seconds": round(time.monotonic() - begin, 1)}


def _contents(image: StandIn, versions: model.VersionSet, ground: Path) -> list[image_archive.Content]:
    """Return an image once for each of its tags; a label keeps them apart, for a kubelet names an image by one tag."""
    own = (_program(program, path, image.mode, versions, ground.parent) for program, path in image.programs.items())
    layers = [ground, *own]
    if image.files:
        layers.append(ground.with_name(f"files-{image.name}.tar"))
        with image_archive.layer(layers[-1]) as layer:
            for path, text in image.files.items():
                layer.text(path, text)
    return [
        image_archive.Content(
            reference=f"{REGISTRY}/{image.name}:{tag}",
            layers=tuple(layers),
            config=image_archive.Config(
                entrypoint=image.entrypoint,
                command=image.command,
                user=image.user,
                labels={"kubelab.stand-in": f"{image.name}:{tag}"},
            ),
        )
        for tag in image.tags
    ]


def _program(program: str, path: str, mode: int, versions: model.VersionSet, folder: Path) -> Path:
    """Return the layer with a program, written once for all images that have it."""
    target = folder / f"program-{program}.tar"
    if not target.exists():
        with image_archive.layer(target) as layer:
            layer.program(path, _place(versions, program), mode)
    return target
