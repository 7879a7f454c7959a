"""Reads certificates in and from a machine, and compares them with their authority."""

from __future__ import annotations

import base64
import posixpath
import re
import shlex
import socket
import ssl
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from kubelab import checks, model
from kubelab.clients import patience
from kubelab.exercises import looks

Scene = looks.Scene
Names = type[x509.SubjectAlternativeName | x509.ExtendedKeyUsage]
SECONDS = 4.0
"""Seconds for a handshake."""


def parsed(path: str, pem: str | bytes) -> x509.Certificate:
    """Return the certificate of a file; `Wrong` without one."""
    try:
        return x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem)
    except ValueError as problem:
        raise checks.Wrong(f"{path} holds no certificate") from problem


def inside(path: str, text: str) -> tuple[x509.Certificate, bytes]:
    """Return the client certificate and the key, PEM, of a kubeconfig's current context; `Wrong` without."""
    user = _current(path, text)["user"]
    try:
        pem, key = (base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key"))
    except (ValueError, KeyError, TypeError) as problem:
        raise checks.Wrong(f"{path} has no certificate and key inside") from problem
    return parsed(path, pem), key


def client(scene: Scene, machine: model.Machine, path: str) -> tuple[x509.Certificate, bytes, tuple[str, ...]]:
    """Return the client identity in a machine's kubeconfig: certificate, key, and the files with the key.

    Certificate and key may be inside, or in files that it names, as a kubelet keeps those that it renews itself.
    """
    text = looks.file(scene, machine, path)
    user, found, files = _current(path, text)["user"], [], [path]
    if "client-certificate" not in user or "client-certificate-data" in user:
        return *inside(path, text), (path,)
    for part in ("certificate", "key"):
        place = posixpath.join(posixpath.dirname(path), str(user.get(f"client-{part}") or ""))
        found.append(looks.file(scene, machine, place).encode())
        files.append(place)
    return parsed(path, found[0]), found[1], tuple(files)


def leads(path: str, text: str, server: str, authority: bytes) -> None:
    """Raise `Wrong` unless a kubeconfig's current context leads to a server and trusts this authority, PEM, alone."""
    cluster = _current(path, text)["cluster"]
    looks.wrong(str(cluster.get("server", "")).rstrip("/") != server, f"{path} leads to {cluster.get('server')}")
    try:
        known = x509.load_pem_x509_certificates(base64.b64decode(str(cluster.get("certificate-authority-data", ""))))
    except ValueError:
        known = []
    looks.wrong(known != x509.load_pem_x509_certificates(authority), f"{path} believes another authority")


def _current(path: str, text: str) -> dict[str, dict[str, Any]]:
    """Return the user and the cluster of a kubeconfig's current context."""
    try:
        rows = looks.parsed_yaml(text)
        context = _named(rows, "contexts", rows["current-context"])["context"]
        return {part: _named(rows, f"{part}s", context[part])[part] for part in ("user", "cluster")}
    except (KeyError, TypeError, AttributeError, StopIteration, checks.Wrong) as problem:
        raise checks.Wrong(f"{path} has no current context with a user and a cluster") from problem


def _named(rows: Any, key: str, name: object) -> Any:
    return next(row for row in rows[key] if row["name"] == name)


def every(path: str, pem: str) -> set[x509.Certificate]:
    """Return every certificate of a file, whatever is written between them; `Wrong` without any."""
    try:
        return set(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError as problem:
        raise checks.Wrong(f"{path} holds no certificate") from problem


def who(certificate: x509.Certificate) -> frozenset[str]:
    """Return the subject of a certificate, in any order: `CN=…`, `O=…`."""
    return frozenset(item.rfc4514_string() for row in certificate.subject.rdns for item in row)


def fits(certificate: x509.Certificate, key: bytes) -> bool:
    """Return whether a private key, PEM, is the certificate's."""
    try:
        return serialization.load_pem_private_key(key, None).public_key() == certificate.public_key()
    except (ValueError, TypeError):
        return False


def names(certificate: x509.Certificate, kind: Names) -> set[object]:
    """Return the names of a certificate, or its usages; empty without any."""
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
    """Return the certificate that a machine serves at a port, asked from here or from the machine itself."""
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
        raise checks.Wrong(f"no server shows a certificate at port {port} of {machine.name}")
    return parsed(f"port {port}", found[0])
