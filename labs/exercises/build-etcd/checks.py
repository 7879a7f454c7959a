"""Checks of build-etcd."""

import ipaddress
import re

import requests
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubelab import checks
from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

PKI = "/etc/etcd/pki"
PAIRS = ("server", "peer", "client")
GRADER = "etcd/apiserver-etcd-client"
"""The pair on this computer with which etcd is asked."""


def certificates_are_right(scene: Scene) -> None:
    """Step 1: etcd's three certificates are signed by its authority, with the names and usages of the table."""
    authority = x509.load_pem_x509_certificate((scene.view.where.keys / "etcd/ca.crt").read_bytes())
    looks.wrong(_read(scene, "ca") != authority, f"{PKI}/ca.crt is not the certificate of etcd's authority")
    for name in PAIRS:
        _is_right(scene, name, authority)


def unit_is_enabled(scene: Scene) -> None:
    """Step 2: etcd runs as a unit of {{ target }}, and starts at boot."""
    looks.unit(scene, scene.target, "etcd.service")


def member_is_healthy(scene: Scene) -> None:
    """Step 3: etcd at {{ target_address }} is healthy, asks for certificates, and holds {{ quota }} bytes at most."""
    looks.wrong(
        '"health":"true"' not in _ask(scene, "health"),
        f"etcd at {scene.value('target_address')} does not report that it is healthy",
    )
    found = re.search(r"^etcd_server_quota_backend_bytes (\S+)$", _ask(scene, "metrics"), re.MULTILINE)
    quota = int(float(found[1])) if found else 0
    looks.wrong(quota != int(scene.value("quota")), f"etcd's quota is {quota} bytes, not {scene.value('quota')}")
    looks.store.shut(scene, scene.target)


def cluster_is_back(scene: Scene) -> None:
    """Step 4: the API server answers, and the cluster is the same as before."""
    looks.api_answers(scene)
    key = ("/api/v1/namespaces", "", "kube-system")
    now, was = scene.get("/api/v1/namespaces/kube-system"), scene.before().found[key]
    looks.wrong(
        now["metadata"]["uid"] != was["metadata"]["uid"], "the cluster is a new one: etcd does not have the old data"
    )


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read etcd's keys."""
    looks.private(scene, scene.target, [f"{PKI}/*.key"])


def _is_right(scene: Scene, name: str, authority: x509.Certificate) -> None:
    found, path = _read(scene, name), f"{PKI}/{name}.crt"
    common = [row.value for row in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    target = scene.value("target")
    wanted = f"etcdctl-{target}" if name == "client" else target
    looks.wrong(common != [wanted], f"{path} has the CN {', '.join(map(str, common)) or '(none)'}, not {wanted}")
    looks.wrong(not identity.signed(scene, found, authority.subject), f"{path} is not signed by etcd's authority")
    key = looks.file(scene, scene.target, f"{PKI}/{name}.key").encode()
    looks.wrong(not identity.fits(found, key), f"{path} does not fit its key")
    usages = {ExtendedKeyUsageOID.CLIENT_AUTH} | ({ExtendedKeyUsageOID.SERVER_AUTH} if name != "client" else set())
    missing = usages - identity.names(found, x509.ExtendedKeyUsage)
    looks.wrong(missing, f"{path} lacks the usage {', '.join(sorted(map(_usage, missing)))}")
    if name != "client":
        lost = _names(scene) - identity.names(found, x509.SubjectAlternativeName)
        looks.wrong(lost, f"{path} lacks the names {', '.join(sorted(str(row.value) for row in lost))}")


def _names(scene: Scene) -> set[x509.DNSName | x509.IPAddress]:
    hosts = {x509.DNSName(scene.value("target")), x509.DNSName("localhost")}
    return hosts | {x509.IPAddress(ipaddress.ip_address(row)) for row in (scene.value("target_address"), "127.0.0.1")}


def _usage(oid: object) -> str:
    return "serverAuth" if oid == ExtendedKeyUsageOID.SERVER_AUTH else "clientAuth"


def _read(scene: Scene, name: str) -> x509.Certificate:
    path = f"{PKI}/{name}.crt"
    return identity.parsed(path, looks.certificate(scene, scene.target, path))


def _ask(scene: Scene, what: str) -> str:
    """Return etcd's answer; raise `Wrong` if etcd shows a foreign certificate or does not answer."""
    session, keys = requests.Session(), scene.view.where.keys
    session.trust_env = False
    try:
        reply = session.get(
            f"https://{scene.value('target_address')}:2379/{what}",
            cert=(str(keys / f"{GRADER}.crt"), str(keys / f"{GRADER}.key")),
            verify=str(keys / "etcd/ca.crt"),
            timeout=5,
        )
    except requests.RequestException as problem:
        raise checks.Wrong(f"etcd does not answer at port 2379: {type(problem).__name__}") from problem
    looks.wrong(not reply.ok, f"etcd answers /{what} with the status {reply.status_code}")
    return reply.text
