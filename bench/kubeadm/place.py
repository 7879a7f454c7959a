"""Makes and removes the peer: its files in a temporary folder, its boxes by Vagrant."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.kubeadm import folder
from kubelab import components, host, model, paths, providers
from kubelab.clients import vagrant
from kubelab.components import box_image, image_store
from kubelab.providers import docker
from kubelab.state import locks, subnets
from kubelab.ui import progress

NAME = "bench-kubeadm"


def prepare(versions: model.VersionSet, report: progress.Progress) -> None:
    """Make the parts that the lab and the peer share from the cache: binaries, pod images, the box image."""
    components.ensure(versions, report, only=(*folder.FAMILIES, *folder.IMAGES))
    components.ensure_tool("kubeadm", report)
    box_image.ensure(report)
    image_store.ensure(tuple(folder.stores(versions).values()), report)


@contextlib.contextmanager
def place(versions: model.VersionSet, *, best_case: bool) -> Iterator[folder.Peer]:
    """Yield a peer whose files are written; remove all of it afterwards, also after a failure."""
    with locks.lab(NAME):
        where = Path(tempfile.mkdtemp(prefix="kubelab-peer-"))
        try:
            sweep()  # remains of a killed run
            yield _written(versions, where, best_case=best_case)
        finally:
            _remove(where)


def _written(versions: model.VersionSet, where: Path, *, best_case: bool) -> folder.Peer:
    network = subnets.resolve(paths.LabPaths(name=NAME), None)
    peer = folder.Peer(
        name=NAME, where=where, versions=versions, network=network, facts=host.facts(), best_case=best_case
    )
    folder.make_key(where / "id_ed25519")
    folder.write(peer, where / "id_ed25519.pub")
    (where / "peer.json").write_text(json.dumps(_vagrant(peer)), encoding="utf-8")
    (where / "Vagrantfile").write_text(f"load {json.dumps(str(folder.FILES.parent / 'Vagrantfile'))}\n")
    return peer


def _remove(where: Path) -> None:
    if providers.boxes(NAME):
        subprocess.run(
            ["vagrant", "destroy", "--force", "--parallel"],
            cwd=where,
            env=environment(where),
            capture_output=True,
            check=False,
            start_new_session=True,  # a second Ctrl-C does not stop the cleaning
        )
    sweep()
    shutil.rmtree(where, ignore_errors=True)
    shutil.rmtree(paths.LabPaths(name=NAME).root, ignore_errors=True)


def sweep() -> None:
    """Remove containers, network and volumes of the peer, found by label."""
    providers.remove_boxes(NAME)
    providers.remove_networks(NAME)
    providers.remove_volumes(NAME)


def environment(where: Path) -> dict[str, str]:
    """Return the environment of the peer's Vagrant calls: their state and machines are apart from the checkout's."""
    more = {"KUBELAB_PEER": str(where), "VAGRANT_DOTFILE_PATH": str(where / ".vagrant"), "VAGRANT_CWD": str(where)}
    return {**os.environ, **vagrant.environment(NAME), **more}


def _vagrant(peer: folder.Peer) -> dict[str, object]:
    return {
        "ssh_key": str(peer.where / "id_ed25519"),
        "image": box_image.box_image(),
        "label": f"{docker.LAB}={NAME}",
        "run_arguments": box_image.RUN_ARGUMENTS,
        "machines": [_machine(peer, machine) for machine in peer.machines],
    }


def _machine(peer: folder.Peer, machine: model.Machine) -> dict[str, object]:
    size = ["--hostname", machine.name, "--memory", f"{machine.memory}m", "--cpus", str(machine.cpus)]
    weight = ["--cpu-shares", str(machine.cpu_shares)]
    modules = ["--tmpfs", "/lib/modules"]  # kube-proxy's pod mounts it, and a box cannot make it under /usr
    labels = ["--label", f"{docker.LAB}={NAME}", "--label", f"{docker.BOX}={machine.name}"]
    return {
        "name": f"{NAME}-{machine.name}",
        "container": machine.container,
        "address": str(machine.address),
        "volumes": [
            f"{peer.where / 'boxes' / machine.name}:{folder.BOX}:ro",
            f"{paths.cache() / 'components'}:/opt/kubelab/components:ro",
            f"{paths.cache() / 'images'}:/opt/kubelab/images:ro",
        ],
        "create_args": [*size, *weight, *modules, *labels, *folder.volumes(machine)],
    }
