"""Checks of etcd-backup."""

import shlex
from collections.abc import Mapping

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

DATA = "/var/lib/etcd/data"
SUMS = "head -c -32 {0} | sha256sum | cut -c -64; tail -c 32 {0} | od -An -v -tx1 | tr -d ' \\n'"


def _file(scene: Scene) -> str:
    return f"{scene.value('folder')}/{scene.value('file')}.db"


def _status(scene: Scene, path: str) -> Mapping[str, int]:
    said = scene.read(scene.value("etcd"), f"/opt/bin/etcdutl snapshot status {path} -w json 2>&1")
    return looks.document((said.splitlines() or [""])[-1], "the answer of etcdutl")


def snapshot_is_whole(scene: Scene) -> None:
    """{{ folder }}/{{ file }}.db on {{ etcd }} is a whole snapshot made by etcd, and etcd's own tool can read it."""
    sums = scene.read(scene.value("etcd"), f"bash -c {shlex.quote(SUMS.format(_file(scene)))}").split()
    looks.wrong(
        len(sums) != 2 or sums[0] != sums[1],
        f"{_file(scene)} does not end with its checksum: it is a copied or a cut file",
    )
    looks.wrong(_status(scene, _file(scene)).get("totalKey", 0) < 100, f"{_file(scene)} has fewer than 100 keys")


def snapshot_is_fresh(scene: Scene) -> None:
    """The config map {{ word }} of {{ space }} is in the snapshot."""
    key = f"/registry/configmaps/{scene.value('space')}/{scene.value('word')}"
    snapshot_is_whole(scene)
    said = scene.read(scene.value("etcd"), f"sh -c 'grep -c -a -F {key} {_file(scene)} || true'")
    looks.wrong(said.strip() in ("", "0"), f"the snapshot does not have the config map {scene.value('word')}")


def restored_copy(scene: Scene) -> None:
    """{{ folder }}/rehearsal holds a data folder that was restored from the snapshot."""
    key = f"/registry/configmaps/{scene.value('space')}/{scene.value('word')}"
    path = f"{scene.value('folder')}/rehearsal/member/snap/db"
    said = scene.read(scene.value("etcd"), f"sh -c 'test -d {path[:-7]}wal && grep -c -a -F {key} {path} || true'")
    looks.wrong(
        said.strip() in ("", "0"),
        f"{scene.value('folder')}/rehearsal is no data folder with the config map {scene.value('word')}",
    )
    try:
        wanted, found = (_status(scene, name).get("revision", 0) for name in (_file(scene), path))
    except checks.Wrong:
        return  # a snapshot that cannot be read is another goal's
    looks.wrong(found < wanted, f"{scene.value('folder')}/rehearsal is older than the snapshot")
    # What goes on after the snapshot is a copy of the running folder, unless a restore has raised the number.
    first = scene.read(scene.value("etcd"), f"sh -c 'ls {path[:-2]}0000000000000001-*.snap 2> /dev/null; true'").strip()
    looks.wrong(
        found > wanted and not first,
        f"{scene.value('folder')}/rehearsal is younger than the snapshot: it was not restored from it",
    )


def etcd_is_untouched(scene: Scene, _: object) -> None:
    """The running etcd has its own data folder, and is healthy."""
    checks.etcd_answers(scene.view)
    looks.wrong(looks.store.folder(scene) != DATA, f"etcd's data-dir is {looks.store.folder(scene)}, not {DATA}")
    looks.wrong(looks.store.database(scene) != f"{DATA}/member/snap/db", f"etcd does not run on {DATA}")
    looks.store.same(scene)


def snapshot_is_private(scene: Scene, _: object) -> None:
    """Only root can read the snapshot, because it holds every secret of the cluster."""
    looks.private(scene, scene.value("etcd"), [_file(scene)])
