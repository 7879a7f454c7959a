"""The sources of a lab's logs: this computer, each box, the API server.

Each source returns path to content, and what it could not read in words: none raises because a box is down.
"""

from __future__ import annotations

import concurrent.futures
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kubelab import checks, errors, model, paths, providers
from kubelab.checks import objects, wait
from kubelab.clients import doors, kube_api, kube_discovery, ssh
from kubelab.files import tars
from kubelab.pki import redact, secret_scan
from kubelab.render import files_tsv

PATIENCE = 60.0
"""Seconds for one item of one box: a full journal takes about three."""
LEFT_OUT = ("secrets", "events", "componentstatuses")
"""Kinds that are not dumped: secret, in events.txt already, gone from Kubernetes."""
REDACTOR = redact.Redactor(digests=False)
POD_LOGS = (
    "sudo sh -c 'cd /var/log/pods && find . -type f -name \"*.log*\" ! -name \"*.gz\" -print0"
    ' | tar -c --null -T -; test $? -le 1\''  # 1: a log grew meanwhile
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Path in the archive to content, what is missing with the reason, and files that no list names."""

    files: dict[str, bytes] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


LISTED = re.compile(
    r"Vagrantfile|ssh_config|known_hosts|timeline\.html"
    r"|boxes/[^/]+/(?:provision\.sh|files\.tsv|lib\.sh|from-disk\.sh|steps/[^/]+|ssh/authorized_keys|ssh/[^/]+\.pub)"
    r"|state/(?:journal\.jsonl|kept\.json|network|last-up\.json|checkpoints/[^/]+/manifest\.json|faults/\d+/entry\.json)"
)
"""The files of build/<lab>/ that may be archived, beside those that files.tsv of a box names; no other file may."""


BOX: Mapping[str, str] = {
    "journal.txt": "sudo journalctl --no-pager --output short-iso-precise --lines 50000",
    "kubelab-apply.txt": "sudo journalctl --no-pager --output short-iso-precise --unit kubelab-apply.service",
    "timeline.tsv": "cat /var/lib/kubelab/timeline.tsv",
    PurePosixPath(files_tsv.RECORD).name: f"cat {files_tsv.RECORD}",
    "units.txt": "systemctl list-units --all --no-pager --plain --full",
    "state.txt": "date; uptime; ip -br address; ip route; free -m; df -h; ps -eo pid,rss,etime,args --sort -rss",
}
NODE: Mapping[str, str] = {
    "containers.txt": "sudo crictl pods; sudo crictl ps --all; sudo crictl images",
    "iptables.txt": "sudo iptables-save",
}


def of_box(where: paths.LabPaths, machine: model.Machine) -> Evidence:
    """Return journals, timeline, state and pod logs of one box."""
    commands = {**BOX, **NODE} if machine.is_node else BOX
    files: dict[str, bytes] = {}
    missing = []
    for name, command in commands.items():
        try:
            files[name] = ssh.fetch(where, machine, command, timeout=PATIENCE)
        except ssh.Unreachable as problem:
            missing.append(f"{'the rest of it' if files else 'all of it'}: {problem}")
            break
        except ssh.Failed as problem:
            missing.append(f"{name}: {problem}")
    else:
        if machine.is_node:
            missing += _pod_logs(where, machine, files)
    if "state.txt" in files:  # command lines
        files["state.txt"] = REDACTOR.text(files["state.txt"].decode("utf-8", "replace")).encode()
    folder = f"boxes/{machine.name}"
    return Evidence(
        files={f"{folder}/{name}": content for name, content in files.items()},
        missing=tuple(f"{folder}: {words}" for words in missing),
    )


def _pod_logs(where: paths.LabPaths, machine: model.Machine, files: dict[str, bytes]) -> list[str]:
    """Add the logs of a node's containers, read from its disk: that works while the API server is down."""
    try:
        packed = ssh.fetch(where, machine, POD_LOGS, timeout=PATIENCE)
        files.update({f"pods/{name}": content for name, content in _unpacked(packed)})
    except (doors.DoorError, *tars.DAMAGED) as problem:
        return [f"pod logs: {problem}"]
    return []


def _unpacked(packed: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a box's tar, named as they lie under one folder: a box may choose any names."""
    with tarfile.open(fileobj=io.BytesIO(packed), tarinfo=tars.Header) as tar:
        for member in tars.members(tar):
            file = tar.extractfile(member) if member.isreg() else None
            if file:
                yield inside(member.name), file.read()


def inside(name: str) -> str:
    """Return a foreign path as one that stays under the folder it is put into."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "//", "..")]
    return "/".join(parts) or "unnamed"


def of_computer(where: paths.LabPaths) -> Evidence:
    """Return the lab file, the logs of Vagrant and of lab.up, and the rendered files that are listed here by name.

    A file that cannot be read, such as one that `sudo` left to root, is missing and costs nothing else.
    """
    wanted = {f"logs/{path.name}": path for path in sorted(where.logs.glob("*.log")) if path.is_file()}
    source = paths.LABS / f"{where.name}.yaml"
    if source.is_file():
        wanted[f"labs/{source.name}"] = source
    unknown = []
    rendered_ = _rendered(where)
    for path in sorted(where.root.rglob("*")):
        inside = path.relative_to(where.root).as_posix()
        if path.is_symlink() or not path.is_file() or inside.startswith(("keys/", "logs/", "bin/")):
            continue
        if LISTED.fullmatch(inside) or inside in rendered_:
            wanted[f"rendered/{inside}"] = path
        else:
            unknown.append(inside)
    found, missing = _read(wanted)
    try:
        found["containers.json"] = providers.described(where.name).encode()
    except errors.LabError as problem:
        missing.append(f"containers.json: {problem.what}")
    return Evidence(files=found, missing=tuple(missing), left_out=_by_folder(unknown))


def _read(wanted: Mapping[str, Path]) -> tuple[dict[str, bytes], list[str]]:
    """Return the contents of files, by their names in the archive, and in words those that cannot be read."""
    found, missing = {}, []
    for name, path in wanted.items():
        try:
            found[name] = path.read_bytes()
        except OSError as problem:
            missing.append(f"{name}: {problem.strerror}")
    return found, missing


def _rendered(where: paths.LabPaths) -> frozenset[str]:
    """Return the rendered files of boxes, as files.tsv names them, without keys and kubeconfigs."""
    found = set()
    listings = {listing.parent.name: listing for listing in where.box("").glob(f"*/{files_tsv.NAME}")}
    for box, content in _read(listings)[0].items():
        for path, row in files_tsv.parse(content.decode(errors="replace")).items():
            if not row.is_link and not secret_scan.secret_file(PurePosixPath(path)):
                found.add(f"boxes/{box}/files{path}")
    return frozenset(found)


def _by_folder(names: Iterable[str]) -> tuple[str, ...]:
    """Return a line a folder: its name, and its omitted files, or their number."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, _, file = name.rpartition("/")
        folders.setdefault(folder or ".", []).append(file)
    return tuple(
        f"{folder}: {', '.join(files) if len(files) <= 4 else f'{len(files)} files'}"
        for folder, files in sorted(folders.items())
    )


def of_api(view: checks.View) -> Evidence:
    """Return the result of every check, the events in order, and every object of the cluster but secrets."""
    seen = wait.survey(view)
    files = {"status.json": json.dumps(seen, indent=1).encode()}
    try:
        known = kube_discovery.resources(view.api.get)
        kinds = [row.path for row in known if row.listed and row.name not in LEFT_OUT]
        files["events.txt"] = _events(view.api.items("/api/v1/events")).encode()
    except doors.DoorError as problem:
        return Evidence(files=files, missing=(f"events and objects: {problem}",))
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        dumped = dict(zip(kinds, pool.map(lambda path: _dump(view.api, path), kinds), strict=True))
    for path, content in dumped.items():
        if isinstance(content, bytes):
            files[f"objects/{path.removeprefix('/apis/').removeprefix('/api/')}.json"] = content
    return Evidence(files=files, missing=tuple(f"objects: {said}" for said in dumped.values() if isinstance(said, str)))


def _dump(door: kube_api.Api, path: str) -> bytes | str | None:
    """Return the objects as JSON, None if there are none, or why they cannot be read."""
    try:
        items = door.items(path)
    except doors.DoorError as problem:
        return str(problem)
    for item in items:
        item["metadata"].pop(objects.MANAGED, None)
    return json.dumps(REDACTOR.tree(items), indent=1).encode() if items else None


def _events(items: list[kube_api.Json]) -> str:
    rows = []
    for item in items:
        when = item.get("lastTimestamp") or item.get("eventTime") or item["metadata"]["creationTimestamp"]
        about = item["involvedObject"]
        whom = "/".join(about[key] for key in ("namespace", "kind", "name") if about.get(key))
        words = f"{item.get('type')} {item.get('reason')} {whom} x{item.get('count') or 1}: {item.get('message')}"
        rows.append(f"{when} {words}")
    return REDACTOR.text("".join(f"{row}\n" for row in sorted(rows)))


def read_all(sources: Mapping[str, Callable[[], Evidence]]) -> Evidence:
    """Return the content of all sources, read at the same time."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(sources))) as pool:
        found = list(pool.map(lambda ask: ask(), sources.values()))
    files = {path: content for evidence in found for path, content in evidence.files.items()}
    missing = tuple(words for evidence in found for words in evidence.missing)
    return Evidence(files=files, missing=missing, left_out=tuple(line for each in found for line in each.left_out))
