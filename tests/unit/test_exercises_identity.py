"""Certificates in a machine's files and on its ports: their subject and signer, and files that are no certificate."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http import server as servers
from pathlib import Path

import labs_data
import pytest
from cryptography import x509

from kubelab import checks, paths
from kubelab.exercises import identity, library, scene, variants
from kubelab.pki import certificates
from kubelab.render import kubeconfig

NOW = datetime.datetime.now(datetime.UTC)
WANTED = certificates.Wanted(
    path="a", authority="kubernetes", name="a", usages=(certificates.SERVER,), sans=("127.0.0.1", "a.example")
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Made:
    """An authority that the lab knows, and a leaf that it has signed."""

    ours: certificates.Signed
    leaf: certificates.Signed
    scene: scene.Scene


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Return a lab's authority, kept where the lab keeps it, and a leaf."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    where = paths.LabPaths(name="unit")
    ours = certificates.authority("kubelab-kubernetes-ca", NOW)
    (where.keys / "kubernetes").mkdir(parents=True)
    (where.keys / "kubernetes/ca.crt").write_bytes(ours.pair.certificate)
    view = checks.View(lab=labs_data.lab(), where=where, api=None)  # type: ignore[arg-type]
    exercise = library.find("scheduler-down")
    drawn = variants.of(exercise.spec, "5eed", 1)
    found = scene.Scene(view=view, exercise=exercise, variant=drawn)
    return Made(ours=ours, leaf=certificates.leaf(WANTED, ours, NOW), scene=found)


def test_who_signed_it_is_proven_and_not_believed(made: Made) -> None:
    """An authority of the same name with another key has not signed for the lab's."""
    theirs = certificates.authority("kubelab-kubernetes-ca", NOW)
    foreign = certificates.leaf(WANTED, theirs, NOW)
    issuer = made.ours.certificate.subject
    assert identity.signed(made.scene, made.leaf.certificate, issuer)
    assert not identity.signed(made.scene, foreign.certificate, issuer)
    assert not identity.signed(made.scene, made.leaf.certificate, made.leaf.certificate.subject)


def test_key_names_and_usages_are_read(made: Made) -> None:
    """A key fits its own certificate alone; names and usages are sets, empty where there are none."""
    pair = made.leaf.pair
    assert identity.fits(made.leaf.certificate, pair.key)
    assert not identity.fits(made.leaf.certificate, certificates.key_pem(certificates.new_key()))
    assert not identity.fits(made.leaf.certificate, b"no key")
    assert x509.DNSName("a.example") in identity.names(made.leaf.certificate, x509.SubjectAlternativeName)
    assert identity.names(made.leaf.certificate, x509.ExtendedKeyUsage) == {certificates.SERVER}
    assert identity.names(made.ours.certificate, x509.SubjectAlternativeName) == set()


def test_what_is_inside_a_kubeconfig(made: Made) -> None:
    """Certificate and key come out as they went in; what holds none is wrong, whatever it is."""
    pair = made.leaf.pair
    certificate, key = (base64.b64encode(part).decode() for part in (pair.certificate, pair.key))
    text = (
        "current-context: b\n"
        "contexts: [{name: a, context: {user: old, cluster: c}}, {name: b, context: {user: new, cluster: c}}]\n"
        "clusters: [{name: c, cluster: {server: s}}]\n"
        "users: [{name: old, user: {token: a}}, "
        f"{{name: new, user: {{client-certificate-data: {certificate}, client-key-data: {key}}}}}]\n"
    )
    assert identity.inside("kubeconfig", text) == (made.leaf.certificate, pair.key)
    flaws = [
        text.replace(old, new)
        for old, new in ((certificate, "!!"), ("context: b", "context: a"), ("user: new", "user: z"))
    ]
    for broken in ("", "users: []", "users: [{user: {token: a}}]", "{", *flaws, "a: [b", "7"):
        with pytest.raises(checks.Wrong, match="kubeconfig"):
            identity.inside("kubeconfig", broken)
    with pytest.raises(checks.Wrong, match="holds no certificate"):
        identity.parsed("ca.crt", "nothing")


def test_where_a_kubeconfig_leads(made: Made) -> None:
    """To the server and the authority of its current context; another of either is told."""
    authority = made.ours.pair.certificate
    text = kubeconfig.text(
        server="https://10.9.8.7:6443", ca=authority, pair=made.leaf.pair, cluster="c", user="u", context="x"
    )
    identity.leads("kubeconfig", text, "https://10.9.8.7:6443", authority)
    with pytest.raises(checks.Wrong, match="leads to"):
        identity.leads("kubeconfig", text, "https://10.9.8.8:6443", authority)
    with pytest.raises(checks.Wrong, match="another authority"):
        identity.leads("kubeconfig", text, "https://10.9.8.7:6443", made.leaf.pair.certificate)


def test_a_kubelet_may_keep_its_pair_in_files(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does that renews its certificate itself: the key's file is told, so that its mode can be looked at."""
    pair, machine = made.leaf.pair, made.scene.lab.workers[0]
    text = (
        "{current-context: x, contexts: [{name: x, context: {user: u, cluster: c}}],"
        " clusters: [{name: c, cluster: {}}],"
        " users: [{name: u, user: {client-certificate: pki/now.pem, client-key: /var/lib/now.key}}]}"
    )
    files = {
        "/etc/k/config": text,
        "/etc/k/pki/now.pem": pair.certificate.decode(),
        "/var/lib/now.key": pair.key.decode(),
    }
    monkeypatch.setattr(scene.Scene, "read", lambda _scene, _box, command, **_: files[command.split()[-1]])
    certificate, key, kept = identity.client(made.scene, machine, "/etc/k/config")
    assert (certificate, key) == (made.leaf.certificate, pair.key)
    assert kept == ("/etc/k/config", "/etc/k/pki/now.pem", "/var/lib/now.key")


def test_whom_a_certificate_is_for_has_no_order(made: Made) -> None:
    """Names are a set: O before CN is the same person."""
    assert identity.who(made.leaf.certificate) == {"CN=a"}


@pytest.fixture
def port(made: Made, tmp_path: Path) -> Iterator[int]:
    """Yield a port of the loopback that shows the leaf."""
    (tmp_path / "pair.pem").write_bytes(made.leaf.pair.certificate + made.leaf.pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    server = servers.HTTPServer(("127.0.0.1", 0), servers.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_what_a_port_shows(made: Made, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen from here; a port that answers nobody here is asked about in the machine, and said if silent."""
    here = dataclasses.replace(made.scene.lab.workers[0], address=ipaddress.IPv4Address("127.0.0.1"))
    assert identity.shown(made.scene, here, port) == made.leaf.certificate
    said = ["", made.leaf.pair.certificate.decode()]
    monkeypatch.setattr(scene.Scene, "read", lambda *_: said.pop())
    monkeypatch.setattr(identity, "SECONDS", 0.5)
    assert identity.shown(made.scene, here, 1) == made.leaf.certificate
    with pytest.raises(checks.Wrong, match="no server shows a certificate at port 1"):
        identity.shown(made.scene, here, 1)
