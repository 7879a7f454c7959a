"""rbac-user: a certificate that the cluster signed counts, also after its request has been removed."""

from __future__ import annotations

import base64
import datetime
import json
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kubelab import checks as looking
from kubelab.exercises import library

CHECKS = library.functions(library.find("rbac-user"))
VALUES = {"user": "amara", "group": "testers", "space": "shop", "role": "view", "control_plane": "kube-master-01"}
BEGIN = "2026-11-10T09:00:00Z"
KEY = ec.generate_private_key(ec.SECP256R1())
Row = dict[str, Any]


def name(user: str = "amara", group: str = "testers") -> x509.Name:
    """Return a subject."""
    parts = [(NameOID.ORGANIZATION_NAME, group), (NameOID.COMMON_NAME, user)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def request(**who: str) -> str:
    """Return a request as spec.request has it."""
    made = x509.CertificateSigningRequestBuilder().subject_name(name(**who)).sign(KEY, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


def certificate(issuer: str, key: ec.EllipticCurvePrivateKey, subject: x509.Name | None = None) -> bytes:
    """Return a certificate, PEM, that an authority of this name and key has signed."""
    now = datetime.datetime(2026, 11, 10, tzinfo=datetime.UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    made = (
        x509.CertificateBuilder().subject_name(subject or who).issuer_name(who).public_key(key.public_key())
        .serial_number(7).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=subject is None, path_length=None), critical=True)
    )  # fmt: skip
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def line(verb: str, part: str = "", by: str = "kubernetes-admin", **more: Any) -> Row:
    """Return a line of the audit log about the request."""
    about = {"resource": "certificatesigningrequests", "name": "amara", **({"subresource": part} if part else {})}
    return {
        "verb": verb, "objectRef": about, "user": {"username": by}, "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2026-11-10T09:10:00.5Z", **more,
    }  # fmt: skip


def spec(**changed: Any) -> Row:
    """Return the request object of a request."""
    whole = {"request": request(), "signerName": CHECKS.SIGNER, "usages": ["client auth"], **changed}
    return {"spec": whole}


def made(**changed: Any) -> Row:
    """Return the line of a request that was made."""
    return line("create", requestObject=spec(**changed))


APPROVED = line("update", "approval", requestObject={"status": {"conditions": [{"type": "Approved"}]}})
DENIED = line("update", "approval", requestObject={"status": {"conditions": [{"type": "Denied"}]}})
SIGNED = line("update", "status", CHECKS.SIGNS)
GONE = line("delete", by="system:serviceaccount:kube-system:certificate-controller")


def scene(log: list[Row] | str, row: Row | None = None, keys: Path | None = None) -> Any:
    """Return a scene whose request is this, and whose audit log has these lines."""
    text = log if isinstance(log, str) else "".join(f"{json.dumps(item)}\n" for item in log)
    return types.SimpleNamespace(
        value=VALUES.__getitem__,
        find=lambda _: row,
        get=lambda _: {"metadata": {"creationTimestamp": BEGIN}},
        read=lambda *_: text,
        view=types.SimpleNamespace(where=types.SimpleNamespace(keys=keys)),
    )


RIGHT: dict[str, list[Row]] = {
    "made, approved, signed": [made(), APPROVED, SIGNED],
    "and removed": [made(), APPROVED, SIGNED, GONE],
    "applied by the server": [line("patch", requestObject=spec()), APPROVED, SIGNED],
    "made wrong first": [made(signerName="example.com/own"), APPROVED, GONE, made(), APPROVED, SIGNED],
    "every usage that is granted": [
        made(usages=["digital signature", "key encipherment", "client auth"]),
        APPROVED,
        SIGNED,
    ],
}
WRONG: dict[str, list[Row]] = {
    "nothing": [],
    "never approved": [made(), GONE],
    "approved, never signed": [made(), APPROVED],
    "denied": [made(), DENIED, SIGNED],
    "signed before it was approved": [made(), SIGNED, APPROVED],
    "signed by hand": [made(), APPROVED, line("patch", "status")],
    "a second one that was not signed": [made(), APPROVED, SIGNED, GONE, made(request=request(group="x"))],
    "another signer": [made(signerName="example.com/own"), APPROVED, SIGNED],
    "for masters": [made(request=request(group="system:masters")), APPROVED, SIGNED],
    "another user": [made(request=request(user="bo")), APPROVED, SIGNED],
    "for a server": [made(usages=["server auth"]), APPROVED, SIGNED],
    "a usage that is not granted": [made(usages=["client auth", "server auth"]), APPROVED, SIGNED],
    "no usage": [made(usages=[]), APPROVED, SIGNED],
    "refused": [{**made(), "responseStatus": {"code": 403}}, APPROVED, SIGNED],
    "not told what": [line("create"), APPROVED, SIGNED],
    "no request in it": [made(request="x"), APPROVED, SIGNED],
    "before the break": [
        {**row, "requestReceivedTimestamp": "2026-11-10T08:59:59Z"} for row in (made(), APPROVED, SIGNED)
    ],
    "another request": [
        {**row, "objectRef": {**row["objectRef"], "name": "amara-2"}} for row in (made(), APPROVED, SIGNED)
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_a_request_that_was_signed_and_is_gone_counts(case: str) -> None:
    """As the cluster removes it an hour after it was approved: what was signed is as good as ever."""
    CHECKS.certificate_is_signed(scene(RIGHT[case]))


@pytest.mark.parametrize("case", WRONG)
def test_a_request_that_is_gone_and_was_not_right_does_not_count(case: str) -> None:
    """Whatever of it was left out, or was about something else."""
    with pytest.raises(looking.Wrong):
        CHECKS.certificate_is_signed(scene(WRONG[case]))


@pytest.mark.parametrize("log", ["", "{", "[]\n", "null\n1\n{}\n", '{"objectRef": {"name": "amara"}}\n'])
def test_no_audit_log_makes_an_exception(log: str) -> None:
    """Empty, cut, or of another shape: the request is to be made again, and that is said."""
    with pytest.raises(looking.Wrong, match="make and approve it again"):
        CHECKS.certificate_is_signed(scene(log))


def there(signed: bytes) -> Row:
    """Return a request with a certificate."""
    return {**spec(), "status": {"certificate": base64.b64encode(signed).decode()}}


def test_a_certificate_in_a_request_is_the_cluster_s_own(tmp_path: Path) -> None:
    """Signed by the lab's authority; one that somebody wrote there by hand was signed by another of the same name."""
    (tmp_path / "kubernetes").mkdir()
    own, other = KEY, ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "kubernetes/ca.crt").write_bytes(certificate("kubernetes", own))
    good: Callable[[bytes], None] = lambda pem: CHECKS.certificate_is_signed(scene([], there(pem), tmp_path))  # noqa: E731
    good(certificate("kubernetes", own, name()))
    for wrong in (
        certificate("kubernetes", other, name()),
        certificate("own", own, name()),
        certificate("kubernetes", own, name(group="system:masters")),
        b"x",
    ):
        with pytest.raises(looking.Wrong):
            good(wrong)
    for row in (spec(), {**spec(), "status": {}}, {**spec(signerName="x"), "status": {"certificate": "x"}}):
        with pytest.raises(looking.Wrong):
            CHECKS.certificate_is_signed(scene([], row, tmp_path))
