"""build/<lab>/ is written by one writer, only where it differs, and only its owner may read it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kubelab import artifact, paths
from kubelab.state import workspace

FILES = {
    "Vagrantfile": artifact.HostFile(content=b"one\n"),
    "kubeconfig": artifact.HostFile(content=b"secret\n", mode=0o600),
    "boxes/etcd-01/files/etc/x": artifact.HostFile(content=b"x\n"),
    "boxes/etcd-01/provision.sh": artifact.HostFile(content=b"#!/bin/sh\n", mode=0o755),
}


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab whose folder is not there yet."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    return paths.LabPaths(name="mine")


def mode(path: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_written_with_its_mode(where: paths.LabPaths) -> None:
    """Every path is told, and the folder is closed to others whatever the umask is."""
    assert sorted(workspace.write(where, FILES)) == sorted(FILES)
    assert {path: mode(where.root / path) for path in FILES} == {path: file.mode for path, file in FILES.items()}
    assert mode(where.root) == 0o700


def test_a_second_time_nothing_is_written(where: paths.LabPaths) -> None:
    """No file gets another time or another inode: a running box has them mounted."""
    workspace.write(where, FILES)
    before = {path: (where.root / path).stat() for path in FILES}
    assert workspace.write(where, FILES) == ()
    after = {path: (where.root / path).stat() for path in FILES}
    assert {path: (row.st_ino, row.st_mtime_ns) for path, row in before.items()} == {
        path: (row.st_ino, row.st_mtime_ns) for path, row in after.items()
    }


def test_what_differs_is_written_and_told(where: paths.LabPaths) -> None:
    """A changed content and a changed mode, and nothing beside them."""
    workspace.write(where, FILES)
    changed = {
        **FILES,
        "Vagrantfile": artifact.HostFile(content=b"two\n"),
        "kubeconfig": artifact.HostFile(content=b"secret\n", mode=0o640),
    }
    assert sorted(workspace.write(where, changed)) == ["Vagrantfile", "kubeconfig"]
    assert where.vagrantfile.read_bytes() == b"two\n"
    assert mode(where.kubeconfig) == 0o640


def test_what_somebody_changed_by_hand_is_put_back(where: paths.LabPaths) -> None:
    """The files follow from the lab file, not from what they were."""
    workspace.write(where, FILES)
    where.vagrantfile.write_text("mine\n", encoding="utf-8")
    assert workspace.write(where, FILES) == ("Vagrantfile",)


def test_what_is_no_more_is_removed_and_the_boxes_folder_stays(where: paths.LabPaths) -> None:
    """A mounted folder must stay the same one: a new one of that name would not be seen inside the box."""
    workspace.write(where, FILES)
    inode = where.box("etcd-01").stat().st_ino
    left = {path: file for path, file in FILES.items() if "files/" not in path}
    assert workspace.write(where, left) == ("boxes/etcd-01/files/etc/x",)
    assert where.box("etcd-01").stat().st_ino == inode
    assert not (where.box("etcd-01") / "files/etc").exists()


def test_what_is_beside_the_boxes_is_left_alone(where: paths.LabPaths) -> None:
    """State and logs are not rendered, so that they are not removed either."""
    workspace.write(where, FILES)
    for folder in (where.state, where.logs, where.bin):
        folder.mkdir()
        (folder / "x").touch()
    workspace.write(where, {})
    assert [(folder / "x").exists() for folder in (where.state, where.logs, where.bin)] == [True, True, True]


def test_keys_are_closed_and_read_back(where: paths.LabPaths) -> None:
    """0600 but for what is public; what is kept is what was written, and old ones are gone."""
    keys = {"kubernetes/ca.crt": b"c", "kubernetes/ca.key": b"k", "ssh/id.pub": b"p", "ssh/id": b"s"}
    workspace.write_keys(where, {**keys, "nodes/old/x.key": b"o"})
    workspace.write_keys(where, keys)
    assert workspace.read_keys(where) == keys
    assert mode(where.keys) == 0o700
    assert {path: mode(where.keys / path) for path in keys} == {
        "kubernetes/ca.crt": 0o644,
        "kubernetes/ca.key": 0o600,
        "ssh/id.pub": 0o644,
        "ssh/id": 0o600,
    }


def test_a_half_written_key_is_none(where: paths.LabPaths) -> None:
    """A run that was killed left its draft: it is not read."""
    workspace.write_keys(where, {"a.key": b"whole"})
    (where.keys / "b.key.staged").write_bytes(b"ha")
    assert workspace.read_keys(where) == {"a.key": b"whole"}


def test_a_link_follows_its_target(where: paths.LabPaths) -> None:
    """kubectl is the one of the lab's version set; a link to somewhere else is replaced, never followed."""
    workspace.put_links(where.bin, {"kubectl": Path("/cache/1/kubectl")})
    workspace.put_links(where.bin, {"kubectl": Path("/cache/2/kubectl")})
    assert (where.bin / "kubectl").readlink() == Path("/cache/2/kubectl")
    assert [path.name for path in where.bin.iterdir()] == ["kubectl"]


def test_a_tool_that_the_lab_no_longer_names_is_taken_away(where: paths.LabPaths) -> None:
    """Only links are: a program that a person put there is theirs."""
    workspace.put_links(where.bin, {"kubectl": Path("/cache/1/kubectl"), "helm": Path("/cache/1/helm")})
    (where.bin / "mine").write_text("#!/bin/sh\n", encoding="utf-8")
    workspace.put_links(where.bin, {"kubectl": Path("/cache/1/kubectl")})
    assert sorted(path.name for path in where.bin.iterdir()) == ["kubectl", "mine"]


def test_ignition_documents_are_their_owners_only_and_those_of_the_lab(where: paths.LabPaths) -> None:
    """0600 in a folder of 0700; the documents of a machine that the lab no longer has are removed."""
    workspace.write_ignition(where, {"etcd-01.ign": b"one", "north.ign": b"two"})
    (where.ignition / "etcd-01.ign").chmod(0o644)
    assert workspace.write_ignition(where, {"etcd-01.ign": b"one"}) == (where.ignition / "etcd-01.ign",)
    assert {path.name: mode(path) for path in where.ignition.iterdir()} == {"etcd-01.ign": 0o600}
    assert mode(where.ignition) == 0o700


def test_removing_takes_all_or_leaves_the_keys(where: paths.LabPaths) -> None:
    """With `keep_keys` the next lab of the name has the same authorities."""
    workspace.write(where, FILES)
    workspace.write_keys(where, {"a.key": b"k"})
    workspace.write_ignition(where, {"etcd-01.ign": b"holds keys"})
    workspace.remove(where, keep_keys=True)
    assert [path.name for path in where.root.iterdir()] == ["keys"]
    workspace.remove(where, keep_keys=False)
    assert not where.root.exists()
    workspace.remove(where, keep_keys=False)


def test_removing_never_follows_a_link_out_of_the_folder(where: paths.LabPaths, tmp_path: Path) -> None:
    """Somebody's folder that was linked into the lab's stays."""
    workspace.write(where, FILES)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis").touch()
    (where.root / "notes").symlink_to(mine)
    workspace.remove(where, keep_keys=False)
    assert (mine / "thesis").exists()
