"""Wrong certificates for injections, each wrong in one way, made on this computer from the lab's keys."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from kubelab import model, paths
from kubelab.pki import certificates, certlist
from kubelab.render import kubeconfig


@dataclass(frozen=True, kw_only=True)
class Order:
    """The input of a maker."""

    lab: model.Lab
    where: paths.LabPaths
    machine: model.Machine
    options: Mapping[str, str]
    now: datetime.datetime

    def pair(self, path: str) -> certificates.Signed:
        """Return a pair of the lab's keys."""
        files = {f"{path}{end}": (self.where.keys / f"{path}{end}").read_bytes() for end in (".crt", ".key")}
        found = certificates.found(files, path)
        if isinstance(found, str):
            raise ValueError(f"keys/{path} is {found}")
        return found


def _copied(
    original: certificates.Signed,
    by: certificates.Signed,
    life: tuple[datetime.datetime, datetime.datetime],
    names: x509.SubjectAlternativeName | None = None,
) -> certlist.Pair:
    """Return the certificate again for the same key, with another signer, life or names."""
    old = original.certificate
    builder = x509.CertificateBuilder(old.issuer, old.subject, old.public_key(), x509.random_serial_number(), *life)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    for row in old.extensions:
        value: x509.ExtensionType = row.value
        if isinstance(value, x509.AuthorityKeyIdentifier):
            value = signer
        if isinstance(value, x509.SubjectAlternativeName) and names is not None:
            value = names
        builder = builder.add_extension(value, row.critical)
    made = builder.sign(by.key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    return certlist.Pair(certificate=pem, key=certificates.key_pem(original.key))


def _life(certificate: x509.Certificate) -> tuple[datetime.datetime, datetime.datetime]:
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def _kubeconfig(order: Order, ca: bytes, pair: certlist.Pair, user: str) -> bytes:
    """Return a kubeconfig with the names of the lab's own ones."""
    lab = order.lab
    text = kubeconfig.text(
        server=lab.api_endpoint, ca=ca, pair=pair, cluster=lab.context, user=user, context=lab.context
    )
    return text.encode()


def kubelet_expired(order: Order) -> Mapping[str, bytes]:
    """Return a kubelet's kubeconfig whose certificate expired HOURS ago."""
    ca = order.pair("kubernetes/ca")
    end = order.now - datetime.timedelta(hours=int(order.options["HOURS"]))
    pair = _copied(order.pair(f"nodes/{order.machine.name}/kubelet-client"), ca, (end - certificates.BACKDATE, end))
    return {"/etc/kubernetes/kubelet/kubeconfig": _kubeconfig(order, ca.pair.certificate, pair, "kubelet-client")}


def apiserver_without_address(order: Order) -> Mapping[str, bytes]:
    """Return the API server's certificate without the machine's address."""
    original = order.pair("kubernetes/apiserver")
    names = certificates.extension(original.certificate, x509.SubjectAlternativeName) or ()
    fewer = x509.SubjectAlternativeName([name for name in names if str(name.value) != str(order.machine.address)])
    pair = _copied(original, order.pair("kubernetes/ca"), _life(original.certificate), fewer)
    return {"/etc/kubernetes/kube-apiserver/pki/apiserver.crt": pair.certificate}


def etcd_client_foreign(order: Order) -> Mapping[str, bytes]:
    """Return the API server's client certificate for etcd, signed by an authority of the right name and another key."""
    original = order.pair("etcd/apiserver-etcd-client")
    other = certificates.authority(certlist.AUTHORITIES["etcd"], order.now)
    pair = _copied(original, other, _life(original.certificate))
    path = "/etc/kubernetes/kube-apiserver/pki/apiserver-etcd-client"
    return {f"{path}.crt": pair.certificate, f"{path}.key": pair.key}


def scheduler_foreign_ca(order: Order) -> Mapping[str, bytes]:
    """Return the scheduler's kubeconfig with an authority of the right name and another key."""
    other = certificates.authority(certlist.AUTHORITIES["kubernetes"], order.now)
    text = _kubeconfig(order, other.pair.certificate, order.pair("kubernetes/scheduler").pair, "scheduler")
    return {"/etc/kubernetes/kube-scheduler/kubeconfig": text}


MAKERS: Mapping[str, Callable[[Order], Mapping[str, bytes]]] = {
    "kubelet-expired": kubelet_expired,
    "apiserver-without-address": apiserver_without_address,
    "etcd-client-foreign": etcd_client_foreign,
    "scheduler-foreign-ca": scheduler_foreign_ca,
}
