"""The remedies of files on disk, of names and of options, done as printed."""

from __future__ import annotations

import dataclasses

import labs_data
import triggers_files
from fakes import Answer, Computer, report
from mends import listed, mends, typed, word
from triggers import WHERE, view

from kubelab import errors, paths, providers
from kubelab.config import change_effects as effects
from kubelab.config import load
from kubelab.converge import etcd_members, observed, upgrade_parts
from kubelab.dev import quality_gate
from kubelab.faults import catalogue, targets
from kubelab.lab import box_replacement, checkpoints, kube_context, lifecycle, timeline
from kubelab.proofs import pytest_marks
from kubelab.state import checkpoint_files, subnets, workspace


@mends("computer-refused", "mv ")
def what_is_in_the_way_is_renamed(computer: Computer, error: errors.LabError) -> None:
    """The printed line, typed."""
    typed(computer, error.remedy.partition(";")[0])
    (computer.folder / "place").mkdir()
    (computer.folder / "place/file").write_text("x", encoding="utf-8")


@mends("kubeconfig-unwritable", "mv ")
def the_kubeconfigs_folder_is_free(computer: Computer, error: errors.LabError) -> None:
    """The printed line, typed; and another file would have done as well."""
    typed(computer, error.remedy.partition(";")[0])
    triggers_files.merge(computer.folder / "kube/config")
    triggers_files.merge(computer.folder / "other/config")


@mends("not-on-provider", "write provider: docker into the lab file")
def containers_instead_of_machines(computer: Computer, _: errors.LabError) -> None:
    """The same lab, with boxes that Docker is asked for."""
    computer.program("docker", {"ps -aq": Answer()})
    lab = dataclasses.replace(
        labs_data.lab(), provider=load.parse("mine", b"provider: docker", "labs/mine.yaml").provider
    )
    assert providers.of(lab).boxes(lab.name) == ()


@mends("stock-box", "./run boxes.make")
def only_vagrant_starts_it(_: Computer, __: errors.LabError) -> None:
    """The word that is named says the rest: it makes what such a lab needs, and names Vagrant's word."""
    assert lifecycle.how_to_start(triggers_files.FLATCAR) == "KUBELAB_LAB=mine vagrant up --provider=libvirt"
    assert lifecycle.how_to_start(dataclasses.replace(triggers_files.FLATCAR, stock=None)) == "./run lab.up --lab mine"


@mends("change-refused", "put the old value back")
def the_old_value_is_put_back(_: Computer, error: errors.LabError) -> None:
    """The details name it."""
    assert any("network.pods" in detail for detail in error.details)
    effects.refuse(labs_data.lab(), effects.kept(labs_data.lab()))


@mends("upgrade-refused", "put the old 'versions:' back")
def the_old_set_is_put_back(_: Computer, error: errors.LabError) -> None:
    """The details name it; and from the set between it goes on to the next one."""
    assert error.details[0] == "API server of kube-master-01: kubernetes 1.35.2 -> 1.37.1"
    lab = labs_data.lab()
    old = dataclasses.replace(lab.versions, components={**lab.versions.components, "kubernetes": "1.35.2"})
    upgrade_parts.refuse(dataclasses.replace(lab, versions=old), WHERE)
    triggers_files.runs("1.36.3")
    upgrade_parts.refuse(lab, WHERE)


@mends("checkpoint-name", "choose such a name")
def a_name_by_the_rule(_: Computer, error: errors.LabError) -> None:
    """Small letters, digits, dots and dashes, as the cause says."""
    assert "small letters, digits, dots and dashes" in error.cause
    assert checkpoint_files.folder(WHERE, "before.the-upgrade-2")


@mends("checkpoint-unknown", "./run checkpoint.list")
def a_checkpoint_of_the_list(_: Computer, error: errors.LabError) -> None:
    """What is there is named."""
    for name in listed(error, "there are: "):
        assert name in checkpoint_files.names(WHERE)
        checkpoint_files.read(WHERE, name)


@mends("checkpoint-taken", "--force, or another name")
def with_force_or_another_name(_: Computer, __: errors.LabError) -> None:
    """Both ways that are printed."""
    triggers_files.save("friday", force=True)
    triggers_files.save("saturday")
    assert sorted(checkpoint_files.names(WHERE)) == ["friday", "saturday"]


@mends("checkpoint-damaged", "./run checkpoint.delete NAME")
def the_damaged_one_is_deleted(_: Computer, __: errors.LabError) -> None:
    """Its name is free again."""
    checkpoint_files.delete(WHERE, "friday")
    made = triggers_files.save("friday")
    checkpoint_files.refuse_unfit(WHERE, made, triggers_files.SHAPE)


@mends("checkpoint-shape", "put the lab file back")
def the_lab_file_is_put_back(_: Computer, __: errors.LabError) -> None:
    """The same machines as when it was taken."""
    checkpoint_files.refuse_unfit(WHERE, checkpoint_files.read(WHERE, "friday"), triggers_files.SHAPE)


@mends("quorum-lost", "./run lab.destroy, then ./run lab.up")
def the_lab_is_made_anew(_: Computer, __: errors.LabError) -> None:
    """What `lab.destroy` leaves of it says nothing of an earlier cluster."""
    workspace.remove(WHERE, keep_keys=True)
    etcd_members.refuse_lost(triggers_files.SEVERAL, WHERE, ("etcd-02",))


@mends("replace-refused", "./run lab.up brings the others back")
def the_other_members_are_back(computer: Computer, error: errors.LabError) -> None:
    """The one that was named serves; with three members that is enough."""
    assert listed(error, "serving beside etcd-01: 0, needed: 2; not serving: ") == ["etcd-02"]
    computer.program("ssh", {"-F": Answer(out="is healthy")})
    three = labs_data.lab(members=3)
    box_replacement.refuse(view(three, WHERE), three.etcd[0])


@mends("checkpoint-part", "parts of the list above, or none")
def parts_of_the_list(_: Computer, error: errors.LabError) -> None:
    """Each by itself, all together, and none."""
    known = listed(error, "parts: ")
    for names in (*known, ",".join(known), ""):
        checkpoints.parts(names)


@mends("check-unmarked", "mend the mark red_by")
def the_mark_is_written(_: Computer, error: errors.LabError) -> None:
    """As the page says it, with a mutation and a layer that there are."""
    assert error.details == ("cluster::new: it has 0 marks red_by, and needs one",)
    said = (paths.ROOT / "docs/explain/live-tests.md").read_text(encoding="utf-8")
    assert 'red_by("kubelet-stopped", depends_on="nodes")' in said
    mark = '[["kubelet-stopped"], {"depends_on": "nodes"}]'
    assert pytest_marks.read(f'{{"cluster::new": {{"marks": [{mark}], "source": ""}}}}')


@mends("check-unknown", "one of the names listed above")
def a_check_of_the_list(_: Computer, error: errors.LabError) -> None:
    """Every name that is listed is one."""
    for name in listed(error, "checks: "):
        assert quality_gate._chosen([name])


@mends("check-empty", "git restore those that are deleted")
def the_files_are_restored(computer: Computer, error: errors.LabError) -> None:
    """Only those: a person's other changes are not thrown away."""
    assert "git restore ." not in error.remedy
    (computer.folder / "run").write_text("#!/bin/sh\n", encoding="utf-8")
    assert "run" in quality_gate.shell_files(computer.folder)


@mends("fault-unknown", "./run fault.list")
def a_fault_of_the_list(_: Computer, error: errors.LabError) -> None:
    """The near one that is offered, and every other."""
    assert any("did you mean" in detail for detail in error.details)
    for name in catalogue.FAULTS:
        catalogue.find(name)


@mends("fault-misplaced", "without --on the seed chooses the machine")
def the_seed_chooses(_: Computer, error: errors.LabError) -> None:
    """And the printed list names the options."""
    row = catalogue.find("kubelet-wrong-server")
    assert targets.choose(view(labs_data.lab(), WHERE), row, None, 0).machine.name.startswith("kube-worker")
    shown = word("fault.list", "--json").stdout
    assert "./run fault.list --json" in error.remedy
    assert all(value in shown for value in row.options["PORT"])


@mends("addon-absent", "add it to `addons:`")
def the_addon_is_added(_: Computer, __: errors.LabError) -> None:
    """The lab file names it."""
    lab = load.lab(load.parse("default", b"addons: [dns, storage, guestbook]", "labs/default.yaml"), labs_data.NETWORK)
    targets.choose(view(lab, WHERE), catalogue.find("frontend-port"), None, 0)


@mends("kubeconfig-unreadable", "mend it, or choose another one")
def another_kubeconfig(computer: Computer, _: errors.LabError) -> None:
    """One that can be parsed, and one that is not there yet."""
    (computer.folder / "config").write_text("apiVersion: v1\nkind: Config\n", encoding="utf-8")
    for target in (computer.folder / "config", computer.folder / "other"):
        kube_context.remove(target, "kubelab")


@mends("state-damaged", "then the same command again")
def the_record_is_removed(computer: Computer, error: errors.LabError) -> None:
    """The printed line, typed: the network is chosen anew."""
    typed(computer, error.remedy.partition(";")[0])
    assert subnets.resolve(WHERE, None)


@mends("timeline-absent", "./run lab.halt lab.up")
def a_run_with_something_to_do(_: Computer, error: errors.LabError) -> None:
    """After a halt every box is to be started, and such a run is kept; a lab.up alone has nothing to do."""
    assert error.remedy.startswith("./run lab.up, or")  # a lab that was never up cannot be halted
    assert not timeline.kind({"etcd-01": observed.State.EQUAL})
    with timeline.recorded(WHERE, report()[0], {"etcd-01": observed.State.START}):
        pass
    assert error.ident == "timeline-absent"
    assert timeline.read(WHERE.state / timeline.RECORD).good


@mends("certs-unknown", "./run lab.certs")
def a_certificate_of_the_list(_: Computer, error: errors.LabError) -> None:
    """A pattern that fits one of those that are listed."""
    assert "kubernetes/admin" in error.details
    assert triggers_files.renewed("kubernetes/adm*") == ["kubernetes/admin"]


@mends("word-unknown", "./run --list shows every word")
def a_word_of_the_list(_: Computer, error: errors.LabError) -> None:
    """The near one is offered, the list has it, and its help is shown."""
    assert "did you mean" in error.what
    assert "lab.status" in word("--list").stdout
    assert word("--help", "lab.status").returncode == 0
