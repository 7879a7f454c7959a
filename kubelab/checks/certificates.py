"""Checks of the certificates and kubeconfigs in the boxes: as in the lab's table, and still valid."""

from __future__ import annotations

import base64
import binascii
import datetime
import io
import shlex
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kubelab import model
from kubelab.checks.view import Silent, View, Wrong, everywhere
from kubelab.clients import doors, ssh
from kubelab.files import tars
from kubelab.pki import certificates, certlist
from kubelab.render import roles


def certificates_valid(view: View, machine: model.Machine | None = None) -> None:
    """Every certificate of a machine (of all) exists: right CA, name, SANs, usages and key, with time left."""
    everywhere(view, machine, _valid)


def _valid(view: View, machine: model.Machine) -> None:
    flaws = [f"{path}: {flaw}" for path, flaw in identities(view, machine).items() if flaw]
    if flaws:
        raise Wrong(f"{machine.name}: {'; '.join(flaws)}")


def identities(view: View, machine: model.Machine) -> dict[str, str | None]:
    """Return path in the box to the fault of each certificate and kubeconfig of a machine, None for a good one."""
    wanted = {row.path: row for row in certlist.leaves(view.lab)}
    found: dict[str, str | None] = {}
    rows = list(_rows(machine))
    files = _read(view, machine, [path for path, _ in rows] + [_key(path) for path, _ in rows if path.endswith(".crt")])
    for path, source in rows:
        if path not in files:
            found[path] = "missing"
        elif source.endswith("/ca"):
            found[path] = None if files[path] == _authority(view, source)[0] else "not this lab's CA"
        elif path.endswith(".crt"):
            found[path] = _flaw(view, wanted[source], files[path], files.get(_key(path), b""))
        else:
            found[path] = _kubeconfig_flaw(view, wanted[source], files[path])
    return found


def _rows(machine: model.Machine) -> Iterator[tuple[str, str]]:
    """Yield path in the box and path in the lab's keys, without an ending, of each certificate and kubeconfig."""
    for role in roles.ROLES[machine.kind]:
        for credential in role.credentials:
            if credential.source.endswith(".crt"):
                yield credential.path, credential.source.format(name=machine.name).removesuffix(".crt")
        for identity in role.identities:
            yield identity.path, identity.pair.format(name=machine.name)


def _read(view: View, machine: model.Machine, paths: list[str]) -> Mapping[str, bytes]:
    """Return those of these files that the box has; keys are among them, and stay in memory."""
    names = " ".join(shlex.quote(path) for path in paths)
    command = f"sudo tar --create --absolute-names --ignore-failed-read {names} 2>/dev/null || true"
    try:
        packed = ssh.fetch(view.where, machine, command)
    except doors.DoorError as problem:
        raise Silent(str(problem)) from problem
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), tarinfo=tars.Header) as tar:
            opened = {member.name: tar.extractfile(member) for member in tar}
            return {str(PurePosixPath(name)): file.read() for name, file in opened.items() if file}
    except tars.DAMAGED as problem:
        raise Silent(f"{machine.name} gave no whole archive: {problem}") from problem


def _flaw(view: View, wanted: certificates.Wanted, certificate: bytes, key: bytes) -> str | None:
    kept = certificates.found({"this.crt": certificate, "this.key": key}, "this")
    pair = _authority(view, f"{wanted.authority}/ca")
    by = certificates.found({"ca.crt": pair[0], "ca.key": pair[1]}, "ca")
    if isinstance(by, str):
        raise Silent(f"the lab's own {wanted.authority} CA is {by}")
    if isinstance(kept, str):
        return kept
    return certificates.leaf_flaw(kept, wanted, by, datetime.datetime.now(datetime.UTC))


def _kubeconfig_flaw(view: View, wanted: certificates.Wanted, content: bytes) -> str | None:
    try:
        config = YAML(typ="safe").load(content)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        data = [cluster["certificate-authority-data"], user["client-certificate-data"], user["client-key-data"]]
        authority, certificate, key = (base64.b64decode(text, validate=True) for text in data)
    except (YAMLError, LookupError, TypeError, binascii.Error):
        return "not a kubeconfig with its certificates in it"
    if cluster["server"] != view.lab.api_endpoint:
        return f"leads to {cluster['server']}, not {view.lab.api_endpoint}"
    if authority != _authority(view, "kubernetes/ca")[0]:
        return "trusts another CA"
    return _flaw(view, wanted, certificate, key)


def _authority(view: View, path: str) -> tuple[bytes, bytes]:
    """Return certificate and key of one of the lab's CAs on this computer."""
    whole = view.where.keys / path
    try:
        return whole.with_suffix(".crt").read_bytes(), whole.with_suffix(".key").read_bytes()
    except OSError as problem:
        raise Silent(f"the lab's keys cannot be read: {problem}") from problem


def _key(path: str) -> str:
    return path.removesuffix(".crt") + ".key"
