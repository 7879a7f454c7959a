"""Looks into boxes: units, files, their content, and their readers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from kubelab import checks, model
from kubelab.exercises import answers, quantities
from kubelab.exercises import scene as scenes

Scene = scenes.Scene
UNIT = "systemctl is-active {0}; systemctl is-enabled {0}; systemctl show -p WantedBy -p RequiredBy --value {0}; true"
STAT = re.compile(r"([0-7]{3,4}) (\S+) (/.*)")


def wrong(condition: object, message: str) -> None:
    """Raise `Wrong` with the message if the condition holds."""
    if condition:
        raise checks.Wrong(message)


def unit(scene: Scene, machine: model.Machine | str, name: str, *, enabled: bool = True) -> None:
    """A unit is active and, if asked, starts at boot, however that was arranged."""
    said = scene.read(machine, f"sh -c '{UNIT.format(name)}'").splitlines()
    state = [*(line.strip() for line in said), "", ""]
    wrong(state[0] != "active", f"{name} is {state[0] or 'unknown'}")
    lasts = _at_boot(state[1], " ".join(state[2:]))
    wrong(enabled and not lasts, f"{name} does not start at boot: it is {state[1] or 'unknown'}")


def _at_boot(state: str, wanted: str) -> bool:
    """Return whether a unit is enabled, or a target wants it by a link or a drop-in made by hand."""
    if state in ("enabled", "alias"):
        return True
    return state not in ("enabled-runtime", "masked") and any(word.endswith(".target") for word in wanted.split())


def file(scene: Scene, machine: model.Machine | str, path: str) -> str:
    """Return the content of a file of a box."""
    return scene.read(machine, f"cat {shlex.quote(path)}")


def private(scene: Scene, machine: model.Machine | str, paths: Sequence[str], owner: str = "root") -> None:
    """Those of these files that exist belong to the owner, and are private.

    Patterns such as `/etc/etcd/pki/*.key` are allowed.
    """
    command = f"stat -c '%a %U %n' -- {' '.join(paths)} 2> /dev/null; true"
    for row in STAT.findall(scene.read(machine, f"sh -c {shlex.quote(command)}")):
        mode, who, path = row
        wrong(int(mode, 8) & 0o077, f"{path} has mode {mode}: not only its owner can use it")
        wrong(who != owner, f"{path} belongs to {who}, not to {owner}")


def certificate(scene: Scene, machine: model.Machine | str, path: str) -> str:
    """Return a certificate's PEM from a box."""
    text = file(scene, machine, path)
    wrong("BEGIN CERTIFICATE" not in text, f"{path} holds no certificate")
    return text


def document(text: str, what: str = "it") -> answers.Told:
    """Return the mapping of a YAML or JSON text, in any style; `Wrong` for anything else.

    A missing `found["key"]` is `Wrong`, too; `found.get("key")` is None.
    """
    found = quantities.parsed_yaml(text)
    if not isinstance(found, dict):
        raise checks.Wrong(f"{what} is no mapping")
    return answers.Told({str(key): value for key, value in found.items()}, what)
