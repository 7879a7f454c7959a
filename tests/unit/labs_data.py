"""Labs for tests: the default one and variations, with a version set of the tests' own."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

from fakes import report

from kubelab import checks, model, paths
from kubelab.config import rules, schema
from kubelab.converge import session
from kubelab.ui import progress

DATA = Path(__file__).parent.parent / "data"
NETWORK = IPv4Network("192.168.56.0/24")
VERSIONS = model.VersionSet(name="1.37", components={"kubernetes": "1.37.1", "etcd": "3.7.1"})


def held(lab_: model.Lab | None = None, said: progress.Progress | None = None) -> session.Held:
    """Return a lab (the default one) as a word has it that holds its lock; no lock is taken."""
    opened = lab_ or lab()
    view = checks.View.of(opened, paths.LabPaths(name=opened.name))
    return session.Held(view=view, report=said or report()[0])


def lab(
    name: str = "default", workers: int = 2, network: IPv4Network = NETWORK, *, members: int = 1, planes: int = 1
) -> model.Lab:
    """Return a lab that differs from the default one by its name, its numbers of machines or its network only."""
    counts = {"etcd": members, "control-plane": planes, "worker": workers}
    machines = {kind: {"count": count} for kind, count in counts.items()}
    spec = schema.Spec.model_validate({"name": name, "machines": machines})
    return model.Lab(
        name=name,
        provider=spec.provider,
        versions=VERSIONS,
        network=model.Network(
            machines=network, pods=spec.network.pods, services=spec.network.services, domain=spec.network.domain
        ),
        machines=rules.Draft(spec=spec, given=network).machines,
        addons=tuple(spec.chosen_addons),
    )
