"""Proves a fault on a live lab: green before, red after, cleared to the same digests; and keeps the table of proofs.

The table is the page `pages.FAULTS_PROVEN` itself: read, and written anew after every fault, so that a run can resume.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields

from kubelab import checks, errors, model, pages, paths
from kubelab.checks import wait
from kubelab.converge import session
from kubelab.faults import catalogue, detectors, fault, fault_scripts, inject, targets
from kubelab.proofs import fingerprint
from kubelab.state import docs_table
from kubelab.ui import progress

PAGE = paths.ROOT / pages.FAULTS_PROVEN
SEED = 0
GREEN = 60.0
"""Seconds for the detectors to be green beforehand: some first make the pods that they look from."""
SETTLED = 90.0
"""Seconds for the digests to return once the lab is well: a late pod, a taint of a controller."""
INTRO = """\
# Faults, proven

*For authors of faults.* Written by `./run fault.prove`.

On a live lab, every detector of the fault was green before and red after the injection. After `fault.clear` the
digests of files, units, firewall rules and objects were those from before.

Seconds: *injected* until the command returned; *red* from then until the last detector was red; *cleared* until every
script had run; *well* until all checks held again. *State* is a digest of the row, its scripts and the functions of
provision/faults/lib.sh that they use: `--resume` skips what has not changed.

"""


@dataclass(frozen=True, kw_only=True)
class Proof(docs_table.Proof):
    """One line of the table."""

    fault: str
    result: str
    detectors: str
    machine: str
    injected: str
    red: str
    cleared: str
    well: str
    date: str
    commit: str
    state: str


COLUMNS = tuple(item.name for item in fields(Proof))


class Unproven(Exception):
    """A fault did not do what its row says; the words say how."""


def state(row: fault.Fault) -> str:
    """Return a digest of the subject of a proof: the row, its scripts, and the functions of the library that they
    use."""
    both = [fault_scripts.read(row, "inject"), fault_scripts.read(row, "clear")]
    library = fault_scripts.used(fault_scripts.LIBRARY.read_text(encoding="utf-8"), "\n".join(both))
    return hashlib.sha256("\n".join([repr(row), *both, library]).encode()).hexdigest()[:8]


def read() -> dict[str, Proof]:
    """Return the proofs on the page, by fault; none without a page."""
    rows = docs_table.rows(PAGE, dict.fromkeys(COLUMNS, ".*"))
    return {row["fault"]: Proof(**row) for row in rows if row["fault"] in catalogue.FAULTS}


def text(proofs: Mapping[str, Proof]) -> str:
    """Return the page, in the order of the catalogue."""
    rows = (astuple(proofs[name]) for name in catalogue.FAULTS if name in proofs)
    good = sum(proof.good for proof in proofs.values())
    return f"{INTRO}{good} of {len(catalogue.FAULTS)} proven.\n\n{docs_table.table(COLUMNS, rows)}"


def run(held: session.Held, names: Sequence[str], *, resume: bool) -> dict[str, Proof]:
    """Prove each named fault and write the page after each; stop if the lab does not become well again."""
    proofs = read()
    for name in names:
        row, old = catalogue.find(name), proofs.get(name)
        if resume and old and old.good and old.state == state(row):
            continue
        proofs[name] = prove(held.view, row, held.report)
        with docs_table.held(PAGE):
            docs_table.write(PAGE, text({**read(), name: proofs[name]}))
        held.report.say(f"   {name}: {proofs[name].result}")
    return proofs


def prove(view: checks.View, row: fault.Fault, report: progress.Progress) -> Proof:
    """Return the proof of one fault; it is cleared in any case.

    Raises LabError when the lab does not become well again.
    """
    begun = {
        "fault": row.name,
        "detectors": ", ".join(row.detector),
        "commit": docs_table.commit(),
        "state": state(row),
    }
    begun["date"] = docs_table.today()
    times = dict.fromkeys(("machine", "injected", "red", "cleared", "well"), "-")
    result = docs_table.PROVEN
    try:
        _prove(view, row, report, times)
    except Unproven as problem:
        result = f"NOT PROVEN: {str(problem).replace('|', '/')[:300]}"
    finally:
        if inject.active(view):
            inject.clear(view, report)
    return Proof(result=result, **begun, **times)


def _prove(view: checks.View, row: fault.Fault, report: progress.Progress, times: dict[str, str]) -> None:
    """Green, look, inject, red, clear, look; fill in the times as far as it gets."""
    machine = targets.choose(view, row, None, SEED).machine
    times["machine"] = machine.name
    until = functools.partial(_until, view, report)
    looks: list[fingerprint.Fingerprint] = []
    until(f"{row.name}: green", lambda fresh: _green(fresh, row, machine), GREEN)
    # After the detectors were green: some have made pods to look from, and those stay.
    until(f"{row.name}: looked at", lambda fresh: looks.append(fingerprint.take(fresh)), GREEN)
    times["injected"] = _timed(lambda: inject.inject(view, row.name, machine, SEED, force=True))
    times["red"] = _timed(
        lambda: until(f"{row.name}: red", lambda fresh: detectors.red(fresh, row, machine), row.patience)
    )
    done = inject.clear(view, report)
    times |= {"cleared": f"{done.undone:.1f}", "well": f"{done.healthy:.1f}"}
    until(f"{row.name}: same digests", lambda fresh: _same(fresh, looks[-1]), SETTLED)


def _until(view: checks.View, report: progress.Progress, name: str, check: checks.Check, timeout: float) -> None:
    """Wait for a check, looked at over a new connection each time, as a new command would."""
    try:
        wait.wait(view, {name: lambda old: check(checks.View.of(old.lab, old.where))}, report, timeout)
    except errors.LabError as late:
        raise Unproven(f"not {name.partition(': ')[2]} in {timeout:.0f} s, {'; '.join(late.details)}") from late


def _timed(work: Callable[[], object]) -> str:
    begun = time.monotonic()
    work()
    return f"{time.monotonic() - begun:.1f}"


def _green(view: checks.View, row: fault.Fault, machine: model.Machine) -> None:
    """No detector of the fault is red."""
    seen = {name: wait.failure(view, check) for name, check in detectors.of(row, machine).items()}
    red = {name: what for name, what in seen.items() if what}
    if red:
        raise checks.Wrong("; ".join(f"{name}: {what}" for name, what in red.items()))


def _same(view: checks.View, before: fingerprint.Fingerprint) -> None:
    """The lab has the digests of the look before."""
    different = fingerprint.differences(before, fingerprint.take(view))
    if different:
        raise checks.Wrong(f"{len(different)} things differ: {'; '.join(different[:4])}")
