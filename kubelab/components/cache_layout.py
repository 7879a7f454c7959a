"""The addresses of software in the cache, and the paths under which boxes see it.

Pure: reads components/ and nothing outside the checkout. An address follows from what determines the content. The Go
version is no part of it: a newer toolchain makes no stale binary; the record beside the binaries names the one used.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.components import pod_images, software_catalogue, tool_catalogue

LAYOUT = 1
"""Raised when a change of the build changes its result."""
BOX_COMPONENTS = "/opt/kubelab/components"
BOX_IMAGES = "/opt/kubelab/images"
BOX_STORES = f"{BOX_IMAGES}/stores"
RECORD = "complete.json"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One address in the cache: the folder, its files, and the record that exists once all of them do.

    A family has a folder of its own; pod images share one, each with its record beside it.
    """

    name: str
    version: str
    digest: str
    root: Path
    files: tuple[str, ...]
    is_image: bool

    @property
    def key(self) -> str:
        """Return the name of its build lock: a family and an image may have the same name."""
        return f"image-{self.name}" if self.is_image else self.name

    @property
    def record(self) -> Path:
        """Return the path of the record."""
        return self.root / (Path(self.files[0]).with_suffix(".json") if self.is_image else RECORD)

    @property
    def home(self) -> Path:
        """Return the folder of its drafts: on the same file system, so that renaming is atomic."""
        return self.root if self.is_image else self.root.parent

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the full path of every file."""
        return tuple(self.root / name for name in self.files)


class Version(str):
    """A version in the forms of linker stamps: whole, or `{kubernetes.major}` and `{kubernetes.minor}`."""

    __slots__ = ()

    @property
    def major(self) -> str:
        """Return the part before the first dot."""
        return self.split(".")[0]

    @property
    def minor(self) -> str:
        """Return the part between the first and the second dot."""
        return self.split(".")[1]


def components_root() -> Path:
    """Return the folder that boxes see as /opt/kubelab/components."""
    return paths.cache() / "components"


def images_root() -> Path:
    """Return the folder that boxes see as /opt/kubelab/images."""
    return paths.cache() / "images"


def stores_root() -> Path:
    """Return the folder of the image stores; boxes see it below that of the images."""
    return images_root() / "stores"


def linker_flags(family: software_catalogue.Family, versions: model.VersionSet) -> str:
    """Return the value of `-ldflags`: strip, static where asked, and the version stamps."""
    values = {name: Version(text) for name, text in versions.components.items()}
    try:
        stamps = [f"-X {name}={text.format_map(values)}" for name, text in family.stamps.items()]
    except KeyError as missing:
        software_catalogue.version(versions, str(missing.args[0]))
        raise
    return " ".join([*family.linker, *stamps])


def sources(folder: Path) -> Iterator[Path]:
    """Yield every file of a component's folder, in order, without tests and editors' leftovers."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and not path.name.endswith("_test.go"):
            yield path


def digest_of(recipe: object, *folders: Path) -> str:
    """Return twelve hex digits that follow from a recipe and from the sources in some folders."""
    whole = hashlib.sha256(json.dumps([LAYOUT, recipe], sort_keys=True).encode())
    for folder in folders:
        for path in sources(folder):
            content = path.read_bytes()
            whole.update(f"\n{path.relative_to(folder)} {path.stat().st_mode & 0o100:o} {len(content)}\n".encode())
            whole.update(content)
    return whole.hexdigest()[:12]


def family_entry(versions: model.VersionSet, name: str) -> Entry:
    """Return the address of a family of this version set."""
    return _entry(software_catalogue.in_set(name, versions), versions)


def tool_entry(name: str) -> Entry:
    """Return the address of a tool."""
    family = tool_catalogue.TOOLS[name]
    return _entry(family, tool_versions(family))


def tool_versions(family: software_catalogue.Family) -> model.VersionSet:
    """Return the version of a tool's module, which its go.mod decides, as a set of versions."""
    version = pinned(family)
    return model.VersionSet(name=family.name, components={family.name: version, family.source: version})


def _entry(family: software_catalogue.Family, versions: model.VersionSet) -> Entry:
    name = family.name
    version = software_catalogue.version(versions, name)
    flags = linker_flags(family, versions)
    names = sorted((binary.built, binary.name) for binary in family.binaries)
    recipe = [family.recipe, version, family.target, family.cgo, family.tags, flags, names]
    digest = digest_of(recipe, family.folder)
    root = components_root() / f"{name}-{version}-{digest}"
    files = tuple(binary.name for binary in family.binaries)
    return Entry(name=name, version=version, digest=digest, root=root, files=files, is_image=False)


def shared_files() -> tuple[Path, ...]:
    """Return the files that every Dockerfile has in its build context: those directly under components/images/."""
    return tuple(path for path in sorted((paths.COMPONENTS / "images").glob("[!.]*")) if path.is_file())


def families_of(image: pod_images.Image) -> tuple[str, ...]:
    """Return the families whose binaries are in an image."""
    return tuple(sorted({software_catalogue.BINARIES[program].name for program in image.programs}))


def image_entry(versions: model.VersionSet, name: str) -> Entry:
    """Return the address of a pod image: it follows from its families and, with a Dockerfile, from the base's
    packages."""
    image = pod_images.IMAGES[name]
    version = software_catalogue.version(versions, image.component)
    content = dataclasses.asdict(dataclasses.replace(image, kinds=(), files=dict(image.files)))
    del content["addon"]  # who imports it changes nothing in it
    parts = [family_entry(versions, family).digest for family in families_of(image)]
    recipe = [content, image.reference(versions), parts]
    folders: tuple[Path, ...] = ()
    if image.recipe is software_catalogue.Recipe.DOCKERFILE:
        common = [paths.BOXES / "packages", *shared_files()]
        recipe.append([path.read_text(encoding="utf-8") for path in common])
        folders = (paths.COMPONENTS / "images" / name,)
    digest = digest_of(recipe, *folders)
    files = (f"{name}-{image.prefix}{version}-{digest}.tar",)
    return Entry(name=name, version=version, digest=digest, root=images_root(), files=files, is_image=True)


def host_path(versions: model.VersionSet, binary: str) -> Path:
    """Return the path of a program of the set on this computer (it may not be built yet)."""
    return family_entry(versions, software_catalogue.BINARIES[binary].name).root / binary


def software(versions: model.VersionSet, names: Sequence[str] = pod_images.USUAL) -> model.SoftwarePaths:
    """Return the boxes' paths of every program of the set and of the named pod images."""
    entries = {family.name: family_entry(versions, family.name) for family in built(versions)}
    binaries = {
        name: f"{BOX_COMPONENTS}/{entries[family.name].root.name}/{name}"
        for name, family in software_catalogue.BINARIES.items()
        if family.name in entries
    }
    images = {
        name: model.PodImage(
            reference=pod_images.IMAGES[name].reference(versions),
            archive=f"{BOX_IMAGES}/{image_entry(versions, name).files[0]}",
        )
        for name in names
    }
    stores = {
        kind: f"{BOX_STORES}/{store_name(versions, kind.value, pod_images.images_for_kind(kind))}"
        for kind in software_catalogue.NODES
    }
    return model.SoftwarePaths(binaries=binaries, images=images, stores=stores)


def store_name(versions: model.VersionSet, label: str, names: Sequence[str]) -> str:
    """Return the name of an image store: it follows from containerd, the images and their order."""
    images = [image_entry(versions, name).files for name in names]
    script = (paths.PROVISION / "make-image-store.sh").read_text(encoding="utf-8")
    return f"{label}-{digest_of([family_entry(versions, 'containerd').digest, images, script])}"


def built(versions: model.VersionSet) -> list[software_catalogue.Family]:
    """Return the families of a set; one of an older kubelab may lack those of add-ons and tools."""
    families = software_catalogue.FAMILIES.values()
    return [family for family in families if not family.extra or family.name in versions.components]


def check_pins(versions: model.VersionSet) -> None:
    """Refuse a set with a version that the family's go.mod does not build."""
    wrong = []
    for family in built(versions):
        wanted = software_catalogue.version(versions, family.name)
        source = software_catalogue.in_set(family.name, versions)
        found = pinned(source)
        if found and found != wanted:
            wrong.append(
                f"{family.name}: the set wants {wanted}, components/{source.folder.name}/go.mod builds {found}"
            )
    if wrong:
        raise errors.LabError("component-pin", f"version set {versions.name} cannot be built", details=wrong)


def pinned(family: software_catalogue.Family) -> str:
    """Return the version that the family's go.mod builds, without the v; empty for an unpinned one."""
    if not family.module or not family.pinned:
        return ""
    text = (family.folder / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^(?:require)?\s+{re.escape(family.module)} v(\S+)", text, re.MULTILINE)
    return found[1] if found else "nothing"
