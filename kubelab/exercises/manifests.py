"""Static pods on their machine: the manifest by its content, and the options of its program."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from kubelab import checks, model
from kubelab.clients import kube_api
from kubelab.exercises import quantities
from kubelab.exercises import scene as scenes

FOLDER = "/etc/kubernetes/manifests"
MARK = "=== manifest "
Options = Mapping[str, tuple[str, ...]]
"""Option to its values, in their order."""
LISTS = ("authorization-mode", "enable-admission-plugins", "disable-admission-plugins", "etcd-servers")
"""Options that take a list: its order says nothing."""


def static(scene: scenes.Scene, name: str, machine: model.Machine | str | None = None) -> kube_api.Json:
    """Return the manifest of a static pod, whatever its file is called, YAML or JSON; `Wrong` if there is none.

    The machine is the control plane by default.
    """
    command = f'for f in {FOLDER}/*; do echo; echo "{MARK}$f"; cat "$f"; done; true'
    said = scene.read(machine or scene.value("control_plane"), f"bash -c {shlex.quote(command)}")
    return named(said, name)


def own(scene: scenes.Scene, name: str) -> kube_api.Json:
    """Return the manifest of a static pod as the lab made it for the control plane."""
    folder = scene.view.where.box(scene.value("control_plane")) / "files"
    text = (folder / f"{FOLDER[1:]}/{name}.yaml").read_text(encoding="utf-8")
    return named(f"{MARK}{name}\n{text}", name)


def named(said: str, name: str) -> kube_api.Json:
    """Return the pod of that name among files that each begin with a line `MARK` and their path; `Wrong` if none is."""
    unread = ""
    for part in said.split(MARK)[1:]:
        path, _, text = part.partition("\n")
        try:
            row = quantities.parsed_yaml(text)
        except checks.Wrong as problem:
            unread = f"; {path} cannot be read: {problem}"
            continue
        if isinstance(row, dict) and row.get("kind") == "Pod" and _mapping(row, "metadata").get("name") == name:
            return row
    raise checks.Wrong(f"no manifest in {FOLDER} is about {name}{unread}")


def options(pod: kube_api.Json) -> Options:
    """Return the options of a pod's first container: `--name=value`, `--name value` and `--name` alone."""
    containers = _mapping(pod, "spec").get("containers")
    first = containers[0] if isinstance(containers, list) and containers and isinstance(containers[0], dict) else {}
    return words([str(word) for key in ("command", "args") for word in first.get(key) or []])


def words(line: Sequence[str]) -> Options:
    """Return the options of a command line; underscores are dashes, and an option without a value is `true`."""
    found: dict[str, list[str]] = {}
    waiting = ""
    for word in line:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            waiting = name.replace("_", "-")
            found.setdefault(waiting, []).append(value if equals else "true")
            waiting = "" if equals else waiting
        elif waiting:
            found[waiting][-1], waiting = word, ""
    return {name: tuple(values) for name, values in found.items()}


def last(given: Options, name: str) -> str:
    """Return the value of an option, the last of several; empty without."""
    return given.get(name, ("",))[-1]


def listed(given: Options, name: str) -> frozenset[str]:
    """Return the words of an option that takes a list."""
    return frozenset(word.strip() for value in given.get(name, ()) for word in value.split(",") if word.strip())


def differing(now: Options, wanted: Options, names: Iterable[str]) -> list[str]:
    """Return those of these options with a wrong value: lists in any order, anything else exactly."""
    return [
        name
        for name in names
        if (listed(now, name) != listed(wanted, name) if name in LISTS else last(now, name) != last(wanted, name))
    ]


def on_host(pod: kube_api.Json, path: str) -> str:
    """Return the machine's path of the file that a pod's first container calls `path`; `Wrong` if there is none."""
    spec = _mapping(pod, "spec")
    folders = {row.get("name"): _mapping(row, "hostPath").get("path") for row in spec.get("volumes") or []}
    mounts = {str(row["mountPath"]): row for row in spec["containers"][0].get("volumeMounts") or []}
    for folder in (PurePosixPath(path), *PurePosixPath(path).parents):
        row = mounts.get(str(folder)) or mounts.get(f"{folder}/")
        if row and folders.get(row.get("name")):
            rest = PurePosixPath(path).relative_to(folder)
            return str(PurePosixPath(str(folders[row["name"]])) / str(row.get("subPath") or ".") / rest)
    raise checks.Wrong(f"{path} is not mounted from the machine")


def _mapping(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = row.get(key)
    return found if isinstance(found, dict) else {}
