"""The remedies of lab files, boxes and clusters, done as printed."""

from __future__ import annotations

import json

import labs_data
from fakes import Answer, Computer, report
from mends import listed, mends, typed
from triggers import view

from kubelab import artifact, errors, model, paths
from kubelab.checks import wait
from kubelab.clients import kubectl, vagrant
from kubelab.components import software_catalogue
from kubelab.config import load
from kubelab.converge import observed, session
from kubelab.dev import full_test
from kubelab.lab import lifecycle, port_forward
from kubelab.state import locks, subnets, workspace


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
    assert software_catalogue.version(named, "etcd") == "3.7.1"


@mends("port-taken", "--port 0")
def any_free_port(_: Computer, __: errors.LabError) -> None:
    """There is one."""
    assert port_forward.free_port(0)


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
    assert full_test._chosen("lab") == ["lab", "proofs"]


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
    looked = view(labs_data.lab(), paths.LabPaths(name="default"))
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
