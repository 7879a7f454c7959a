"""The running etcd in its machine: its ports without a certificate, and its data."""

from __future__ import annotations

import contextlib
import shlex

from kubelab import checks, model
from kubelab.exercises import box_looks
from kubelab.exercises import scene as scenes

CONFIG = "/etc/etcd/etcd.conf.yaml"
DOORS = """\
for at in $(ss -Htlnp | awk '/"etcd"/ {sub(/^\\*:/, "127.0.0.1:", $4); print $4}'); do
  for url in http://$at https://$at; do
    ask() { curl -gks -m 2 -o /dev/null -w '%{http_code}' "$@"; }
    echo "$url $(ask -d '{}' $url/v3/cluster/member/list) $(ask $url/members)"
  done
done; true"""
DATA = """\
for process in $(pgrep -x etcd); do
  readlink /proc/$process/fd/* | grep 'member/snap/db$'
done | head -1; true"""


def shut(scene: scenes.Scene, machine: model.Machine | None = None) -> None:
    """etcd requires a certificate at every port at which it listens; `Wrong` names the open one."""
    said = scene.read(machine or scene.value("etcd"), f"bash -c {shlex.quote(DOORS)}", timeout=30)
    rows = [row for row in map(str.split, said.splitlines()) if len(row) == 3]
    box_looks.wrong(not rows, "etcd listens nowhere")
    opened = [url for url, *codes in rows if "200" in codes]
    box_looks.wrong(opened, f"etcd answers without a client certificate at {', '.join(opened)}")


def database(scene: scenes.Scene) -> str:
    """Return the path of the database that the running etcd has open; `Wrong` if none runs."""
    path = scene.read(scene.value("etcd"), f"bash -c {shlex.quote(DATA)}").strip()
    box_looks.wrong(not path.startswith("/"), "etcd does not run")
    return path


def folder(scene: scenes.Scene) -> str:
    """Return the data folder in etcd's configuration."""
    found = box_looks.document(box_looks.file(scene, scene.value("etcd"), CONFIG), CONFIG)
    return str(found.get("data-dir", "")).rstrip("/")


def same(scene: scenes.Scene) -> None:
    """etcd has the data of the cluster from before, in any folder; `Wrong` if it has other data."""
    uid = scene.before(broken=False).found[scenes.SYSTEM]["metadata"]["uid"]
    paths = [f"{folder(scene)}/member/snap/db"]
    with contextlib.suppress(checks.Wrong):  # one that does not run is judged by what it would open
        paths.append(database(scene))
    for path in paths:
        said = scene.read(scene.value("etcd"), f"sh -c 'grep -c -a -F {uid} {shlex.quote(path)} || true'").strip()
        box_looks.wrong(said in ("", "0"), f"{path} is another cluster's")
