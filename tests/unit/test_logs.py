"""lab.logs: its archive has every source and no key, and it works while the lab does not."""

from __future__ import annotations

import base64
import datetime
import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, cast

import labs_data
import pytest

from kubelab import checks, errors, model, paths
from kubelab.checks import wait
from kubelab.clients import kube_api, ssh
from kubelab.converge import session
from kubelab.lab import log_archive, log_sources
from kubelab.pki import certificates, certlist, secret_scan, ssh_keys
from kubelab.providers import docker
from kubelab.ui import progress

NOW = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
LAB = labs_data.lab()
TOKEN = b"eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIiwic3ViIjoieCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.fixture(scope="module")
def keys() -> dict[str, bytes]:
    """Give every key and certificate that a real lab has."""
    return {**certlist.issue(LAB, {}, NOW).files, **ssh_keys.ensure({}, LAB.machines)}


@pytest.fixture
def where(tmp_path: Path, keys: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Give a lab's folder with its keys, a rendered file, and the files that hold secrets."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    found = paths.LabPaths(name="default")
    for path, content in keys.items():
        (found.keys / path).parent.mkdir(parents=True, exist_ok=True)
        (found.keys / path).write_bytes(content)
    box = found.box("kube-master-01") / "files/etc"
    box.mkdir(parents=True)
    (box / "kubelet-config.yaml").write_text("kind: KubeletConfiguration", encoding="utf-8")
    (box / "encryption.yaml").write_bytes(keys["encryption.key"])
    (box / "notes.yaml").write_text("nobody rendered this", encoding="utf-8")
    rows = [
        f"{40 * '0'}\t0600\troot:root\t-\t/etc/{name}\t-\n"
        for name in ("kubelet-config.yaml", "encryption.yaml", "server.key")
    ]
    (box.parents[1] / "files.tsv").write_text("".join(rows), encoding="utf-8")
    (box / "server.key").write_bytes(keys["kubernetes/apiserver.key"])
    found.kubeconfig.write_bytes(keys["kubernetes/admin.key"])
    found.logs.mkdir()
    found.ignition.mkdir()
    (found.ignition / "kube-master-01.ign").write_bytes(keys["kubernetes/apiserver.key"])
    (found.logs / "up.log").write_text("begin boxes", encoding="utf-8")
    (found.logs / "vagrant.log").write_text("==> etcd-01: up", encoding="utf-8")
    monkeypatch.setattr(docker.Docker, "described", lambda *_: "[]")
    return found


@pytest.fixture
def report() -> progress.Progress:
    """Give progress that nobody reads."""
    return progress.Progress(progress.Style.PLAIN, out=io.StringIO())


def private(keys: dict[str, bytes]) -> dict[str, bytes]:
    """Return the keys that nobody may see."""
    return {path: content for path, content in keys.items() if not path.endswith((".crt", ".pub"))}


def names(archive: Path) -> set[str]:
    """Return the files of an archive without its first folder."""
    with tarfile.open(archive) as tar:
        return {name.split("/", 1)[1] for name in tar.getnames()}


def test_the_scan_knows_every_key_of_the_lab(where: paths.LabPaths, keys: dict[str, bytes]) -> None:
    """Each private key is found whole, as one line of its body, and as base64 in the middle of something else."""
    scan = secret_scan.Scan.of(where)
    for path, content in private(keys).items():
        body = [line for line in content.splitlines() if not line.startswith(b"-----")]
        line = body[1] if len(body) > 2 else body[0]
        for hidden in (content, b"log: " + line, base64.b64encode(b"x" + content), base64.b64encode(b"xy" + content)):
            assert f"keys/{path}" in scan.found(b"before " + hidden + b" after"), path


def test_the_scan_lets_certificates_and_public_keys_through(where: paths.LabPaths, keys: dict[str, bytes]) -> None:
    """What is public is no finding: the archive would never be written otherwise."""
    scan = secret_scan.Scan.of(where)
    public = {path: content for path, content in keys.items() if path.endswith((".crt", ".pub"))}
    assert len(public) > 20
    found = {path: scan.found(content + base64.b64encode(content)) for path, content in public.items()}
    assert {path: what for path, what in found.items() if what} == {}


def test_a_key_of_another_origin_is_found_by_its_shape(where: paths.LabPaths) -> None:
    """A key that is none of this lab's is a key all the same."""
    scan = secret_scan.Scan.of(where)
    assert scan.found(b"-----BEGIN RSA PRIVATE KEY-----\nMIIE") == ("a private key",)
    assert scan.found(b"    client-key-data: " + b"LS0t" * 20) == ("a kubeconfig's key",)
    assert scan.found(TOKEN) == ("a token",)
    assert scan.found(b"-----BEGIN CERTIFICATE-----\nMIIE") == ()


def test_tokens_are_masked_where_programs_print_them() -> None:
    """A token in a log costs the token, not the log."""
    said = secret_scan.masked(b"GET /api\nAuthorization: Bearer abcdef0123456789\nsent " + TOKEN + b" to it\n")
    assert said == b"GET /api\nAuthorization: Bearer (token left out)\nsent (token left out) to it\n"


@pytest.mark.parametrize("path", ["a/server.key", "a/kubeconfig", "a/calico-cni.kubeconfig", "a/encryption.yaml",
                                  "ssh/ssh_host_ed25519_key", "id_ed25519"])  # fmt: skip
def test_secret_files_are_known_by_name(path: str) -> None:
    """Rendered files of these names are never read into the archive."""
    assert secret_scan.secret_file(PurePosixPath(path))


@pytest.mark.parametrize("path", ["a/server.crt", "a/ssh_host_ed25519_key.pub", "a/authorized_keys", "ssh_config"])
def test_public_files_are_not_secret(path: str) -> None:
    """What helps and harms nobody stays in."""
    assert not secret_scan.secret_file(PurePosixPath(path))


@pytest.mark.parametrize("name", ["encryption.key", "kubernetes/ca.key", "ssh/id_ed25519", "service-account.key"])
def test_an_archive_with_a_key_is_never_written(
    name: str, where: paths.LabPaths, keys: dict[str, bytes], tmp_path: Path
) -> None:
    """The written archive is read again; one that holds a key is refused, named, and gone, draft and all."""
    target = tmp_path / "out" / "a.tar.gz"
    contents = {"fine.txt": b"fine", "pods/x.log": b"config is " + keys[name]}
    with pytest.raises(errors.LabError) as caught:
        log_archive.write(target, "lab", contents, secret_scan.Scan.of(where))
    assert caught.value.ident == "logs-secret"
    assert f"lab/pods/x.log: keys/{name}" in caught.value.details
    assert keys[name].decode() not in str(caught.value.details)
    assert list(target.parent.iterdir()) == []


def test_a_written_archive_is_for_its_owner_only(where: paths.LabPaths, tmp_path: Path) -> None:
    """Logs tell much about a computer: nobody else reads them."""
    target = tmp_path / "a.tar.gz"
    log_archive.write(target, "lab", {"a/b.txt": b"x"}, secret_scan.Scan.of(where))
    assert target.stat().st_mode & 0o777 == 0o600
    assert names(target) == {"a/b.txt"}


def test_rendered_files_come_without_keys(where: paths.LabPaths) -> None:
    """Configuration and logs are there; keys/, kubeconfigs and the encryption configuration are not."""
    found = log_sources.of_computer(where)
    assert set(found.files) == {
        "labs/default.yaml", "logs/up.log", "logs/vagrant.log", "containers.json",
        "rendered/boxes/kube-master-01/files.tsv", "rendered/boxes/kube-master-01/files/etc/kubelet-config.yaml",
    }  # fmt: skip
    assert "boxes/kube-master-01/files/etc: encryption.yaml, notes.yaml, server.key" in found.left_out
    assert "ignition: kube-master-01.ign" in found.left_out


def secrets_of(where: paths.LabPaths, keys: Mapping[str, bytes]) -> None:
    """Put beside a lab what an exercise and a green lab.up leave: a baseline, a checkpoint, copies of keys."""
    word = base64.b64encode(b"correct horse").decode()
    row = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"password": word}}
    places = {
        "exercise/baseline.json": json.dumps([{"key": ["/api/v1/secrets", "shop", "db"], "object": row}]).encode(),
        "exercise/evidence.json": b'{"a": "correct horse"}',
        "checkpoints/last-good/manifest.json": b"{}",
        "checkpoints/last-good/etcd/etcd-01.db": b"bolt: correct horse",
        "checkpoints/last-good/volumes/w.tar.gz": gzip.compress(b"correct horse"),
        "checkpoints/last-good/files/m.tar": b"apiserver.key\0" + keys["kubernetes/apiserver.key"],
        "faults/001/originals.tar": keys["kubernetes/ca.key"],
        "anything.new": b"correct horse",
        "keys/encryption.key": keys["encryption.key"],
    }
    for name, content in places.items():
        (where.state / name).parent.mkdir(parents=True, exist_ok=True)
        (where.state / name).write_bytes(content)


def test_state_stays_out_but_for_what_is_listed(
    where: paths.LabPaths,
    keys: dict[str, bytes],
    report: progress.Progress,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A baseline, etcd, volumes, originals and unknown files are named and not archived; there is an archive."""
    secrets_of(where, keys)
    monkeypatch.setattr(log_archive, "_sources", lambda at, _: {"computer": lambda: log_sources.of_computer(at)})
    done = log_archive.of_lab("default", report, tmp_path / "a.tar.gz")
    state = {name for name in names(done.path) if "/state/" in name}
    assert state == {"rendered/state/checkpoints/last-good/manifest.json"}
    told = "\n".join(done.left_out)
    for part in ("state/exercise: baseline.json, evidence.json", "last-good/etcd: etcd-01.db", "state: anything.new"):
        assert part in told
    with tarfile.open(done.path) as tar:
        files = [content.read() for member in tar if (content := tar.extractfile(member))]
    word = base64.b64encode(b"correct horse")
    assert not [content for content in files if b"correct horse" in content or word in content]
    assert told.splitlines()[0] in next(text for text in files if b"Left out, file by file" in text).decode()


CARRIERS: Mapping[str, Callable[[bytes], bytes]] = {
    "as it is": lambda key: b"said: " + key,
    "in base64": lambda key: b"said: " + base64.b64encode(key),
    "in base64 of base64": lambda key: b"said: " + base64.b64encode(base64.b64encode(key)),
    "in wrapped base64": base64.encodebytes,
    "in UTF-16": lambda key: key.decode("latin-1").encode("utf-16"),
    "in gzip": lambda key: b"junk" + gzip.compress(key),
    "in base64 of gzip": lambda key: base64.b64encode(gzip.compress(key)),
    "in a tar": lambda key: b"x.key" + b"\0" * 507 + key,
    "in a Secret": lambda key: json.dumps({"data": {"tls.key": base64.b64encode(key).decode()}}).encode(),
}


@pytest.mark.parametrize("how", CARRIERS)
@pytest.mark.parametrize("path", ["kubernetes/ca.key", "encryption.key", "ssh/id_ed25519", "another's"])
def test_an_archive_is_made_without_the_file_or_the_line_with_a_key(
    path: str, how: str, where: paths.LabPaths, keys: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a key is carried into a log: the archive and the other files are there, and the key is in none."""
    key = keys.get(path, certificates.key_pem(certificates.new_key()))
    files = {"fine.txt": b"fine", "pods/x.log": b"first\n" + CARRIERS[how](key) + b"\nlast\n"}
    monkeypatch.setattr(log_archive, "_sources", lambda *_: {"it": lambda: log_sources.Evidence(files=files)})
    done = log_archive.of_lab(
        "default", progress.Progress(progress.Style.PLAIN, out=io.StringIO()), tmp_path / "a.tar.gz"
    )
    assert "fine.txt" in names(done.path)
    with tarfile.open(done.path) as tar:
        held = {member.name: content.read() for member in tar if (content := tar.extractfile(member))}
    scan = secret_scan.Scan.of(where)
    assert {name: scan.hidden(content) for name, content in held.items() if scan.hidden(content)} == {}
    kept = next((content for name, content in held.items() if name.endswith("x.log")), b"")
    line = next(line for line in key.splitlines() if not line.startswith(b"-----"))
    assert line not in kept
    assert (b"token left out" in kept) != any("pods/x.log" in words for words in done.left_out)


def test_what_is_public_is_left_in(where: paths.LabPaths, keys: dict[str, bytes]) -> None:
    """Certificates, public keys, digests and random base64 are no findings, also inside base64 and gzip."""
    public = {path: content for path, content in keys.items() if path.endswith((".crt", ".pub"))}
    many = {f"{path}.b64": base64.b64encode(content) for path, content in public.items()}
    noise = {
        "noise": base64.b64encode(bytes(range(256)) * 40),
        "digest": b"sha256:" + b"0a" * 32,
        "gz": gzip.compress(b"x" * 999),
    }
    files = {**public, **many, **noise}
    assert log_archive.cleaned(files, secret_scan.Scan.of(where)) == (files, [])


def test_a_lab_that_is_down_still_gives_an_archive_that_says_so(
    where: paths.LabPaths, report: progress.Progress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No box and no API: what this computer has is there, and every box is named as missing, once."""

    def unreachable(_: Any, machine: model.Machine, *__: Any, **___: Any) -> bytes:
        raise ssh.Unreachable(f"{machine.name}: Connection refused")

    def silent(*_: Any, **__: Any) -> Any:
        raise kube_api.Unanswered("GET /apis: Connection refused")

    monkeypatch.setattr(session, "open_lab", lambda *_, **__: (LAB, where))
    monkeypatch.setattr(wait, "survey", lambda _: {"boxes": "not running"})
    monkeypatch.setattr(ssh, "fetch", unreachable)
    monkeypatch.setattr(kube_api.Api, "request", silent)
    done = log_archive.of_lab("default", report, tmp_path / "a.tar.gz")
    assert {"logs/up.log", "status.json", "README.txt"} <= names(done.path)
    for machine in LAB.machines:
        assert len([words for words in done.missing if words.startswith(f"boxes/{machine.name}: ")]) == 1
    assert any(words.startswith("events and objects") for words in done.missing)


def test_one_failing_command_costs_only_its_own_file(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box without crictl still gives its journal and its pod logs."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("./ns_pod_uid/app/0.log")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"hey"))

    def answer(_: Any, machine: model.Machine, command: str, **__: Any) -> bytes:
        if "crictl" in command:
            raise ssh.Failed(machine, command, 127, "not found")
        return packed.getvalue() if "tar" in command and "/var/log/pods" in command else b"said"

    monkeypatch.setattr(ssh, "fetch", answer)
    found = log_sources.of_box(where, LAB.workers[0])
    assert found.files["boxes/kube-worker-01/journal.txt"] == b"said"
    assert found.files["boxes/kube-worker-01/pods/ns_pod_uid/app/0.log"] == b"hey"
    assert [words.split(":")[1].strip() for words in found.missing] == ["containers.txt"]


@pytest.mark.usefixtures("where")
def test_an_unknown_lab_has_no_logs(report: progress.Progress) -> None:
    """Nothing of it is here: absent, exit code 4."""
    with pytest.raises(errors.LabError) as caught:
        log_archive.of_lab("other", report)
    assert caught.value.code == errors.Exit.ABSENT


class Door:
    """An API with pods, secrets and one event; listing secrets is a failure of the test."""

    def get(self, path: str) -> kube_api.Json:
        """Return what discovery says."""
        names = {"/api/v1": ("pods", "secrets", "events", "pods/log"), "/apis/apps/v1": ("deployments",)}
        if path == "/apis":
            return {"groups": [{"preferredVersion": {"groupVersion": "apps/v1"}}]}
        return {"resources": [{"name": name, "namespaced": True, "verbs": ["list"]} for name in names[path]]}

    def items(self, path: str) -> list[kube_api.Json]:
        """Return the objects of a kind."""
        assert "secrets" not in path
        if path == "/api/v1/events":
            about = {"namespace": "guestbook", "kind": "Pod", "name": "a"}
            row = {"type": "Warning", "reason": "BackOff", "message": "late", "count": 2, "involvedObject": about}
            return [{**row, "metadata": {}, "lastTimestamp": when} for when in ("2026-01-02", "2026-01-01")]
        if path == "/apis/apps/v1/deployments":
            raise kube_api.Unanswered("GET: timed out")
        return [{"metadata": {"name": "a", "managedFields": [1]}}]


def test_objects_come_without_secrets_and_events_in_order(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets are never even asked for; a kind that cannot be listed is named; events read from old to new."""
    monkeypatch.setattr(wait, "survey", lambda _: {})
    view = checks.View(lab=LAB, where=where, api=cast(kube_api.Api, Door()))
    found = log_sources.of_api(view)
    assert json.loads(found.files["objects/v1/pods.json"]) == [{"metadata": {"name": "a"}}]
    assert set(found.files) == {"status.json", "events.txt", "objects/v1/pods.json"}
    assert found.missing == ("objects: GET: timed out",)
    assert found.files["events.txt"].splitlines() == [
        b"2026-01-01 Warning BackOff guestbook/Pod/a x2: late",
        b"2026-01-02 Warning BackOff guestbook/Pod/a x2: late",
    ]


def test_a_file_that_cannot_be_read_costs_only_itself(
    where: paths.LabPaths, report: progress.Progress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What `sudo` left to root, a folder and a FIFO in a log's place, a name in another coding: an archive is made."""
    monkeypatch.setattr(log_archive, "_sources", lambda at, _: {"computer": lambda: log_sources.of_computer(at)})
    (where.logs / "folder.log").mkdir(parents=True)
    os.mkfifo(where.logs / "fifo.log")
    (where.root / os.fsdecode(b"caf\xe9")).write_text("mine")
    (where.logs / "closed.log").write_text("root's")
    real = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "closed.log":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    done = log_archive.of_lab("default", report, tmp_path / "a.tar.gz")
    log_archive.say(done, report)
    assert "logs/closed.log: Permission denied" in done.missing
    assert "logs/up.log" in names(done.path)
    with tarfile.open(done.path) as tar:
        readme = next(content.read() for member in tar if member.name.endswith("README.txt")
                      and (content := tar.extractfile(member)))  # fmt: skip
    assert b"logs/closed.log: Permission denied" in readme
    assert b"caf\\udce9" in readme


def test_why_a_lab_did_not_become_well_is_not_lost_with_its_archive(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the archive of a failure cannot be made, the error is still that of the failure."""

    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(where.keys / "ca.key"))

    monkeypatch.setattr(log_archive, "collect", closed)
    with pytest.raises(errors.LabError) as caught, log_archive.kept_of_failure(labs_data.held(LAB)):
        raise errors.LabError("lab-not-ready", "the guestbook does not answer")
    assert caught.value.ident == "lab-not-ready"
    assert "no archive was kept: [Errno 13] Permission denied" in caught.value.details[-1]


@pytest.mark.parametrize("path", ["logs/up.log", "boxes/etcd-01/journal.txt", "boxes/kube-worker-01/pods/a.log"])
def test_a_password_in_an_address_is_cut_out_of_every_log(where: paths.LabPaths, path: str) -> None:
    """A proxy's or a mirror's, as programs print them; addresses without one stay whole."""
    said = (
        b"proxyconnect http://ada:hun:ter2@proxy:3128/: refused; https://:hunter2@mirror/x?a=b@c\n"
        b"https://192.168.56.111:6443/api docker.io/a:1@sha256:00 git@host:path http://host:80/x@y\n"
    )
    kept, left_out = log_archive.cleaned({path: said}, secret_scan.Scan.of(where))
    assert left_out == []
    assert b"ter2" not in kept[path]
    assert b"http://ada:(token left out)@proxy:3128/: refused" in kept[path]
    assert kept[path].splitlines()[1] == said.splitlines()[1]
