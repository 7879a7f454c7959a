"""Checks of one-server-refused."""

import datetime
import socket
import ssl

import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kubelab import checks
from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

FOLDER = "/etc/kubernetes/kube-apiserver/pki"
PAIRS = ("apiserver", "apiserver-etcd-client")
SIGNERS = {"apiserver": "kubernetes", "apiserver-etcd-client": "etcd"}
"""Certificate to the authority that signs it."""
LEAST = datetime.timedelta(days=30)
PORT = 6443
SECONDS = 4.0


def clients_are_served(scene: Scene) -> None:
    """The API server of {{ target }} is ready, and clients trust it under each of its names and addresses."""
    refused = {name: said for name in scene.value("api_names").split() if (said := _refuses(scene, name))}
    if refused:
        name = min(refused, key=len)
        more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        raise checks.Wrong(f"a client of {name}{more} is refused by {scene.value('target')}: {refused[name]}")
    said = _ready(scene)
    looks.wrong(said, f"the API server of {scene.value('target')} {said}")


def certificates_are_right(scene: Scene) -> None:
    """Both certificates of {{ target }} are signed by the right authority, for the right names, for 30 days or more."""
    for name in PAIRS:
        certificate, key = _pair(scene, name)
        given = _given(scene, name)
        left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
        looks.wrong(left < LEAST, f"{name}.crt is valid for {max(left.days, 0)} more days, not for {LEAST.days}")
        looks.wrong(not identity.fits(certificate, key), f"{name}.crt does not fit its key")
        said = identity.who(certificate)
        looks.wrong(said != identity.who(given), f"{name}.crt has the subject {', '.join(sorted(said)) or '(empty)'}")
        usages = [identity.names(row, x509.ExtendedKeyUsage) for row in (given, certificate)]
        looks.wrong(not usages[0] <= usages[1], f"{name}.crt lacks a usage that it has on the other control planes")
        names = [identity.names(row, x509.SubjectAlternativeName) for row in (given, certificate)]
        lost = sorted(str(row.value) for row in names[0] - names[1])  # type: ignore[attr-defined]
        looks.wrong(lost, f"{name}.crt lacks the names {', '.join(lost[:4])}")
        _signed(scene, name, certificate)
    own, _ = _pair(scene, scene.value("pair"))
    shared = _public(own) == _public(_given(scene, scene.value("pair")))
    looks.wrong(shared, f"{scene.value('pair')}.key is the key that the other control planes have")


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read a key."""
    looks.private(scene, scene.target, [f"{FOLDER}/{name}.key" for name in PAIRS])


def others_untouched(scene: Scene, _: object) -> None:
    """The other control planes have the certificates and keys that they had."""
    others = [machine for machine in scene.lab.control_plane if machine != scene.target]
    looks.wrong(not others, "there is no other control plane")
    for machine in others:
        for name in [f"{pair}.{end}" for pair in PAIRS for end in ("crt", "key")]:
            wanted = _of_lab(scene, machine.name, name)
            looks.wrong(looks.file(scene, machine, f"{FOLDER}/{name}") != wanted, f"{machine.name} has another {name}")


def authorities_kept(scene: Scene, _: object) -> None:
    """The API server of {{ target }} and every node trust the lab's own authorities, and no other."""
    for name in ("ca.crt", "etcd-ca.crt"):
        found = looks.file(scene, scene.target, f"{FOLDER}/{name}")
        wanted = _of_lab(scene, scene.value("target"), name)
        same = identity.every(name, found) == identity.every(name, wanted)
        looks.wrong(not same, f"{scene.value('target')} has another {name}")
    authority = identity.every("ca.crt", (scene.view.where.keys / "kubernetes/ca.crt").read_text(encoding="utf-8"))
    for machine in scene.lab.nodes:
        text = looks.file(scene, machine, "/etc/kubernetes/kubelet/ca.crt")
        looks.wrong(identity.every("ca.crt", text) != authority, f"{machine.name} trusts another authority")


def _refuses(scene: Scene, name: str) -> str:
    """Return why a client that comes to the target under a name refuses what is shown; empty if it does not."""
    context = ssl.create_default_context(cafile=str(scene.view.where.keys / "kubernetes/ca.crt"))
    try:
        with (
            socket.create_connection((str(scene.target.address), PORT), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            return ""
    except ssl.SSLCertVerificationError as problem:
        return str(problem.verify_message)
    except OSError as problem:
        return str(problem) or type(problem).__name__


def _ready(scene: Scene) -> str:
    """Return what the target's API server says of itself instead of being ready; empty if it is."""
    keys = scene.view.where.keys / "kubernetes"
    session = requests.Session()
    session.trust_env = False
    pair = (str(keys / "grader.crt"), str(keys / "grader.key"))
    url = f"https://{scene.target.address}:{PORT}/readyz"
    try:
        reply = session.get(url, cert=pair, verify=str(keys / "ca.crt"), timeout=SECONDS)
    except OSError as problem:
        return f"does not answer: {type(problem).__name__}"
    return "" if reply.ok and reply.text.strip() == "ok" else f"says {reply.status_code} at /readyz"


def _pair(scene: Scene, name: str) -> tuple[x509.Certificate, bytes]:
    path = f"{FOLDER}/{name}"
    found = identity.parsed(f"{name}.crt", looks.certificate(scene, scene.target, f"{path}.crt"))
    return found, looks.file(scene, scene.target, f"{path}.key").encode()


def _of_lab(scene: Scene, machine: str, name: str) -> str:
    """Return a file as the lab gave it to a control plane, read on this computer."""
    return (scene.view.where.box(machine) / f"files{FOLDER}/{name}").read_text(encoding="utf-8")


def _given(scene: Scene, name: str) -> x509.Certificate:
    return identity.parsed(f"{name}.crt", _of_lab(scene, scene.value("target"), f"{name}.crt"))


def _signed(scene: Scene, name: str, certificate: x509.Certificate) -> None:
    path = scene.view.where.keys / SIGNERS[name] / "ca.crt"
    authority = x509.load_pem_x509_certificate(path.read_bytes())
    right = certificate.issuer == authority.subject and identity.signed(scene, certificate, authority.subject)
    looks.wrong(not right, f"{name}.crt is not signed by the authority {SIGNERS[name]}")


def _public(certificate: x509.Certificate) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return certificate.public_key().public_bytes(serialization.Encoding.DER, form)
