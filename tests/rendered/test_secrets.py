"""Secrets stay in their places: no key is in the Vagrantfile or in a file that other users may read."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath

import rendering

from kubelab import paths
from kubelab.pki import secret_scan


def everything(rendered: rendering.Rendered) -> list[Path]:
    """Return every file of the lab's folder."""
    found = [path for path in rendered.where.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert found
    return found


def test_no_secret_in_the_vagrantfile(rendered: rendering.Rendered) -> None:
    """It is the file that people mail to each other."""
    assert secret_scan.Scan.of(rendered.where).found(rendered.where.vagrantfile.read_bytes()) == ()


def test_no_secret_in_a_file_that_others_may_read(rendered: rendering.Rendered) -> None:
    """Every key of the lab is looked for in every such file, also as base64; the folder itself is closed as well."""
    scan = secret_scan.Scan.of(rendered.where)
    assert len(scan.known) > 20
    open_files = [path for path in everything(rendered) if path.stat().st_mode & 0o044]
    assert len(open_files) > 50
    leaks = {str(path): words for path in open_files if (words := scan.found(path.read_bytes()))}
    assert not leaks
    assert stat.S_IMODE(rendered.where.root.stat().st_mode) == 0o700


def test_the_scan_sees_a_leak(labs: rendering.Labs) -> None:
    """A key in plain, a key as a kubeconfig has it and the encryption key: each would be found."""
    where = labs["default"].where
    scan = secret_scan.Scan.of(where)
    assert scan.found((where.keys / "kubernetes/ca.key").read_bytes())
    assert scan.found(where.kubeconfig.read_bytes())
    assert scan.found(b"x: " + (where.keys / "encryption.key").read_bytes())


def test_what_is_secret_by_its_name_is_closed(rendered: rendering.Rendered) -> None:
    """Keys, kubeconfigs and the encryption configuration: 0600 here, and 0600 in what the box is told to do."""
    for path in everything(rendered):
        if secret_scan.secret_file(PurePosixPath(path)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for machine in rendered.lab.machines:
        rows = rendered.rows(machine.name)
        secret = [
            path for path, row in rows.items() if secret_scan.secret_file(PurePosixPath(path)) and row[0] != "link"
        ]
        assert secret
        assert {rows[path][1] for path in secret} == {"0600"}


def test_authorities_keys_stay_on_the_computer(rendered: rendering.Rendered) -> None:
    """Of every CA's key only the signer that the controller-manager needs is on a box, and on that box only."""
    for machine in rendered.lab.machines:
        found = set(rendered.files(machine.name))
        contents = {path.read_bytes() for path in found}
        for authority in ("kubernetes", "etcd", "front-proxy"):
            key = (rendered.where.keys / authority / "ca.key").read_bytes()
            signer = authority == "kubernetes" and machine in rendered.lab.control_plane
            assert (key in contents) == signer, f"{authority} on {machine.name}"


def test_no_path_of_this_computer_reaches_a_box(rendered: rendering.Rendered) -> None:
    """What lands on a box is the same whoever renders it, and wherever."""
    places = [str(paths.ROOT), str(rendered.root), str(paths.cache())]
    for machine in rendered.lab.machines:
        for path in rendered.where.box(machine.name).rglob("*"):
            if path.is_file():
                text = path.read_bytes()
                assert not [place for place in places if place.encode() in text], path


def test_the_vagrantfile_names_the_checkout_once_a_box(rendered: rendering.Rendered) -> None:
    """A label or a machine's description tells two checkouts apart; else only the cache's default is absolute."""
    lines = rendered.where.vagrantfile.read_text(encoding="utf-8").splitlines()
    told = re.compile(r"kubelab\.root=|^ +vm\.description = '.* root=")
    assert not [line for line in lines if str(paths.ROOT) in line and not told.search(line)]
    cache = [line for line in lines if str(paths.cache()) in line]
    assert [line.split(" = ")[0] for line in cache] == ["cache"]


def test_each_kubeconfig_has_the_labs_address_and_one_context(rendered: rendering.Rendered) -> None:
    """None needs another file, and none names another cluster than this one."""
    named = [rendered.where.kubeconfig, *rendered.every("kubeconfig")]
    for path in named:
        document = rendering.yaml_of(path)
        assert [row["cluster"]["server"] for row in document["clusters"]] == [rendered.lab.api_endpoint], path
        assert document["current-context"] == rendered.lab.context == paths.context(rendered.lab.name)
        assert [set(row["user"]) for row in document["users"]] == [{"client-certificate-data", "client-key-data"}]


def test_the_labs_own_kubectl_reads_the_kubeconfig(rendered: rendering.Rendered) -> None:
    """Where the components are built; elsewhere the schema alone has judged it."""
    kubectl = rendered.where.bin / "kubectl"
    if not kubectl.exists():
        rendering.not_built("kubectl")
    words = [str(kubectl), "--kubeconfig", str(rendered.where.kubeconfig), "config", "current-context"]
    assert rendering.said(words, env={**os.environ, "KUBECONFIG": ""}).strip() == rendered.lab.context
