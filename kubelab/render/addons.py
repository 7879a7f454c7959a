"""The manifests that the control plane applies: one for each add-on."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab import artifact, model, paths
from kubelab.render import objects_tsv, templates, volumes

FOLDER = "/etc/kubernetes/addons"
UNIT = ("kubelab-addons.service",)

OBJECTS = f"{FOLDER}/{objects_tsv.NAME}"
SCRIPTS: Mapping[str, str] = {
    "apply-addons.sh": "/opt/bin/kubelab-apply-addons",
    "object-changes.sh": "/opt/bin/kubelab-object-changes",
}
IN_TURN = "/opt/bin/kubelab-in-turn"
CLUSTER = "00-cluster.yaml"
MANIFESTS: Mapping[model.Addon, str] = {
    model.Addon.DNS: "10-dns.yaml",
    model.Addon.STORAGE: "20-storage.yaml",
    model.Addon.GUESTBOOK: "30-guestbook.yaml",
    model.Addon.DASHBOARD: "40-dashboard.yaml",
}
ROLE_LABELS: Mapping[model.Kind, str] = {
    model.Kind.CONTROL_PLANE: "control-plane",
    model.Kind.WORKER: "worker",
}


def has_volumes(lab: model.Lab, machine: model.Machine) -> bool:
    """Return whether a machine may hold volumes: each node may, if the lab has the storage add-on."""
    return machine.is_node and model.Addon.STORAGE in lab.addons


def files(lab: model.Lab, facts: model.HostFacts, software: model.SoftwarePaths) -> tuple[artifact.Artifact, ...]:
    """Return the files that the control plane applies: manifests in the order of their names, their objects, roles,
    scripts."""
    values = {
        "lab": lab,
        "images": {name.replace("-", "_"): image.reference for name, image in software.images.items()},
        "resolvers": facts.resolvers,
        "replicas": min(2, len(lab.workers)),
        "followers": min(2, len(lab.workers)),
        "api_port": model.API_PORT,
        "volumes": {"folder": volumes.FOLDER, "class": volumes.CLASS},
    }
    names = [CLUSTER, *(manifest for addon, manifest in MANIFESTS.items() if addon in lab.addons)]
    manifests = {name: templates.text(f"addons/{name}", values) for name in names}
    roles = "".join(f"{node.name}\t{ROLE_LABELS[node.kind]}\n" for node in lab.nodes)
    texts = {**manifests, objects_tsv.NAME: objects_tsv.text(objects_tsv.of(manifests)), "roles.tsv": roles}
    scripts = {**SCRIPTS, **({"in-turn.sh": IN_TURN} if lab.virtual else {})}
    return (*(_file(name, text) for name, text in texts.items()), *(_script(*row) for row in scripts.items()))


def _script(name: str, path: str) -> artifact.Artifact:
    content = (paths.PROVISION / name).read_bytes()
    return artifact.Artifact(path=path, content=content, mode=0o755, restarts=UNIT)


def _file(name: str, text: str) -> artifact.Artifact:
    return artifact.Artifact(path=f"{FOLDER}/{name}", content=text.encode(), restarts=UNIT)
