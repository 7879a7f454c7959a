"""The lab's keys: a table of certificates and one loop that keeps what is still right and issues what is not."""

from __future__ import annotations

import base64
import datetime
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubelab import model

CA_LIFE = datetime.timedelta(days=3650)
LEAF_LIFE = datetime.timedelta(days=365)
BACKDATE = datetime.timedelta(days=1)
"""A box whose clock is a little behind must not find its certificate in the future."""
RENEW = datetime.timedelta(days=30)
"""A certificate with less life than this left is issued anew."""

SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
AUTHORITIES = {"kubernetes": "kubelab-kubernetes-ca", "etcd": "kubelab-etcd-ca", "front-proxy": "kubelab-front-proxy-ca"}
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate and its private key, PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One certificate as it should be. `path` has no ending: `.crt` and `.key` follow."""

    path: str
    authority: str
    name: str
    groups: tuple[str, ...] = ()
    usages: tuple[x509.ObjectIdentifier, ...] = (CLIENT,)
    sans: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Every key and certificate of a lab: relative path to content; `reasons` says what was issued anew and why."""

    files: dict[str, bytes] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def file(self, path: str) -> bytes:
        """Return one file's content."""
        return self.files[path]

    def pair(self, path: str) -> Pair:
        """Return certificate and key of a row."""
        return Pair(certificate=self.files[f"{path}.crt"], key=self.files[f"{path}.key"])


def leaves(lab: model.Lab) -> Iterator[Wanted]:
    """Yield every certificate but the authorities' own: this is the list to read."""
    for member in lab.etcd:
        sans = (member.name, str(member.address), *LOOPBACK)
        # etcd dials itself with its server certificate, so each is a client's as well.
        for use in ("server", "peer"):
            yield Wanted(
                path=f"etcd/{member.name}/{use}",
                authority="etcd",
                name=member.name,
                usages=(SERVER, CLIENT),
                sans=sans,
            )
        yield Wanted(path=f"etcd/{member.name}/client", authority="etcd", name=f"etcdctl-{member.name}")
    for name in ("apiserver-etcd-client", "kube-controllers"):
        yield Wanted(path=f"etcd/{name}", authority="etcd", name=name)
    for node in lab.nodes:
        yield from _of_node(node)
    yield from _of_cluster(lab)
    yield Wanted(path="front-proxy/front-proxy-client", authority="front-proxy", name="front-proxy-client")


def _of_node(node: model.Machine) -> Iterator[Wanted]:
    identity = f"system:node:{node.name}"
    folder = f"nodes/{node.name}"
    yield Wanted(path=f"{folder}/flannel", authority="etcd", name=f"flannel-{node.name}")
    yield Wanted(path=f"{folder}/calico", authority="etcd", name=f"calico-{node.name}")
    yield Wanted(path=f"{folder}/kubelet-client", authority="kubernetes", name=identity, groups=("system:nodes",))
    yield Wanted(
        path=f"{folder}/kubelet-server",
        authority="kubernetes",
        name=identity,
        groups=("system:nodes",),
        usages=(SERVER,),
        sans=(node.name, str(node.address)),
    )


def _of_cluster(lab: model.Lab) -> Iterator[Wanted]:
    row = functools.partial(Wanted, authority="kubernetes")
    yield row(path="kubernetes/apiserver", name="kube-apiserver", usages=(SERVER,), sans=lab.api_sans)
    yield row(
        path="kubernetes/apiserver-kubelet-client",
        name="kube-apiserver-kubelet-client",
        groups=("kubelab:kubelet-clients",),
    )
    for name in ("controller-manager", "scheduler"):
        yield row(path=f"kubernetes/{name}", name=f"system:kube-{name}")
        yield row(path=f"kubernetes/{name}-server", name=f"kube-{name}", usages=(SERVER,), sans=LOOPBACK)
    yield row(path="kubernetes/kube-proxy", name="system:kube-proxy", groups=("system:node-proxier",))
    yield row(path="kubernetes/calico-cni", name="calico-cni")
    yield row(path="kubernetes/kube-controllers", name="calico-kube-controllers")
    for name in ("admin", "addons"):
        yield row(path=f"kubernetes/{name}", name=f"kubelab-{name}", groups=("system:masters",))


def issue(lab: model.Lab, kept: Mapping[str, bytes], now: datetime.datetime) -> Bundle:
    """Return the lab's keys: those of `kept` that are still right, new ones for the rest.

    `kept` is relative path to content under the lab's keys/. Pure but for the randomness of new keys.
    """
    bundle = Bundle()
    authorities = {name: _authority(bundle, name, kept, now) for name in AUTHORITIES}
    for wanted in leaves(lab):
        reason = _flaw(wanted, kept, authorities[wanted.authority], now)
        if reason is None:
            _keep(bundle, wanted.path, kept)
        else:
            _put(bundle, wanted.path, _leaf(wanted, authorities[wanted.authority], now), reason)
    _plain(bundle, "service-account.key", kept, _new_key_pem)
    public = _load_key(bundle.files["service-account.key"]).public_key()
    bundle.files["service-account.pub"] = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _plain(bundle, "encryption.key", kept, lambda: base64.b64encode(os.urandom(32)))
    return bundle


@dataclass(frozen=True, kw_only=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _authority(bundle: Bundle, name: str, kept: Mapping[str, bytes], now: datetime.datetime) -> _Authority:
    path = f"{name}/ca"
    loaded = _loaded(kept, path)
    reason = loaded if isinstance(loaded, str) else _unfit(loaded, now)
    if reason is None and not isinstance(loaded, str):
        _keep(bundle, path, kept)
        return loaded
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(AUTHORITIES[name], ())
    builder = _builder(subject, subject, key, now, CA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(authority=True), critical=True)
    made = _Authority(certificate=builder.sign(key, hashes.SHA256()), key=key)
    _put(bundle, path, made, reason or "missing")
    return made


def _leaf(wanted: Wanted, authority: _Authority, now: datetime.datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(wanted.name, wanted.groups)
    builder = _builder(subject, authority.certificate.subject, key, now, LEAF_LIFE)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(signer, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(wanted.usages), critical=False)
    if wanted.sans:
        names = x509.SubjectAlternativeName([_general(name) for name in wanted.sans])
        builder = builder.add_extension(names, critical=False)
    return _Authority(certificate=builder.sign(authority.key, hashes.SHA256()), key=key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now - BACKDATE + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _flaw(wanted: Wanted, kept: Mapping[str, bytes], authority: _Authority, now: datetime.datetime) -> str | None:
    """Return why a kept certificate must be issued anew; None if it need not."""
    loaded = _loaded(kept, wanted.path)
    if isinstance(loaded, str):
        return loaded
    found = loaded.certificate
    try:
        found.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, Exception):  # noqa: BLE001 (whatever is wrong with a signature, it is another's)
        return "issued by another authority"
    if found.subject != _subject(wanted.name, wanted.groups):
        return "subject changed"
    if tuple(found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) != wanted.usages:
        return "usages changed"
    return _sans_changed(found, wanted.sans) or _unfit(loaded, now)


def _sans_changed(found: x509.Certificate, wanted: tuple[str, ...]) -> str | None:
    try:
        names = set(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = set()
    target = {_general(name) for name in wanted}
    if names == target:
        return None
    more = [f"+ {name.value}" for name in target - names] + [f"- {name.value}" for name in names - target]
    return f"SAN list changed: {', '.join(sorted(more))}"


def _unfit(loaded: _Authority, now: datetime.datetime) -> str | None:
    certificate = loaded.certificate
    if certificate.public_key() != loaded.key.public_key():
        return "key does not match"
    if certificate.not_valid_before_utc > now:
        return "not yet valid"
    left = certificate.not_valid_after_utc - now
    if left < RENEW:
        return f"expires in {left.days} days" if left.days >= 0 else "expired"
    return None


def _loaded(kept: Mapping[str, bytes], path: str) -> _Authority | str:
    """Return the kept pair, or why there is none."""
    if f"{path}.crt" not in kept or f"{path}.key" not in kept:
        return "missing"
    try:
        certificate = x509.load_pem_x509_certificate(kept[f"{path}.crt"])
        return _Authority(certificate=certificate, key=_load_key(kept[f"{path}.key"]))
    except (ValueError, TypeError):
        return "damaged"


def _load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not an elliptic curve key")
    return key


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
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


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _new_key_pem() -> bytes:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _plain(bundle: Bundle, path: str, kept: Mapping[str, bytes], make: Callable[[], bytes]) -> None:
    if path not in kept:
        bundle.reasons[path] = "missing"
    bundle.files[path] = kept.get(path) or make()


def _keep(bundle: Bundle, path: str, kept: Mapping[str, bytes]) -> None:
    bundle.files.update({f"{path}{end}": kept[f"{path}{end}"] for end in (".crt", ".key")})


def _put(bundle: Bundle, path: str, made: _Authority, reason: str) -> None:
    bundle.files[f"{path}.crt"] = made.certificate.public_bytes(serialization.Encoding.PEM)
    bundle.files[f"{path}.key"] = _pem(made.key)
    bundle.reasons[path] = reason
