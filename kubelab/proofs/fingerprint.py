"""A fingerprint of a lab, equal for two looks at an untouched one: files, units, firewall rules, objects.

What changes by itself is left out or normalised: times, counters, versions of objects, addresses and names of replaced
pods. What a person or a fault changes is kept: every UID counts but a pod's and a node's, which a kubelet registers
again when it was deleted.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubelab import checks, model, paths
from kubelab.checks import objects
from kubelab.clients import doors, kube_api, kube_discovery, ssh
from kubelab.converge import box_state
from kubelab.render import roles

PARTS = ("files", "units", "firewall", "objects")
LOOK = r"""
set -u
export PATH=/opt/bin:$PATH
places=(/etc /opt/bin /opt/cni /opt/kubelab/box /run/systemd/system /run/flannel)
{
  { entries "${places[@]}" -xdev; entries /var/lib/kubelab/volumes -maxdepth 1; } | sed 's/^/entries\t/'
  digests "${places[@]}" -xdev | sed 's/^/digests\t/'
  systemctl list-unit-files --no-legend --plain | awk '$2 != "transient" {print "units\t" $1 " file\t" $2}'
  systemctl list-units --failed --no-legend --plain | awk '{print "units\t" $1 " failed\t"}'
  for unit in $UNITS; do printf 'units\t%s\t%s\n' "$unit" "$(systemctl is-active "$unit")"; done
  ip rule | sed 's/^/firewall\tip rule /'
  iptables-save -t raw | sed 's/^/firewall\t/'
  for table in mangle nat filter; do iptables-save -t $table | sed "s/^/firewall\t$table /"; done
  if [[ -e /etc/etcd/etcdctl.env ]]; then
    set -a; . /etc/etcd/etcdctl.env; etcdctl --command-timeout=3s alarm list | sed 's/^/units\tetcd alarm /'
  fi
} 2> /dev/null
"""
VOLATILE_RULES = (
    (re.compile(r"\[\d+:\d+\]"), ""),
    (re.compile(r"\b(KUBE-SEP|cali-\w+|cali40\w*|cali)[-:][\w-]{6,}"), r"\1-*"),
    (re.compile(r"\bcali[0-9a-f]{11}\b"), "cali*"),
    (re.compile(r"--probability [\d.]+"), "--probability *"),
)
"""Counters; chains named by a digest of a pod's address or interface; the number of backends still to come."""
INTERFACES = re.compile(r"-A cali-\S+ -[io] cali[0-9a-f]+\+")
"""Felix's rules for all interfaces with one beginning: whether there are any depends on the pods' names."""
PODS_CHAINS = re.compile(r"\bcali-(?:pri|pro|pi|po|tw|fw)-")
"""Felix's chains for pods, their namespaces and policies: a box has them while such a pod is on it, and pods move."""
DOCKERS = re.compile(r"DOCKER_|127\.0\.0\.11|/etc/(hosts|hostname|resolv\.conf|mtab)(?=\s|$)")
"""Rules and names that Docker writes into a box at each start, with the ports of its name server."""
PROBES_RULES = re.compile(r'--comment "?(?:Policy |Profile kns\.)?kubelab-[\w-]*[/ ]')
PROBES_CHAIN = re.compile(r"\b(?:KUBE-(?:SVC|EXT|SEP)|cali-p[io])-[\w-]+")
"""Rules for services, policies and namespaces of tests: they come and go with them, late on a busy node."""
SKIPPED = ("events", "leases", "componentstatuses", "endpoints")
MADE = re.compile(r"\bpvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""The name of a volume that was made for a claim: the claim's UID is in it."""
PROBES = re.compile(r"kubelab-.*")
"""Namespaces of tests: they come and go."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """Part to its content: a thing's name to its state."""

    parts: Mapping[str, Mapping[str, str]]

    @property
    def digests(self) -> dict[str, str]:
        """Return part to the SHA-256 of its whole content, in hex."""
        lines = {part: "".join(f"{key}\t{rows[key]}\n" for key in sorted(rows)) for part, rows in self.parts.items()}
        return {part: hashlib.sha256(text.encode()).hexdigest() for part, text in lines.items()}


def take(view: checks.View, *, identities: bool = True) -> Fingerprint:
    """Look at every box and every object, all at the same time; raises `checks.Silent` if one cannot be read.

    Without `identities` an object that was deleted and made anew, the same but for its UID, counts as the same.
    """
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        found = pool.submit(_objects, view, identities=identities)
        boxes = ssh.each(view.lab.machines, lambda machine: _look(view, machine))
        parts: dict[str, dict[str, str]] = {part: {} for part in PARTS}
        parts["objects"] = dict(found.result())
    for name, said in boxes.items():
        if isinstance(said, Exception):
            raise checks.Silent(str(said)) from said
        for part, key, state in _rows(said, view.lab, box=name):
            parts[part][key if identities else MADE.sub("pvc-*", key)] = state
    return Fingerprint(parts=parts)


def differences(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """Return the differences, one line a thing, `part: thing: then -> now`."""
    found = []
    for part in PARTS:
        old, new = before.parts[part], after.parts[part]
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                found.append(f"{part}: {key}: {old.get(key, 'absent')[:60]} -> {new.get(key, 'absent')[:60]}")
    return tuple(found)


def _look(view: checks.View, machine: model.Machine) -> str:
    functions = (paths.PROVISION / box_state.FUNCTIONS).read_text(encoding="utf-8")
    script = f"UNITS='{' '.join(roles.units(machine.kind))}'\n{functions}{LOOK}"
    return ssh.run(view.where, machine, "sudo bash -c '. /dev/stdin'", timeout=30, given=script.encode())


def _rows(said: str, lab: model.Lab, *, box: str) -> Iterator[tuple[str, str, str]]:
    """Yield part, key and state of each line; a firewall rule is all key, and counts once however often it occurs.

    A key begins with the box's name, but for a rule that follows a pod: that one is the lab's.
    """
    pods = str(lab.network.pods.network_address).split(".")[: lab.network.pods.prefixlen // 8]
    address = re.compile(r"\b" + r"\.".join(pods) + r"(\.\d+)+(/32)?\b(?!/\d)")
    lines = said.splitlines()
    probes = {chain for line in lines if PROBES_RULES.search(line) for chain in PROBES_CHAIN.findall(line)}
    kept: dict[str, list[str]] = {"entries": [], "digests": []}
    for line in lines:
        part, _, rest = line.partition("\t")
        if DOCKERS.search(rest) or PROBES_RULES.search(rest) or probes.intersection(PROBES_CHAIN.findall(rest)):
            continue
        if part == "firewall":
            if "#" in rest[:9] or INTERFACES.search(rest) or f"-A KUBE-SERVICES -d {lab.virtual}/32 " in rest:
                continue  # kube-proxy names the virtual address where it is, and it moves
            place = "pods" if PODS_CHAINS.search(rest) else box
            for pattern, alike in (*VOLATILE_RULES, (address, "POD")):
                rest = pattern.sub(alike, rest)
            yield part, f"{place} {' '.join(rest.split())}", "there"
        elif part in kept:
            kept[part].append(rest)
        elif part in PARTS:
            key, _, state = rest.partition("\t")
            yield part, f"{box} {key}", state
    yield from _files(kept["entries"], kept["digests"], box)


def _files(rows: list[str], sums: list[str], box: str) -> Iterator[tuple[str, str, str]]:
    for path, entry in box_state.entries(rows, box_state.digests(sums)).items():
        state = f"{entry.kind[:1]} {entry.mode} {entry.owner} {entry.target} {entry.digest[:16]}"
        yield "files", f"{box} {path}", state


def _objects(view: checks.View, *, identities: bool) -> list[tuple[str, str]]:
    """Return every object but events and leases: kind and name to a digest of its decided part."""
    try:
        with concurrent.futures.ThreadPoolExecutor(max_workers=6) as pool:
            known = kube_discovery.resources(view.api.get)
            kinds = [row.path for row in known if row.listed and row.name not in SKIPPED]
            listed = pool.map(lambda kind: (kind, view.api.items(kind)), kinds)
            found = [(kind, item) for kind, items in listed for item in items if _counts(item)]
            return _counted([_row(kind, item if identities else without_identity(item)) for kind, item in found])
    except doors.DoorError as problem:
        raise checks.Silent(f"objects: {problem}") from problem


def without_identity(item: kube_api.Json) -> kube_api.Json:
    """Return an object without its UID and those of its owners, which others may name, too."""
    meta = {key: value for key, value in item["metadata"].items() if key != "uid"}
    if "ownerReferences" in meta:
        meta["ownerReferences"] = [{**owner, "uid": ""} for owner in meta["ownerReferences"]]
    plain: kube_api.Json = json.loads(MADE.sub("pvc-*", json.dumps({**item, "metadata": meta})))
    if item.get("spec", {}).get("claimRef"):
        plain["spec"]["claimRef"].pop("uid", None)
    return plain


def _counts(item: kube_api.Json) -> bool:
    space = item["metadata"].get("namespace", item["metadata"]["name"])
    return not PROBES.fullmatch(space)


def _counted(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Number things with one key: replicas, which have no names here, in the order of their digests."""
    seen: dict[str, int] = {}
    found = []
    for key, digest in sorted(rows):
        seen[key] = seen.get(key, 0) + 1
        found.append((f"{key} #{seen[key]}" if seen[key] > 1 else key, digest))
    return found


def _row(kind: str, item: kube_api.Json) -> tuple[str, str]:
    plural = kind.rsplit("/", 1)[-1]
    rest = objects.decided(item, identity=True)
    meta = rest.pop("metadata")
    for owner in meta.get("ownerReferences") or ():
        if owner["kind"] == "Node":
            owner.pop("uid", None)
    if plural == "pods":
        _pod(meta, rest)
    if plural in ("nodes", "csinodes"):
        meta.pop("uid", None)
    if plural == "endpointslices":
        meta["name"] = (meta.get("labels") or {}).get("kubernetes.io/service-name", meta["name"])
        meta.pop("uid", None)  # a slice of other ports is another one: controllers make and delete them
        rest["endpoints"] = sorted(json.dumps(end.get("conditions")) for end in rest.get("endpoints") or [])
    if plural == "nodes":
        taints = rest["spec"].get("taints") or []
        rest["spec"]["taints"] = sorted(f"{row['key']}={row.get('value', '')}:{row['effect']}" for row in taints)
    if plural == "persistentvolumes":
        rest["spec"].get("claimRef", {}).pop("resourceVersion", None)
    text = json.dumps([meta, rest], sort_keys=True)
    name = "/".join(part for part in (meta.get("namespace"), meta["name"]) if part)
    return f"{plural} {name}", hashlib.sha256(text.encode()).hexdigest()[:16]


def _pod(meta: kube_api.Json, rest: kube_api.Json) -> None:
    """Remove from a pod what differs after it was made anew: UID, name, node, addresses, token volumes."""
    owner = (meta.get("ownerReferences") or [{}])[0]
    if owner.get("kind") in ("ReplicaSet", "DaemonSet"):
        meta["name"] = owner["name"]
    meta.pop("uid", None)
    rest["spec"].pop("nodeName", None)
    text = re.sub(r"kube-api-access-\w{5}\b", "kube-api-access", json.dumps(rest))
    rest.clear()
    rest.update(json.loads(text))
