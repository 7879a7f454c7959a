"""The files and steps of one machine: a loop over each table of its roles."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kubelab import artifact, model, paths
from kubelab.components import pod_images, software_catalogue
from kubelab.pki import certlist
from kubelab.render import addons, kubeconfig, roles, templates

CONTROL_PLANE_TAINT = "node-role.kubernetes.io/control-plane"
START_ETCD = "/opt/bin/kubelab-start-etcd"
"""What runs one of several etcd members."""
STEPS = "/etc/kubelab/steps"
"""A box's steps are one of its files: it applies its folder also when only they differ (another image to import)."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The inputs that decide the files of a box."""

    lab: model.Lab
    bundle: certlist.Bundle
    facts: model.HostFacts
    software: model.SoftwarePaths
    of_older: Mapping[str, model.SoftwarePaths] = field(default_factory=dict)
    """Machine name to software, of machines that an upgrade has not reached."""

    def of(self, machine: model.Machine) -> Inputs:
        """Return the inputs with the machine's own software."""
        return dataclasses.replace(self, software=self.of_older.get(machine.name, self.software))


def receive(inputs: Inputs, machine: model.Machine) -> tuple[artifact.Artifact | artifact.Link, ...]:
    """Return every file and link of a machine, each path once, ordered by path."""
    values = _values(inputs, machine)
    found: list[artifact.Artifact | artifact.Link] = []
    for role in roles.of(machine):
        found += _files(role, values)
        found += _credentials(role, inputs, machine)
        found += _identities(role, inputs, machine)
        found += _enabled(role)
    if machine.kind is model.Kind.CONTROL_PLANE:
        found += addons.files(inputs.lab, inputs.bundle, inputs.facts, inputs.software)
    if machine.kind is model.Kind.ETCD and len(inputs.lab.etcd) > 1:
        script = (paths.PROVISION / "start-etcd.sh").read_bytes()
        found.append(artifact.Artifact(path=START_ETCD, content=script, mode=0o755, restarts=("etcd.service",)))
    found += _software(inputs, machine)
    plain = [item for item in found if isinstance(item, artifact.Artifact)]
    found += [_manifest(pod, inputs, values, plain) for pod in roles.pods_of(machine)]
    calls = "".join(f"{' '.join(call)}\n" for call in steps(inputs, machine))
    found.append(artifact.Artifact(path=STEPS, content=calls.encode()))
    return tuple(sorted(found, key=lambda item: item.path))


def steps(inputs: Inputs, machine: model.Machine) -> tuple[tuple[str, ...], ...]:
    """Return the steps of the machine, in order: a step's name and its arguments."""
    images = inputs.software.images
    calls: list[tuple[str, ...]] = [("wait-for-address", str(machine.address)), ("put-files",)]
    if addons.has_volumes(inputs.lab, machine):
        calls.append(("make-volumes",))
    if machine.is_node:
        calls.append(("use-image-store", inputs.software.stores[machine.kind]))
    calls.append(("start-units", *roles.units(machine.kind)))
    if machine.is_node:
        calls.append(("import-images", images["pause"].archive))
    calls += [("run-static-pod", pod.name, images[pod.image].archive) for pod in roles.pods_of(machine)]
    if machine.is_node:
        calls.append(("restart-kubelet",))
    rest = [images[name].archive for name in pod_images.images_for_kind(machine.kind, images)]
    if rest:
        calls.append(("import-images", *rest))
    if machine.is_node:
        calls.append(("restart-pods",))
    return (*calls, ("keep-record",))


def _values(inputs: Inputs, machine: model.Machine) -> dict[str, object]:
    lab, facts = inputs.lab, inputs.facts
    return {
        "lab": lab,
        "machine": machine,
        "api_port": model.API_PORT,
        "etcd_endpoints": ",".join(lab.etcd_endpoints),
        "initial_cluster": ",".join(f"{name}={peer}" for name, peer in lab.etcd_peers.items()),
        "etcd_start": START_ETCD if len(lab.etcd) > 1 else "/opt/bin/etcd --config-file /etc/etcd/etcd.conf.yaml",
        "leader_elect": str(len(lab.control_plane) > 1).lower(),
        "taints": [CONTROL_PLANE_TAINT] if machine.kind is model.Kind.CONTROL_PLANE else [],
        "pause_image": inputs.software.images["pause"].reference,
        "cgroup_driver": "systemd" if facts.cgroup_v2 else "cgroupfs",
        "systemd_cgroup": str(facts.cgroup_v2).lower(),
        "resolvers": facts.resolvers,
        "reserved_memory": max(0, facts.memory - machine.memory),
        "reserved_cpus": max(0, facts.cpus - machine.cpus),
        **_virtual(lab, machine),
        "encryption_key": inputs.bundle.file("encryption.key").decode().strip(),
    }


LAST_ROUTER = 255
"""The number by which routers of one address know one another goes from 1 to 255; an address may end in 0."""


def _virtual(lab: model.Lab, machine: model.Machine) -> dict[str, object]:
    """Return what a control plane's templates say of the API's virtual address."""
    planes = lab.control_plane
    if not lab.virtual:
        return {"api_bind": machine.address, "in_turn": ""}
    return {
        "api_bind": "0.0.0.0",  # noqa: S104 (the virtual address comes and goes)
        "in_turn": f"{addons.IN_TURN} kubelab-addons ",
        "router": lab.virtual.packed[-1] or LAST_ROUTER,
        "priority": 200 - 10 * planes.index(machine) if machine in planes else 0,
        "peers": [other.address for other in planes if other is not machine],
    }


def _files(role: roles.Role, values: dict[str, object]) -> Iterator[artifact.Artifact]:
    for file in role.files:
        content = templates.text(file.template, values).encode()
        yield artifact.Artifact(path=file.path, content=content, mode=file.mode, restarts=file.restarts)


def _credentials(role: roles.Role, inputs: Inputs, machine: model.Machine) -> Iterator[artifact.Artifact]:
    for row in role.credentials:
        content = inputs.bundle.file(row.source.format(name=machine.name))
        mode = 0o600 if row.path.endswith(".key") else 0o644
        yield artifact.Artifact(path=row.path, content=content, mode=mode, restarts=row.restarts)


def _identities(role: roles.Role, inputs: Inputs, machine: model.Machine) -> Iterator[artifact.Artifact]:
    for row in role.identities:
        pair = row.pair.format(name=machine.name)
        text = kubeconfig.text(
            server=inputs.lab.api_endpoint,
            ca=inputs.bundle.file("kubernetes/ca.crt"),
            pair=inputs.bundle.pair(pair),
            cluster=inputs.lab.context,
            user=pair.rsplit("/", 1)[-1],
            context=inputs.lab.context,
        )
        yield artifact.Artifact(path=row.path, content=text.encode(), mode=0o600, restarts=row.restarts)


def _enabled(role: roles.Role) -> Iterator[artifact.Link]:
    for unit in role.units:
        yield artifact.Link(path=f"{roles.UNITS}/multi-user.target.wants/{unit}", target=f"../{unit}")


def _software(inputs: Inputs, machine: model.Machine) -> Iterator[artifact.Link]:
    users = {unit.removesuffix(".service"): (unit,) for unit in roles.units(machine.kind)}
    for binary, target in software_catalogue.for_kind(machine.kind):
        source = inputs.software.binaries[binary]
        yield artifact.Link(path=target, target=source, restarts=users.get(binary, ()))


def _manifest(
    pod: roles.StaticPod, inputs: Inputs, values: dict[str, object], files: list[artifact.Artifact]
) -> artifact.Artifact:
    """Return the pod's manifest; it names a digest of itself and of the pod's files, so that a change restarts it.

    The API shows the digest too: a wait for a change can tell the new pod from the old one.
    """
    whole = hashlib.sha256()
    for item in sorted(files, key=lambda item: item.path):
        if item.path.startswith(pod.folder):
            whole.update(f"{item.path} {item.digest}\n".encode())
    more = {"image": inputs.software.images[pod.image].reference, "inputs": ""}
    whole.update(templates.text(pod.template, values | more).encode())
    content = templates.text(pod.template, values | more | {"inputs": whole.hexdigest()[:16]}).encode()
    return artifact.Artifact(path=f"{roles.MANIFESTS}/{pod.name}.yaml", content=content, mode=0o600)
