"""The errors of files on disk, of names and of options, each brought about by its own cause."""

from __future__ import annotations

import dataclasses
import datetime
from ipaddress import IPv4Network
from pathlib import Path

import invoke.exceptions
import labs_data
from fakes import Answer, Computer, report
from triggers import WHERE, triggers, view

from kubelab import model, providers
from kubelab.config import change_effects as effects
from kubelab.converge import etcd_members, upgrade_parts
from kubelab.dev import quality_gate
from kubelab.faults import catalogue, targets
from kubelab.lab import box_replacement, checkpoints, kube_context, lifecycle, renew_certs, timeline
from kubelab.pki import certlist
from kubelab.proofs import pytest_marks
from kubelab.render import kubeconfig
from kubelab.state import checkpoint_files, subnets, workspace
from kubelab.tasks import decorator, main

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)


ETCD = labs_data.lab().etcd[0]
SEVERAL = dataclasses.replace(
    labs_data.lab(), machines=(*labs_data.lab().machines, dataclasses.replace(ETCD, name="etcd-02"))
)
"""A lab of two members."""
STOCK = model.StockBox(system=model.System.FLATCAR, name="flatcar-stable")
FLATCAR = dataclasses.replace(labs_data.lab("mine"), provider=model.Provider.LIBVIRT, stock=STOCK)
SHAPE = checkpoint_files.shape(labs_data.lab(), certlist.issue(labs_data.lab(), {}, NOW).files)


def save(name: str, *, force: bool = False) -> checkpoint_files.Checkpoint:
    """Save a checkpoint of one file."""
    with checkpoint_files.draft(WHERE, name, force=force) as making:
        (making / "volumes.tar").write_bytes(b"v")
        return checkpoint_files.finish(making, WHERE, name, NOW, SHAPE)


def runs(version: str) -> None:
    """Make the usual lab one whose API server was last rendered with a version of Kubernetes."""
    workspace.remember(WHERE, effects.kept(labs_data.lab()))
    shown = WHERE.box("kube-master-01") / f"files{upgrade_parts.VERSION_FILES[upgrade_parts.Role.API]}"
    shown.parent.mkdir(parents=True, exist_ok=True)
    shown.write_text(f"image: registry.k8s.io/kube-apiserver:v{version}\n", encoding="utf-8")


@triggers("upgrade-refused")
def two_minor_versions_at_once(_: Computer) -> None:
    """The lab file goes from 1.35 to 1.37."""
    runs("1.35.2")
    upgrade_parts.refuse(labs_data.lab(), WHERE)


@triggers("checkpoint-name")
def a_name_that_leads_elsewhere(_: Computer) -> None:
    """`checkpoint.save ../x`."""
    checkpoint_files.folder(WHERE, "../x")


@triggers("checkpoint-unknown")
def a_checkpoint_of_another_day(_: Computer) -> None:
    """`checkpoint.restore monday`."""
    save("friday")
    checkpoint_files.read(WHERE, "monday")


@triggers("checkpoint-taken")
def a_name_twice(_: Computer) -> None:
    """`checkpoint.save friday` again."""
    save("friday")
    save("friday")


@triggers("checkpoint-damaged")
def a_checkpoint_with_another_byte(_: Computer) -> None:
    """The disk is bad."""
    made = save("friday")
    (checkpoint_files.folder(WHERE, "friday") / "volumes.tar").write_bytes(b"w")
    checkpoint_files.refuse_unfit(WHERE, made, SHAPE)


@triggers("checkpoint-shape")
def a_checkpoint_of_a_larger_lab(_: Computer) -> None:
    """The lab file has a worker fewer by now."""
    small = labs_data.lab(workers=1)
    checkpoint_files.refuse_unfit(
        WHERE, save("friday"), checkpoint_files.shape(small, certlist.issue(small, {}, NOW).files)
    )


@triggers("quorum-lost")
def two_of_three_volumes_lost(_: Computer) -> None:
    """`docker volume rm`, of a lab whose members had all voted."""
    workspace.keep(WHERE.state / etcd_members.FORMED, b"etcd-01\netcd-02\n")
    etcd_members.refuse_lost(SEVERAL, WHERE, ("etcd-02", "kube-master-01"))


@triggers("replace-refused")
def a_member_while_another_is_down(computer: Computer) -> None:
    """`lab.up --replace etcd-01` while etcd-02 is stopped."""
    computer.program("ssh", {"": Answer(code=255)})
    box_replacement.refuse(view(SEVERAL, WHERE), SEVERAL.etcd[0])


@triggers("checkpoint-part")
def a_part_that_there_is_not(_: Computer) -> None:
    """`--only all`."""
    checkpoints.parts("all")


@triggers("check-unknown")
def a_mistyped_check(_: Computer) -> None:
    """`check --only typse`."""
    quality_gate.run(report()[0], ["typse"])


@triggers("check-unmarked")
def a_check_that_nothing_reddens(_: Computer) -> None:
    """It was written without its mark."""
    pytest_marks.read('{"cluster::new": {"marks": [], "source": ""}}')


@triggers("check-empty")
def a_checkout_without_scripts(computer: Computer) -> None:
    """The files were deleted."""
    quality_gate.shell_files(computer.folder)


@triggers("fault-unknown")
def a_mistyped_fault(_: Computer) -> None:
    """`fault.inject coredns-gone`."""
    catalogue.find("coredns-gone")


@triggers("fault-misplaced")
def a_fault_of_another_machine(_: Computer) -> None:
    """A kubelet's fault on etcd."""
    lab = labs_data.lab()
    targets.choose(view(lab, WHERE), catalogue.find("kubelet-wrong-server"), lab.etcd[0], 0)


@triggers("addon-absent")
def a_fault_of_what_the_lab_leaves_out(_: Computer) -> None:
    """No guestbook."""
    lab = model.Lab(**{**vars(labs_data.lab()), "addons": ()})
    targets.choose(view(lab, WHERE), catalogue.find("frontend-port"), None, 0)


@triggers("kubeconfig-unreadable")
def a_kubeconfig_that_is_none(computer: Computer) -> None:
    """A text."""
    (computer.folder / "config").write_text("- not\n- a mapping\n", encoding="utf-8")
    kube_context.remove(computer.folder / "config", "kubelab")


@triggers("state-damaged")
def a_record_cut_by_a_full_disk(computer: Computer) -> None:
    """It names no network any more."""
    computer.program("docker", {"network ls": Answer()})
    computer.program("ip", {"": Answer()})
    record = subnets._record(WHERE)
    record.parent.mkdir(parents=True)
    record.write_text("192.168", encoding="utf-8")
    subnets.resolve(WHERE, None)


@triggers("timeline-absent")
def a_picture_before_a_run(_: Computer) -> None:
    """`lab.timeline` in a checkout that brought nothing up."""
    timeline.draw(view(labs_data.lab(), WHERE))


def renewed(pattern: str) -> list[str]:
    """Return the certificates that a pattern fits."""
    terms = certlist.Terms(renew=(pattern,))
    return [wanted.path for wanted in certlist.leaves(labs_data.lab()) if terms.renews(wanted.path)]


@triggers("certs-unknown")
def a_pattern_that_fits_nothing(_: Computer) -> None:
    """`lab.certs --renew --only kubernetes/admn`."""
    renew_certs.renew(labs_data.held(), ["kubernetes/admn"])


@triggers("word-unknown")
def a_mistyped_word(_: Computer) -> None:
    """`./run lab.statsu`."""
    raise main._explained(invoke.exceptions.ParseError("No idea what 'lab.statsu' is!"))


@triggers("computer-refused")
def a_file_where_a_folder_is_to_be(computer: Computer) -> None:
    """Met in the middle of a word."""
    (computer.folder / "place").touch()
    try:
        (computer.folder / "place/file").write_text("x", encoding="utf-8")
    except OSError as problem:
        raise decorator.as_lab_error(problem) from problem


def merge(target: Path) -> None:
    """Give a kubeconfig the entries of a lab."""
    pair = certlist.Pair(certificate=b"c", key=b"k")
    text = kubeconfig.text(server="https://x", ca=b"ca", pair=pair, cluster="k", user="k", context="k")
    kube_context.merge(target, text, "k")


@triggers("kubeconfig-unwritable")
def a_file_in_place_of_the_kubeconfigs_folder(computer: Computer) -> None:
    """`~/.kube` is a file."""
    (computer.folder / "kube").touch()
    merge(computer.folder / "kube/config")


@triggers("not-on-provider")
def boxes_that_are_virtual_machines(_: Computer) -> None:
    """Those of VirtualBox are rendered only, and nobody is asked for them."""
    providers.of(dataclasses.replace(labs_data.lab(), provider=model.Provider.VIRTUALBOX)).boxes("default")


@triggers("stock-box")
def a_box_of_others(_: Computer) -> None:
    """The lab file names a box of Flatcar."""
    lifecycle.refuse_unrun(FLATCAR)


@triggers("change-refused")
def other_pods(_: Computer) -> None:
    """The pods' range of a lab that exists was changed."""
    lab = labs_data.lab()
    other = dataclasses.replace(lab.network, pods=IPv4Network("10.77.0.0/16"))
    effects.refuse(dataclasses.replace(lab, network=other), effects.kept(lab))
