"""The errors of lab files, boxes and clusters, each brought about by its own cause."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import cast

import labs_data
import requests
from fakes import Answer, Computer, report
from triggers import triggers, view

from kubelab import artifact, checks, host, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import kube_api, kubectl, ssh, vagrant
from kubelab.components import software_catalogue
from kubelab.config import load, rules
from kubelab.converge import bring_up, observed, remove_machine, session
from kubelab.dev import full_test
from kubelab.lab import lifecycle, port_forward
from kubelab.state import locks, subnets, workspace
from kubelab.tasks import decorator


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
    software_catalogue.version(model.VersionSet(name="old", components={"kubernetes": "1.37.1"}), "etcd")


@triggers("port-taken")
def a_port_that_is_taken(_: Computer) -> None:
    """The page is open in another terminal."""
    with socket.socket() as other:
        other.bind((port_forward.LOOPBACK, 0))
        other.listen()
        port_forward.free_port(other.getsockname()[1])


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
    remove_machine.remove(looked, ["kube-worker-03"], report()[0])


@triggers("network-exhausted")
def a_computer_that_routes_the_whole_pool(computer: Computer) -> None:
    """A VPN has taken it."""
    computer.program("docker", {"network ls": Answer()})
    computer.program("ip", {"-j -4 route": Answer(out=json.dumps([{"dst": str(rules.POOL), "dev": "tun0"}]))})
    subnets.resolve(paths.LabPaths(name="mine"), None)


@triggers("api-refused")
def refused_answer(_: Computer) -> None:
    """The API server says no in the middle of a word."""
    reply = requests.Response()
    reply.status_code, reply.request = 403, requests.Request("PUT", "https://192.168.56.111:6443/api/v1/pods").prepare()
    raise decorator.as_lab_error(kube_api.Refused(reply))


@triggers("box-unwell")
def locked_box(_: Computer) -> None:
    """A box lets nobody in in the middle of a word."""
    raise decorator.as_lab_error(ssh.Unreachable("kube-worker-01: Connection refused"))
