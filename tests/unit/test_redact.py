"""Files, objects and submissions that leave the computer keep their shape and lose their secrets."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plan_data
import pytest

from kubelab import model, paths
from kubelab.converge import compose
from kubelab.course import evidence_filter, lab_diff, submission
from kubelab.exercises import attempt, baseline_objects
from kubelab.pki import certificates, certlist, redact, secret_scan
from kubelab.render import templates
from kubelab.state import workspace

REDACTOR = redact.Redactor()
KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(1, 33))).decode()
PEM = certificates.key_pem(certificates.new_key()).decode()
DER = "".join(PEM.splitlines()[1:-1])
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
SECRET = "correct-horse-battery"  # noqa: S105 (an example)


def encryption(key: str) -> str:
    """Return the encryption configuration as the lab renders it."""
    return templates.text("control-plane/encryption.yaml", {"encryption_key": key})


CUT: Mapping[str, str] = {
    "the encryption configuration": encryption(KEY),
    "the same as JSON": '{"kind": "EncryptionConfiguration", "resources": [{"providers": [{"aescbc": {"keys": '
    f'[{{"secret": "{KEY}", "name": "mine"}}]}}}}, {{"identity": {{}}}}]}}]}}',
    "in flow style": f"kind: EncryptionConfiguration\nproviders: [secretbox: {{keys: [{{name: a, secret: {KEY}}}]}}]\n",
    "a unit's environment": f'[Service]\nEnvironment="DB_PASSWORD={SECRET}" ETCDCTL_TOKEN={SECRET}\n',
    "a flag": f"args:\n- --token={SECRET}\n- --client-secret {SECRET}\n- --v=2\n",
    "a pod's variable": f"env:\n- name: DB_PASSWORD\n  value: {SECRET}\n- name: MODE\n  value: fast\n",
    "its value first": f'env: [{{"value": "{SECRET}", "name": "api-token"}}]\n',
    "a block of text": f"password: |\n  {SECRET}\n  more\nnext: kept\n",
    "a login in an address": f"url: https://user:{SECRET}@example.org/x\n",
    "a bearer token": f"curl -H 'Authorization: Bearer {SECRET}' https://x\n",
}
WITHHELD: Mapping[str, tuple[str, str]] = {
    "a private key": ("/etc/kubernetes/x.pem", PEM),
    "a private key in base64 in one line": ("/etc/kubernetes/x.txt", f"data {DER}\n"),
    "a private key in base64 of base64": ("/etc/kubernetes/x.txt", base64.b64encode(PEM.encode()).decode()),
    "a key of ssh": ("/etc/kubernetes/id", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"),
    "a kubeconfig with its key": ("/etc/kubernetes/c", f"users: [{{user: {{client-key-data: {'LS0t' * 20}}}}}]"),
    "a token": ("/etc/kubernetes/sa", JWT),
    "the first part of a token": ("/etc/kubernetes/sa", "eyJhbGciOiJSUzI1NiJ9"),
    "one word": ("/etc/kubernetes/word", f"{SECRET}\n"),
    "static tokens": ("/etc/kubernetes/users.csv", "c2VjcmV0LXRva2VuLTEyMzQ1Njc4OTA=,admin,1,system:masters\n"),
    "a registry's login": ("/etc/kubernetes/config.json", '{"auths":{"reg":{"auth":"dXNlcjpwYXNz"}}}'),
    "a Secret's manifest": ("/etc/kubernetes/manifests/s.yaml", "kind: Secret\ndata: {a: YQ==}\n"),
    "a hash of a password": ("/etc/kubernetes/web", "ada:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT\n"),
    "what is called a token": ("/etc/kubernetes/bootstrap-token", "x y"),
}  # fmt: skip
KEPT: Mapping[str, str] = {
    "a manifest": "kind: Pod\nspec: {containers: [{name: x, args: [--v=2, --authorization-mode=Node]}]}\n",
    "paths of secrets": "--service-account-key-file=/etc/x.pub\ntokenFile: /var/run/token\npassword: /etc/p\n",
    "references": "secretName: db\nsecretKeyRef: {name: db, key: password}\nsecrets: [a, b]\nkey: password\n",
    "rights": 'resources: ["secrets", "tokenreviews"]\nkind: Role\nverbs: [get]\n',
    "switches": "enable-bootstrap-token-auth: true\nautomountServiceAccountToken: false\ntoken: $TOKEN\ntokens: 3\n",
}


@pytest.mark.parametrize("what", CUT)
def test_a_secret_is_cut_out_of_a_file_and_the_rest_stays(what: str) -> None:
    """The value is gone, its length and kind stand in its place; cut once more it is the same."""
    kept = REDACTOR.file("/etc/kubernetes/x.yaml", CUT[what].encode())
    assert kept is not None
    for secret in (KEY, SECRET):
        assert secret.encode() not in kept
    assert b"left-out-" in kept or b"left out" in kept
    assert {"fast", "kept", "identity"} & set(CUT[what].split()) <= set(kept.decode().split())
    assert REDACTOR.file("/etc/kubernetes/x.yaml", kept) == kept


@pytest.mark.parametrize("what", WITHHELD)
def test_a_file_that_is_a_secret_is_kept_back_whole(what: str) -> None:
    """Keys, tokens, logins, Secrets, hashes: nothing of the content goes anywhere."""
    path, content = WITHHELD[what]
    assert REDACTOR.file(path, content.encode()) is None


@pytest.mark.parametrize("what", KEPT)
def test_what_only_speaks_of_secrets_stays(what: str) -> None:
    """Paths, references, rights and switches are what a teacher looks at."""
    assert REDACTOR.file("/etc/kubernetes/x.yaml", KEPT[what].encode()) == KEPT[what].encode()


def test_of_every_file_of_a_lab_only_secrets_are_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rendered file: keys and kubeconfigs are kept back, the encryption configuration loses its key, no other."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    lab = plan_data.lab({})
    rendered = compose.compose(lab, paths.LabPaths(name=lab.name))
    changed, withheld, looked = set(), set(), 0
    for name, file in rendered.files.items():
        path = name.partition("/files/")[2]
        if not path:
            continue
        looked += 1
        kept = REDACTOR.file(f"/{path}", file.content)
        if kept is None:
            withheld.add(path.rpartition("/")[2])
        elif kept != file.content:
            changed.add(path)
        assert kept is None or not secret_scan.Scan.of(rendered.where).hidden(kept), name
    assert looked > 60
    assert changed == {"etc/kubernetes/kube-apiserver/encryption.yaml"}
    assert {name for name in withheld if not name.endswith((".key", "kubeconfig"))} == set()


def shown(row: dict[str, Any]) -> str:
    """Return an object as it would be handed in."""
    return json.dumps(REDACTOR.tree(row))


def test_a_secret_object_keeps_its_names_and_lengths_only() -> None:
    """Data, stringData and what kubectl noted of them: no value, and two equal ones are seen to be equal."""
    value = base64.b64encode(SECRET.encode()).decode()
    note = json.dumps({"kind": "Secret", "data": {"token": value}})
    row = {
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": note}},
        "data": {"tls.key": base64.b64encode(PEM.encode()).decode(), "token": value, "same": value},
        "stringData": {"plain": SECRET},
        "type": "Opaque",
    }
    text = shown(row)
    for secret in (SECRET, value, DER[:40], base64.b64encode(PEM.encode()).decode()[:60]):
        assert secret not in text
    found = json.loads(text)
    assert found["data"]["token"] == found["data"]["same"] != found["data"]["tls.key"]
    assert f"-{len(SECRET)}-bytes" in found["data"]["token"]
    assert (found["type"], found["metadata"]["name"]) == ("Opaque", "s")


def test_other_objects_lose_variables_and_keys_and_nothing_else() -> None:
    """A Deployment, a ConfigMap, a list of Secrets: what is called a password, a flag's value, a key in a text."""
    container = {
        "name": "web",
        "args": ["--password", SECRET, f"--token={SECRET}", "--v=2"],
        "env": [{"name": "DB_PASSWORD", "value": SECRET}, {"name": "MODE", "value": "fast"},
                {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "db", "key": "token"}}}],
    }  # fmt: skip
    rows = [
        {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [container]}}}},
        {
            "kind": "ConfigMap",
            "data": {"password": SECRET, "app.conf": f"user=a\npassword={SECRET}\nmode=fast\n", "k": PEM},
        },
        {"kind": "List", "items": [{"kind": "Secret", "data": {"a": base64.b64encode(SECRET.encode()).decode()}}]},
    ]
    text = shown({"rows": rows})
    assert SECRET not in text and base64.b64encode(SECRET.encode()).decode() not in text and DER[:30] not in text
    for word in ("fast", "--v=2", "secretKeyRef", "user=a", "mode=fast"):
        assert word in text


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab with keys."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    found = paths.LabPaths(name="mine")
    lab: model.Lab = plan_data.lab({})
    keys = certlist.issue(lab, {}, datetime.datetime.now(datetime.UTC))
    workspace.write_keys(found, {**keys.files, "encryption.key": KEY.encode()})
    return found


def kept_by_an_older_version() -> dict[str, Any]:
    """Return evidence as commit abf2a68 kept it: everything in clear."""
    files = {
        "/etc/kubernetes/kube-apiserver/encryption.yaml": encryption(KEY),
        "/etc/kubernetes/kube-apiserver/mine.yaml": encryption(OTHER),
        "/etc/kubernetes/tokens.csv": "c2VjcmV0LXRva2VuLTEyMzQ1Njc4OTA=,admin,1,system:masters\n",
        "/etc/kubernetes/manifests/x.yaml": "kind: Pod\n",
    }
    packed = {
        path: {"content": base64.b64encode(text.encode()).decode(), "link": None, "mode": "0600"}
        for path, text in files.items()
    }
    value = base64.b64encode(SECRET.encode()).decode()
    body = {"kind": "Secret", "metadata": {"name": "db"}, "data": {"password": value, "own": OTHER}}
    row = {"path": "/api/v1/secrets", "namespace": "shop", "name": "db", "body": body}
    box = {"files": packed, "withheld": ["/etc/kubernetes/x.key"], "stopped": []}
    return {"points": 8, "boxes": {"kube-master-01": box}, "objects": [row], "silent": False}


def handed_in(where: paths.LabPaths) -> lab_diff.Difference:
    """Return what is handed in of evidence that an older version kept."""
    file = attempt.folder(where) / submission.EVIDENCE
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"t x": kept_by_an_older_version()}), encoding="utf-8")
    content = evidence_filter.submitted([where])
    for secret in (KEY, OTHER, SECRET, base64.b64encode(SECRET.encode()).decode(), "c2VjcmV0LXRva2Vu"):
        for way in (secret.encode(), base64.b64encode(secret.encode())[4:-4]):
            assert way not in content
    assert not secret_scan.Scan.of(where).hidden(content)
    return lab_diff.Difference.model_validate_json(json.dumps(json.loads(content)["t x"]))


def test_what_an_older_version_kept_is_cut_when_it_is_handed_in(where: paths.LabPaths) -> None:
    """No key, token or value leaves; which files and objects differ is told, with digests of what stays here."""
    found = handed_in(where)
    box = found.boxes["kube-master-01"]
    assert box.withheld == ["/etc/kubernetes/x.key", "/etc/kubernetes/tokens.csv"]
    assert set(box.digests) == {"/etc/kubernetes/tokens.csv"}
    assert len(box.files) == 3 and found.objects[0].body is not None


def test_a_regrade_puts_its_own_in_the_place_of_what_was_left_out(where: paths.LabPaths) -> None:
    """The lab's own key is this lab's, a value of the variant is known by its digest, all else is new and told."""
    found = handed_in(where)
    (where.keys / "encryption.key").write_text(base64.b64encode(b"t" * 32).decode(), encoding="ascii")
    refill = evidence_filter.Refill.of(where, [SECRET], baseline_objects.Objects(found={}))
    full = refill.difference(found)
    texts = {
        path: base64.b64decode(file.content or "").decode() for path, file in full.boxes["kube-master-01"].files.items()
    }
    assert texts["/etc/kubernetes/kube-apiserver/encryption.yaml"] == encryption(base64.b64encode(b"t" * 32).decode())
    body = full.objects[0].body
    assert body is not None
    assert body["data"]["password"] == base64.b64encode(SECRET.encode()).decode()
    made = body["data"]["own"]
    assert len(base64.b64decode(made)) == 32 and made != OTHER
    assert texts["/etc/kubernetes/kube-apiserver/mine.yaml"] == encryption(made), "equal ones stay equal"
    assert {note.partition(":")[0] for note in refill.notes} == {
        "kube-master-01 /etc/kubernetes/kube-apiserver/mine.yaml", "/api/v1/secrets shop db own",
    }  # fmt: skip


DAMAGED = (b"", b"[]", b"\xff", b"[" * 9999, b'{"a": 5}', b'{"a": {"boxes": 3}}')


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_evidence_that_cannot_be_read_is_none(content: bytes, where: paths.LabPaths) -> None:
    """A student's damaged evidence stops no submission: the points are in the results."""
    file = attempt.folder(where) / submission.EVIDENCE
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert evidence_filter.submitted([where]) == b"{}\n"


def test_a_strangers_marks_cost_little(where: paths.LabPaths) -> None:
    """A thousand marks that ask for a megabyte each are filled with at most some kilobytes each."""
    marks = " ".join(f"left-out-text-999999-bytes-{number:016x}" for number in range(1000))
    refill = evidence_filter.Refill.of(where, [], baseline_objects.Objects(found={}))
    assert len(refill.text(marks + " left-out-text-" + "9" * 5000 + "-bytes", "x")) < 5 << 20
