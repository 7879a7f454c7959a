"""The keys that a lab's data depends on: a damaged one is restored from a copy, a lost one is reported, never
replaced."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping

from kubelab import errors, model, paths, providers
from kubelab.files import atomic
from kubelab.pki import certificates, certlist, ssh_keys
from kubelab.render import roles
from kubelab.state import checkpoint_files, workspace

COPIES = "keys"
"""The folder under a lab's state/ with a second copy of each of these keys."""
ENCRYPTION = "control-plane/encryption.yaml"
SECRET = re.compile(rb"secret: ([A-Za-z0-9+/=]+)")
AGAIN = "then the same command again"
DESTROY = "./run lab.destroy (the data cannot be read without its keys), then ./run lab.up"


def read_keys(lab: model.Lab, where: paths.LabPaths, now: datetime.datetime) -> dict[str, bytes]:
    """Return the keys, path to content, and the damaged ones restored from their copies; writes nothing.

    Raises LabError `keys-lost` if a key that data or a running box depends on is gone and has no copy: the caller makes
    every missing key anew, and nothing that the old one protected could be read or reached.
    """
    found = workspace.read_keys(where)
    if not flaws(lab, found, now):
        return found
    found |= _put_back(lab, where, found, now)
    lost = flaws(lab, found, now)
    if not lost:
        return found
    # A box that is only described as yet misses its key as well.
    ssh = {path: why for path, why in lost.items() if _ssh(path) and (why != "missing" or path == ssh_keys.USER)}
    data = {path: why for path, why in lost.items() if not _ssh(path)}
    if data and has_data(where):
        raise _lost(lab.name, data, found)
    if ssh and _runs(lab.name):
        raise errors.LabError(
            "keys-lost",
            f"lab {lab.name} runs, but not all of its ssh keys are as they were",
            details=_rows(ssh),
            cause="they were deleted or damaged; a box takes new ones when it starts",
            remedy="./run lab.halt lab.up",
        )
    return found


def keep(where: paths.LabPaths, keys: Mapping[str, bytes]) -> None:
    """Keep a second copy of each key that data depends on, apart from the first."""
    for path in (*_authority_files(), *certlist.SECRETS, *(path for path in keys if _ssh(path))):
        copy = where.state / COPIES / path
        if not copy.is_file() or copy.read_bytes() != keys[path]:
            atomic.write(copy, keys[path])


def flaws(lab: model.Lab, keys: Mapping[str, bytes], now: datetime.datetime) -> dict[str, str]:
    """Return the faults of these keys: path (an authority's without its ending) to "missing", "damaged", …"""
    found = {}
    for name in certlist.AUTHORITIES:
        pair = certificates.found(keys, f"{name}/ca")
        found[f"{name}/ca"] = pair if isinstance(pair, str) else certificates.authority_flaw(pair, now)
    for path in certlist.SECRETS:
        found[path] = certlist.secret_flaw(path, keys)
    for path in (ssh_keys.USER, *(ssh_keys.host_key(machine) for machine in lab.machines)):
        good = ssh_keys.whole(keys.get(path, b""))
        found[path] = None if good else "damaged" if path in keys else "missing"
    return {path: why for path, why in found.items() if why}


def has_data(where: paths.LabPaths) -> bool:
    """Return whether a lab has what its keys protect: volumes, boxes, checkpoints; False without Docker and a trace."""
    if checkpoint_files.names(where):
        return True
    try:
        return bool(providers.volumes(where.name) or providers.boxes(where.name))
    except errors.LabError:
        if (where.state / workspace.KEPT).exists():
            raise
        return False


def _runs(name: str) -> bool:
    try:
        return any(box.runs for box in providers.boxes(name))
    except errors.LabError:
        return False


def _put_back(
    lab: model.Lab, where: paths.LabPaths, keys: Mapping[str, bytes], now: datetime.datetime
) -> dict[str, bytes]:
    """Return the existing copies of bad keys; a pair only if certificate and key fit."""
    found: dict[str, bytes] = {}
    for path in flaws(lab, keys, now):
        if path.endswith("/ca"):
            found |= _pair(lab, where, keys, path, now)
            continue
        for content in _copies(lab, where, path):
            if path not in flaws(lab, {**keys, path: content}, now):
                found[path] = content
                break
    return found


def _pair(
    lab: model.Lab, where: paths.LabPaths, keys: Mapping[str, bytes], path: str, now: datetime.datetime
) -> dict[str, bytes]:
    ends = (".crt", ".key")
    crts, private = ([keys.get(path + end, b""), *_copies(lab, where, path + end)] for end in ends)
    for crt in crts:
        for key in private:
            pair = {f"{path}.crt": crt, f"{path}.key": key}
            if path not in flaws(lab, {**keys, **pair}, now):
                return pair
    return {}


def _copies(lab: model.Lab, where: paths.LabPaths, path: str) -> Iterator[bytes]:
    """Yield the content of every copy of one file: the kept one, and those that boxes were rendered with."""
    files = [where.state / COPIES / path]
    for machine in lab.machines:
        box = where.box(machine.name)
        files += [box / "ssh" / "ssh_host_ed25519_key"] if path == ssh_keys.host_key(machine) else []
        for role in roles.of(machine):
            files += [box / f"files{row.path}" for row in role.credentials if row.source == path]
            if path == "encryption.key":
                files += [box / f"files{row.path}" for row in role.files if row.template == ENCRYPTION]
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            secret = SECRET.search(content) if file.name == "encryption.yaml" else None
            yield secret[1] if secret else content


def _lost(name: str, lost: Mapping[str, str], keys: Mapping[str, bytes]) -> errors.LabError:
    """Return the error that names each lost key; a wrong clock is told apart from a lost key."""
    what = f"lab {name} has data, but not all of its keys are as they were"
    if not any(path.startswith(("kubernetes/", "etcd/")) for path in keys):
        what = f"lab {name} has data, but build/{name}/keys is gone"
    if set(lost.values()) <= {certificates.EARLY, certificates.EXPIRED}:
        now = datetime.datetime.now(datetime.UTC)
        return errors.LabError(
            "keys-lost",
            f"lab {name}: by this computer's clock ({now:%Y-%m-%d}) its authorities are not valid",
            details=_rows(lost),
            cause="the clock is wrong (an empty battery, a machine that slept), or the authorities are ten years old",
            remedy=f"date; sudo timedatectl set-ntp true; {AGAIN}. Of ten years: {DESTROY}",
        )
    return errors.LabError("keys-lost", what, details=_rows(lost), remedy=DESTROY)


def _rows(lost: Mapping[str, str]) -> list[str]:
    return [f"keys/{path}: {why}, and there is no copy of it" for path, why in sorted(lost.items())]


def _authority_files() -> list[str]:
    return [f"{name}/ca{end}" for name in certlist.AUTHORITIES for end in (".crt", ".key")]


def _ssh(path: str) -> bool:
    return path.startswith("ssh/") and not path.endswith(".pub")
