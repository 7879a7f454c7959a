"""Checkpoints on disk are complete or absent, verified by hash, and private; one that does not fit is refused."""

from __future__ import annotations

import dataclasses
import datetime
import json
import shutil
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

import hypothesis
import labs_data
import pytest
from hypothesis import strategies

from kubelab import checks, errors, model, paths
from kubelab.clients import ssh
from kubelab.converge import apply, repair
from kubelab.lab import checkpoint_transfer, checkpoints
from kubelab.pki import certlist
from kubelab.state import checkpoint_files, workspace
from kubelab.tasks.output import checkpoint_output
from kubelab.ui import progress

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
LAB = labs_data.lab()
KEYS = certlist.issue(LAB, {}, NOW).files
SHAPE = checkpoint_files.shape(LAB, KEYS)
SECRET = b"ciphertext and what decrypts it"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Give a lab's places in an empty folder."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return paths.LabPaths(name="default")


def make(where: paths.LabPaths, name: str = "a", *, force: bool = False) -> checkpoint_files.Checkpoint:
    """Save a checkpoint of two files."""
    with checkpoint_files.draft(where, name, force=force) as making:
        (making / "etcd").mkdir()
        (making / "etcd/etcd-01.db").write_bytes(SECRET)
        (making / "volumes.tar").write_bytes(b"v")
        return checkpoint_files.finish(making, where, name, NOW, SHAPE)


def test_a_checkpoint_is_read_back_as_it_was_saved(where: paths.LabPaths) -> None:
    """Name, time, shape, every file; nothing is wrong with it, and it fits the lab it is of."""
    made = make(where)
    assert checkpoint_files.names(where) == ["a"]
    assert checkpoint_files.read(where, "a") == made
    assert (made.taken, made.size) == ("2026-11-23T09:00:00.000000Z", len(SECRET) + 1)
    checkpoint_files.refuse_unfit(where, made, SHAPE)


def test_nobody_else_reads_it(where: paths.LabPaths) -> None:
    """Folders 0700, files 0600: there are secrets in it."""
    make(where)
    for path in [where.checkpoints, *where.checkpoints.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("harm", ["changed", "longer", "missing"])
def test_damage_is_found_and_named(where: paths.LabPaths, harm: str) -> None:
    """One byte, one more, or the whole file: the restore is refused before anything is touched."""
    made = make(where)
    file = checkpoint_files.folder(where, "a") / "etcd/etcd-01.db"
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(SECRET + b"." if harm == "longer" else b"C" + SECRET[1:])
    with pytest.raises(errors.LabError) as caught:
        checkpoint_files.refuse_unfit(where, made, SHAPE)
    assert caught.value.ident == "checkpoint-damaged"
    wrong = "missing" if harm == "missing" else "not what was written"
    assert caught.value.details == (f"etcd/etcd-01.db: {wrong}",)


def test_a_file_outside_the_checkpoint_is_not_read(where: paths.LabPaths) -> None:
    """A manifest that somebody edited, or a link, leads nowhere else."""
    made = make(where)
    (checkpoint_files.folder(where, "a") / "link").symlink_to("/etc/passwd")
    row = checkpoint_files.File(sha256="0" * 64, size=1)
    edited = dataclasses.replace(made, files={"../../up.log": row, "/etc/passwd": row, "link": row})
    outside = [f"{path}: outside the checkpoint" for path in edited.files]
    assert checkpoint_files.flaws(where, edited)[: len(outside)] == outside


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": 1}', '{"files": {"a": 1}}', "null"])
def test_a_broken_manifest_is_an_error_that_names_it(where: paths.LabPaths, content: str) -> None:
    """No traceback: the person deletes it and goes on."""
    make(where)
    (checkpoint_files.folder(where, "a") / checkpoint_files.MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(errors.LabError) as caught:
        checkpoint_files.read(where, "a")
    assert caught.value.ident == "checkpoint-damaged"


def test_an_interrupted_save_leaves_nothing_and_the_old_one_whole(where: paths.LabPaths) -> None:
    """Whatever stops it: there is no half a checkpoint, and last night's is still there."""
    made = make(where)
    with pytest.raises(KeyboardInterrupt), checkpoint_files.draft(where, "a", force=True) as making:
        (making / "x").write_bytes(b"half")
        raise KeyboardInterrupt
    assert [path.name for path in where.checkpoints.iterdir()] == ["a"]
    assert checkpoint_files.flaws(where, made) == []


def test_a_name_is_not_taken_twice_by_accident(where: paths.LabPaths) -> None:
    """Without force it is refused; with it the new one replaces the old one whole."""
    make(where)
    with pytest.raises(errors.LabError) as caught:
        make(where)
    assert caught.value.ident == "checkpoint-taken"
    make(where, force=True)
    assert [path.name for path in where.checkpoints.iterdir()] == ["a"]


@hypothesis.given(strategies.text(max_size=60) | strategies.sampled_from(["..", ".", "", "a/b", "-", ".draft", "a\n"]))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    """A name is a folder directly under checkpoints/, or it is refused."""
    where = paths.LabPaths(name="default")
    try:
        found = checkpoint_files.folder(where, name)
    except errors.LabError as problem:
        assert problem.ident == "checkpoint-name"
    else:
        assert found.parent == where.checkpoints
        assert not found.name.startswith((".", "-"))


CHANGED: dict[str, Callable[[], model.Lab]] = {
    "machines": lambda: labs_data.lab(workers=3),
    "add-ons": lambda: dataclasses.replace(LAB, addons=LAB.addons[:1]),
    "domain": lambda: dataclasses.replace(LAB, network=dataclasses.replace(LAB.network, domain="lab.local")),
    "pods": lambda: dataclasses.replace(LAB, network=dataclasses.replace(LAB.network, pods=IPv4Network("10.4.0.0/16"))),
    "versions": lambda: dataclasses.replace(
        LAB, versions=model.VersionSet(name="1.38", components={"kubernetes": "1.38.0", "etcd": "3.7.1"})
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_another_shape_is_refused_and_the_difference_named(where: paths.LabPaths, what: str) -> None:
    """Machines, ranges, versions, add-ons: the error names exactly what differs, with both values."""
    made = make(where)
    with pytest.raises(errors.LabError) as caught:
        checkpoint_files.refuse_unfit(where, made, checkpoint_files.shape(CHANGED[what](), KEYS))
    assert caught.value.ident == "checkpoint-shape"
    assert [detail.split(":")[0] for detail in caught.value.details] == [what]


def test_other_keys_are_another_shape_and_a_larger_box_is_not() -> None:
    """Secrets of other keys could not be decrypted; memory and CPUs are nobody's business; leaves are renewed."""
    other = certlist.issue(LAB, {}, NOW).files
    assert checkpoint_files.shape(LAB, other)["authorities and secrets"] != SHAPE["authorities and secrets"]
    larger = tuple(dataclasses.replace(machine, memory=4096, cpus=4) for machine in LAB.machines)
    assert checkpoint_files.shape(dataclasses.replace(LAB, machines=larger), KEYS) == SHAPE
    renewed = certlist.issue(LAB, KEYS, NOW, certlist.Terms(renew=("*",))).files
    assert checkpoint_files.shape(LAB, renewed) == SHAPE
    assert KEYS["encryption.key"].decode() not in str(SHAPE)


def test_an_unknown_one_is_an_error_that_lists_them(where: paths.LabPaths) -> None:
    """Reading and deleting alike."""
    make(where, "friday")
    for act in (checkpoint_files.read, checkpoint_files.delete):
        with pytest.raises(errors.LabError) as caught:
            act(where, "monday")
        assert (caught.value.ident, caught.value.details) == ("checkpoint-unknown", ("there are: friday",))
    checkpoint_files.delete(where, "friday")
    assert checkpoint_files.names(where) == []


def test_parts_are_named_by_a_person() -> None:
    """All, some, or a word that is none."""
    assert checkpoints.parts("etcd,volumes") == (checkpoint_transfer.Part.ETCD, checkpoint_transfer.Part.VOLUMES)
    assert checkpoints.parts("") == ()
    with pytest.raises(errors.LabError) as caught:
        checkpoints.parts("etcd,all")
    assert caught.value.ident == "checkpoint-part"


def test_a_box_that_fails_leaves_no_checkpoint(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of four boxes is silent: the error names it, and nothing of that name exists."""

    def save(_: object, machine: model.Machine, command: str, target: Path, **__: object) -> None:
        if machine.name == "kube-worker-02":
            raise ssh.Unreachable("kube-worker-02: no answer in 300 s")
        target.write_text(command, encoding="utf-8")

    monkeypatch.setattr(ssh, "save", save)
    workspace.write_keys(where, KEYS)
    with pytest.raises(errors.LabError) as caught:
        checkpoint_transfer.take(checks.View.of(LAB, where), "a")
    assert caught.value.ident == "checkpoint-failed"
    assert caught.value.details == ("kube-worker-02: kube-worker-02: no answer in 300 s",)
    assert list(where.checkpoints.iterdir()) == []


def test_the_last_good_one_fails_nothing(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab that is up is up, whether its checkpoint could be taken or not; without work the old one stays."""
    said: list[str] = []

    def fail(*_: object, **__: object) -> None:
        raise errors.LabError("checkpoint-failed", "a box failed", details=["etcd-01: no space"])

    monkeypatch.setattr(checkpoint_transfer, "take", fail)
    report = progress.Progress(progress.Style.PLAIN)
    monkeypatch.setattr(report, "say", said.append)
    risen = apply.UpResult(lab=LAB, where=where, boxes={}, reached={}, by_hand=repair.Changes(), pending=False)
    checkpoints.keep_last_good(labs_data.held(LAB, report), risen)
    assert "none was taken: a box failed: etcd-01: no space" in said[0]
    make(where, checkpoint_files.LAST_GOOD)
    checkpoints.keep_last_good(labs_data.held(LAB, report), risen)
    assert len(said) == 1


def test_every_item_of_a_checkpoint_has_its_script() -> None:
    """What is given can be taken back: for each give there is a take."""
    scripts = {path.stem for path in checkpoint_transfer.SCRIPTS.glob("*.sh")}
    given = {name for machine in LAB.machines for name in checkpoint_transfer._items(LAB, machine).values()}
    assert given == {"give-etcd", "give-files", "give-volumes"}
    assert scripts >= given | {name.replace("give", "take") for name in given} | {"hold", "release", "newer"}


@pytest.mark.parametrize("count", [1, 3])
def test_every_member_begins_with_the_same_data(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """One snapshot and one revision for all; of several all stop before one starts with it. One is never held."""
    lab, done = labs_data.lab(members=count), list[str]()
    monkeypatch.setattr(checkpoint_transfer, "_send", lambda *words: done.append(f"send {words[2].name}"))
    monkeypatch.setattr(checkpoint_transfer, "script", lambda *words: done.append(" ".join(map(str, words[2:]))))
    checkpoint_transfer._put_etcd(checks.View.of(lab, where), checkpoint_files.folder(where, "a"))
    assert done[:count] == ["send etcd-01.db"] * count
    assert done[count:-count] == (["hold-etcd"] * count if count > 1 else [])
    assert len(set(done[-count:])) == 1
    assert done[-1].startswith("take-etcd /var/lib/etcd/incoming.db ")


def test_a_manifest_holds_no_secret(where: paths.LabPaths) -> None:
    """Names, hashes and sizes only: it may be shown."""
    make(where)
    text = (checkpoint_files.folder(where, "a") / checkpoint_files.MANIFEST).read_text(encoding="utf-8")
    assert set(json.loads(text)) == {"name", "lab", "taken", "shape", "files"}
    assert not any(line in text for line in KEYS["kubernetes/ca.key"].decode().splitlines()[1:-1])


@pytest.mark.parametrize("left", ["between the renames", "before the old one was removed"])
def test_what_was_deleted_stays_deleted(where: paths.LabPaths, left: str) -> None:
    """A save that was killed while it replaced a checkpoint leaves the old one aside: a delete takes that along."""
    make(where)
    target = checkpoint_files.folder(where, "a")
    old = target.with_name(".a.old")
    if left == "between the renames":
        target.rename(old)
    else:
        shutil.copytree(target, old)
    checkpoint_files.delete(where, "a")
    assert checkpoint_files.names(where) == []
    assert list(where.checkpoints.iterdir()) == []


def test_a_save_after_a_killed_one_asks_before_it_replaces(where: paths.LabPaths) -> None:
    """Between the two renames of a killed save the checkpoint has no name, and is there all the same."""
    make(where)
    target = checkpoint_files.folder(where, "a")
    target.rename(target.with_name(".a.old"))
    with pytest.raises(errors.LabError) as caught:
        make(where)
    assert caught.value.ident == "checkpoint-taken"
    assert checkpoint_files.names(where) == ["a"]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_delete_that_is_stopped_leaves_a_whole_checkpoint_or_none(
    where: paths.LabPaths, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the files go: what still has the name has every file, and the next delete or save goes on."""
    made = make(where)

    def removed(folder: Path, **_: object) -> None:
        for file in made_files(folder)[:after]:
            file.unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", removed)
        with pytest.raises(KeyboardInterrupt):
            checkpoint_files.delete(where, "a")
    for name in checkpoint_files.names(where):
        assert checkpoint_files.flaws(where, checkpoint_files.read(where, name)) == []
    assert list(where.checkpoints.iterdir()) == []
    assert make(where) == made


def made_files(folder: Path) -> list[Path]:
    """Return the files of a folder, the manifest last: no system promises an order."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return sorted(found, key=lambda path: path.name == checkpoint_files.MANIFEST)


def test_a_checkpoint_that_was_moved_to_another_disk_is_replaced_and_deleted(
    where: paths.LabPaths, tmp_path: Path
) -> None:
    """A link stands in its place: the link goes, what it leads to is the person's."""
    elsewhere = tmp_path / "elsewhere"
    for again in (False, True):
        made = make(where)
        checkpoint_files.folder(where, "a").rename(elsewhere)
        checkpoint_files.folder(where, "a").symlink_to(elsewhere)
        if again:
            assert make(where, force=True) == made
        checkpoint_files.delete(where, "a")
        assert checkpoint_files.names(where) == []
        assert list(where.checkpoints.iterdir()) == []
        assert (elsewhere / checkpoint_files.MANIFEST).is_file()
        shutil.rmtree(elsewhere)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_damaged_one_hides_no_whole_one(
    where: paths.LabPaths, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    """The error of a damaged checkpoint says to list them: the list has it, and those that are whole."""
    make(where)
    make(where, "b")
    (checkpoint_files.folder(where, "a") / checkpoint_files.MANIFEST).write_text("{", encoding="utf-8")
    for verify in (False, True):
        assert checkpoint_output.table(where, verify=verify, as_json=as_json) is errors.Exit.FAILED
        said = capsys.readouterr().out
        if as_json:
            rows = {row["name"]: row for row in json.loads(said)}
            assert "no JSON" in rows["a"]["flaws"][0]
            assert rows["b"]["bytes"] == len(SECRET) + 1
        else:
            assert [line.split()[0] for line in sorted(said.splitlines())] == ["a", "b"]
            assert "a                        damaged: manifest.json is no JSON" in said


@pytest.mark.parametrize("arrives", [0, 5, 1000, 1_000_021])
def test_output_that_a_full_disk_cut_is_an_error(
    where: paths.LabPaths, tmp_path: Path, arrives: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ssh ends with the command's 0 when it could not write the last of its output: seen with OpenSSH 9.2.

    Here a program in its place runs the command and writes only so many bytes; with room for all the file is exact.
    """
    fake = tmp_path / "bin" / "ssh"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/bash\nset -o pipefail\nbash -c "${{@: -1}}" | (head -c {arrives}; cat > /dev/null)\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    target = tmp_path / "saved"
    command = 'sudo() { "$@"; }; sudo bash -s  # give'
    given = b"head -c 1000000 /dev/zero"
    if arrives >= 1_000_021:
        ssh.save(where, LAB.machines[0], command, target, given=given)
        assert target.read_bytes() == bytes(1_000_000)
        with pytest.raises(ssh.Failed):
            ssh.save(where, LAB.machines[0], command, tmp_path / "other", given=b"echo half; exit 3")
        return
    with pytest.raises(OSError, match="was cut"):
        ssh.save(where, LAB.machines[0], command, target, given=given)
