"""The errors of this computer and its Docker engine, each brought about by its own cause."""

from __future__ import annotations

import dataclasses

import components_data
import labs_data
from fakes import Answer, Computer, report
from triggers import triggers

from kubelab import host, model, paths, providers
from kubelab.clients import docker, iso
from kubelab.components import box_image, userland
from kubelab.host import actions, engine, platforms, setup


@triggers("box-tools")
def no_mmdebstrap(computer: Computer) -> None:
    """Nothing was installed yet."""
    computer.program("docker", {"images": Answer()})
    computer.program("sudo", {"-n true": Answer()})
    box_image.base_image(report()[0])


@triggers("vm-disk")
def no_room_for_a_disk(computer: Computer) -> None:
    """The disk of the machines is larger than the room."""
    computer.program("genisoimage", {"": Answer(code=255, err="genisoimage: No space left on device.")})
    iso.write(paths.cache() / "disks/one.iso", "kl-software", {"": paths.PROVISION})


@triggers("box-unprivileged")
def nobody_with_rights(_: Computer) -> None:
    """Neither root, nor sudo, nor subordinate ids."""
    userland.bootstrap_command(box_image.base(), root=False, mapped=False, sudo=False)


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


def virsh_says(computer: Computer, words: str) -> None:
    """Ask for boxes of libvirt, which refuses with these words."""
    computer.program("virsh", {"--connect qemu:///system --quiet list": Answer(err=f"error: {words}", code=1)})
    providers.BY_KIND[model.Provider.LIBVIRT].boxes("mine")


@triggers("libvirt-missing")
def no_libvirt(_: Computer) -> None:
    """A lab of virtual machines on a computer without them."""
    providers.BY_KIND[model.Provider.LIBVIRT].boxes("mine")


@triggers("libvirt-silent")
def a_libvirt_that_is_stopped(computer: Computer) -> None:
    """There is a command and no daemon."""
    virsh_says(computer, "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory")


@triggers("libvirt-forbidden")
def a_libvirt_of_somebody_else(computer: Computer) -> None:
    """The person is not in the group."""
    virsh_says(computer, "authentication unavailable: no polkit agent available to authenticate action")


@triggers("libvirt-failed")
def a_libvirt_that_refuses(computer: Computer) -> None:
    """It says why, and that is shown."""
    virsh_says(computer, "internal error: client socket is closed")


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
