"""The licences of the shipped software: one row for each component, and every Go module linked into it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model
from kubelab.clients import program
from kubelab.components import cache_layout, pod_images, software_catalogue, store, toolchain

# How a licence's text is recognised: the first pattern that is found in it wins.
KNOWN = (
    ("MPL-2.0", r"Mozilla Public License,? [Vv]ersion 2\.0"),
    ("LGPL-3.0", r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3"),
    ("Apache-2.0", r"Apache License,?\s+Version 2\.0|www\.apache\.org/licenses/LICENSE-2\.0"),
    (
        "BSD-3-Clause",
        r"[Rr]edistributions? of source code(.|\n)*(endorse or promote|names? of .* may be used)",
    ),
    ("BSD-2-Clause", r"[Rr]edistributions? of source code"),
    ("MIT", r"Permission is hereby granted, free of charge"),
    ("ISC", r"Permission to use, copy, modify, and(/or)? distribute this software"),
    ("Unlicense", r"This is free and unencumbered software"),
    ("CC0-1.0", r"CC0 1\.0 Universal"),
)
# Modules whose text no pattern can tell: (SPDX identifier, where it says so).
STATED = {
    "github.com/projectcalico/calico/lib/std": ("Apache-2.0", "LICENSE of github.com/projectcalico/calico"),
    "github.com/termie/go-shutil": ("Python-2.0 OR MIT", "LICENSE of github.com/termie/go-shutil"),
    "github.com/xi2/xz": ("LicenseRef-public-domain", "LICENSE of github.com/xi2/xz"),
}
TEXTS = re.compile(r"^(un)?(licen[cs]e|copying)([.-].*)?$", re.IGNORECASE)
DEBIAN = "see /usr/share/doc/*/copyright in the image"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One shipped component: its licence, where the text is, and the licences of its linked modules."""

    name: str
    version: str
    spdx: str
    text: str
    linked: dict[str, str]
    """Module and version to SPDX identifier; `unknown` for a text that no pattern fits."""


def rows(versions: model.VersionSet) -> list[Row]:
    """Return a row for every family, from the built binaries, then one for each image with Debian files.

    A family of an add-on or a tool that is not built is left out. Raises `components-absent` when another is not built:
    only a binary names its linked modules.
    """
    families = {family.name: family for family in cache_layout.built(versions)}
    states = {name: store.state(cache_layout.family_entry(versions, name)) for name in families}
    ready = [family for name, family in families.items() if states[name] is store.State.READY]
    absent = [name for name, family in families.items() if family not in ready and not family.extra]
    if absent:
        raise errors.LabError("components-absent", "licences are read from what was built", details=absent)
    found = [_family_row(versions, family) for family in ready]
    for image in pod_images.IMAGES.values():
        if image.recipe is software_catalogue.Recipe.DOCKERFILE:
            version = software_catalogue.version(versions, image.component)
            spdx = "Debian packages and what is listed for its binaries"
            found.append(Row(name=f"image {image.name}", version=version, spdx=spdx, text=DEBIAN, linked={}))
    return found


def _family_row(versions: model.VersionSet, family: software_catalogue.Family) -> Row:
    version = software_catalogue.version(versions, family.name)
    entry = cache_layout.family_entry(versions, family.name)
    found = store.read(entry).get("modules") or linked(family, entry.paths)
    own = [text for name, (_, text) in found.items() if name.split()[0] == family.module]
    text = own[0] if own else f"components/{family.name}/"
    modules = {name: spdx for name, (spdx, _) in found.items()}
    return Row(name=family.name, version=version, spdx=family.spdx, text=text, linked=modules)


def linked(family: software_catalogue.Family, binaries: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """Return "module version" to (SPDX identifier, path of the text) for every module linked into the binaries.

    It is called right after a build and kept in the record: the module cache, which has the texts, may be freed.
    """
    if family.recipe not in software_catalogue.GO:
        return {}
    modules = sorted({module for path in binaries for module in modules_of(path)})
    return {f"{name} {version}": spdx_of(name, version) for name, version in modules}


def modules_of(binary: Path) -> Iterator[tuple[str, str]]:
    """Yield (module, version) of every module linked into a Go binary; a replaced one as its replacement.

    Raises `component-build` if Go cannot tell.
    """
    words = [str(toolchain.go()), "version", "-m", str(binary)]
    try:
        done = program.run(words, timeout=60)
        done.check_returncode()
    except (OSError, subprocess.SubprocessError) as problem:
        said = str(getattr(problem, "stderr", None) or problem).strip().splitlines()[-3:]
        what = f"{words[0]} does not say which modules are in {binary}"
        cause = "the file is damaged, or this Go does not run"
        remedy = "./run components.build, which makes a damaged file anew; then the same command again"
        raise errors.LabError("component-build", what, details=said, cause=cause, remedy=remedy) from problem
    lines = [line.split() for line in done.stdout.splitlines()]
    modules = [fields for fields in lines if len(fields) >= 3 and fields[0] in ("mod", "dep", "=>")]
    for fields, following in itertools.zip_longest(modules, modules[1:], fillvalue=[""]):
        replaced = following[0] == "=>" or fields[2] == "(devel)"
        if not replaced:
            yield fields[1], fields[2]


def module_folder(name: str, version: str) -> Path:
    """Return a module's path in the module cache: capitals are written as `!` and the small letter."""
    escaped = re.sub(r"[A-Z]", lambda letter: f"!{letter[0].lower()}", f"{name}@{version}")
    return toolchain.module_cache() / escaped


def spdx_of(name: str, version: str) -> tuple[str, str]:
    """Return (SPDX identifier, path of the text within the module cache) of a module."""
    if name in STATED:
        return STATED[name]
    folder = module_folder(name, version)
    if not folder.is_dir():
        return "unknown", ""
    for path in sorted(folder.iterdir()):
        if path.is_file() and TEXTS.match(path.name):
            return classify(path.read_text(encoding="utf-8", errors="replace")), str(
                path.relative_to(toolchain.module_cache())
            )
    return "unknown", ""


def classify(text: str) -> str:
    """Return the SPDX identifier of a licence's text."""
    for spdx, pattern in KNOWN:
        if re.search(pattern, text):
            return spdx
    return "unknown"


def summary(row: Row) -> str:
    """Return the number of linked modules for each licence: `Apache-2.0 40, MIT 12`."""
    count: dict[str, int] = {}
    for spdx in row.linked.values():
        count[spdx] = count.get(spdx, 0) + 1
    return ", ".join(f"{spdx} {many}" for spdx, many in sorted(count.items(), key=lambda pair: -pair[1]))


def known(found: list[Row]) -> bool:
    """Return whether the licence of every linked module was recognised."""
    return all(spdx != "unknown" for row in found for spdx in row.linked.values())


def document(found: list[Row]) -> str:
    """Return the rows as one JSON document with every linked module."""
    return json.dumps([dataclasses.asdict(row) for row in found], indent=1) + "\n"


def table(found: list[Row]) -> str:
    """Return the rows as text: a line for the component, one for its linked modules."""
    lines = []
    for row in found:
        lines.append(f"{row.name} {row.version}: {row.spdx} ({row.text})")
        if row.linked:
            lines.append(f"    with {len(row.linked)} modules: {summary(row)}")
    return "\n".join([*lines, ""])
