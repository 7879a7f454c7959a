"""The remedies of this computer and its Docker engine, done as printed."""

from __future__ import annotations

from fakes import Answer, Computer, report
from mends import mends

from kubelab import errors, model, paths, providers
from kubelab.clients import docker, iso
from kubelab.components import box_image, userland
from kubelab.host import actions, engine, platforms


@mends("box-unprivileged", "run this once as root")
def as_root_or_with_ids(_: Computer, error: errors.LabError) -> None:
    """Each of the two ways that are printed is one that makes a userland; neither takes the sudo that is lacking."""
    assert "sudo" not in error.remedy
    assert "subuids" in error.remedy
    assert userland.bootstrap_command(box_image.base(), root=True, mapped=False, sudo=False)
    assert userland.bootstrap_command(box_image.base(), root=False, mapped=True, sudo=False)


@mends("vm-disk", "the same command again")
def the_disk_with_room(computer: Computer, _: errors.LabError) -> None:
    """What was removed left room enough."""
    computer.program("genisoimage", {"": Answer()})
    assert iso.write(paths.cache() / "disks/one.iso", "kl-software", {"": paths.PROVISION}).is_file()


@mends("host-unprivileged", "as root")
def the_action_as_root(computer: Computer, _: errors.LabError) -> None:
    """Root needs no sudo."""
    computer.patch.setattr(platforms, "is_root", lambda: True)
    computer.program("apt-get", {"install": Answer()})
    actions.do(actions.Action(what="install Docker", words=("apt-get", "install")), report()[0])


@mends("host-action-failed", "./run host.setup again")
def the_action_again(computer: Computer, _: errors.LabError) -> None:
    """The network is back."""
    computer.program("apt-get", {"update": Answer()})
    action = actions.Action(what="read the package lists", words=("apt-get", "update"), root=False)
    actions.do(action, report()[0])


@mends("docker-start", "./run host.setup again")
def the_engine_answers(computer: Computer, _: errors.LabError) -> None:
    """What its log named is mended."""
    computer.program("docker", {"version": Answer(out="27.5.1")})
    engine.wait(engine.Engine(log=computer.folder / "dockerd.log", pid_files={}), limit=5)


@mends("libvirt-silent", "./run host.setup --lab NAME starts it")
def libvirt_listens(computer: Computer, _: errors.LabError) -> None:
    """Its daemon was started."""
    computer.program("virsh", {"--connect qemu:///system --quiet list": Answer()})
    assert providers.BY_KIND[model.Provider.LIBVIRT].boxes("mine") == ()


@mends("docker-silent", "./run host.doctor")
def the_engine_is_quick_again(computer: Computer, _: errors.LabError) -> None:
    """What host.doctor's row says to restart was restarted."""
    computer.program("docker", {"version": Answer(out="27.5.1")})
    docker.run("version", timeout=5)
