"""Checks of replace-worker."""

import ipaddress

from cryptography import x509
from cryptography.x509.oid import NameOID

from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

KUBELET = "/etc/kubernetes/kubelet"
PORT = 10250


def node_is_back(scene: Scene) -> None:
    """{{ target }} is a node again: Ready, open, with its label{% if effect != "none" %} and taint{% endif %}."""
    name = scene.value("target")
    looks.node_ready(scene, name)
    looks.takes_pods(scene, name)
    looks.fresh_lease(scene, name)
    looks.unit(scene, scene.target, "kubelet.service")
    node = scene.get(f"/api/v1/nodes/{name}")
    labels = node["metadata"].get("labels", {})
    looks.wrong(
        labels.get(scene.value("label")) != scene.value("value"),
        f"{name} does not have the label {scene.value('label')}={scene.value('value')}",
    )
    wanted = ("reserved", scene.value("space"), scene.value("effect"))
    taints = [(row["key"], row.get("value"), row["effect"]) for row in node["spec"].get("taints", [])]
    looks.wrong(
        wanted[2] != "none" and wanted not in taints, f"{name} does not have the taint reserved={wanted[1]}:{wanted[2]}"
    )


def identity_is_new(scene: Scene) -> None:
    """The kubelet's serving and client keys are new, and the cluster's authority has signed both certificates."""
    folder = scene.view.where.box(scene.target.name) / "files"
    stolen_server = identity.parsed("server.crt", (folder / f"{KUBELET[1:]}/server.crt").read_bytes())
    stolen, _ = identity.inside("kubeconfig", (folder / f"{KUBELET[1:]}/kubeconfig").read_text(encoding="utf-8"))
    served = identity.shown(scene, scene.target, PORT)
    _is_the_nodes(scene, served, stolen_server, "the serving certificate")
    address = x509.IPAddress(ipaddress.ip_address(scene.value("target_address")))
    looks.wrong(
        address not in identity.names(served, x509.SubjectAlternativeName),
        f"the serving certificate lacks the address {scene.value('target_address')}",
    )
    asks, key, _files = identity.client(scene, scene.target, f"{KUBELET}/kubeconfig")
    _is_the_nodes(scene, asks, stolen, "the client certificate")
    looks.wrong(not identity.fits(asks, key), "the client certificate does not fit its key")


def _is_the_nodes(scene: Scene, found: x509.Certificate, stolen: x509.Certificate, what: str) -> None:
    keys = (found.public_key(), stolen.public_key())
    looks.wrong(keys[0] == keys[1], f"{what} has the stolen key")
    names = [item.value for item in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    looks.wrong(
        names != [f"system:node:{scene.value('target')}"],
        f"{what} has the CN {', '.join(map(str, names)) or '(none)'}, not that of the node",
    )
    looks.wrong(not identity.signed(scene, found, stolen.issuer), f"{what} is not signed by the cluster's authority")


def pods_run_there(scene: Scene) -> None:
    """{{ app }} in {{ space }} runs on {{ target }}, and answers at {{ target_address }}:{{ port }}."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    for row in looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 2):
        elsewhere = row["spec"].get("nodeName") != scene.value("target")
        looks.wrong(
            elsewhere, f"{row['metadata']['name']} is on {row['spec'].get('nodeName')}, not on {scene.value('target')}"
        )
    looks.http(scene, f"http://{scene.value('target_address')}:{scene.value('port')}/hostname")


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read the kubelet's keys."""
    looks.private(scene, scene.target, [f"{KUBELET}/server.key", f"{KUBELET}/kubeconfig"])
    looks.private(scene, scene.target, identity.client(scene, scene.target, f"{KUBELET}/kubeconfig")[2][2:])
