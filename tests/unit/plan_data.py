"""The values of a running lab that agrees with its file: the state that plans start from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kubelab import model, paths, providers
from kubelab.config import load, rules, schema
from kubelab.converge import compose, observed, plan
from kubelab.pki import certificates, certlist, ssh_keys
from kubelab.render import lab_files, objects_tsv

NETWORK = IPv4Network("192.168.62.0/24")
OTHER_VERSIONS = "other"


def lab(values: Mapping[str, Any], network: IPv4Network = NETWORK) -> model.Lab:
    """Return the lab of a file with these values."""
    spec, flaws = schema.shape("planned", dict(values))
    flaws += rules.flaws(rules.Draft(spec=spec, given=spec.network.machines or network))
    assert not flaws, flaws
    versions = load.versions("1.37")
    if spec.versions == OTHER_VERSIONS:
        # A version set that asks for another kubelet: everything that is made of Kubernetes has another address.
        versions = model.VersionSet(name=OTHER_VERSIONS, components={**versions.components, "kubernetes": "1.37.2"})
    return model.Lab(
        name="planned",
        provider=spec.provider,
        versions=versions,
        network=model.Network(
            machines=spec.network.machines or network,
            pods=spec.network.pods,
            services=spec.network.services,
            domain=spec.network.domain,
        ),
        machines=rules.Draft(spec=spec, given=spec.network.machines or network).machines,
        addons=tuple(addon for addon in model.Addon if addon in spec.chosen_addons),
        tools=tuple(spec.tools),
        dashboard=spec.dashboard or model.Dashboard.WEB_VIEW,
        driver=spec.driver or model.Driver.KVM,
        stock=load.stock(spec.box),
    )


@dataclass(frozen=True, kw_only=True)
class Up:
    """A lab that is up: how it was rendered, and the containers that it has."""

    rendered: compose.Rendering
    containers: Mapping[str, providers.Box]

    @classmethod
    def of(cls, described: model.Lab) -> Up:
        """Return the lab, rendered and running; its keys are kept under the (test's own) build folder."""
        where = paths.LabPaths(name=described.name)
        compose.write(compose.compose(described, where))
        rendered = compose.compose(described, where)
        return cls(
            rendered=rendered,
            containers={machine.name: container(machine, described) for machine in described.machines},
        )

    def toward(self, other: model.Lab, now: Mapping[str, providers.Box] | None = None) -> plan.Plan:
        """Return what it takes to make this lab the other one."""
        rendered = compose.compose(other, self.rendered.where)
        return self.toward_rendered(rendered, now)

    def toward_rendered(self, rendered: compose.Rendering, now: Mapping[str, providers.Box] | None = None) -> plan.Plan:
        """Return what it takes to make this lab what was rendered."""
        containers = self.containers if now is None else now
        boxes = {}
        for machine in rendered.lab.machines:
            found = observed.box(machine, containers.get(machine.name), compose.run_box(rendered.lab))
            record = None
            if found.state is observed.State.EQUAL:
                record = self.rendered.of_box(machine.name, "files.tsv").decode()
            boxes[machine.name] = observed.ObservedBox(machine=machine, state=found.state, why=found.why, record=record)
        strangers = tuple(sorted(set(containers) - set(boxes)))
        before = plan.Before(
            content=self.content, applied=plan.wanted_objects(self.rendered), programs=self.rendered.programs
        )
        return plan.of(rendered, observed.Observed(boxes=boxes, strangers=strangers), before)

    def content(self, machine: str, path: str) -> bytes | None:
        """Return a file of a box as it was rendered last."""
        file = self.rendered.files.get(f"boxes/{machine}/{path}")
        return file.content if file else None

    @property
    def objects(self) -> tuple[objects_tsv.Object, ...]:
        """Return the objects that were applied."""
        return plan.wanted_objects(self.rendered)


def container(machine: model.Machine, described: model.Lab) -> providers.Box:
    """Return a machine's box that was made for it and runs."""
    box = compose.run_box(described)
    return providers.Box(
        ident=f"id-{machine.name}",
        name=machine.container,
        lab=machine.lab,
        machine=machine.name,
        root=paths.ROOT,
        shape=lab_files.shape(machine, box),
        runs=True,
        image=box.image,
        memory=machine.memory,
        cpus=machine.cpus,
        address=machine.address,
    )


def keys(described: model.Lab, at: datetime.datetime) -> dict[str, bytes]:
    """Return every key of a lab, issued at a time."""
    bundle = certlist.issue(described, {}, at)
    return {**bundle.files, **ssh_keys.ensure({}, described.machines)}


def aged(wanted: certificates.Wanted, by: certificates.Signed, issued: datetime.datetime) -> certificates.Pair:
    """Return a certificate as the lab would have issued it then, although its authority is younger than that."""
    fresh = certificates.leaf(wanted, by, datetime.datetime.now(datetime.UTC)).certificate
    key = certificates.new_key()
    builder = x509.CertificateBuilder().subject_name(fresh.subject).issuer_name(fresh.issuer)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(issued).not_valid_after(issued + certificates.LEAF_LIFE)
    for extension in fresh.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    return certificates.Signed(certificate=builder.sign(by.key, hashes.SHA256()), key=key).pair
