"""Checks of build-worker."""

import ipaddress
import json

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

KUBELET = "/etc/kubernetes/kubelet"


def identity_is_signed(scene: Scene) -> None:
    """Step 1: the kubelet's serving and client certificates are signed, for system:node:{{ target }}."""
    path = f"{KUBELET}/server.crt"
    served = identity.parsed(path, looks.certificate(scene, scene.target, path))
    _is_the_nodes(scene, path, served, ExtendedKeyUsageOID.SERVER_AUTH)
    key = looks.file(scene, scene.target, f"{KUBELET}/server.key").encode()
    looks.wrong(not identity.fits(served, key), f"{path} does not fit its key")
    address = ipaddress.ip_address(scene.value("target_address"))
    wanted = {x509.DNSName(scene.value("target")), x509.IPAddress(address)}
    lost = wanted - identity.names(served, x509.SubjectAlternativeName)
    looks.wrong(lost, f"{path} lacks the names {', '.join(sorted(str(row.value) for row in lost))}")
    path = f"{KUBELET}/kubeconfig"
    asks, key = identity.inside(path, looks.file(scene, scene.target, path))
    _is_the_nodes(scene, path, asks, ExtendedKeyUsageOID.CLIENT_AUTH)
    looks.wrong(not identity.fits(asks, key), f"in {path} the certificate does not fit the key")


def configuration_is_read(scene: Scene) -> None:
    """Step 2: the kubelet allows {{ most }} pods at most, uses the cluster's DNS, and allows no anonymous access."""
    said = scene.get(f"/api/v1/nodes/{scene.value('target')}/proxy/configz")["kubeletconfig"]
    looks.wrong(said["maxPods"] != int(scene.value("most")), f"maxPods is {said['maxPods']}, not {scene.value('most')}")
    looks.wrong(
        said.get("clusterDNS") != [scene.value("dns")],
        f"clusterDNS is {json.dumps(said.get('clusterDNS'))}, not {json.dumps([scene.value('dns')])}",
    )
    looks.wrong(
        said.get("clusterDomain") != scene.value("domain"),
        f"clusterDomain is {said.get('clusterDomain')}, not {scene.value('domain')}",
    )
    looks.wrong(said["authentication"]["anonymous"]["enabled"], "the kubelet allows anonymous access")
    looks.wrong(
        said["authorization"]["mode"] != "Webhook",
        f"authorization.mode is {said['authorization']['mode']}, not Webhook",
    )


def unit_is_enabled(scene: Scene) -> None:
    """Step 3: the kubelet runs as a unit of {{ target }}, and starts at boot."""
    looks.unit(scene, scene.target, "kubelet.service")


def node_is_ready(scene: Scene) -> None:
    """Step 4: {{ target }} is a node, Ready, and its kubelet reports."""
    name = scene.value("target")
    looks.node_ready(scene, name)
    looks.takes_pods(scene, name)
    looks.fresh_lease(scene, name)


def services_are_reached(scene: Scene) -> None:
    """Step 5: kube-proxy runs on {{ target }}, and the guestbook answers at its node port there."""
    looks.static_pod(scene, "kube-proxy", scene.value("target"))
    looks.guestbook_answers(scene, scene.value("target"))


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read the kubelet's keys."""
    looks.private(scene, scene.target, [f"{KUBELET}/server.key", f"{KUBELET}/kubeconfig"])


def authority_kept(scene: Scene, _: object) -> None:
    """No node trusts another authority than the cluster's."""
    wanted = identity.parsed("ca.crt", (scene.view.where.keys / "kubernetes/ca.crt").read_bytes())
    for machine in scene.lab.nodes:
        path = f"{KUBELET}/ca.crt"
        found = scene.read(machine, f"sh -c 'cat {path} 2> /dev/null; true'")
        looks.wrong(
            found.strip() and identity.every(path, found) != {wanted},
            f"{machine.name} trusts an authority that is not the cluster's",
        )


def _is_the_nodes(scene: Scene, path: str, found: x509.Certificate, usage: x509.ObjectIdentifier) -> None:
    who = identity.who(found)
    wanted = {f"CN=system:node:{scene.value('target')}", "O=system:nodes"}
    looks.wrong(
        who != wanted, f"{path} has the subject {', '.join(sorted(who)) or '(empty)'}, not {', '.join(sorted(wanted))}"
    )
    authority = x509.load_pem_x509_certificate((scene.view.where.keys / "kubernetes/ca.crt").read_bytes())
    looks.wrong(
        not identity.signed(scene, found, authority.subject), f"{path} is not signed by the cluster's authority"
    )
    looks.wrong(
        usage not in identity.names(found, x509.ExtendedKeyUsage),
        f"{path} lacks the usage {'serverAuth' if usage == ExtendedKeyUsageOID.SERVER_AUTH else 'clientAuth'}",
    )
