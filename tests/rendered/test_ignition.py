"""Ignition documents of every machine of every lab: the real Ignition reads them, and makes what is rendered."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import ignition_runs
import machine_root
import pytest
import rendering
import test_units

from kubelab import errors, model, paths
from kubelab.components import cache_layout, pod_images
from kubelab.converge import box_state
from kubelab.lab import ignition_documents
from kubelab.pki import secret_scan
from kubelab.render import files_tsv, ignition, roles
from kubelab.ui import progress

BY_IGNITION = (
    f"{roles.UNITS}/{ignition.SERVICE}",
    "/etc/systemd/system-preset/20-ignition.preset",
    files_tsv.RECORD,
)
"""What stands in a document beside the machine's folder."""


def test_ignition_accepts_every_document(rendered: rendering.Rendered, tmp_path: Path) -> None:
    """Two for each machine, read by Ignition's own validator, without a warning."""
    found = ignition_runs.documents(rendered)
    ends = (".bootstrap.ign", ".ign")
    assert set(found) == {f"{machine.name}{end}" for machine in rendered.lab.machines for end in ends}
    for name, document in found.items():
        (tmp_path / name).write_bytes(document)
    ignition_runs.built(ignition_documents.VALIDATOR)
    ignition_documents.validate([tmp_path / name for name in found], progress.Progress(progress.Style.PLAIN))


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (b'"overwrite"', b'"overwrit"', "unused key"),
        (b'"path": "/etc/', b'"path": "etc/', "path not absolute"),
        (b"[Install]", b"[Instal]", "install"),
        (b'"version": "3.4.0"', b'"version": "9.4.0"', "version"),
    ],
)
def test_a_mistake_in_a_document_is_seen(
    labs: rendering.Labs, tmp_path: Path, good: bytes, bad: bytes, said: str
) -> None:
    """The validator is really asked: a misspelt key, a path, a unit and a version that are none."""
    document = ignition_runs.documents(labs["default"])["etcd-01.ign"]
    assert good in document
    (tmp_path / "etcd-01.ign").write_bytes(document.replace(good, bad))
    ignition_runs.built(ignition_documents.VALIDATOR)
    with pytest.raises(errors.LabError, match="refuses 1 documents") as caught:
        ignition_documents.validate([tmp_path / "etcd-01.ign"], progress.Progress(progress.Style.PLAIN))
    assert said in caught.value.details[0]


def test_a_bootstrap_is_short_and_holds_no_secret(rendered: rendering.Rendered) -> None:
    """At most 1 KiB: the lab's public key, and one unit that names both disks, the machine and its address."""
    scan = secret_scan.Scan.of(rendered.where)
    found = ignition_runs.documents(rendered)
    for machine in rendered.lab.machines:
        document = found[f"{machine.name}.bootstrap.ign"]
        assert len(document) <= ignition.LIMIT == 1024
        assert scan.found(document) == ()
        said = json.loads(document)
        assert set(said) == {"ignition", "passwd", "systemd"}
        (user,), (unit,) = said["passwd"]["users"], said["systemd"]["units"]
        public = (rendered.where.keys / "ssh/id_ed25519.pub").read_text(encoding="ascii")
        assert user["name"] == "core" and public.startswith(user["sshAuthorizedKeys"][0])
        assert unit["enabled"] and "for d in box software;" in unit["contents"] and "LABEL=kl-$$d" in unit["contents"]
        address = f"{machine.address}/{rendered.lab.network.machines.prefixlen}"
        assert f"/opt/kubelab/box/from-disk.sh {machine.name} {address}\n" in unit["contents"]


def test_the_longest_names_and_addresses_fit(labs: rendering.Labs) -> None:
    """A machine with the longest name that a host may have still gets a bootstrap of at most 1 KiB."""
    rendered = labs["default"]
    long = dataclasses.replace(rendered.lab.machines[0], name="x" * 63)
    folder = {ignition.KEY: ignition_runs.file(rendered.where.box(rendered.lab.machines[0].name) / ignition.KEY)}
    assert len(ignition.bootstrap(rendered.lab, long, folder)) <= ignition.LIMIT


def expected(rendered: rendering.Rendered, machine: model.Machine) -> dict[str, ignition_runs.Entry]:
    """Return what a machine's folder says that there is to be: rows in their place, the rest of it in the folder."""
    folder = rendered.where.box(machine.name)
    found = {}
    for path, row in box_state.wanted(rendered.where, machine.name).items():
        place = f"{ignition.FOLDER}/files{path}" if path.startswith(roles.MANIFESTS) else path
        if row.is_link:
            found[place] = ignition_runs.Entry(target=row.target)
            continue
        found[place] = ignition_runs.entry(folder / f"files{path}")
        assert (found[place].mode, row.owner) == (int(row.mode, 8), "root:root")
    for file in folder.rglob("*"):
        inside = file.relative_to(folder)
        if file.is_file() and inside.parts[0] != "files":
            found[f"{ignition.FOLDER}/{inside}"] = ignition_runs.entry(file)
    return found


def test_ignition_makes_the_machine_that_is_rendered(rendered: rendering.Rendered, tmp_path: Path) -> None:
    """The real `files` stage in an empty root: every file and link of the folder with content, mode and owner, the
    record of what is in its place, the key of user core, and nothing else."""
    found = ignition_runs.documents(rendered)
    for machine in rendered.lab.machines:
        root = ignition_runs.run(found[f"{machine.name}.ign"], tmp_path / machine.name)
        made = ignition_runs.tree(root)
        assert {made.pop(path).mode for path in BY_IGNITION} == {0o644}
        assert made == expected(rendered, machine)
        rows = box_state.wanted(rendered.where, machine.name)
        placed = files_tsv.parse((root / files_tsv.RECORD[1:]).read_text(encoding="utf-8"))
        assert placed.items() <= rows.items()
        pods = {f"{roles.MANIFESTS}/{pod.name}.yaml" for pod in roles.pods_of(machine)}
        assert set(rows) - set(placed) == pods
        (key,) = (path for path in (root / "home/core/.ssh").rglob("*") if path.is_file())
        public = (rendered.where.keys / "ssh/id_ed25519.pub").read_text(encoding="ascii")
        assert key.read_text(encoding="ascii").strip() and public.startswith(key.read_text(encoding="ascii").strip())
        assert test_units.verified(test_units.copied(root / roles.UNITS[1:], tmp_path / f"{machine.name}-units")) == ""


def test_ignition_refuses_another_content(labs: rendering.Labs, tmp_path: Path) -> None:
    """Each content is checked against the digest of files.tsv: a changed one is not put in place."""
    document = ignition_runs.documents(labs["default"])["etcd-01.ign"]
    changed = document.replace(b"name:%20etcd-01", b"name:%20etcd-02", 1)
    assert changed != document
    with pytest.raises(AssertionError, match="hash verification failed"):
        ignition_runs.run(changed, tmp_path)


def paths_of(document: bytes) -> Iterator[str]:
    """Yield every path that a document writes to."""
    found = json.loads(document)
    storage = found.get("storage", {})
    yield from (item["path"] for kind in ("directories", "files", "links") for item in storage.get(kind, []))
    yield from (f"{roles.UNITS}/{unit['name']}" for unit in found["systemd"]["units"])


def test_nothing_is_written_to_usr(rendered: rendering.Rendered) -> None:
    """/usr is read-only on Flatcar: no document has a path there, and no script of the folder names one but to run
    it."""
    for name, document in ignition_runs.documents(rendered).items():
        written = list(paths_of(document))
        assert written and not [path for path in written if path.startswith("/usr")], name
    for machine in rendered.lab.machines:
        folder = rendered.where.box(machine.name)
        for script in folder.rglob("*.sh"):
            lines = script.read_text(encoding="utf-8").splitlines()
            assert lines[0] in ("#!/usr/bin/env bash", "# shellcheck shell=bash"), script
            assert not [line for line in lines[1:] if "/usr" in line and not line.startswith("#")], script


def test_a_path_in_usr_would_be_seen(labs: rendering.Labs) -> None:
    """The paths are those of files, links and units."""
    document = ignition_runs.documents(labs["default"])["etcd-01.ign"].replace(b'"/opt/bin/etcd"', b'"/usr/bin/etcd"')
    assert "/usr/bin/etcd" in set(paths_of(document))
    assert {f"{roles.UNITS}/{ignition.SERVICE}", "/etc/etcd/etcd.conf.yaml"} <= set(paths_of(document))


def test_the_same_folder_gives_the_same_documents(rendered: rendering.Rendered) -> None:
    """Rendered twice, from the keys that the lab has: the same to the last byte."""
    assert ignition_runs.anew(rendered) == ignition_runs.documents(rendered)


def test_a_whole_machine_holds_its_keys_readable_to_the_scan(labs: rendering.Labs) -> None:
    """Contents stand there as text: what looks for keys in archives and logs finds them, also here."""
    rendered = labs["default"]
    scan = secret_scan.Scan.of(rendered.where)
    for name, document in ignition_runs.documents(rendered).items():
        assert bool(scan.found(document)) is not name.endswith(".bootstrap.ign"), name


def test_the_folder_is_where_the_checkout_keeps_it(labs: rendering.Labs) -> None:
    """The script that both documents run is carried unchanged."""
    for machine in labs["default"].lab.machines:
        carried = labs["default"].where.box(machine.name) / "from-disk.sh"
        assert carried.read_bytes() == (paths.PROVISION / "from-disk.sh").read_bytes()


ROLES = ("etcd-01", "kube-master-01", "kube-worker-01")
LINKED = ("conntrack", "ipset", "iptables", "iptables-save")
"""Programs that a machine without administrators' folders lacks, and the software disk of the test has."""


def started(rendered: rendering.Rendered, name: str, folder: Path, kind: str) -> machine_root.Machine:
    """Return the root of a machine that has a document, before its unit starts; the disks' files are in it."""
    document = ignition_runs.documents(rendered)[f"{name}{kind}"]
    root = ignition_runs.run(document, folder)
    box = root / ignition.FOLDER[1:]
    if kind == ".bootstrap.ign":
        shutil.copytree(rendered.where.box(name), box)
    software = cache_layout.software(rendered.lab.versions, pod_images.of_lab(rendered.lab))
    made = machine_root.Machine.made(root, software)
    for program in LINKED:
        shutil.copy(root / "opt/stand-ins/sleep", root / "opt/kubelab/software/bin" / program)
    return made


@pytest.mark.parametrize("kind", [".ign", ".bootstrap.ign"])
@pytest.mark.parametrize("name", ROLES)
def test_a_machine_applies_itself(labs: rendering.Labs, tmp_path: Path, name: str, kind: str) -> None:
    """The unit of either document, run in the root that Ignition made: every file is in its place and in the record,
    with name, host key and address; what a whole document brought is not written again."""
    rendered = labs["default"]
    machine = next(machine for machine in rendered.lab.machines if machine.name == name)
    made = started(rendered, name, tmp_path, kind)
    unit = (made.root / roles.UNITS[1:] / ignition.SERVICE).read_text(encoding="utf-8")
    said = made.starts(unit)
    assert ("wrote" in said) is (kind == ".bootstrap.ign"), said
    there = ignition_runs.tree(made.root)
    for path, row in box_state.wanted(rendered.where, name).items():
        if row.is_link:
            assert there[path].target == row.target
        else:
            assert (there[path].digest, there[path].mode) == (row.digest, int(row.mode, 8)), path
    listed = (rendered.where.box(name) / files_tsv.NAME).read_text(encoding="utf-8")
    assert (made.root / files_tsv.RECORD[1:]).read_text(encoding="utf-8") == listed
    assert (made.root / "etc/hostname").read_text(encoding="ascii") == f"{name}\n"
    assert there["/etc/ssh/ssh_host_ed25519_key"].mode == 0o600
    network = (made.root / "run/systemd/network/10-kubelab.network").read_text(encoding="ascii")
    assert f"Name=eth1\n[Network]\nAddress={machine.address}/24\n" in network
    assert (made.root / "opt/bin/etcdctl" if name == "etcd-01" else made.root / "opt/bin/kubelet").is_symlink()
    disks = [call.split()[-2:] for call in made.calls if call.startswith("-t iso9660 -o ro ")]
    wanted = ["software"] if kind == ".ign" else ["box", "software"]
    assert disks == [[f"LABEL=kl-{disk}", f"/opt/kubelab/{disk}"] for disk in wanted]
    imported = [call.split()[-1] for call in made.calls if call.startswith("ctr ")]
    assert len(imported) == len(set(imported)) and bool(imported) is machine.is_node


def test_what_the_system_lacks_comes_from_the_software_disk(labs: rendering.Labs, tmp_path: Path) -> None:
    """A program of neither is named; a second start links, writes, mounts and addresses nothing again."""
    made = started(labs["default"], "etcd-01", tmp_path, ".ign")
    unit = (made.root / roles.UNITS[1:] / ignition.SERVICE).read_text(encoding="utf-8")
    said = made.starts(unit)
    for program in LINKED:
        assert (made.root / "opt/bin" / program).readlink() == Path(f"/opt/kubelab/software/bin/{program}")
    assert "neither this system nor the software disk has ip6tables-save" in said
    assert "has iptables-save" not in said
    before, calls = ignition_runs.tree(made.root), len(made.calls)
    assert "wrote" not in made.starts(unit)
    again = ignition_runs.tree(made.root)
    changed = {path for path in {*before, *again} if before.get(path) != again.get(path)}
    assert changed == {"/calls", "/var/lib/kubelab/timeline.tsv"}
    assert not [call for call in made.calls[calls:] if call.startswith(("-t", "networkctl"))]
