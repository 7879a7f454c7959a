"""The manifests that the control plane applies, one for each add-on, and the keys of their servers."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from kubelab import artifact, model, paths
from kubelab.pki import certlist
from kubelab.render import objects_tsv, templates, volumes, web_uis

FOLDER = "/etc/kubernetes/addons"
UNIT = ("kubelab-addons.service",)

OBJECTS = f"{FOLDER}/{objects_tsv.NAME}"
SCRIPTS: Mapping[str, str] = {
    "apply-addons.sh": "/opt/bin/kubelab-apply-addons",
    "object-changes.sh": "/opt/bin/kubelab-object-changes",
}
SECRETS = f"{FOLDER}/secrets"
APPLY_SECRETS = ("apply-secrets.sh", "/opt/bin/kubelab-apply-secrets")
BEFORE = "/etc/systemd/system/kubelab-addons.service.d/10-secrets.conf"
IN_TURN = "/opt/bin/kubelab-in-turn"
CLUSTER = "00-cluster.yaml"
MANIFESTS: Mapping[model.Addon, str] = {
    model.Addon.DNS: "10-dns.yaml",
    model.Addon.STORAGE: "20-storage.yaml",
    model.Addon.GUESTBOOK: "30-guestbook.yaml",
    model.Addon.DASHBOARD: "40-dashboard.yaml",
    model.Addon.METRICS: "50-metrics.yaml",
    model.Addon.LOADBALANCER: "61-loadbalancer.yaml",
    model.Addon.GATEWAY: "71-gateway.yaml",
}
KINDS: Mapping[model.Addon, str] = {
    model.Addon.LOADBALANCER: "60-loadbalancer-kinds.yaml",
    model.Addon.GATEWAY: "70-gateway-kinds.yaml",
}
"""The manifests of the kinds of objects that an add-on brings."""
GATEWAY_PORTS = {"http": 31080, "https": 31443}
"""The ports of every node that lead to the gateway's 80 and 443."""
ROLE_LABELS: Mapping[model.Kind, str] = {
    model.Kind.CONTROL_PLANE: "control-plane",
    model.Kind.WORKER: "worker",
}


def has_volumes(lab: model.Lab, machine: model.Machine) -> bool:
    """Return whether a machine may hold volumes: each node may, if the lab has the storage add-on."""
    return machine.is_node and model.Addon.STORAGE in lab.addons


def files(
    lab: model.Lab, bundle: certlist.Bundle, facts: model.HostFacts, software: model.SoftwarePaths
) -> tuple[artifact.Artifact, ...]:
    """Return the files that the control plane applies: manifests in the order of their names, their objects, roles,
    scripts, and the keys of add-ons."""
    values = {
        "lab": lab,
        "images": {name.replace("-", "_"): image.reference for name, image in software.images.items()},
        "resolvers": facts.resolvers,
        "replicas": min(2, len(lab.workers)),
        "followers": min(2, len(lab.workers)),
        "web_ui": web_uis.of(lab, software),
        "api_port": model.API_PORT,
        "ca_bundle": base64.b64encode(bundle.file("kubernetes/ca.crt")).decode(),
        "gateway": _gateway(lab),
        "volumes": {"folder": volumes.FOLDER, "class": volumes.CLASS},
    }
    tables = (MANIFESTS, KINDS)
    names = [CLUSTER, *sorted(table[addon] for table in tables for addon in table if addon in lab.addons)]
    manifests = {name: templates.text(f"addons/{name}", values) for name in names}
    roles = "".join(f"{node.name}\t{ROLE_LABELS[node.kind]}\n" for node in lab.nodes)
    texts = {**manifests, objects_tsv.NAME: objects_tsv.text(objects_tsv.of(manifests)), "roles.tsv": roles}
    scripts = {**SCRIPTS, **({"in-turn.sh": IN_TURN} if lab.virtual else {})}
    written, programs = (_file(*row) for row in texts.items()), (_script(*row) for row in scripts.items())
    return (*written, *programs, *_secrets(lab, bundle))


def _gateway(lab: model.Lab) -> dict[str, object]:
    """Return how the gateway is reached: by an address of its own in a lab that has a load balancer, and by ports."""
    if model.Addon.LOADBALANCER in lab.addons:
        return {"service": "LoadBalancer", "balanced": (lab.entrance,), **GATEWAY_PORTS}
    return {"service": "NodePort", "balanced": (), **GATEWAY_PORTS}


def _secrets(lab: model.Lab, bundle: certlist.Bundle) -> Iterator[artifact.Artifact]:
    """Yield the pairs of the add-ons' servers, and what makes them secrets of the cluster; nothing if there is none."""
    servers = certlist.addon_servers(lab)
    for server in servers:
        pair, place = bundle.pair(server.path), f"{SECRETS}/{server.namespace}.{server.name}"
        yield artifact.Artifact(path=f"{place}.crt", content=pair.certificate, restarts=UNIT)
        yield artifact.Artifact(path=f"{place}.key", content=pair.key, mode=0o600, restarts=UNIT)
    if servers:
        yield _script(*APPLY_SECRETS)
        content = templates.text("control-plane/10-secrets.conf", {}).encode()
        yield artifact.Artifact(path=BEFORE, content=content, restarts=UNIT)


def _script(name: str, path: str) -> artifact.Artifact:
    content = (paths.PROVISION / name).read_bytes()
    return artifact.Artifact(path=path, content=content, mode=0o755, restarts=UNIT)


def _file(name: str, text: str) -> artifact.Artifact:
    return artifact.Artifact(path=f"{FOLDER}/{name}", content=text.encode(), restarts=UNIT)
