"""Each error, brought about by what brings it about: a missing tool, a full port, a refusing engine, a wrong word."""

from __future__ import annotations

import dataclasses
import io
import json
import socket
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import components_data
import labs_data
import requests
from fakes import Answer, Computer, report

from kubelab import artifact, checks, components, host, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import docker, kube_api, kubectl, ssh, vagrant
from kubelab.components import box_image, bundle, cache_layout, catalogue, inventory, licences, wheels
from kubelab.components import local_image as components_load
from kubelab.config import load, rules
from kubelab.converge import bring_up, observed, remove_worker, session
from kubelab.dev import full_test
from kubelab.host import actions, engine, platforms, setup
from kubelab.lab import lifecycle, loading, port_forward
from kubelab.state import locks, subnets, workspace
from kubelab.tasks import decorator

Trigger = Callable[[Computer], None]
TRIGGERS: dict[str, Trigger] = {}
"""Identifier to what brings it about on a computer that has nothing."""


def triggers(ident: str) -> Callable[[Trigger], Trigger]:
    """Enter a function into the table."""

    def enter(trigger: Trigger) -> Trigger:
        assert ident not in TRIGGERS
        TRIGGERS[ident] = trigger
        return trigger

    return enter


def view(lab: model.Lab, where: paths.LabPaths) -> checks.View:
    """Return a view whose API nobody asks."""
    return checks.View(lab=lab, where=where, api=cast(kube_api.Api, None))


@triggers("lab-file-missing")
def a_lab_that_is_not_there(_: Computer) -> None:
    """`lab.up --lab defualt`."""
    load.read("defualt")


@triggers("lab-file-invalid")
def a_lab_file_with_a_mistake(_: Computer) -> None:
    """A misspelt provider."""
    load.parse("mine", b"provider: dokcer", "labs/mine.yaml")


@triggers("versions-unknown")
def a_version_set_that_is_not_there(_: Computer) -> None:
    """The next one, say."""
    load.versions("9.99")


@triggers("versions-incomplete")
def a_version_set_of_another_checkout(_: Computer) -> None:
    """It lacks a component that this one has."""
    catalogue.version(model.VersionSet(name="old", components={"kubernetes": "1.37.1"}), "etcd")


@triggers("component-unknown")
def a_mistyped_component(_: Computer) -> None:
    """`components.build --only ectd`."""
    components.ensure(components_data.versions(), report()[0], ["ectd"])


@triggers("component-pin")
def a_version_that_nothing_builds(_: Computer) -> None:
    """The version set was edited, go.mod was not."""
    cache_layout.check_pins(components_data.versions(etcd="9.9.9"))


@triggers("component-build")
def a_compiler_that_refuses(computer: Computer) -> None:
    """gcc says that it cannot."""
    computer.program("gcc", {"": Answer(err="pause.c:1: error: no", code=1)})
    computer.program("go", {"version": Answer(out="go version go1.27.1 linux/amd64")})
    components.ensure(components_data.versions(), report()[0], ["pause"])


@triggers("components-absent")
def licences_of_what_is_not_built(_: Computer) -> None:
    """An empty cache."""
    licences.rows(components_data.versions())


@triggers("components-in-use")
def cleaning_under_a_running_lab(computer: Computer) -> None:
    """A container mounts the cache."""
    computer.program("docker", {"ps --all --filter volume=": Answer(out="kubelab-default-etcd-01\n")})
    inventory.clean([components_data.versions()], everything=True)


@triggers("bundle-wheels")
def packages_that_pip_cannot_have(computer: Computer) -> None:
    """There is no network."""
    computer.program("python", {"-m pip download": Answer(err="ERROR: Could not find a version", code=1)})
    computer.patch.setattr(sys, "executable", str(computer.folder / "bin/python"))
    with report()[0].phase("wheels") as phase:
        wheels.fetch(computer.folder, phase)


@triggers("checkout-unknown")
def a_copy_without_git(computer: Computer) -> None:
    """The project was unpacked, not cloned."""
    computer.everything()
    computer.patch.setattr(paths, "ROOT", computer.folder)
    bundle.tracked()


@triggers("port-taken")
def a_port_that_is_taken(_: Computer) -> None:
    """The page is open in another terminal."""
    with socket.socket() as other:
        other.bind((port_forward.LOOPBACK, 0))
        other.listen()
        port_forward.free_port(other.getsockname()[1])


@triggers("load-failed")
def a_worker_that_does_not_answer(computer: Computer) -> None:
    """ssh gets in nowhere."""
    box_ = {"Id": "1", "Name": "kubelab-default-kube-worker-01"}
    computer.program("docker", {"ps -aq": Answer(out="1"), "container inspect": Answer(out=json.dumps([box_]))})
    computer.program("ssh", {"": Answer(err="No route to host", code=255)})
    lab = dataclasses.replace(labs_data.lab(), versions=load.versions("1.37"))
    loading.put(labs_data.held(lab), str(image(computer, "my/app:1")), "")


def image(computer: Computer, *names: str, architecture: str = "amd64") -> Path:
    """Return a docker-archive of one image with these names."""
    archive = computer.folder / "image.tar"
    manifest = json.dumps([{"RepoTags": names, "Config": "c.json", "Layers": []}]).encode()
    with tarfile.open(archive, "w") as tar:
        config = json.dumps({"architecture": architecture}).encode()
        for name, content in {"c.json": config, "manifest.json": manifest}.items():
            row = tarfile.TarInfo(name)
            row.size = len(content)
            tar.addfile(row, io.BytesIO(content))
    return archive


@triggers("load-image")
def a_file_that_is_no_archive(computer: Computer) -> None:
    """A text."""
    (computer.folder / "notes.tar").write_text("hello", encoding="utf-8")
    components_load.take("default", str(computer.folder / "notes.tar"))


@triggers("load-file")
def a_path_that_leads_nowhere(_: Computer) -> None:
    """Docker is not asked for a path."""
    components_load.take("default", "./nosuch.tar")


@triggers("load-unnamed")
def an_archive_without_a_name(computer: Computer) -> None:
    """`docker save` of an id."""
    components_load.take("default", str(image(computer)))


@triggers("load-platform")
def an_image_for_another_kind_of_computer(computer: Computer) -> None:
    """A telephone's."""
    components_load.take("default", str(image(computer, "my/app:1", architecture="arm64")))


@triggers("load-own")
def an_image_with_a_name_of_the_labs(computer: Computer) -> None:
    """The guestbook would be something else at its next start."""
    row = components_load.take("default", str(image(computer, "kubelab/guestbook:1.0.0")))
    loading._refuse_own(dataclasses.replace(labs_data.lab(), versions=load.versions("1.37")), row)


@triggers("load-unknown")
def an_image_that_was_not_loaded(_: Computer) -> None:
    """Nothing was."""
    loading.remove(paths.LabPaths(name="default"), "my/app:1", report()[0], everything=False)


@triggers("tests-failed")
def a_suite_with_a_red_test(computer: Computer) -> None:
    """What `./run test` says at its end."""
    computer.program("python", {"-m pytest": Answer(out="1 failed", code=1)})
    computer.patch.setattr(sys, "executable", str(computer.folder / "bin/python"))
    full_test.run(report()[0], "quick")


@triggers("stage-unknown")
def a_mistyped_stage(_: Computer) -> None:
    """`test --only lba`."""
    full_test.run(report()[0], "lba")


@triggers("build-unwritable")
def a_folder_that_is_in_the_way(_: Computer) -> None:
    """build/ is a file."""
    paths.BUILD.write_text("not a folder", encoding="utf-8")
    workspace.write(paths.LabPaths(name="mine"), {"Vagrantfile": artifact.HostFile(content=b"")})


@triggers("vagrant-missing")
def no_vagrant(_: Computer) -> None:
    """A fresh computer."""
    vagrant.Machines(labs_data.lab(), paths.LabPaths(name="default")).halt()


@triggers("vagrant-failed")
def a_vagrant_that_fails(computer: Computer) -> None:
    """It ends with an exit code of its own."""
    computer.program("vagrant", {"up": Answer(err="The box could not be started", code=1)})
    vagrant.Machines(labs_data.lab(), paths.LabPaths(name="default")).up()


@triggers("lab-not-ready")
def a_check_that_never_comes_true(_: Computer) -> None:
    """The wait has an end."""

    def wrong(_: checks.View) -> None:
        raise checks.Wrong("still pending")

    where = paths.LabPaths(name="default")
    wait.wait(view(labs_data.lab(), where), {"pods": wrong}, report()[0], timeout=0)


@triggers("lab-locked")
def two_runs_on_one_lab(_: Computer) -> None:
    """The second is told who is first."""
    with locks.lab("mine"), locks.lab("mine"):
        raise AssertionError("the second one got in")


@triggers("lab-absent")
def a_lab_that_was_never_up(_: Computer) -> None:
    """`lab.kubectl` without a lab."""
    session.rendered("default")


@triggers("lab-elsewhere")
def a_lab_of_another_checkout(_: Computer) -> None:
    """Its containers carry the other one's place."""
    found = providers.Box(ident="1", name="a", lab="default", root=Path("/home/somebody/kubelab"))
    observed.refuse_roots("default", observed.roots([found]))


@triggers("path-unusable")
def a_cache_with_a_colon(computer: Computer) -> None:
    """Docker would take what follows it for a place in the box."""
    computer.patch.setenv("KUBELAB_CACHE", "/home/ada/a:b")
    paths.refuse_unusable()


@triggers("boxes-run-on")
def a_halt_that_stops_nothing(computer: Computer) -> None:
    """Vagrant and Docker say yes, and the box runs."""
    _deaf_engine(computer)
    lifecycle.halt(labs_data.held())


@triggers("lab-remains")
def a_destroy_that_removes_nothing(computer: Computer) -> None:
    """Docker says yes, and still lists the box."""
    _deaf_engine(computer)
    lifecycle.destroy(paths.LabPaths(name="default"), report()[0], keep_keys=False)


def _deaf_engine(computer: Computer) -> None:
    """Put a Docker and a Vagrant there that agree to everything and do nothing."""
    found = {"Id": "1", "Name": "/kubelab-default-etcd-01", "State": {"Running": True}, "Config": {"Labels": {}}}
    listed = {"ps": Answer(out="1"), "container inspect": Answer(out=json.dumps([found])), "network ls": Answer()}
    computer.program("docker", {**listed, "volume ls": Answer(), "stop": Answer(), "container rm": Answer()})
    computer.program("vagrant", {"halt": Answer()})


@triggers("machine-unknown")
def a_mistyped_machine(_: Computer) -> None:
    """`lab.ssh kube-worker-77`."""
    where = paths.LabPaths(name="default")
    where.box("etcd-01").mkdir(parents=True)
    where.kubeconfig.touch()
    session.rendered("default", "kube-worker-77")


@triggers("keys-lost")
def data_without_its_keys(computer: Computer) -> None:
    """build/ was deleted, the volumes are there."""
    computer.program("docker", {"volume ls": Answer(out="kubelab-default-etcd-01-etcd\n"), "ps": Answer()})
    computer.patch.setattr(host, "refuse_unfit", lambda _: ())
    lifecycle.up(labs_data.held())


@triggers("apply-failed")
def a_box_that_cannot_apply(computer: Computer) -> None:
    """A step of provision.sh failed: systemctl says so."""
    computer.program("ssh", {"": Answer(err="Job for kubelab-apply.service failed", code=1)})
    lab = labs_data.lab()
    bring_up.folders(view(lab, paths.LabPaths(name="default")), list(lab.workers))


def refusing_kubectl(computer: Computer) -> paths.LabPaths:
    """Give the default lab a kubectl that refuses; return the lab's places."""
    computer.program("kubectl", {"": Answer(err="error: cannot evict pod as it would violate the budget", code=1)})
    where = paths.LabPaths(name="default")
    where.bin.mkdir(parents=True)
    (where.bin / "kubectl").symlink_to(computer.folder / "bin/kubectl")
    return where


@triggers("kubectl-failed")
def a_kubectl_that_refuses(computer: Computer) -> None:
    """Its last words are kept."""
    kubectl.run(refusing_kubectl(computer), "get", "nodes")


class OneNode:
    """An API that has one node and is asked for nothing else."""

    def items(self, path: str) -> list[kube_api.Json]:
        """Return the node."""
        assert path == "/api/v1/nodes"
        return [{"metadata": {"name": "kube-worker-03"}}]


@triggers("drain-failed")
def a_worker_that_cannot_be_drained(computer: Computer) -> None:
    """A disruption budget stands in the way."""
    computer.program("docker", {"ps -aq": Answer()})
    door = cast(kube_api.Api, OneNode())
    looked = checks.View(lab=labs_data.lab(), where=refusing_kubectl(computer), api=door)
    remove_worker.remove(looked, ["kube-worker-03"], report()[0])


@triggers("network-exhausted")
def a_computer_that_routes_the_whole_pool(computer: Computer) -> None:
    """A VPN has taken it."""
    computer.program("docker", {"network ls": Answer()})
    computer.program("ip", {"-j -4 route": Answer(out=json.dumps([{"dst": str(rules.POOL), "dev": "tun0"}]))})
    subnets.resolve(paths.LabPaths(name="mine"), None)


@triggers("box-tools")
def no_mmdebstrap(computer: Computer) -> None:
    """Nothing was installed yet."""
    computer.program("docker", {"images": Answer()})
    computer.program("sudo", {"-n true": Answer()})
    box_image.base_image(report()[0])


@triggers("box-unprivileged")
def nobody_with_rights(_: Computer) -> None:
    """Neither root, nor sudo, nor subordinate ids."""
    box_image.bootstrap_command(root=False, mapped=False, sudo=False)


@triggers("docker-missing")
def no_docker(_: Computer) -> None:
    """A fresh computer."""
    providers.boxes()


@triggers("docker-silent")
def a_docker_that_hangs(computer: Computer) -> None:
    """It does not answer in time."""
    computer.program("docker", {"version": Answer(seconds=5)})
    docker.run("version", timeout=0.2)


@triggers("docker-forbidden")
def a_docker_of_somebody_else(computer: Computer) -> None:
    """The person is not in the group."""
    computer.program("docker", {"ps": Answer(err="permission denied while trying to connect to /run/x", code=1)})
    providers.boxes("default")


@triggers("docker-unreachable")
def a_docker_that_is_stopped(computer: Computer) -> None:
    """There is a command and no engine."""
    computer.program("docker", {"ps": Answer(err="Cannot connect to the Docker daemon at unix:///x", code=1)})
    providers.boxes("default")


@triggers("docker-failed")
def a_docker_that_refuses(computer: Computer) -> None:
    """It says why, and that is shown."""
    computer.program("docker", {"network rm": Answer(err="network x has active endpoints", code=1)})
    providers.of(labs_data.lab()).remove_networks(["x"])


@triggers("host-unfit")
def a_lab_that_is_too_large(computer: Computer) -> None:
    """A machine with more processors than there are."""
    computer.program("docker", {"": Answer(err="Cannot connect to the Docker daemon", code=1)})
    lab = labs_data.lab()
    large = tuple(dataclasses.replace(machine, cpus=255) for machine in lab.machines)
    host.refuse_unfit(dataclasses.replace(lab, machines=large, versions=components_data.versions()))


@triggers("host-unsupported")
def another_system(computer: Computer) -> None:
    """host.setup changes Debian only."""
    mac = platforms.Computer(system="Darwin", processor="arm64", distribution="", version="", like=())
    computer.patch.setattr(platforms, "this", lambda: mac)
    setup.run(report()[0])


@triggers("host-unprivileged")
def a_person_without_sudo(computer: Computer) -> None:
    """Something must be done as root."""
    computer.patch.setattr(platforms, "is_root", lambda: False)
    actions.do(actions.Action(what="install Docker", words=("apt-get", "install")), report()[0])


@triggers("docker-start")
def an_engine_that_never_answers(computer: Computer) -> None:
    """It was started, and its log says why it ended."""
    computer.program("docker", {"version": Answer(err="Cannot connect to the Docker daemon", code=1)})
    engine.wait(engine.Engine(log=computer.folder / "dockerd.log", pid_files={}), limit=0.1)


@triggers("host-action-failed")
def an_action_that_fails(computer: Computer) -> None:
    """apt has no network."""
    computer.program("apt-get", {"update": Answer(err="E: Temporary failure resolving", code=100)})
    action = actions.Action(what="read the package lists", words=("apt-get", "update"), root=False)
    actions.do(action, report()[0])


@triggers("api-refused")
def refused_answer(_: Computer) -> None:
    """The API server says no in the middle of a word."""
    reply = requests.Response()
    reply.status_code, reply.request = 403, requests.Request("PUT", "https://192.168.56.111:6443/api/v1/pods").prepare()
    raise decorator.explained(kube_api.Refused(reply))


@triggers("box-unwell")
def locked_box(_: Computer) -> None:
    """A box lets nobody in in the middle of a word."""
    raise decorator.explained(ssh.Unreachable("kube-worker-01: Connection refused"))
