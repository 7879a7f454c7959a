"""A lab file becomes a lab: strict, and every problem of the file is told at once, each at its place and line."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any

import pydantic
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from kubelab import errors, labrules, model, paths

LARGEST = 256 * 1024
"""Bytes; a lab file has a few hundred."""
NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _network(value: object) -> IPv4Network:
    if not isinstance(value, str):
        raise ValueError("write a range such as 10.2.0.0/16")
    try:
        return IPv4Network(value)
    except ValueError as problem:
        try:
            near = IPv4Network(value, strict=False)
        except ValueError:
            raise ValueError(f"'{value}' is no IPv4 range such as 10.2.0.0/16") from problem
        raise ValueError(f"'{value}' has host bits set: did you mean {near}?") from problem


def _address(value: object) -> IPv4Address:
    try:
        return IPv4Address(value) if isinstance(value, str) else IPv4Address("")
    except ValueError as problem:
        raise ValueError(f"'{value}' is no IPv4 address") from problem


Range = Annotated[IPv4Network, pydantic.PlainValidator(_network)]
Address = Annotated[IPv4Address, pydantic.PlainValidator(_address)]
Count = Annotated[int, pydantic.Field(ge=1, le=9)]


class NetworkSpec(_Strict):
    """The section `network`."""

    machines: Range | None = None
    pods: Range = IPv4Network("10.2.0.0/16")
    services: Range = IPv4Network("10.3.0.0/24")
    domain: str = "cluster.local"


class KindSpec(_Strict):
    """One kind under `machines`; what is left out is as in `model.KINDS`."""

    count: Count | None = None
    memory: Annotated[int, pydantic.Field(ge=256, le=1 << 20)] | None = None
    cpus: Annotated[int, pydantic.Field(ge=1, le=256)] | None = None
    name: str | None = None
    octet: Annotated[int, pydantic.Field(ge=2, le=254)] | None = None
    names: list[str] | None = None
    addresses: list[Address] | None = None


class MachinesSpec(_Strict):
    """The section `machines`."""

    model_config = pydantic.ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    etcd: KindSpec = KindSpec()
    control_plane: KindSpec = KindSpec()
    worker: KindSpec = KindSpec()

    def of(self, kind: model.Kind) -> KindSpec:
        """Return the section of a kind."""
        found: KindSpec = getattr(self, kind.value.replace("-", "_"))
        return found

    @property
    def counts(self) -> dict[model.Kind, int]:
        """Return how many machines of each kind there are."""
        return {kind: self.of(kind).count or model.KINDS[kind].count for kind in model.Kind}


def _choice(enum: type[Any]) -> pydantic.PlainValidator:
    def choose(value: object) -> Any:
        words = [item.value for item in enum]
        if value in words:
            return enum(value)
        raise ValueError(f"'{value}' is none of {', '.join(words)}{_did_you_mean(str(value), words)}")

    return pydantic.PlainValidator(choose)


class Spec(_Strict):
    """A lab file that has the right shape and breaks no rule. `name` is the file's."""

    name: str
    versions: str = "1.37"
    provider: Annotated[model.Provider, _choice(model.Provider)] = model.Provider.DOCKER
    network: NetworkSpec = NetworkSpec()
    machines: MachinesSpec = MachinesSpec()
    addons: list[Annotated[model.Addon, _choice(model.Addon)]] = list(model.Addon)


def names() -> tuple[str, ...]:
    """Return the names of all labs: the files under labs/."""
    return tuple(sorted(path.stem for path in paths.LABS.glob("*.yaml")))


def read(name: str) -> Spec:
    """Return what a lab file says; raise one LabError with every problem of it."""
    path = paths.LABS / f"{name}.yaml"
    if not NAME.fullmatch(name) or not path.is_file():
        more = _did_you_mean(name, list(names()))
        details = [f"labs: {', '.join(names())}"]
        raise errors.LabError("lab-file-missing", f"there is no lab '{name}'{more}", details=details)
    return parse(name, path.read_bytes(), f"labs/{name}.yaml")


def parse(name: str, content: bytes, place: str) -> Spec:
    """Return what the text of a lab file says; `place` names the file in errors."""
    tree = _tree(content, place)
    plain = _plain(tree)
    problems: list[errors.Problem] = []
    if plain.pop("name", None) is not None:
        problems.append(errors.Problem(place="name", message="a lab is named by its file"))
    spec = _shaped(name, plain, problems)
    problems += labrules.problems(spec, tuple(machines(spec, spec.network.machines)) if spec.network.machines else ())
    if problems:
        raise _invalid(place, [_at_line(problem, tree) for problem in problems])
    versions(spec.versions)
    return spec


def _shaped(name: str, plain: dict[str, Any], problems: list[errors.Problem]) -> Spec:
    """Return the spec; what has the wrong shape becomes a problem and is left out, so that the rules see the rest."""
    try:
        return Spec.model_validate({**plain, "name": name})
    except pydantic.ValidationError as invalid:
        rows = invalid.errors()
    problems += [_problem(row) for row in rows]
    for row in rows:
        _leave_out(plain, row["loc"])
    return _shaped(name, plain, problems)


def _leave_out(plain: dict[str, Any], place: tuple[int | str, ...]) -> None:
    """Remove the value at `place`; of a list, the list: its neighbours' positions would shift."""
    node: Any = plain
    for index, part in enumerate(place):
        last = index == len(place) - 1 or not isinstance(node[part], dict)
        if last:
            del node[part]
            return
        node = node[part]


def lab(spec: Spec, network: IPv4Network) -> model.Lab:
    """Return the lab that a spec describes in the network that it was given."""
    made = tuple(machines(spec, network))
    problems = labrules.problems(spec, made)
    if problems:
        raise _invalid(f"labs/{spec.name}.yaml", problems)
    return model.Lab(
        name=spec.name,
        provider=spec.provider,
        versions=versions(spec.versions),
        network=model.Network(
            machines=network, pods=spec.network.pods, services=spec.network.services, domain=spec.network.domain
        ),
        machines=made,
        addons=tuple(addon for addon in model.Addon if addon in spec.addons),
    )


def machines(spec: Spec, network: IPv4Network) -> Iterator[model.Machine]:
    """Yield the machines of a spec, in order; wrong addresses are told by the rules, not here."""
    for kind, row in model.KINDS.items():
        section = spec.machines.of(kind)
        octet = section.octet or row.octet
        for index in range(section.count or row.count):
            given = section.addresses[index : index + 1] if section.addresses else []
            named = section.names[index : index + 1] if section.names else []
            yield model.Machine(
                lab=spec.name,
                kind=kind,
                name=named[0] if named else f"{section.name or row.name}-{index + 1:02}",
                address=given[0] if given else network.network_address + octet + index,
                memory=section.memory or row.memory,
                cpus=section.cpus or row.cpus,
            )


def versions(name: str) -> model.VersionSet:
    """Return a version set; an unknown one is an error that lists them."""
    known = sorted(path.stem for path in paths.VERSIONS.glob("*.yaml"))
    if name not in known:
        what = f"there is no version set '{name}'{_did_you_mean(name, known)}"
        raise errors.LabError("versions-unknown", what, details=[f"version sets: {', '.join(known)}"])
    place = f"labs/versions/{name}.yaml"
    found = _plain(_tree((paths.VERSIONS / f"{name}.yaml").read_bytes(), place)).get("components", {})
    wrong = [f"components.{key}: write the version as text" for key, value in found.items() if not isinstance(value, str)]
    if wrong:
        raise _invalid(place, wrong)
    return model.VersionSet(name=name, components=found)


def _tree(content: bytes, place: str) -> CommentedMap:
    if len(content) > LARGEST:
        raise _invalid(place, [f"the file has {len(content)} bytes; a lab file has less than {LARGEST}"])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise _invalid(place, [f"byte {problem.start}: not UTF-8"]) from problem
    if re.search(r"(?m)(^|[\s:\[{,-])[&*]\w", re.sub(r"(?m)#.*$", "", text)):
        raise _invalid(place, ["anchors and aliases (& and *) are not used in lab files"])
    try:
        tree = YAML().load(io.StringIO(text))
    except (YAMLError, ValueError, RecursionError) as problem:
        raise _invalid(place, [_yaml_problem(problem)]) from problem
    if tree is None:
        return CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise _invalid(place, ["the file must be a mapping of keys such as 'machines:'"])
    return tree


def _yaml_problem(problem: Exception) -> str:
    mark = getattr(problem, "problem_mark", None)
    said = str(getattr(problem, "problem", None) or problem).splitlines()[0]
    return f"line {mark.line + 1}: {said}" if mark else said


def _plain(tree: Any) -> Any:
    """Return ruamel's tree as plain dicts, lists and values."""
    if isinstance(tree, dict):
        return {str(key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    for kind in (bool, int, float, str):
        if isinstance(tree, kind):
            return kind(tree)
    return tree


def _problem(row: Any) -> errors.Problem:
    place = ".".join(str(part) for part in row["loc"])
    match row["type"]:
        case "extra_forbidden":
            message = f"unknown key{_did_you_mean(str(row['loc'][-1]), _keys(row['loc'][:-1]))}"
        case "string_type":
            message = "must be text: put it in quotes"
        case "greater_than_equal" | "less_than_equal" as bound:
            limit = row["ctx"]["ge" if bound.startswith("greater") else "le"]
            message = f"must be {'at least' if bound.startswith('greater') else 'at most'} {limit}"
        case "value_error":
            message = str(row["ctx"]["error"])
        case _:
            message = str(row["msg"]).lower()
    return errors.Problem(place=place, message=message)


def _keys(place: tuple[Any, ...]) -> list[str]:
    shapes: dict[int, type[pydantic.BaseModel]] = {0: Spec, 2: KindSpec}
    shape = shapes.get(len(place)) or (NetworkSpec if place[0] == "network" else MachinesSpec)
    return [field.alias or name for name, field in shape.model_fields.items() if name != "name" or shape is KindSpec]


def _at_line(problem: errors.Problem, tree: CommentedMap) -> errors.Problem:
    """Return the problem with the number of the line where its place, or the nearest place above it, is."""
    node: Any = tree
    line = None
    for part in problem.place.split("."):
        key: Any = int(part) if part.isdigit() and isinstance(node, CommentedSeq) else part
        if not isinstance(node, CommentedMap | CommentedSeq) or key not in (
            node if isinstance(node, CommentedMap) else range(len(node))
        ):
            break
        line = node.lc.data[key][0] + 1 if key in node.lc.data else line
        node = node[key]
    return errors.Problem(place=f"{problem.place} (line {line})", message=problem.message) if line else problem


def _did_you_mean(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _invalid(place: str, problems: list[Any]) -> errors.LabError:
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    return errors.LabError("lab-file-invalid", f"{place} has {count}", details=problems)


def path_of(name: str) -> Path:
    """Return the lab file's path."""
    return paths.LABS / f"{name}.yaml"
