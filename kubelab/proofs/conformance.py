"""`lab.conformance`: upstream's own suite on a lab, whose images are on the nodes for the run alone."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

from kubelab import checks, components, errors, paths
from kubelab.checks import wait
from kubelab.clients import doors, patience, program
from kubelab.components import cache_layout, stand_ins, store
from kubelab.converge import node_images, session
from kubelab.files import atomic
from kubelab.proofs import conformance_results, conformance_suite

PROCESSES = 4
"""Of ginkgo, on two cores: specs wait more than they work."""
GIB = 2**30
ROOM, ROOM_TO_BUILD = 2 * GIB, 8 * GIB
"""Free bytes of the cache's disk for a run, and for one that first builds the suite."""
NAMESPACES = "/api/v1/namespaces"
MARK = "e2e-run"
"""The label of every namespace that a spec makes."""
GONE = 180.0
"""Seconds for the namespaces of the last specs to be gone."""
HEALTHY = 300.0
"""Seconds for the lab to be as well as before."""


def run(held: session.Held, choice: conformance_results.Choice) -> conformance_results.Verdict:
    """Run the chosen specs on a lab that is up; return what they found. `await_well` is to follow, once that is shown.

    Raises `lab-absent`, `boxes-down`, `conformance-version`, `conformance-room`, `load-failed`, `conformance-none`, and
    what a build raises.
    """
    session.refuse_absent(held.lab)
    session.refuse_stopped(held.view)
    _refuse_version(held)
    _refuse_little_room()
    folder = folder_of(held.where)
    if conformance_suite.end_earlier(folder):
        held.report.say(" ! the suite of a run that was killed was still at work: it has been ended")
    programs, archive = _software(held)
    shutil.rmtree(folder, ignore_errors=True)
    atomic.folder(folder)
    left: list[str] = []
    with (
        program.interruptible(),
        _images(held, archive, left),
        _namespaces(held, left),
        held.report.phase(f"conformance, {choice.name}") as phase,
    ):
        words = conformance_suite.command(programs, held.lab, held.where, choice, PROCESSES, folder)
        seen, stopped = conformance_suite.run(words, folder, phase, held.report)
        results = tuple(conformance_results.read(folder / conformance_suite.REPORT))
        verdict = conformance_results.Verdict(
            choice=choice, results=results, wanted=seen.wanted, seconds=phase.seconds, stopped=stopped
        )
        (phase.done if verdict.good else phase.failed)(f"{verdict.ran} of {seen.wanted} specs")
    if not results and not stopped:
        log = folder / conformance_suite.LOG
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
        raise errors.LabError("conformance-none", "the suite left no report", details=last, log=log)
    return dataclasses.replace(verdict, left=tuple(left))


def await_well(held: session.Held) -> None:
    """Wait until the lab is as well as before the suite; raises what a wait raises, with a word on the results.

    The results have taken half an hour, and stand whatever the lab does now: the caller has shown them.
    """
    try:
        wait.wait(held.view, checks.healthy(held.lab), held.report, patience.seconds(HEALTHY))
    except errors.LabError as late:
        raise errors.LabError(
            "lab-not-ready",
            f"{late.what}; what the suite found stands: it is above, and in {folder_of(held.where)}",
            details=late.details,
            log=late.log,
            remedy="./run lab.why, which names the cause and what mends it",
        ) from late


def folder_of(where: paths.LabPaths) -> Path:
    """Return the folder of the suite's report and its log."""
    return where.root / "conformance"


def _refuse_version(held: session.Held) -> None:
    """Refuse a lab of another minor version than the suite's: its specs are about that version."""
    suite = cache_layout.tool_entry(stand_ins.SUITE).version
    lab = held.lab.versions.components["kubernetes"]
    if suite.split(".")[:2] != lab.split(".")[:2]:
        raise errors.LabError("conformance-version", f"lab {held.lab.name} runs {lab}; the suite is that of {suite}")


def _refuse_little_room() -> None:
    """Raise `conformance-room` if the cache's disk has too little room for a run, or for the build before it."""
    entries = [cache_layout.tool_entry(name) for name in (stand_ins.SUITE, stand_ins.PROGRAMS)]
    built = all(store.state(entry) is store.State.READY for entry in entries)
    need, free = ROOM if built else ROOM_TO_BUILD, shutil.disk_usage(paths.cache()).free
    if free < need:
        what = f"{free / GIB:.1f} GiB are free at {paths.cache()}, {need / GIB:.0f} are needed"
        raise errors.LabError("conformance-room", what)


def _software(held: session.Held) -> tuple[conformance_suite.Programs, Path]:
    """Return the programs and the archive of images; what the cache lacks is built."""
    suite = components.ensure_tool(stand_ins.SUITE, held.report)
    ginkgo = components.ensure_tool(stand_ins.PROGRAMS, held.report)
    archive = stand_ins.ensure(held.lab.versions, held.report)
    return conformance_suite.Programs(ginkgo=ginkgo, suite=suite, kubectl=held.where.bin / "kubectl"), archive


@contextlib.contextmanager
def _images(held: session.Held, archive: Path, remains: list[str]) -> Iterator[None]:
    """Have the stand-ins on every node while the block runs; no copy of them is kept for later nodes.

    What could not be removed is added to `remains`.
    """
    try:
        with held.report.phase("images of the suite") as phase:
            said = node_images.put(held.view, archive)
            wrong = [str(result) for result in said.values() if isinstance(result, Exception)]
            if wrong:
                raise errors.LabError(
                    "load-failed", f"{len(wrong)} of {len(said)} nodes lack the images", details=wrong
                )
            phase.done(f"{len(stand_ins.references())} on each of {len(said)} nodes")
        yield
    finally:
        with held.report.phase("remove the suite's images") as phase:
            gone = node_images.free(held.view, stand_ins.references())
            left = [f"{name}: {problem}" for name, problem in gone.items() if isinstance(problem, Exception)]
            remains += [f"images on {name}" for name, problem in gone.items() if isinstance(problem, Exception)]
            (phase.failed if left else phase.done)("; ".join(left) or f"from {len(gone)} nodes")


@contextlib.contextmanager
def _namespaces(held: session.Held, remains: list[str]) -> Iterator[None]:
    """Remove the namespaces that specs have left, those of an earlier run that was killed beforehand.

    What is still there afterwards is added to `remains`.
    """
    _remove_namespaces(held)
    try:
        yield
    finally:
        try:
            remains += [f"namespace {name}" for name in _remove_namespaces(held)]
        except doors.DoorError as problem:  # what the suite found is worth more than this look
            remains.append(f"perhaps namespaces of specs, which could not be listed or removed ({problem})")


def _remove_namespaces(held: session.Held) -> list[str]:
    """Remove them; return the names of those that do not go."""
    if not _left(held.view):
        return []
    with held.report.phase("namespaces of specs") as phase:
        for name in _left(held.view, going=False):
            held.view.api.delete(f"{NAMESPACES}/{name}")
        for _ in patience.polls(patience.seconds(GONE)):
            if not (left := _left(held.view)):
                return []
            phase.update(f"{len(left)} are going")
        phase.failed(f"still there: {', '.join(left)}")
    return left


def _left(view: checks.View, *, going: bool = True) -> list[str]:
    """Return the namespaces of specs; without `going` only those that have not been deleted yet."""
    found = [row["metadata"] for row in view.api.items(NAMESPACES, labelSelector=MARK)]
    return [str(row["name"]) for row in found if going or "deletionTimestamp" not in row]
