"""One certificate: issuing it by an authority, and judging a kept one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE = datetime.timedelta(days=3650)
LEAF_LIFE = datetime.timedelta(days=365)
BACKDATE = datetime.timedelta(days=1)
"""A box whose clock is a little behind must accept a new certificate."""
RENEW = 12
"""A leaf with less than this part of its life left is issued anew: 30 days of a year."""
EARLY, EXPIRED = "not yet valid", "expired"

Extension = TypeVar("Extension", bound=x509.ExtensionType)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate and its private key, PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A certificate and its private key, parsed."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pair(self) -> Pair:
        """Return both as PEM."""
        return Pair(certificate=self.certificate.public_bytes(serialization.Encoding.PEM), key=key_pem(self.key))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One certificate as it should be. `path` has no ending: `.crt` and `.key` are added."""

    path: str
    authority: str
    name: str
    groups: tuple[str, ...] = ()
    usages: tuple[x509.ObjectIdentifier, ...] = (CLIENT,)
    sans: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a server without names: no client would trust it."""
        if SERVER in self.usages and not self.sans:
            raise ValueError(f"{self.path}: a server's certificate needs SANs")


def authority(name: str, now: datetime.datetime) -> Signed:
    """Return a new self-signed authority with a new key."""
    key = new_key()
    subject = _subject(name, ())
    start = now - BACKDATE
    builder = _builder(subject, subject, key, start, start + CA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs=True), critical=True)
    return Signed(certificate=builder.sign(key, hashes.SHA256()), key=key)


def leaf(wanted: Wanted, by: Signed, now: datetime.datetime, life: datetime.timedelta = LEAF_LIFE) -> Signed:
    """Return a new certificate with a new key, valid only while its authority is.

    `life` counts from a day ago: see BACKDATE.
    """
    key = new_key()
    start = max(now - BACKDATE, by.certificate.not_valid_before_utc)
    end = min(start + life, by.certificate.not_valid_after_utc)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = _builder(_subject(wanted.name, wanted.groups), by.certificate.subject, key, start, end)
    builder = builder.add_extension(signer, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(wanted.usages), critical=False)
    if wanted.sans:
        names = x509.SubjectAlternativeName([_general(name) for name in wanted.sans])
        builder = builder.add_extension(names, critical=False)
    return Signed(certificate=builder.sign(by.key, hashes.SHA256()), key=key)


def found(kept: Mapping[str, bytes], path: str) -> Signed | str:
    """Return the kept pair, or why it cannot be used: "missing" or "damaged"."""
    if f"{path}.crt" not in kept or f"{path}.key" not in kept:
        return "missing"
    try:
        certificate = x509.load_pem_x509_certificate(kept[f"{path}.crt"])
        _ = certificate.extensions  # parsed late otherwise, and may be what is damaged
        return Signed(certificate=certificate, key=load_key(kept[f"{path}.key"]))
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return "damaged"


def authority_flaw(kept: Signed, now: datetime.datetime) -> str | None:
    """Return why an authority must be made anew; None if it is good. Its name does not matter: it may be your own."""
    constraints = extension(kept.certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return "not an authority"
    if kept.certificate.subject == kept.certificate.issuer and not signed(kept.certificate, kept.certificate):
        return "damaged"
    # Never renewed early, as a leaf is: what it signed and what was written under it would be lost with it.
    return _mismatch(kept, now) or (EXPIRED if kept.certificate.not_valid_after_utc <= now else None)


def leaf_flaw(kept: Signed, wanted: Wanted, by: Signed, now: datetime.datetime) -> str | None:
    """Return why a certificate must be issued anew; None if it is good."""
    if not signed(kept.certificate, by.certificate):
        return "issued by another CA"
    if kept.certificate.subject != _subject(wanted.name, wanted.groups):
        return "subject changed"
    usages = extension(kept.certificate, x509.ExtendedKeyUsage)
    if set(usages or ()) != set(wanted.usages):
        return "usages changed"
    return _sans_changed(kept.certificate, wanted.sans) or _unfit(kept, now)


def extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return an extension's value, or None if the certificate lacks it."""
    return next((row.value for row in certificate.extensions if isinstance(row.value, kind)), None)


def load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Return a private key; raise ValueError or TypeError if it is no elliptic curve key."""
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not an elliptic curve key")
    return key


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PEM, PKCS#8, not encrypted."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: datetime.datetime,
    end: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names and addresses that a server's certificate is for, in its order; none of another one."""
    return tuple(str(name.value) for name in extension(certificate, x509.SubjectAlternativeName) or ())


def signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """Return whether the key of `by`, and its name, stand under a certificate."""
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _sans_changed(certificate: x509.Certificate, wanted: tuple[str, ...]) -> str | None:
    names = set(extension(certificate, x509.SubjectAlternativeName) or ())
    target = {_general(name) for name in wanted}
    if names == target:
        return None
    more = [f"+ {name.value}" for name in target - names] + [f"- {name.value}" for name in names - target]
    return f"SAN list changed: {', '.join(sorted(more))}"


def _mismatch(kept: Signed, now: datetime.datetime) -> str | None:
    if kept.certificate.public_key() != kept.key.public_key():
        return "key does not match"
    return EARLY if kept.certificate.not_valid_before_utc > now else None


def _unfit(kept: Signed, now: datetime.datetime) -> str | None:
    certificate = kept.certificate
    flaw = _mismatch(kept, now)
    if flaw:
        return flaw
    left = certificate.not_valid_after_utc - now
    if left < (certificate.not_valid_after_utc - certificate.not_valid_before_utc) / RENEW:
        return f"expires in {left.days} days" if left.days >= 0 else EXPIRED
    return None


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str, groups: tuple[str, ...]) -> x509.Name:
    rows = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*rows, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
