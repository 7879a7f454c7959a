"""Certificates as a machine keeps and shows them: read, and compared with the authority that must have signed them."""

from __future__ import annotations

import base64
import re
import shlex
import socket
import ssl

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from kubelab import checks, model, patience
from kubelab.exercises import looks

Scene = looks.Scene
Names = type[x509.SubjectAlternativeName | x509.ExtendedKeyUsage]
SECONDS = 4.0
"""For a handshake."""


def parsed(path: str, pem: str | bytes) -> x509.Certificate:
    """Return the certificate of a file; `Wrong` if it holds none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem)
    except ValueError as problem:
        raise checks.Wrong(f"{path} holds no certificate") from problem


def inside(path: str, text: str) -> tuple[x509.Certificate, bytes]:
    """Return the client certificate and the key, PEM, that a kubeconfig holds; `Wrong` if it holds none."""
    try:
        user = looks.parsed_yaml(text)["users"][0]["user"]
        pem, key = (base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key"))
    except (ValueError, KeyError, TypeError, IndexError, checks.Wrong) as problem:
        raise checks.Wrong(f"{path} has no certificate and key inside") from problem
    return parsed(path, pem), key


def fits(certificate: x509.Certificate, key: bytes) -> bool:
    """Return whether a private key, PEM, is the certificate's."""
    try:
        return serialization.load_pem_private_key(key, None).public_key() == certificate.public_key()
    except (ValueError, TypeError):
        return False


def names(certificate: x509.Certificate, kind: Names) -> set[object]:
    """Return the names for which a certificate is good, or its usages; empty without any."""
    return {item for row in certificate.extensions if isinstance(row.value, kind) for item in row.value}


def signed(scene: Scene, certificate: x509.Certificate, issuer: x509.Name) -> bool:
    """Return whether the lab's authority of that name has signed a certificate: its key is on this computer."""
    for path in sorted(scene.view.where.keys.glob("*/ca.crt")):
        authority = x509.load_pem_x509_certificate(path.read_bytes())
        if authority.subject == issuer:
            try:
                certificate.verify_directly_issued_by(authority)
            except (ValueError, TypeError, InvalidSignature):
                return False
            return True
    return False


def shown(scene: Scene, machine: model.Machine, port: int) -> x509.Certificate:
    """Return the certificate that a machine shows at a port: to us, or to itself if it serves nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is looked at, nothing is told to it
    try:
        with (
            socket.create_connection((str(machine.address), port), patience.seconds(SECONDS)) as plain,
            context.wrap_socket(plain) as wrapped,
        ):
            return x509.load_der_x509_certificate(wrapped.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError):
        return _shown_inside(scene, machine, port)


def _shown_inside(scene: Scene, machine: model.Machine, port: int) -> x509.Certificate:
    command = (
        f"timeout {patience.whole(SECONDS)} openssl s_client -connect 127.0.0.1:{port} < /dev/null 2> /dev/null; true"
    )
    said = scene.read(machine, f"sh -c {shlex.quote(command)}")
    found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", said, re.DOTALL)
    if not found:
        raise checks.Wrong(f"nobody shows a certificate at port {port} of {machine.name}")
    return parsed(f"port {port}", found[0])
