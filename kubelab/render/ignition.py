"""Ignition documents of a machine: the bootstrap, and the whole machine, from the folder that it applies.

Contents stand in the documents as text with its signs escaped, so that a reader can search them, and the same folder
gives the same bytes on every computer.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from kubelab import artifact, model
from kubelab.render import files_tsv, roles, templates

VERSION = "3.4.0"
"""The specification; Ignition reads it since 2.15, of February 2023."""
FW_CFG = {model.System.FLATCAR: "opt/org.flatcar-linux/config", model.System.COREOS: "opt/com.coreos/config"}
"""The file of QEMU's firmware in which each system looks for its document."""
PROPERTY = "/Ignition/Config"
"""The guest property of VirtualBox in which all of them look."""
LIMIT = 1024
"""Bytes of a bootstrap: VirtualBox cuts off the longer value of a guest property."""
FOLDER = "/opt/kubelab/box"
SERVICE = "kubelab.service"
KEY, ROWS = "ssh/authorized_keys", files_tsv.NAME
Json = dict[str, Any]
Folder = Mapping[str, artifact.HostFile]


def documents(lab: model.Lab, files: Mapping[str, artifact.HostFile]) -> dict[str, bytes]:
    """Return file name to document, two for each machine, from the rendered files of build/<lab>/."""
    found = {}
    for machine in lab.machines:
        start = f"boxes/{machine.name}/"
        folder = {path.removeprefix(start): file for path, file in files.items() if path.startswith(start)}
        found[f"{machine.name}.bootstrap.ign"] = bootstrap(lab, machine, folder)
        found[f"{machine.name}.ign"] = whole(lab, machine, folder)
    return found


def bootstrap(lab: model.Lab, machine: model.Machine, folder: Folder) -> bytes:
    """Return the document that finds the machine's folder and the software by their disks' labels: at most `LIMIT`
    bytes."""
    document: Json = {**_head(folder), **_service(lab, machine, ("box", "software"))}
    return json.dumps(document, separators=(",", ":")).encode()


def fw_cfg(system: model.System, document: bytes) -> str:
    """Return the value of QEMU's option `-fw_cfg` that passes a document, fit for an attribute in XML as it is:
    vagrant-libvirt escapes nothing. QEMU takes two commas for one."""
    text = document.decode()
    for sign in "'&<":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"name={FW_CFG[system]},string={text.replace(',', ',,')}"


def whole(lab: model.Lab, machine: model.Machine, folder: Folder) -> bytes:
    """Return the document with every file, link and unit of the machine; only the software is on a disk.

    Each content stands in it once: in its place, or, for a static pod's manifest, in the folder, as its image must be
    there first. The record says what is in its place already.
    """
    rows = files_tsv.parse(folder[ROWS].content.decode()).values()
    placed = [row for row in rows if not row.path.startswith(f"{roles.MANIFESTS}/")]
    waiting = {f"files{row.path}" for row in rows if row not in placed}
    kept = {path: file for path, file in folder.items() if not path.startswith("files/") or path in waiting}
    files = [
        *(_placed(row, folder[f"files{row.path}"].content) for row in placed if not row.is_link),
        *(_file(f"{FOLDER}/{path}", file.content, file.mode) for path, file in kept.items()),
        _file(files_tsv.RECORD, files_tsv.text(placed).encode(), 0o644),
    ]
    links: list[Json] = [{"path": row.path, "target": row.target, "overwrite": True} for row in placed if row.is_link]
    # The step that puts files in place wants the folder, also if nothing waits in it.
    storage = {"directories": [{"path": f"{FOLDER}/files"}], "files": _ordered(files), "links": _ordered(links)}
    document = {**_head(folder), "storage": storage, **_service(lab, machine, ("software",))}
    return (json.dumps(document, indent=1) + "\n").encode()


def _head(folder: Folder) -> Json:
    key = " ".join(folder[KEY].content.decode().split()[:2])
    return {"ignition": {"version": VERSION}, "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": [key]}]}}


def _service(lab: model.Lab, machine: model.Machine, disks: tuple[str, ...]) -> Json:
    address = f"{machine.address}/{lab.network.machines.prefixlen}"
    values: Json = {"name": machine.name, "address": address, "disks": disks, "folder": FOLDER}
    contents = templates.text(f"ignition/{SERVICE}", values)
    return {"systemd": {"units": [{"name": SERVICE, "enabled": True, "contents": contents}]}}


def _placed(row: files_tsv.Row, content: bytes) -> Json:
    user, _, group = row.owner.partition(":")
    owners = {"user": _owner(user), "group": _owner(group)}
    return {**_file(row.path, content, int(row.mode, 8), row.digest), **owners}


def _file(path: str, content: bytes, mode: int, digest: str = "") -> Json:
    source = f"data:,{urllib.parse.quote(content, safe='/+=:,@')}"
    contents = {"source": source, "verification": {"hash": f"sha256-{digest or files_tsv.digest(content)}"}}
    return {"path": path, "mode": mode, "overwrite": True, "contents": contents}


def _owner(name: str) -> Json:
    return {"id": 0} if name == "root" else {"name": name}


def _ordered(items: Iterable[Json]) -> list[Json]:
    return sorted(items, key=lambda item: str(item["path"]))
