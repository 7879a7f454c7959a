"""The lab's certificates as a table, and renewing its leaf certificates while the lab goes on serving."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubelab import checks, errors, model
from kubelab.checks import wait
from kubelab.converge import apply, bring_up, compose, observed, session
from kubelab.lab import kube_context
from kubelab.pki import certificates, certlist
from kubelab.render import roles
from kubelab.state import journal, workspace
from kubelab.ui import progress

HERE = "this computer"
"""Where the administrator's and the grader's own certificates are used."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One certificate: its content, its remaining life, its faults, its boxes."""

    path: str
    flaw: str | None
    """Why the next `lab.up` issues it anew; None if it does not."""
    boxes: tuple[str, ...]
    subject: str = ""
    issuer: str = ""
    sans: tuple[str, ...] = ()
    not_before: datetime.datetime | None = None
    not_after: datetime.datetime | None = None
    left: datetime.timedelta | None = None

    def plain(self) -> dict[str, object]:
        """Return it for JSON: times in ISO 8601, the remaining life in seconds."""
        left = None if self.left is None else int(self.left.total_seconds())
        dates = {name: getattr(self, name) and getattr(self, name).isoformat() for name in ("not_before", "not_after")}
        return {**dataclasses.asdict(self), **dates, "left": left}


def table(lab: model.Lab, kept: Mapping[str, bytes], now: datetime.datetime) -> tuple[Row, ...]:
    """Return a row for every wanted certificate of the lab, authorities first; `kept` is the content of keys/."""
    users = boxes(lab)
    rows = []
    for name in certlist.AUTHORITIES:
        found = certificates.found(kept, f"{name}/ca")
        flaw = found if isinstance(found, str) else certificates.authority_flaw(found, now)
        rows.append(_row(f"{name}/ca", found, flaw, users, now))
    for wanted in certlist.leaves(lab):
        found, by = certificates.found(kept, wanted.path), certificates.found(kept, f"{wanted.authority}/ca")
        if isinstance(found, str) or isinstance(by, str):
            flaw = found if isinstance(found, str) else f"its authority is {by}"
        else:
            flaw = certificates.leaf_flaw(found, wanted, by, now)
        rows.append(_row(wanted.path, found, flaw, users, now))
    return tuple(rows)


def _row(
    path: str,
    found: certificates.Signed | str,
    flaw: str | None,
    users: Mapping[str, tuple[str, ...]],
    now: datetime.datetime,
) -> Row:
    if isinstance(found, str):
        return Row(path=path, flaw=flaw, boxes=users.get(path, ()))
    seen = found.certificate
    return Row(
        path=path,
        subject=seen.subject.rfc4514_string(),
        issuer=seen.issuer.rfc4514_string(),
        sans=certificates.names(seen),
        not_before=seen.not_valid_before_utc,
        not_after=seen.not_valid_after_utc,
        left=seen.not_valid_after_utc - now,
        flaw=flaw,
        boxes=users.get(path, ()),
    )


def boxes(lab: model.Lab) -> dict[str, tuple[str, ...]]:
    """Return a certificate's path to the machines that hold it, by the tables of the roles."""
    found: dict[str, list[str]] = {f"kubernetes/{name}": [HERE] for name in ("admin", "grader")}
    for machine in lab.machines:
        for role in roles.of(machine):
            for credential in role.credentials:
                _add(found, credential.source.format(name=machine.name).rpartition(".")[0], machine.name)
            for identity in role.identities:
                _add(found, identity.pair.format(name=machine.name), machine.name)
                _add(found, "kubernetes/ca", machine.name)
    return {path: tuple(names) for path, names in found.items()}


def _add(found: dict[str, list[str]], path: str, name: str) -> None:
    names = found.setdefault(path, [])
    if name not in names:
        names.append(name)


def rows(opened: session.Session) -> tuple[Row, ...]:
    """Return the table of a rendered lab."""
    return table(opened.lab, workspace.read_keys(opened.where), datetime.datetime.now(datetime.UTC))


def renew(held: session.Held, only: Sequence[str] = ("*",)) -> Mapping[str, str]:
    """Issue every leaf anew whose path fits one of the globs `only`, and expired ones; apply; wait for health.

    Returns path to reason. Boxes are reached over ssh, which has keys of its own, so expired certificates do not
    matter. Raises LabError `certs-unknown` if no path fits, `boxes-down` if a box does not run.
    """
    lab, report = held.lab, held.report
    terms = certlist.Terms(renew=tuple(only))
    if not any(terms.renews(wanted.path) for wanted in certlist.leaves(lab)):
        paths_ = [wanted.path for wanted in certlist.leaves(lab)]
        raise errors.LabError("certs-unknown", f"no certificate is called {', '.join(only)}", details=paths_)
    with journal.run(held.where, journal.RENEW, report):
        reasons = reissue(held.view, report, terms)
        wanted = {"static pods": checks.static_pods_current, **apply.wanted(lab, again=True)}
        wait.wait(held.view, wanted, report, bring_up.timeout(held.view.lab))
    return reasons


def reissue(
    view: checks.View, report: progress.Progress, terms: certlist.Terms, now: datetime.datetime | None = None
) -> Mapping[str, str]:
    """Issue by `terms`, as of `now`, and let every box with something new apply it; wait for nothing else.

    Tests call it with a life of seconds or a future time; the caller holds the lab's lock.
    """
    session.refuse_stopped(view)
    with report.phase("certificates") as phase:
        reasons = compose.render(view.lab, view.where, terms, now)
        phase.done(f"{len(reasons)} issued")
    states = observed.boxes(view, compose.run_box(view.lab))
    changed = [view.lab_machine(name) for name, state in states.items() if state is observed.State.APPLY]
    with report.phase("apply folders") as phase:
        bring_up.folders(view, changed)
        phase.done(", ".join(machine.name for machine in changed))
    kube_context.refresh(view.where)
    return reasons
