"""Turns evidence into a verdict: runs every probe in order, then removes what other causes explain. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kubelab import errors, model
from kubelab.checks import user_workloads
from kubelab.diagnosis import (
    addon_probes,
    causes,
    certificate_probes,
    cluster_probes,
    evidence,
    file_probes,
    host_probes,
    object_probes,
    policy_probes,
    process_probes,
    several_probes,
    tables,
    workload_probes,
)
from kubelab.diagnosis.findings import Finding

Probe = Callable[[evidence.Evidence], Iterator[Finding]]
PROBES: tuple[Probe, ...] = (
    host_probes.provider,
    host_probes.disks,
    host_probes.clocks,
    host_probes.units,
    host_probes.folders,
    certificate_probes.probe,
    file_probes.folders,
    file_probes.unexpected,
    several_probes.members,
    process_probes.etcd,
    several_probes.address,
    several_probes.servers,
    cluster_probes.server,
    process_probes.containers,
    cluster_probes.nodes,
    process_probes.firewall,
    process_probes.flannel,
    cluster_probes.static_mirrors,
    object_probes.probe,
    cluster_probes.names,
    host_probes.resolvers,
    policy_probes.probe,
    workload_probes.claims,
    workload_probes.volumes,
    cluster_probes.kubelets,
    cluster_probes.taints,
    workload_probes.quotas,
    workload_probes.requests,
    workload_probes.webhooks,
    workload_probes.namespaces,
    cluster_probes.pods,
    cluster_probes.guestbook,
    addon_probes.metrics,
    addon_probes.balancer,
    addon_probes.gateway,
)
BLIND = "could not be looked at"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The causes, first to last, what was not seen, and the exit code.

    `lab.status` and `lab.why` show it in two ways, and both end with its code.
    """

    found: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Users' own workloads that are not well, one line each: they change no code."""
    code: errors.Exit = errors.Exit.GOOD

    @property
    def healthy(self) -> bool:
        """Return whether nothing was found and everything was seen."""
        return not self.found and not self.unseen


def judge(view: evidence.Evidence) -> Verdict:
    """Return the causes that the evidence shows, without explained symptoms; several only if none explains another."""
    found = _together(finding for probe in PROBES for finding in probe(view))
    roots = [finding for finding in found if not any(_explains(view, other, finding) for other in found)]
    roots.sort(key=lambda finding: (_row(finding).symptom, causes.PROBES.index(_row(finding).probe)))
    if not roots:
        roots = [Finding(cause="unexplained", lines=lines) for lines in _red(view)]
    unseen = tuple(_unseen(view))
    remarks = tuple(user_workloads.remarks(view.own, view.cluster.lists, view.now))
    return Verdict(found=tuple(roots), unseen=unseen, remarks=remarks, code=_code(view, roots, unseen))


def _row(finding: Finding) -> causes.Cause:
    return tables.CAUSES[finding.cause]


def _together(findings: Iterator[Finding]) -> list[Finding]:
    """Return the findings, merged for each cause and box."""
    found: dict[tuple[str, str | None], Finding] = {}
    for finding in findings:
        key = (finding.cause, finding.box)
        found[key] = found[key].merged(finding) if key in found else finding
    return list(found.values())


def _explains(view: evidence.Evidence, cause: Finding, symptom: Finding) -> bool:
    """Return whether a finding explains another: a fault of one worker explains nothing on the other."""
    if symptom.cause not in _row(cause).masks or _the_other_way(cause, symptom):
        return False
    local = cause.box is not None and view.boxes[cause.box].machine.kind is model.Kind.WORKER
    elsewhere = symptom.box not in (None, cause.box)
    return not (local and elsewhere and symptom.cause in causes.OF_ONE_BOX)


def _the_other_way(cause: Finding, symptom: Finding) -> bool:
    """Return whether the symptom is the reason, for a pair that may explain each other: a unit and the API server."""
    units = [row for row in (cause, symptom) if row.cause == "unit-failing"]
    if not units or not {cause.cause, symptom.cause}.intersection(causes.OF_API):
        return False
    return (units[0].values["unit"] in causes.UNDER_API) == (units[0] is symptom)


def _red(view: evidence.Evidence) -> Iterator[tuple[str, ...]]:
    red = tuple(f"{name}: {said}" for name, said in view.checks.items() if said)
    if red:
        yield red


def _unseen(view: evidence.Evidence) -> Iterator[str]:
    """Yield in words what could not be seen, and why."""
    for box in view.boxes.values():
        if box.text is None and box.state != "missing":
            yield f"{box.name}: the box {BLIND} ({box.problem or 'it is ' + box.state})"
        elif box.cut:
            yield f"{box.name}: not everything in the box could be looked at: it was too slow"
    if view.late and not view.cluster.problem:
        yield f"checks that had not ended in time: {', '.join(view.late)}"
    if view.cluster.problem:
        yield f"nodes, pods, DNS, policies, storage, RBAC and admission {BLIND}: {view.cluster.problem}"
    elif view.cluster.refused:
        names = ", ".join(sorted(path.rpartition("/")[2] for path in view.cluster.refused))
        yield f"{names} {BLIND}: {next(iter(view.cluster.refused.values()))}"


def _code(view: evidence.Evidence, roots: Sequence[Finding], unseen: Sequence[str]) -> errors.Exit:
    if all(box.state == "missing" for box in view.boxes.values()) and not view.docker:
        return errors.Exit.ABSENT
    if roots:
        # Silence alone is no proof: on a computer that is busy enough a lab that is well looks the same.
        blind = view.docker or not any(finding.sure for finding in roots)
        return errors.Exit.UNKNOWN if blind else errors.Exit.DEGRADED
    return errors.Exit.UNKNOWN if unseen else errors.Exit.GOOD
