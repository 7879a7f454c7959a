"""Probe of the files in the boxes: how they differ from the rendered ones, and the cause of that."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubelab.converge import box_state
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding
from kubelab.render import files_tsv, roles

K = roles.KUBERNETES
INPUTS = re.compile(rf"{roles.INPUTS}:")
WATCHED = re.compile(r"/(?:etc|run)/systemd/system/(?P<unit>[^/]+)\.d/|/etc/kubernetes/manifests/[^.]|/etc/cni/net\.d/")
"""Folders where a foreign file changes what the box does."""
GONE = "(gone)"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A path, a pattern that one changed line must match (None: any), and the cause of that difference."""

    path: str
    cause: str
    line: str | None = None


# The first rule that fits a file is taken.
RULES = (
    Rule(path=f"{K}/manifests/kube-apiserver.yaml", line=re.escape(GONE), cause="apiserver-gone"),
    Rule(path=f"{K}/manifests/kube-apiserver.yaml", line=r"--etcd-servers", cause="apiserver-etcd-endpoint"),
    Rule(path=f"{K}/manifests/kube-apiserver.yaml", line=r"--audit", cause="apiserver-audit-path"),
    Rule(path=f"{K}/manifests/kube-apiserver.yaml", line=r"- --", cause="apiserver-bad-flag"),
    Rule(
        path=f"{K}/manifests/kube-apiserver.yaml",
        line=r"mountPath|hostPath|path:|- name:|type:",
        cause="apiserver-missing-mount",
    ),
    Rule(path=f"{K}/manifests/kube-apiserver.yaml", cause="apiserver-manifest-changed"),
    Rule(path=f"{K}/kube-apiserver/.*", cause="apiserver-files-changed"),
    Rule(path=f"{K}/manifests/kube-scheduler.yaml", line=re.escape(GONE), cause="scheduler-gone"),
    Rule(path=f"{K}/manifests/kube-scheduler.yaml", line=r"kubeconfig", cause="scheduler-kubeconfig"),
    Rule(path=f"{K}/manifests/kube-scheduler.yaml", cause="scheduler-manifest-changed"),
    Rule(path=f"{K}/kube-scheduler/kubeconfig", cause="scheduler-kubeconfig"),
    Rule(path=f"{K}/kube-scheduler/.*", cause="scheduler-manifest-changed"),
    Rule(path=f"{K}/manifests/kube-controller-manager.yaml", line=re.escape(GONE), cause="controller-manager-gone"),
    Rule(
        path=f"{K}/manifests/kube-controller-manager.yaml",
        line=r"--(cluster-signing|service-account-private)-key-file",
        cause="controller-manager-signing-key",
    ),
    Rule(
        path=f"{K}/kube-controller-manager/(ca|service-account)\\.key",
        cause="controller-manager-signing-key",
    ),
    Rule(path=f"{K}/(manifests/)?kube-controller-manager(\\.yaml|/.*)", cause="controller-manager-changed"),
    Rule(path=f"{K}/manifests/calico-kube-controllers.yaml", line=re.escape(GONE), cause="kube-controllers-gone"),
    Rule(path=f"{K}/(manifests/calico-kube-controllers.yaml|kube-controllers/.*)", cause="kube-controllers-changed"),
    Rule(path=f"{K}/manifests/kube-proxy.yaml", line=re.escape(GONE), cause="kube-proxy-gone"),
    Rule(path=f"{K}/(manifests/kube-proxy.yaml|kube-proxy/.*)", cause="kube-proxy-config"),
    Rule(path=f"{K}/kubelet/config.yaml", line=r"^[+-]\s*(clusterDNS|- ?\d+\.)", cause="kubelet-cluster-dns"),
    Rule(path=f"{K}/kubelet/config.yaml", cause="kubelet-config-broken"),
    Rule(path=f"{K}/kubelet/kubeconfig", cause="kubelet-wrong-server"),
    Rule(path=r"/etc/containerd/config.toml", cause="containerd-config-broken"),
    Rule(path=r"/etc/cni/net.d/10-flannel-calico.conflist", line=re.escape(GONE), cause="cni-config-gone"),
    Rule(path=r"/etc/cni/net.d/.*", cause="cni-config-broken"),
    Rule(path=r"/opt/cni/bin/.*", cause="cni-plugin-gone"),
    Rule(path=r"/etc/flannel/options.env", line=r"FLANNELD_(IFACE|PUBLIC_IP)", cause="flannel-interface"),
    Rule(path=r"/etc/flannel/.*", cause="flannel-config-broken"),
    Rule(path=r"/etc/calico/.*", cause="calico-node-changed"),
    Rule(path=r"/etc/etcd/etcd.conf.yaml", line=r"quota-backend-bytes", cause="etcd-quota"),
    Rule(path=r"/etc/etcd/etcd.conf.yaml", line=r"client-urls", cause="etcd-client-url"),
    Rule(path=r"/etc/etcd/(etcd.conf.yaml|pki/.*)", cause="etcd-config-broken"),
    Rule(path=r".*", cause="file-differs"),
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One file that differs from the rendered one: the changed lines, or the difference in words."""

    box: evidence.Box
    row: files_tsv.Row
    lines: tuple[str, ...]

    @property
    def path(self) -> str:
        """Return its path."""
        return self.row.path


def differences(box: evidence.Box) -> Iterator[Difference]:
    """Yield every wanted path of a box that differs; links that enable a unit belong to the units' probe."""
    if not (box.has("files") and box.has("digests") and box.has("present")):
        return
    for path, row in box.wanted.rows.items():
        if "/multi-user.target.wants/" not in path:
            lines = _lines(box, row, box.files.get(path))
            if lines:
                yield Difference(box=box, row=row, lines=tuple(lines))


def _lines(box: evidence.Box, row: files_tsv.Row, found: box_state.Entry | None) -> list[str]:
    """Return the difference of a path in lines; none if it is equal."""
    if found is None:
        return [f"- {row.path} {GONE}"]
    if row.is_link:
        return _led(row, found)
    if found.is_link:
        return [f"- {row.path}", f"+ {row.path} -> {found.target}"]
    if found.digest != row.digest:
        return _changed(box.wanted.texts.get(row.path), box.texts.get(row.path))
    if (found.mode, found.owner) != (row.mode, row.owner):
        return [f"- mode {row.mode}, owner {row.owner}", f"+ mode {found.mode}, owner {found.owner}"]
    return []


def _led(row: files_tsv.Row, found: box_state.Entry) -> list[str]:
    """Return in lines how a link differs; none if it does not."""
    if found.kind == box_state.DANGLING:
        return [f"- {row.path} leads to {found.target}, which is not there {GONE}"]
    there = found.target if found.is_link else "a file"
    return [] if there == row.target else [f"- {row.path} -> {row.target}", f"+ {row.path} -> {there}"]


def _changed(wanted: str | None, found: str | None) -> list[str]:
    """Return the changed lines of a file; in words if its text must not be shown."""
    if wanted is None or found is None:
        return ["its content is not the rendered one (not shown: it holds a key)"]
    rows = list(difflib.unified_diff(wanted.splitlines(), found.splitlines(), lineterm="", n=0))[2:]
    changed = [row for row in rows if not row.startswith("@@") and row.strip("+- ")]
    return [row for row in changed if not INPUTS.search(row)] or changed or ["- lines", "+ other line ends or spaces"]


def unexpected(view: evidence.Evidence) -> Iterator[Finding]:
    """No foreign file changes what a box does."""
    for box in view.boxes.values():
        yield from _unexpected(box)


def folders(view: evidence.Evidence) -> Iterator[Finding]:
    """Whoever has to may enter every folder of rendered files, and nobody but root may write there."""
    for box in view.boxes.values():
        for path, entry in box_state.entries(box.section("folders"), {}).items():
            users = {
                unit for row in box.wanted.rows.values() if row.path.startswith(f"{path}/") for unit in row.restarts
            }
            after = f"sudo systemctl start {' '.join(sorted(users))}" if users else "true"
            lines = (f"- {box_state.FOLDER} {path}", f"+ {entry.mode} {entry.owner} {path}")
            yield Finding(cause="folder-differs", box=box.name, lines=lines, values=_at(path, after))


def named(path: str, lines: Sequence[str]) -> str:
    """Return the cause of a difference."""
    for rule in RULES:
        fits = rule.line is None or any(re.search(rule.line, line) for line in lines)
        if fits and re.fullmatch(rule.path, path):
            return rule.cause
    raise AssertionError("unreachable: the last rule fits everything")


def finding(difference: Difference, cause: str, lines: Sequence[str] = ()) -> Finding:
    """Return a difference as a finding of `cause`, with the command that restores the file."""
    row = difference.row
    values = {"path": shlex.quote(row.path), "put": put(row)}
    shown = (f"{row.path} is not the rendered one:", *(lines or difference.lines))
    return Finding(cause=cause, box=difference.box.name, lines=shown, values=values)


def put(row: files_tsv.Row) -> str:
    """Return the commands of root in the box that restore the rendered file and make it read again."""
    path = shlex.quote(row.path)
    if row.is_link:
        words = f"sudo ln -sfn {shlex.quote(row.target)} {path}"
    elif row.path.startswith(roles.MANIFESTS):
        # Renamed into place: the kubelet reads half a file as a deletion.
        staged = "/etc/kubernetes/.staged"
        words = f"sudo cp /opt/kubelab/box/files{path} {staged} && sudo mv {staged} {path}"
    else:
        owner, _, group = row.owner.partition(":")
        words = f"sudo install -m {row.mode} -o {owner} -g {group} /opt/kubelab/box/files{path} {path}"
    again = after(row)
    return f"{words} && {again}" if again else words


def after(row: files_tsv.Row) -> str:
    """Return the command that makes the users of a file read it again; empty if none has to."""
    pod = re.match(
        rf"{K}/(kube-apiserver|kube-scheduler|kube-controller-manager|kube-controllers|kube-proxy)/", row.path
    )
    if pod:
        return f"sudo crictl rm -f $(sudo crictl ps -q --name {pod[1]})"
    restart = f"sudo systemctl restart {' '.join(row.restarts)}" if row.restarts else ""
    if row.path.startswith(f"{roles.UNITS}/"):
        return " && ".join(part for part in ("sudo systemctl daemon-reload", restart) if part)
    return restart


def _unexpected(box: evidence.Box) -> Iterator[Finding]:
    known = {row.path for row in box.wanted.rows.values()}
    units = {"kubelab-apply.service", *roles.units(box.machine.kind)}
    for line in box.section("present"):
        path = line.partition("\t")[0]
        spot = WATCHED.match(path)
        if not known or path in known or not spot or (spot["unit"] and spot["unit"] not in units):
            continue
        after = f"sudo systemctl daemon-reload; sudo systemctl restart {spot['unit']}" if spot["unit"] else "true"
        lines = (f"{path} was not rendered, and it is read",)
        yield Finding(cause="file-unexpected", box=box.name, lines=lines, values=_at(path, after))


def _at(path: str, after: str) -> dict[str, str]:
    """Return the values of a finding about a path of a box, which may have any name."""
    return {"path": shlex.quote(path), "after": after}
