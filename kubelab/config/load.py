"""Turns a lab file into a lab: strictly, and all problems are reported at once, each with its place and line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.config import other_labs, rules, schema, strict, yaml_reader
from kubelab.files import bounded

Spec = schema.Spec
"""A lab file that has the right shape and breaks no rule."""
STEM = re.compile(r"\w[\w.-]{0,99}")
COMPONENT = re.compile(r"[a-z][a-z0-9-]*")
VERSION = re.compile(r"\d[0-9A-Za-z.+-]{0,39}")


def names() -> tuple[str, ...]:
    """Return the names of all labs: the files under labs/."""
    return tuple(sorted(path.stem for path in paths.LABS.glob("*.yaml") if path.is_file()))


def load(name: str | Path, network: IPv4Network | Callable[[Spec], IPv4Network]) -> model.Lab:
    """Return the lab of a file, in the given network or in the one that `network` finds for its spec."""
    spec = read(name)
    return lab(spec, network(spec) if callable(network) else network)


def read(name: str | Path) -> Spec:
    """Return the spec of a lab file: of that name under labs/, or at a path.

    Raises `lab-file-missing`, or `lab-file-invalid` with every problem of the file.
    """
    path = name if isinstance(name, Path) else paths.LABS / f"{name}.yaml"
    label = str(path) if isinstance(name, Path) else f"labs/{name}.yaml"
    # What reaches elsewhere ("../x") is no name.
    if (isinstance(name, str) and not STEM.fullmatch(name)) or not path.is_file():
        what = f"there is no lab {yaml_reader.shown(name)}{strict.did_you_mean(name, names())}"
        raise errors.LabError("lab-file-missing", what, details=[f"labs: {', '.join(names())}"])
    return parse(path.stem, _content(path, label), label, beside=path.absolute().parent)


def digest(name: str) -> str:
    """Return the version of a lab file, 12 digits, of its values: comments and layout do not count; "" without one."""
    path, label = paths.LABS / f"{name}.yaml", f"labs/{name}.yaml"
    if not path.is_file():
        return ""
    values = yaml_reader.read(_content(path, label), label).values
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:12]


def parse(name: str, content: bytes, file: str, beside: Path | None = None) -> Spec:
    """Return the spec of a lab file's text; `file` names it in errors. Raises as `read` does.

    Other labs' files in the folder `beside` may have taken names of machines.
    """
    text = yaml_reader.read(content, file)
    spec, flaws = schema.shape(name, text.values)
    flaws += rules.flaws(rules.Draft(spec=spec, given=spec.network.machines))
    flaws += other_labs.flaws(spec, beside) if beside == paths.LABS else ()
    if spec.versions not in _version_sets():
        flaws.append(yaml_reader.Flaw(place=("versions",), message=_no_version_set(spec.versions)))
    if text.flaws or flaws:
        raise yaml_reader.invalid(file, yaml_reader.problems([*text.flaws, *flaws], text))
    return spec


def lab(spec: Spec, network: IPv4Network) -> model.Lab:
    """Return the lab of a spec in a given network.

    Raises `lab-file-invalid` if the lab does not fit into it, and as `versions` does.
    """
    draft = rules.Draft(spec=spec, given=network)
    flaws = rules.flaws(draft)
    if flaws:
        raise yaml_reader.invalid(f"lab {spec.name} in {network}", yaml_reader.problems(flaws, yaml_reader.Text()))
    pods, services, domain = spec.network.pods, spec.network.services, spec.network.domain
    return model.Lab(
        name=spec.name,
        provider=spec.provider,
        versions=versions(spec.versions),
        network=model.Network(machines=network, pods=pods, services=services, domain=domain),
        machines=draft.machines,
        addons=tuple(addon for addon in model.Addon if addon in spec.chosen_addons),
        tools=tuple(tool for tool in model.Tool if tool in spec.tools),
        dashboard=spec.dashboard or model.Dashboard.WEB_VIEW,
        driver=spec.driver or model.Driver.KVM,
        stock=stock(spec.box),
    )


def stock(box: schema.BoxSpec | None) -> model.StockBox | None:
    """Return the box of the section `box`; None for a lab without it."""
    return model.StockBox(system=box.system, name=box.name, url=box.url) if box else None


def versions(name: str) -> model.VersionSet:
    """Return a version set: component to version, the file's section `components`.

    Raises `versions-unknown`, which lists the existing sets, or `lab-file-invalid`.
    """
    known = _version_sets()
    if name not in known:
        details = [f"version sets: {', '.join(known)}"]
        raise errors.LabError("versions-unknown", _no_version_set(name), details=details)
    file = f"labs/versions/{name}.yaml"
    text = yaml_reader.read(_content(paths.VERSIONS / f"{name}.yaml", file), file)
    flaws = [*text.flaws, *_version_flaws(text)]
    if flaws:
        raise yaml_reader.invalid(file, yaml_reader.problems(flaws, text))
    return model.VersionSet(name=name, components=text.values["components"])


def _version_flaws(text: yaml_reader.Text) -> list[yaml_reader.Flaw]:
    """Return the problems of a mapping of components to versions."""
    flaws = [yaml_reader.Flaw(place=(key,), message="unknown key") for key in text.values if key != "components"]
    components = text.values.get("components")
    if not isinstance(components, dict) or not components:
        wanted = "must be a mapping of component to version"
        return [*flaws, yaml_reader.Flaw(place=("components",), message=wanted)]
    for key, value in components.items():
        place: yaml_reader.Place = ("components", key)
        if not COMPONENT.fullmatch(key):
            flaws.append(yaml_reader.Flaw(place=place, message="a component has small letters, digits and dashes"))
        if not isinstance(value, str):
            flaws.append(yaml_reader.Flaw(place=place, message="write the version as text: put it in quotes"))
        elif not VERSION.fullmatch(value):
            flaws.append(
                yaml_reader.Flaw(place=place, message=f"{yaml_reader.shown(value)} is no version such as 1.37.1")
            )
    return flaws


def _version_sets() -> list[str]:
    return sorted(path.stem for path in paths.VERSIONS.glob("*.yaml"))


def _no_version_set(name: str) -> str:
    known = _version_sets()
    near = strict.did_you_mean(name, known) or f"; there are: {', '.join(known)}"
    return f"there is no version set {yaml_reader.shown(name)}{near}"


def _content(path: Path, label: str) -> bytes:
    """Return a file's content, but not more than is needed to see that it is too large."""
    try:
        return bounded.beginning(path, yaml_reader.LARGEST + 1)
    except OSError as problem:
        raise yaml_reader.invalid(label, [f"cannot be read: {problem.strerror}"]) from problem
