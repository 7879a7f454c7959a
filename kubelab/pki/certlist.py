"""The lab's keys: a table of certificates and one loop that keeps the good ones and issues the others."""

from __future__ import annotations

import base64
import binascii
import datetime
import fnmatch
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from kubelab import model
from kubelab.pki import certificates
from kubelab.pki.certificates import CLIENT, SERVER

Pair = certificates.Pair
AUTHORITIES = {name: f"kubelab-{name}-ca" for name in ("kubernetes", "etcd", "front-proxy")}
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Every key and certificate of a lab: relative path to content; `reasons` says what was issued anew, and why."""

    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    reasons: dict[str, str] = field(default_factory=dict)

    def file(self, path: str) -> bytes:
        """Return one file's content."""
        return self.files[path]

    def pair(self, path: str) -> Pair:
        """Return certificate and key of a row."""
        return Pair(certificate=self.files[f"{path}.crt"], key=self.files[f"{path}.key"])


@dataclass(frozen=True, kw_only=True)
class AddonServer:
    """A service of an add-on that speaks TLS: its pair is a secret of the cluster, named as the service.

    One that is public is called from outside the cluster, by a worker's or the gateway's address, or by any name of
    the lab's own zone.
    """

    namespace: str
    name: str
    public: bool = False

    @property
    def path(self) -> str:
        """Return the path of its pair in the bundle."""
        return f"kubernetes/{self.name}"

    def sans(self, lab: model.Lab) -> tuple[str, ...]:
        """Return the names and addresses by which a lab's clients call it."""
        inside = f"{self.name}.{self.namespace}.svc"
        if not self.public:
            return (inside,)
        addresses = dict.fromkeys(str(address) for address in (*(node.address for node in lab.workers), lab.entrance))
        return (inside, f"*.{lab.name}.test", *addresses)


ADDON_SERVERS: Mapping[model.Addon, AddonServer] = {
    model.Addon.METRICS: AddonServer(namespace="metrics-server", name="metrics-server"),
    model.Addon.GATEWAY: AddonServer(namespace="gateway", name="gateway", public=True),
}


def addon_servers(lab: model.Lab) -> tuple[AddonServer, ...]:
    """Return the servers of a lab's add-ons."""
    return tuple(server for addon, server in ADDON_SERVERS.items() if addon in lab.addons)


def leaves(lab: model.Lab) -> Iterator[certificates.Wanted]:
    """Yield every certificate but the authorities' own: read this list to know them all."""
    row = functools.partial(certificates.Wanted, authority="etcd")
    for member in lab.etcd:
        sans = (member.name, str(member.address), *LOOPBACK)
        # etcd dials itself with its server certificate, so each is a client's as well.
        for use in ("server", "peer"):
            path = f"etcd/{member.name}/{use}"
            yield row(path=path, name=member.name, usages=(SERVER, CLIENT), sans=sans)
        yield row(path=f"etcd/{member.name}/client", name=f"etcdctl-{member.name}")
    for name in ("apiserver-etcd-client", "kube-controllers"):
        yield row(path=f"etcd/{name}", name=name)
    for node in lab.nodes:
        yield from _of_node(node)
    yield from _of_cluster(lab)
    yield row(path="front-proxy/front-proxy-client", authority="front-proxy", name="front-proxy-client")


def _of_node(node: model.Machine) -> Iterator[certificates.Wanted]:
    folder = f"nodes/{node.name}"
    for name in ("flannel", "calico"):
        yield certificates.Wanted(path=f"{folder}/{name}", authority="etcd", name=f"{name}-{node.name}")
    row = functools.partial(
        certificates.Wanted, authority="kubernetes", name=f"system:node:{node.name}", groups=("system:nodes",)
    )
    yield row(path=f"{folder}/kubelet-client")
    yield row(path=f"{folder}/kubelet-server", usages=(SERVER,), sans=(node.name, str(node.address)))


def _of_cluster(lab: model.Lab) -> Iterator[certificates.Wanted]:
    row = functools.partial(certificates.Wanted, authority="kubernetes")
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
    # The grader's is on the host alone: grading trusts nothing that a student could have changed in a box.
    for name in ("admin", "addons", "grader"):
        yield row(path=f"kubernetes/{name}", name=f"kubelab-{name}", groups=("system:masters",))
    for server in addon_servers(lab):
        yield row(path=server.path, name=server.name, usages=(SERVER,), sans=server.sans(lab))


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How to issue: `renew` are globs of paths that get a new certificate in any case, `life` is that of a new leaf."""

    renew: tuple[str, ...] = ()
    life: datetime.timedelta = certificates.LEAF_LIFE

    def renews(self, path: str) -> bool:
        """Return whether this certificate is renewed although it is good."""
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self.renew)


USUAL = Terms()


def issue(lab: model.Lab, kept: Mapping[str, bytes], now: datetime.datetime, terms: Terms = USUAL) -> Bundle:
    """Return the lab's keys: the good ones of `kept`, new ones for the rest.

    `kept` is relative path to content under the lab's keys/. Pure but for the randomness of new keys. Authorities and
    secrets are never renewed on request: what they protect would be lost with them. For a lab that has data, `kept`
    comes from `lostkeys.kept`, which refuses a loss. `reasons` naming `encryption.key` means that secrets written under
    the old one cannot be read again.
    """
    bundle = Bundle()
    authorities = {name: _authority(bundle, name, kept, now) for name in AUTHORITIES}
    for wanted in leaves(lab):
        by = authorities[wanted.authority]
        found = certificates.found(kept, wanted.path)
        reason = found if isinstance(found, str) else certificates.leaf_flaw(found, wanted, by, now)
        if reason is None and terms.renews(wanted.path):
            reason = "asked for"
        if reason is None:
            _keep(bundle, wanted.path, kept)
        else:
            _put(bundle, wanted.path, certificates.leaf(wanted, by, now, terms.life), reason)
    for path, secret in SECRETS.items():
        _secret(bundle, path, secret, kept)
    public = certificates.load_key(bundle.files["service-account.key"]).public_key()
    bundle.files["service-account.pub"] = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return bundle


def _authority(bundle: Bundle, name: str, kept: Mapping[str, bytes], now: datetime.datetime) -> certificates.Signed:
    path = f"{name}/ca"
    found = certificates.found(kept, path)
    if isinstance(found, str):
        reason = found
    else:
        flaw = certificates.authority_flaw(found, now)
        if flaw is None:
            _keep(bundle, path, kept)
            return found
        reason = flaw
    made = certificates.authority(AUTHORITIES[name], now)
    _put(bundle, path, made, reason)
    return made


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A key without a certificate: how it is made, and a check that raises ValueError if it is damaged."""

    make: Callable[[], bytes]
    check: Callable[[bytes], object]


def _check_encryption_key(content: bytes) -> None:
    try:
        length = len(base64.b64decode(content.strip(), validate=True))
    except binascii.Error as problem:
        raise ValueError("not base64") from problem
    if length != 32:
        raise ValueError(f"{length} bytes; 32 are wanted")


SECRETS: dict[str, Secret] = {
    # Its own: the API server's certificate key signs no tokens.
    "service-account.key": Secret(
        make=lambda: certificates.key_pem(certificates.new_key()), check=certificates.load_key
    ),
    "encryption.key": Secret(make=lambda: base64.b64encode(os.urandom(32)), check=_check_encryption_key),
}


def _secret(bundle: Bundle, path: str, secret: Secret, kept: Mapping[str, bytes]) -> None:
    reason = secret_flaw(path, kept)
    if reason is None:
        bundle.files[path] = kept[path]
        return
    bundle.files[path] = secret.make()
    bundle.reasons[path] = reason


def secret_flaw(path: str, kept: Mapping[str, bytes]) -> str | None:
    """Return the fault of a secret of `SECRETS`: "missing", "damaged", or None."""
    if path not in kept:
        return "missing"
    try:
        SECRETS[path].check(kept[path])
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "damaged"
    return None


def _keep(bundle: Bundle, path: str, kept: Mapping[str, bytes]) -> None:
    bundle.files.update({f"{path}{end}": kept[f"{path}{end}"] for end in (".crt", ".key")})


def _put(bundle: Bundle, path: str, made: certificates.Signed, reason: str) -> None:
    pair = made.pair
    bundle.files.update({f"{path}.crt": pair.certificate, f"{path}.key": pair.key})
    bundle.reasons[path] = reason
