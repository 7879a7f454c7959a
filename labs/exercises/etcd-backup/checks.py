"""Checks of etcd-backup."""

from collections.abc import Mapping

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _file(scene: Scene) -> str:
    return f"{scene.value('folder')}/{scene.value('file')}.db"


def _status(scene: Scene) -> Mapping[str, int]:
    said = scene.read(scene.value("etcd"), f"/opt/bin/etcdutl snapshot status {_file(scene)} -w json 2>&1")
    return looks.document((said.splitlines() or [""])[-1], "what etcd's tool says of it")


def snapshot_is_whole(scene: Scene) -> None:
    """{{ folder }}/{{ file }}.db on {{ etcd }} is a snapshot that etcd's own tool can read."""
    looks.wrong(_status(scene).get("totalKey", 0) < 100, "there is hardly anything in it")


def snapshot_is_fresh(scene: Scene) -> None:
    """The config map {{ word }} of {{ space }} is in it."""
    key = f"/registry/configmaps/{scene.value('space')}/{scene.value('word')}"
    snapshot_is_whole(scene)
    said = scene.read(scene.value("etcd"), f"sh -c 'grep -c -a -F {key} {_file(scene)} || true'")
    looks.wrong(said.strip() in ("", "0"), "it is not: the snapshot is older")


def restored_copy(scene: Scene) -> None:
    """{{ folder }}/rehearsal holds a data folder that was restored from it."""
    key = f"/registry/configmaps/{scene.value('space')}/{scene.value('word')}"
    path = f"{scene.value('folder')}/rehearsal/member/snap/db"
    said = scene.read(scene.value("etcd"), f"sh -c 'test -d {path[:-7]}wal && grep -c -a -F {key} {path} || true'")
    looks.wrong(said.strip() in ("", "0"), "nothing of the kind is there")


def etcd_is_untouched(scene: Scene, _: object) -> None:
    """The running etcd has its own data folder, and is well."""
    checks.etcd_answers(scene.view)
    text = looks.file(scene, scene.value("etcd"), "/etc/etcd/etcd.conf.yaml")
    looks.wrong("data-dir: /var/lib/etcd/data" not in text, "it was given another folder")


def snapshot_is_private(scene: Scene, _: object) -> None:
    """Only root can read the snapshot: every secret of the cluster is in it."""
    said = scene.read(scene.value("etcd"), f"sh -c 'stat -c %a {_file(scene)} 2> /dev/null || echo none'").strip()
    looks.wrong(said != "none" and not said.endswith("00"), f"its mode is {said}")
