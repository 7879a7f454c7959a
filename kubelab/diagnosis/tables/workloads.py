"""Causes in what workloads ask for: scheduling, admission, and the application itself."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, kubectl

SCHEDULING: Mapping[str, Cause] = {
    "workers-tainted": Cause(
        probe="scheduling",
        title="workers carry a taint that the workloads do not tolerate",
        look=kubectl("describe nodes"),
        mend=kubectl("taint nodes {nodes} {taint}-"),
        masks=("pods-pending", *causes.DNS),
    ),
    "quota-zero": Cause(
        probe="scheduling",
        title="a quota allows no new pod in a namespace",
        look=kubectl("-n {namespace} describe resourcequota"),
        mend=kubectl("-n {namespace} delete resourcequota {object}"),
        masks=("pods-pending", *causes.WORKLOAD),
    ),
    "request-too-large": Cause(
        probe="scheduling",
        title="a workload asks for more than any node has",
        look=kubectl("-n {namespace} describe deployment {object}"),
        mend=causes.APPLY,
        masks=("pods-pending", *causes.DNS),
    ),
    "pods-pending": Cause(
        probe="scheduling",
        title="pods wait for a node",
        look=kubectl("describe pod -n {namespace} {object}"),
        masks=causes.WORKLOAD,
        symptom=True,
    ),
}

ADMISSION: Mapping[str, Cause] = {
    "webhook-dead": Cause(
        probe="admission",
        title="the API server must ask a webhook that has no server, so it refuses requests",
        look=kubectl("get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml"),
        mend=kubectl("delete {kind} {object}"),
        masks=("pods-pending", *causes.DNS),
    ),
    "namespace-finalizer": Cause(
        probe="admission",
        title="a namespace cannot be deleted: no controller removes a finalizer in it",
        look=kubectl("get namespace {object} -o yaml"),
        mend=kubectl("-n {namespace} patch {kind} {object} --type merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'"),
        masks=(),
    ),
}  # fmt: skip

APPLICATION: Mapping[str, Cause] = {
    "frontend-selector": Cause(
        probe="application",
        title="the guestbook's service selects no frontend",
        look=kubectl("-n guestbook get endpointslices,pods --show-labels"),
        mend=causes.APPLY,
        masks=("guestbook-silent",),
    ),
    "frontend-port": Cause(
        probe="application",
        title="the guestbook's service sends to a port at which no frontend listens",
        look=kubectl("-n guestbook describe service frontend"),
        mend=causes.APPLY,
        masks=("guestbook-silent",),
    ),
    "redis-leader-name": Cause(
        probe="application",
        title="a part of the guestbook looks for redis under a name that does not exist",
        look=kubectl("-n guestbook logs deployment/frontend --tail 20"),
        mend=causes.APPLY,
        masks=causes.WORKLOAD,
    ),
    "object-differs": Cause(
        probe="application",
        title="an object of the lab is gone or not the one that was rendered",
        look=kubectl("diff --server-side --force-conflicts -f {manifest}"),
        mend=causes.APPLY,
        masks=causes.DNS,
    ),
    "pods-not-ready": Cause(
        probe="application",
        title="pods are not Ready",
        look=kubectl("-n {namespace} describe pod {object}"),
        mend=kubectl("-n {namespace} delete pod {object}"),
        masks=("guestbook-silent",),
        symptom=True,
    ),
    "guestbook-silent": Cause(
        probe="application",
        title="the guestbook does not answer through its NodePort",
        look=kubectl("-n guestbook get pods,endpointslices -o wide"),
        mend=kubectl("-n guestbook rollout restart deployment/frontend"),
        symptom=True,
    ),
    "unexplained": Cause(
        probe="application",
        title="a check fails, and no cause was found for it",
        look="./run lab.status{lab}; ./run lab.logs{lab}",
        symptom=True,
    ),
}

TABLE: Mapping[str, Cause] = {**SCHEDULING, **ADMISSION, **APPLICATION}
