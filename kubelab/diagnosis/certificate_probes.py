"""Probe of the certificates in use: their life, their authority, their names; in files and inside kubeconfigs."""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kubelab.diagnosis import evidence, file_probes
from kubelab.diagnosis.findings import Finding
from kubelab.pki import certificates
from kubelab.render import roles

K = roles.KUBERNETES
DATA = re.compile(r"(certificate-authority|client-certificate)-data: (\S+)")
NAMED: Mapping[tuple[str, str], str] = {
    (f"{K}/kubelet/kubeconfig", "certificate-expired"): "kubelet-certificate-expired",
    (f"{K}/kube-apiserver/pki/apiserver.crt", "certificate-names"): "apiserver-certificate-name",
    (f"{K}/kube-apiserver/pki/apiserver-etcd-client.crt", "certificate-foreign"): "etcd-client-foreign",
    (f"{K}/kube-scheduler/kubeconfig", "certificate-foreign"): "scheduler-foreign-ca",
}
"""A path and a flaw of its certificate with a cause of their own."""


def probe(view: evidence.Evidence) -> Iterator[Finding]:
    """Every file is the rendered one; a difference is named by the flaw of its certificate if it has one."""
    authorities = _authorities(view.boxes.values())
    now = datetime.datetime.fromtimestamp(view.now, datetime.UTC)
    for box in view.boxes.values():
        named = {}
        for difference in file_probes.differences(box):
            found = _of(box.texts.get(difference.path, ""))
            wanted = _of(box.wanted.texts.get(difference.path, ""))
            flaw = _flaw(found, wanted, authorities, now)
            if flaw:
                cause = NAMED.get((difference.path, flaw[0]), flaw[0])
                named[difference.path] = file_probes.finding(difference, cause, flaw[1:])
            else:
                named[difference.path] = file_probes.finding(
                    difference, file_probes.named(difference.path, difference.lines)
                )
        yield from _without_their_keys(named)
        yield from _aged(box, now, set(named))


def _without_their_keys(named: Mapping[str, Finding]) -> Iterator[Finding]:
    """Yield the findings, a certificate's together with its key's: both are restored before anything reads them."""
    for path, finding in named.items():
        stem, _, end = path.rpartition(".")
        if end == "key" and f"{stem}.crt" in named:
            continue
        key = named.get(f"{stem}.key") if end == "crt" else None
        if key is None:
            yield finding
        else:
            lines = (*finding.lines, f"{stem}.key was replaced with it")
            yield Finding(cause=finding.cause, box=finding.box, lines=lines, values=_both(key, finding))


def _both(key: Finding, certificate: Finding) -> Mapping[str, str]:
    """Return the values of a pair: the command that restores both files, and restarts their user once."""
    first = key.values["put"].split(" && ")[0]
    return {**certificate.values, "put": f"{first} && {certificate.values['put']}"}


def _aged(box: evidence.Box, now: datetime.datetime, different: set[str]) -> Iterator[Finding]:
    """Yield certificates that are as rendered, and expired or not valid yet."""
    for path, text in box.wanted.texts.items():
        if path in different:
            continue
        for certificate in _of(text).values():
            flaw = _life(certificate, now)
            if flaw:
                lines = (f"{path}: {flaw[1]}",)
                cause = NAMED.get((path, flaw[0]), flaw[0])
                yield Finding(cause=cause, box=box.name, lines=lines, values={"path": path, "put": "true"})


def _of(text: str) -> dict[str, x509.Certificate]:
    """Return the certificates of a PEM file (as `client-certificate`) or of a kubeconfig, by their use."""
    found = {}
    if "-----BEGIN CERTIFICATE-----" in text:
        found["client-certificate"] = text.encode()
    for use, encoded in DATA.findall(text):
        try:
            found[use] = base64.b64decode(encoded)
        except binascii.Error:
            continue
    parsed = {}
    for use, pem in found.items():
        try:
            parsed[use] = x509.load_pem_x509_certificate(pem)
        except ValueError:
            continue
    return parsed


def _authorities(boxes: Iterable[evidence.Box]) -> list[x509.Certificate]:
    """Return every authority in the lab's rendered files, each once."""
    found: dict[bytes, x509.Certificate] = {}
    for box in boxes:
        for path, text in box.wanted.texts.items():
            if path.endswith(("ca.crt", "kubeconfig")):
                for certificate in _of(text).values():
                    if certificate.subject == certificate.issuer:
                        found[certificate.public_bytes(serialization.Encoding.DER)] = certificate
    return list(found.values())


def _flaw(
    found: Mapping[str, x509.Certificate],
    wanted: Mapping[str, x509.Certificate],
    authorities: list[x509.Certificate],
    now: datetime.datetime,
) -> tuple[str, ...] | None:
    """Return the cause and the lines that show it; None if the certificates are not at fault."""
    trusted, expected = found.get("certificate-authority"), wanted.get("certificate-authority")
    if trusted and expected and trusted != expected:
        return ("certificate-foreign", f"- it trusts {_name(expected)}", f"+ it trusts another {_name(trusted)}")
    certificate, rendered = found.get("client-certificate"), wanted.get("client-certificate")
    if not certificate or not rendered or certificate == rendered:
        return None
    by = next((authority for authority in authorities if certificates.signed(rendered, authority)), None)
    if by and not certificates.signed(certificate, by):
        issuer = certificate.issuer.rfc4514_string()
        return ("certificate-foreign", f"- issued by {_name(by)}", f"+ issued by another authority: {issuer}")
    return _life(certificate, now) or _names(certificate, rendered)


def _life(certificate: x509.Certificate, now: datetime.datetime) -> tuple[str, str] | None:
    subject = certificate.subject.rfc4514_string()
    if certificate.not_valid_after_utc < now:
        return "certificate-expired", f"{subject} has expired: valid until {certificate.not_valid_after_utc:%F %T} UTC"
    if certificate.not_valid_before_utc > now:
        return (
            "certificate-not-yet-valid",
            f"{subject} is not valid yet: from {certificate.not_valid_before_utc:%F %T} UTC",
        )
    return None


def _names(found: x509.Certificate, wanted: x509.Certificate) -> tuple[str, ...] | None:
    names = set(certificates.names(found))
    missing = [name for name in certificates.names(wanted) if name not in names]
    if not missing:
        return None
    return "certificate-names", f"- names: {', '.join(missing)}", f"+ only: {', '.join(sorted(names)) or 'none'}"


def _name(certificate: x509.Certificate) -> str:
    serial = f"{certificate.serial_number:x}"[:12]
    return f"{certificate.subject.rfc4514_string()} (serial {serial}…)"
