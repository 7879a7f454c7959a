"""Checks of build-certificates."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

SERVER = "/etc/kubernetes/kube-apiserver/pki/apiserver"
NODE = "/etc/kubernetes/kubelet/kubeconfig"
LIFE = datetime.timedelta(days=29)


def server_is_certified(scene: Scene) -> None:
    """Step 1: the API server's certificate is signed, and has every name by which clients connect."""
    machine = scene.value("control_plane")
    found = identity.parsed(f"{SERVER}.crt", looks.certificate(scene, machine, f"{SERVER}.crt"))
    key = looks.file(scene, machine, f"{SERVER}.key").encode()
    _is_right(scene, f"{SERVER}.crt", (found, key), ["CN=kube-apiserver"], ExtendedKeyUsageOID.SERVER_AUTH)
    lost = {name for name in scene.value("api_names").split() if _name(name) not in _names(found)}
    looks.wrong(lost, f"{SERVER}.crt lacks the names {', '.join(sorted(lost))}")


def server_shows_it(scene: Scene) -> None:
    """Step 2: the API server answers, and shows a certificate that its clients trust."""
    looks.api_answers(scene)


def node_is_certified(scene: Scene) -> None:
    """Step 3: the kubelet of {{ target }} has a kubeconfig with a certificate for that node."""
    pair = identity.inside(NODE, looks.file(scene, scene.target, NODE))
    wanted = [f"CN=system:node:{scene.value('target')}", "O=system:nodes"]
    _is_right(scene, NODE, pair, wanted, ExtendedKeyUsageOID.CLIENT_AUTH)


def node_is_ready(scene: Scene) -> None:
    """Step 4: {{ target }} is Ready, and its kubelet reports."""
    looks.node_ready(scene, scene.value("target"))
    looks.takes_pods(scene, scene.value("target"))
    looks.fresh_lease(scene, scene.value("target"))


def administrator_is_certified(scene: Scene) -> None:
    """Step 5: {{ person }} has a kubeconfig with a certificate for an administrator."""
    path = _administrators(scene)
    text = looks.file(scene, scene.value("control_plane"), path)
    pair = identity.inside(path, text)
    identity.leads(path, text, scene.value("api"), (scene.view.where.keys / "kubernetes/ca.crt").read_bytes())
    wanted = [f"CN={scene.value('person')}", "O=system:masters"]
    _is_right(scene, path, pair, wanted, ExtendedKeyUsageOID.CLIENT_AUTH)


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read a key."""
    master = scene.value("control_plane")
    looks.private(scene, master, [f"{SERVER}.key", _administrators(scene)])
    looks.private(scene, scene.target, [NODE])


def _administrators(scene: Scene) -> str:
    return f"/root/{scene.value('person')}.kubeconfig"


def _is_right(
    scene: Scene, path: str, pair: tuple[x509.Certificate, bytes], who: list[str], usage: x509.ObjectIdentifier
) -> None:
    found, key = pair
    said = identity.who(found)
    looks.wrong(
        said != set(who), f"{path} has the subject {', '.join(sorted(said)) or '(empty)'}, not {', '.join(sorted(who))}"
    )
    looks.wrong(not identity.fits(found, key), f"in {path} the certificate does not fit the key")
    authority = x509.load_pem_x509_certificate((scene.view.where.keys / "kubernetes/ca.crt").read_bytes())
    looks.wrong(
        not identity.signed(scene, found, authority.subject), f"{path} is not signed by the cluster's authority"
    )
    looks.wrong(
        usage not in identity.names(found, x509.ExtendedKeyUsage),
        f"{path} lacks the usage {'serverAuth' if usage == ExtendedKeyUsageOID.SERVER_AUTH else 'clientAuth'}",
    )
    left = found.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    looks.wrong(left < LIFE, f"{path} is valid for {max(left.days, 0)} more days, not for {LIFE.days} or more")
    looks.wrong(found.not_valid_before_utc > datetime.datetime.now(datetime.UTC), f"{path} is not valid yet")


def _names(found: x509.Certificate) -> set[object]:
    return identity.names(found, x509.SubjectAlternativeName)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
