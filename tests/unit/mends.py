"""Each error's remedy, done as printed on the fake computer that its trigger was on, and asked again."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import components_data
import labs_data
import triggers
from fakes import Answer, Computer, report

from kubelab import artifact, components, errors, model, paths
from kubelab.checks import wait
from kubelab.clients import docker, kubectl, vagrant
from kubelab.components import box_image, bundle, cache_layout, catalogue, inventory
from kubelab.components import local_image as components_load
from kubelab.config import load
from kubelab.converge import observed, session
from kubelab.dev import full_test
from kubelab.host import actions, engine, platforms
from kubelab.lab import lifecycle, loading, port_forward
from kubelab.state import locks, subnets, workspace

Act = Callable[[Computer, errors.LabError], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mend:
    """What does a remedy's words and asks again; `says` are words of that remedy, `then` the next step's own error."""

    act: Act
    says: str
    then: str = ""


MENDS: dict[str, Mend] = {}
"""Identifier to what was printed, done."""


def mends(ident: str, says: str, then: str = "") -> Callable[[Act], Act]:
    """Enter a function into the table."""

    def enter(act: Act) -> Act:
        assert ident not in MENDS
        MENDS[ident] = Mend(act=act, says=says, then=then)
        return act

    return enter


def listed(error: errors.LabError, head: str) -> list[str]:
    """Return the names that an error lists behind `head`, as in `has: a, b`."""
    rows = [detail.removeprefix(head) for detail in error.details if detail.startswith(head)]
    assert rows, error.details
    return [name.strip() for row in rows for name in row.split(",")]


@mends("lab-file-missing", "./run lab.list")
def a_lab_of_the_list(_: Computer, error: errors.LabError) -> None:
    """Every name that lab.list shows is a file."""
    assert error.remedy == "./run lab.list"
    assert load.names()
    for name in load.names():
        load.read(name)


@mends("lab-file-invalid", "mend the places named above")
def the_place_is_mended(_: Computer, error: errors.LabError) -> None:
    """The detail names the place and the word that was meant."""
    assert any("docker" in detail for detail in error.details)
    load.parse("mine", b"provider: docker", "labs/mine.yaml")


@mends("versions-unknown", "listed above")
def a_version_set_of_the_list(_: Computer, error: errors.LabError) -> None:
    """Every one that is listed can be read."""
    for name in listed(error, "version sets: "):
        load.versions(name)


@mends("versions-incomplete", "add the component's version")
def the_version_is_added(_: Computer, __: errors.LabError) -> None:
    """The line that the error says is lacking."""
    named = model.VersionSet(name="old", components={"kubernetes": "1.37.1", "etcd": "3.7.1"})
    assert catalogue.version(named, "etcd") == "3.7.1"


@mends("component-unknown", "./run components.list", then="go-missing")
def a_component_of_the_list(_: Computer, __: errors.LabError) -> None:
    """The name is known, and the next thing that a bare computer lacks is asked for."""
    versions = components_data.versions()
    assert "etcd" in {row.name for row in inventory.rows(versions)}
    components.ensure(versions, report()[0], ["etcd"])


@mends("component-pin", "change labs/versions/")
def the_version_set_is_put_back(_: Computer, __: errors.LabError) -> None:
    """The set that is committed fits the modules."""
    cache_layout.check_pins(components_data.versions())


@mends("components-in-use", "./run lab.destroy")
def the_lab_is_destroyed(computer: Computer, _: errors.LabError) -> None:
    """No container has the cache mounted any more."""
    computer.program("docker", {"ps --all --filter volume=": Answer(), "images": Answer(), "image": Answer()})
    inventory.clean([components_data.versions()], everything=True)


@mends("checkout-unknown", "clone of the project")
def a_clone(computer: Computer, _: errors.LabError) -> None:
    """The same files where git knows them."""
    (computer.folder / "README.md").write_text("kubelab", encoding="utf-8")
    for words in (["init", "--quiet"], ["add", "README.md"]):
        subprocess.run(["git", "-C", str(computer.folder), *words], check=True)
    assert bundle.tracked() == ["README.md"]


@mends("port-taken", "--port 0")
def any_free_port(_: Computer, __: errors.LabError) -> None:
    """There is one."""
    assert port_forward.free_port(0)


@mends("load-file", "docker save --output FILE.tar NAME:TAG")
def the_archive_is_written(computer: Computer, _: errors.LabError) -> None:
    """As docker save writes it."""
    assert components_load.take("default", str(triggers.image(computer, "my/app:1"))).names


@mends("load-image", "docker save --output FILE.tar NAME:TAG")
def an_archive_instead_of_a_text(computer: Computer, _: errors.LabError) -> None:
    """As docker save writes it."""
    assert components_load.take("default", str(triggers.image(computer, "my/app:1"))).names


@mends("load-unnamed", "--name NAME:TAG")
def the_name_is_given(computer: Computer, error: errors.LabError) -> None:
    """The remedy names the very archive."""
    archive = triggers.image(computer)
    assert f"./run lab.load {archive} --name NAME:TAG" == error.remedy
    assert components_load.take("default", str(archive), "my/app:1").names


@mends("load-platform", "docker build --platform linux/amd64")
def an_image_for_the_nodes(computer: Computer, _: errors.LabError) -> None:
    """Built for the boxes' processors."""
    assert components_load.take("default", str(triggers.image(computer, "my/app:1"))).names


@mends("load-own", "--name NAME:TAG")
def a_tag_that_the_lab_does_not_use(computer: Computer, _: errors.LabError) -> None:
    """The same image under another tag."""
    row = components_load.take("default", str(triggers.image(computer, "kubelab/guestbook:1.0.0")), "my/guestbook:2")
    lab = dataclasses.replace(labs_data.lab(), versions=load.versions("1.37"))
    loading._refuse_own(lab, row)


@mends("load-unknown", "./run lab.unload --all")
def everything_is_unloaded(_: Computer, __: errors.LabError) -> None:
    """Where nothing was loaded that is no error."""
    assert loading.table("default")
    loading.remove(paths.LabPaths(name="default"), "", report()[0], everything=True)


@mends("tests-failed", "repeat that part alone")
def the_test_is_green(computer: Computer, error: errors.LabError) -> None:
    """The part that is named, once it is mended."""
    computer.program("python", {"-m pytest": Answer(out="1 passed")})
    full_test.run(report()[0], "quick")
    assert "quick" in f"{error.what} {error.details}"


@mends("stage-unknown", "./run test --only lab")
def a_stage_that_there_is(_: Computer, error: errors.LabError) -> None:
    """The printed one is among those that the error lists."""
    assert "lab" in listed(error, "stages: ")
    assert full_test._chosen("lab") == ["lab"]


def typed(computer: Computer, line: str) -> None:
    """Type a line in a shell, with the system's programs."""
    computer.everything()
    subprocess.run(["sh", "-c", line], check=True)


@mends("build-unwritable", "mv ")
def what_is_in_the_way_is_moved(computer: Computer, error: errors.LabError) -> None:
    """The file has the name of the folder: the printed line keeps it under another one."""
    typed(computer, error.remedy.partition(";")[0])
    assert paths.BUILD.with_name("build.old").read_text(encoding="utf-8") == "not a folder"
    workspace.write(paths.LabPaths(name="mine"), {"Vagrantfile": artifact.HostFile(content=b"")})


@mends("vagrant-failed", "the same command again")
def vagrant_once_more(computer: Computer, _: errors.LabError) -> None:
    """It goes on where it was, once its trouble is over."""
    computer.program("vagrant", {"up": Answer()})
    vagrant.Machines(labs_data.lab(), paths.LabPaths(name="default")).up()


@mends("lab-not-ready", "the same command again")
def the_lab_becomes_ready(_: Computer, __: errors.LabError) -> None:
    """What lab.why named is mended."""
    looked = triggers.view(labs_data.lab(), paths.LabPaths(name="default"))
    wait.wait(looked, {"pods": lambda _: None}, report()[0], timeout=5)


@mends("lab-locked", "wait for it to end")
def the_first_run_has_ended(_: Computer, __: errors.LabError) -> None:
    """The lock goes with the run that had it."""
    with locks.lab("mine"):
        pass


@mends("lab-elsewhere", "copy the lab file to another name")
def a_lab_file_of_another_name(computer: Computer, _: errors.LabError) -> None:
    """The copy is a lab of its own, with boxes of its own names: those of the other checkout are not its."""
    (computer.folder / "own.yaml").write_bytes((paths.LABS / "default.yaml").read_bytes())
    lab = load.load(computer.folder / "own.yaml", labs_data.NETWORK)
    assert lab.name == "own"
    assert not {machine.container for machine in lab.machines} & {m.container for m in labs_data.lab().machines}
    observed.refuse_roots(lab.name, observed.roots([]))


@mends("path-unusable", "KUBELAB_CACHE names another cache")
def a_cache_without_a_colon(computer: Computer, _: errors.LabError) -> None:
    """As printed."""
    computer.patch.setenv("KUBELAB_CACHE", str(computer.folder / "cache"))
    paths.refuse_unusable()


def _stopped_engine(computer: Computer) -> None:
    """Let Docker list nothing any more, as after its restart."""
    empty = {name: Answer() for name in ("ps", "network ls", "volume ls", "stop", "container rm")}
    computer.program("docker", empty)


@mends("boxes-run-on", "./run lab.halt again")
def halt_again(computer: Computer, _: errors.LabError) -> None:
    """After Docker was restarted the box is there and does not run."""
    found = {"Id": "1", "Name": "/kubelab-default-etcd-01", "State": {"Running": False}, "Config": {"Labels": {}}}
    stopped = Answer(out=json.dumps([found]))
    computer.program("docker", {"ps": Answer(out="1"), "container inspect": stopped, "stop": Answer()})
    lifecycle.halt(labs_data.held())


@mends("lab-remains", "./run lab.destroy again")
def destroy_again(computer: Computer, _: errors.LabError) -> None:
    """What docker ps named was removed by its owner."""
    _stopped_engine(computer)
    lifecycle.destroy(paths.LabPaths(name="default"), report()[0], keep_keys=False)


@mends("machine-unknown", "./run lab.show")
def a_machine_of_the_list(_: Computer, error: errors.LabError) -> None:
    """Every machine that is listed is one of lab.show's, and is there."""
    shown = {machine.name for machine in labs_data.lab().machines}
    for name in listed(error, "has: "):
        assert name in shown
        session.rendered("default", name)


@mends("kubectl-failed", "the same command again")
def kubectl_once_more(computer: Computer, _: errors.LabError) -> None:
    """The API server answers by now."""
    computer.program("kubectl", {"": Answer(out="ok")})
    kubectl.run(paths.LabPaths(name="default"), "get", "nodes")


@mends("network-exhausted", "network: {machines: 10.99.0.0/24}")
def the_network_is_named(_: Computer, error: errors.LabError) -> None:
    """The very line, in a lab file: it is taken without a search."""
    line = error.remedy.partition("lab file: ")[2].partition(";")[0]
    spec = load.parse("mine", line.encode(), "labs/mine.yaml")
    named = subnets.resolve(paths.LabPaths(name="mine"), spec.network.machines)
    assert str(load.lab(spec, named).network.machines) == "10.99.0.0/24"


@mends("box-unprivileged", "run this once as root")
def as_root_or_with_ids(_: Computer, error: errors.LabError) -> None:
    """Each of the two ways that are printed is one that makes a userland; neither takes the sudo that is lacking."""
    assert "sudo" not in error.remedy
    assert "subuids" in error.remedy
    assert box_image.bootstrap_command(root=True, mapped=False, sudo=False)
    assert box_image.bootstrap_command(root=False, mapped=True, sudo=False)


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


@mends("docker-silent", "./run host.doctor")
def the_engine_is_quick_again(computer: Computer, _: errors.LabError) -> None:
    """What host.doctor's row says to restart was restarted."""
    computer.program("docker", {"version": Answer(out="27.5.1")})
    docker.run("version", timeout=5)


def word(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `./run WORDS` as a person does, without the environment that ./run would make."""
    return subprocess.run(
        [sys.executable, str(paths.ROOT / "tasks.py"), *words],
        env=dict(os.environ), capture_output=True, encoding="utf-8", check=False, cwd=Path(paths.ROOT),
    )  # fmt: skip
