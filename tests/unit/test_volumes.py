"""Volumes of nodes: the claims that get one, the volumes of an older lab, and the repair of volumes."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import labs_data
import pytest

from kubelab import model, paths
from kubelab.clients import kube_api
from kubelab.components import cache_layout, pod_images, software_catalogue
from kubelab.config import load
from kubelab.converge import plan
from kubelab.exercises import baseline_objects as baseline
from kubelab.render import addons, objects_tsv, volumes

LAB = labs_data.lab()
CLAIM = "/api/v1/persistentvolumeclaims"
NAME = "pvc-0af075bc-3758-4e1a-9f6f-542e11e096ab"


def made(name: str = NAME, phase: str = "Bound", **spec: Any) -> kube_api.Json:
    """Return a volume as the provisioner makes it."""
    about = {"name": name, "uid": name, "annotations": {volumes.MAKER: volumes.PROVISIONER}}
    plain = {"persistentVolumeReclaimPolicy": "Delete", "local": {"path": f"{volumes.FOLDER}/{name}_shop_books"}}
    return {"kind": "PersistentVolume", "metadata": about, "spec": {**plain, **spec}, "status": {"phase": phase}}


def claim(volume: str = NAME, **spec: Any) -> kube_api.Json:
    """Return a claim that a volume was made for."""
    notes = {volumes.CLAIMS_MAKER[0]: volumes.PROVISIONER, "pv.kubernetes.io/bind-completed": "yes", "mine": "1"}
    about = {"name": "books", "namespace": "shop", "uid": "u", "annotations": notes}
    plain = {"storageClassName": "local", "accessModes": ["ReadWriteOnce"], "volumeName": volume}
    return {"kind": "PersistentVolumeClaim", "metadata": about, "spec": {**plain, **spec}, "status": {}}


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"accessModes": ["ReadWriteMany"]}, "ReadWriteMany is not granted"),
        ({"accessModes": ["ReadWriteOnce", "ReadOnlyMany"]}, "ReadOnlyMany is not granted"),
        ({"selector": {"matchLabels": {"a": "b"}}}, "selects volumes by their labels"),
        ({"volumeMode": "Block"}, "only folders"),
    ],
)
def test_what_is_not_granted_is_said(spec: dict[str, Any], word: str) -> None:
    """The provisioner would try for ever; the claim that the mend makes is one that it grants."""
    assert word in (volumes.ungranted(spec, "local", volumes.PROVISIONER) or "")
    wanted = volumes.grantable(claim(**spec))
    assert volumes.ungranted(wanted["spec"], "local", volumes.PROVISIONER) is None
    assert wanted["metadata"] == {"name": "books", "namespace": "shop"}


@pytest.mark.parametrize("mode", volumes.MODES)
def test_any_size_is_granted(mode: str) -> None:
    """A folder has no size: a claim of 5 GiB is as good as one of 100 MiB."""
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": "5Gi"}}}
    assert volumes.ungranted(spec, "local", volumes.PROVISIONER) is None
    assert "no provisioner of that name" in (volumes.ungranted(spec, "ssd", "ebs.csi.aws.com") or "")


def test_the_class_of_every_lab_is_the_provisioner_s() -> None:
    """Default, late binding, removed with the claim, and of the kind that belongs to a pod's group."""
    text = (paths.TEMPLATES / "addons/20-storage.yaml.j2").read_text(encoding="utf-8")
    found = text.split("\n---\n")[-1]
    assert f"provisioner: {volumes.PROVISIONER}" in found
    for line in ("volumeBindingMode: WaitForFirstConsumer", "reclaimPolicy: Delete", "defaultVolumeType: local"):
        assert line in found
    assert "kind: PersistentVolume\n" not in text


def test_every_node_has_what_makes_its_folders() -> None:
    """The pod that makes a folder runs where the volume is to be: its image is on each node, before most others."""
    for kind in software_catalogue.NODES:
        assert "volume-folder" in pod_images.images_for_kind(kind)
    assert all(addons.has_volumes(LAB, machine) == machine.is_node for machine in LAB.machines)


def test_volumes_come_and_go_with_their_claims() -> None:
    """In the look before and after an exercise neither a new nor a removed one is a difference; a changed one is."""
    key = (volumes.COLLECTION, "", NAME)
    none, one = baseline.Objects(found={}), baseline.Objects(found={key: made()})
    assert baseline.differences(none, one) == {}
    assert baseline.differences(one, none) == {}
    kept = baseline.Objects(found={key: made(persistentVolumeReclaimPolicy="Retain")})
    assert baseline.differences(one, kept) == {key: "changed"}
    by_hand = made()
    by_hand["metadata"]["annotations"] = {}
    assert baseline.differences(none, baseline.Objects(found={key: by_hand})) == {key: "extra"}


def test_a_claim_that_was_made_anew_is_the_same() -> None:
    """Which volume it has, nobody decided: the one that it had before went with it."""
    key = (CLAIM, "shop", "books")
    other = claim("pvc-ffffffff-3758-4e1a-9f6f-542e11e096ab")
    before, now = baseline.Objects(found={key: claim()}), baseline.Objects(found={key: other})
    assert baseline.differences(before, now) == {}


class Door:
    """An API in which one claim is missing, and a volume is on its way out for two looks."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.posted: list[kube_api.Json] = []
        self.looks = 0

    def items(self, path: str) -> list[kube_api.Json]:
        """Return the volume that leaves."""
        assert path == volumes.COLLECTION
        self.looks += 1
        return [made(phase="Released")] if self.looks < 3 else []

    def request(self, method: str, path: str, body: kube_api.Json | None = None) -> Any:
        """Take what is put back."""
        assert (method, path) == ("POST", "/api/v1/namespaces/shop/persistentvolumeclaims")
        self.posted.append(body or {})
        return None


def test_a_deleted_claim_is_put_back_without_the_volume_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name it would be lost for ever; without, it gets a new one. What leaves is waited for."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    door = Door()
    space = ("/api/v1/namespaces", "", "shop")
    there = {"kind": "Namespace", "metadata": {"name": "shop"}, "spec": {}}
    before = baseline.Objects(found={space: there, (CLAIM, "shop", "books"): claim()})
    monkeypatch.setattr(baseline, "take", lambda _: baseline.Objects(found={space: there}))
    baseline.restore(door, before)  # type: ignore[arg-type]
    (back,) = door.posted
    assert "volumeName" not in back["spec"]
    assert back["metadata"]["annotations"] == {"mine": "1"}
    assert door.looks == 3


OLD = (
    "a\tstorage.k8s.io/v1\tStorageClass\t-\tlocal\t20-storage.yaml\t1\n"
    "b\tv1\tPersistentVolume\t-\tkube-worker-01-1\t20-storage.yaml\t2\n"
    "c\tv1\tPersistentVolume\t-\tkube-worker-01-2\t20-storage.yaml\t3\n"
    "d\tv1\tConfigMap\tkube-system\tgone\t10-dns.yaml\t1\n"
)
"""What a lab of the time before volumes were made for claims had applied."""


def test_the_volumes_of_an_older_lab_are_judged_one_by_one(tmp_path: Path) -> None:
    """The class cannot be changed, so it is deleted first; volumes are named apart, for some hold data."""
    (tmp_path / "applied").write_text(OLD, encoding="utf-8")
    (tmp_path / "objects.tsv").write_text(OLD.splitlines()[0].replace("a\t", "z\t", 1) + "\n", encoding="utf-8")
    (tmp_path / "20-storage.yaml").write_text("kind: StorageClass\n", encoding="utf-8")
    subprocess.run([paths.PROVISION / "object-changes.sh", tmp_path, tmp_path], check=True)
    anew, gone = ((tmp_path / name).read_text(encoding="utf-8") for name in ("anew.yaml", "gone.yaml"))
    assert 'kind: StorageClass\nmetadata: {name: "local"' in anew
    assert "PersistentVolume" not in gone
    assert 'name: "gone"' in gone
    assert (tmp_path / "volumes").read_text(encoding="utf-8").split() == ["kube-worker-01-2", "kube-worker-01-1"]


KUBECTL = """#!/bin/sh
echo "$*" >> "$SEEN"
case "$*" in
  *kubelab-objects*-o*jsonpath*) cat "$OLD" ;;
  *"get pv kube-worker-01-1 "*) printf Bound ;;
  *"get pv kube-worker-01-2 "*) printf Available ;;
  *"get pv kube-worker-01-3 "*) printf Released ;;
esac
"""


def test_an_older_lab_keeps_volumes_that_hold_data(tmp_path: Path) -> None:
    """One that is bound or released stays, one that nobody has taken goes; the class is made anew first."""
    folder, programs = tmp_path / "addons", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    old = OLD + OLD.splitlines()[2].replace("-2", "-3") + "\n"
    (tmp_path / "old").write_text(old, encoding="utf-8")
    (folder / "objects.tsv").write_text(OLD.splitlines()[0].replace("a\t", "z\t", 1) + "\n", encoding="utf-8")
    (folder / "20-storage.yaml").write_text("kind: StorageClass\n", encoding="utf-8")
    (folder / "roles.tsv").write_text("", encoding="utf-8")
    (programs / "kubectl").write_text(KUBECTL, encoding="utf-8")
    (programs / "kubectl").chmod(0o755)
    shutil.copy(paths.PROVISION / "object-changes.sh", programs / "kubelab-object-changes")
    script = programs / "apply"
    text = (paths.PROVISION / "apply-addons.sh").read_text(encoding="utf-8")
    script.write_text(text.replace("PATH=/opt/bin:$PATH", f"PATH={programs}:$PATH"), encoding="utf-8")
    seen = tmp_path / "seen"
    env = {"PATH": "/usr/bin:/bin", "SEEN": str(seen), "OLD": str(tmp_path / "old")}
    subprocess.run(["bash", script, folder], check=True, env=env, timeout=20)
    asked = seen.read_text(encoding="utf-8").splitlines()
    deleted = [line for line in asked if line.startswith("delete pv")]
    assert [line.split()[-1] for line in deleted] == ["kube-worker-01-2"]
    anew = next(number for number, line in enumerate(asked) if "anew.yaml" in line)
    applied = next(number for number, line in enumerate(asked) if "changed.yaml" in line)
    assert anew < applied


def test_the_plan_says_what_becomes_of_old_volumes() -> None:
    """`remove` alone would frighten who has data on one."""
    rows = objects_tsv.parse(OLD)
    rendered = Rendered(objects_tsv.text((rows[0],)))
    items = list(plan._objects(rendered, plan.Before(content=lambda *_: None, applied=rows)))  # type: ignore[arg-type]
    reasons = {item.what: item.reason for item in items}
    assert "stays while a claim or data is on it" in reasons["PersistentVolume kube-worker-01-1"]
    assert reasons["ConfigMap kube-system/gone"] == "no longer part of the lab"


class Rendered:
    """A rendering of which only the list of objects is asked."""

    lab = LAB

    def __init__(self, text: str) -> None:
        """Keep the list."""
        self.text = text

    def of_box(self, machine: str, path: str) -> bytes:
        """Return the list of objects."""
        assert (machine, path) == (LAB.control_plane[0].name, f"files{addons.OBJECTS}")
        return self.text.encode()


@pytest.mark.parametrize(("which", "later"), [("known", True), ("whole", False)])
def test_a_restore_leaves_newer_volumes_alone_unless_they_are_forgotten(
    tmp_path: Path, which: str, later: bool
) -> None:
    """With etcd put back nobody knows a newer volume; without, its claim is there, and its data are its own."""
    home, saved = tmp_path / "volumes", tmp_path / "saved"
    for name in ("old", "removed"):
        (saved / name).mkdir(parents=True)
        (saved / name / "f").write_text("then", encoding="utf-8")
    tar = tmp_path / "tar.gz"
    with tarfile.open(tar, "w:gz") as packed:
        packed.add(saved, arcname=".")
    for name in ("old", "later"):
        (home / name).mkdir(parents=True)
        (home / name / "g").write_text("now", encoding="utf-8")
    inode = (home / "old").stat().st_ino
    text = (paths.PROVISION / "checkpoint/take-volumes.sh").read_text(encoding="utf-8")
    assert f"volumes={volumes.FOLDER}\n" in text
    script = text.replace(f"volumes={volumes.FOLDER}\n", f"volumes={home}\n")
    subprocess.run(["bash", "-s", "--", tar, which], input=script.encode(), check=True)
    assert (home / "later/g").exists() is later
    assert [path.name for path in (home / "old").iterdir()] == ["f"]
    assert (home / "removed/f").read_text(encoding="utf-8") == "then"
    assert (home / "old").stat().st_ino == inode, "a folder that may be mounted into a pod was replaced"


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no C compiler here; type: ./run host.setup")
def test_only_folders_of_volumes_are_made_and_removed(tmp_path: Path) -> None:
    """Whoever may make a volume chooses its path: none leads out of the folder of all volumes."""
    program = tmp_path / "volume-folder"
    source = paths.COMPONENTS / "volume-folder/volume-folder.c"
    subprocess.run(["gcc", "-Wall", "-Werror", "-DVERSION=1.0.0", "-o", program, source], check=True)
    for path in ("", "/etc", f"{volumes.FOLDER}/", f"{volumes.FOLDER}/..", f"{volumes.FOLDER}/a/b", volumes.FOLDER):
        for action in ("create", "delete"):
            done = subprocess.run([program, "-p", path, "-a", action], capture_output=True, text=True, check=False)
            assert done.returncode == 2, path
            assert "no volume of this lab" in done.stderr
    assert subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stdout == "volume-folder 1.0.0\n"


def test_the_version_that_is_built_is_the_one_that_is_asked_for() -> None:
    """The version set and go.mod name the same provisioner."""
    cache_layout.check_pins(load.versions("1.37"))
    assert cache_layout.pinned(software_catalogue.FAMILIES["local-path-provisioner"]) == "0.0.30"
    assert model.Addon.STORAGE in LAB.addons
