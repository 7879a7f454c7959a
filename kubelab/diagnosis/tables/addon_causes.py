"""Causes in the add-ons that not every lab has."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, kubectl

_SERVICE = kubectl("get apiservice v1beta1.metrics.k8s.io -o yaml")
_LOGS = kubectl("-n metrics-server logs deployment/metrics-server --tail 20")
METRICS: Mapping[str, Cause] = {
    "metrics-foreign-ca": Cause(
        probe="add-ons",
        title="the API server trusts another authority for metrics-server than the lab's",
        look=_SERVICE,
        mend=causes.APPLY,
        masks=("metrics-silent",),
    ),
    "metrics-service-name": Cause(
        probe="add-ons",
        title="the metrics API is not registered, or leads to another service than metrics-server's",
        look=_SERVICE,
        mend=causes.APPLY,
        masks=("metrics-silent",),
    ),
    "metrics-server-away": Cause(
        probe="add-ons",
        title="metrics-server has no replicas, or its service selects none",
        look=kubectl("-n metrics-server get deployments,pods,endpointslices"),
        mend=causes.APPLY,
        masks=("metrics-silent",),
    ),
    "metrics-role-gone": Cause(
        probe="add-ons",
        title="metrics-server may not do what it needs: read nodes and pods, or ask the API server about its callers",
        look=kubectl("auth can-i get nodes/metrics --as system:serviceaccount:metrics-server:metrics-server; ") + _LOGS,
        mend=causes.APPLY,
        masks=("metrics-silent", "pods-not-ready"),
    ),
    "metrics-blocked": Cause(
        probe="add-ons",
        title="a network policy keeps the API server away from metrics-server, or metrics-server from the kubelets",
        look=kubectl("-n metrics-server get networkpolicies -o yaml"),
        mend=causes.APPLY,
        masks=("metrics-silent", "pods-not-ready"),
    ),
    "metrics-certificate": Cause(
        probe="add-ons",
        title="the API server does not accept metrics-server's certificate",
        look=_SERVICE,
        mend="./run lab.certs{lab} --renew --only kubernetes/metrics-server",
        masks=("metrics-silent",),
    ),
    "metrics-silent": Cause(
        probe="add-ons",
        title="there is no use of CPU and memory: kubectl top and autoscaling do not work",
        look=_LOGS,
        mend=kubectl("-n metrics-server rollout restart deployment/metrics-server"),
        symptom=True,
    ),
}

_METALLB = "-n metallb-system get ipaddresspools,l2advertisements,pods -o wide"
LOADBALANCER: Mapping[str, Cause] = {
    "loadbalancer-pool": Cause(
        probe="add-ons",
        title="MetalLB has no pool of the lab's addresses, or does not announce it: services stay pending",
        look=kubectl(_METALLB),
        mend=causes.APPLY,
        masks=("loadbalancer-silent",),
    ),
    "loadbalancer-away": Cause(
        probe="add-ons",
        title="MetalLB's controller or its speakers are away, or may not do what they need",
        look=kubectl(_METALLB),
        mend=causes.APPLY,
        masks=("loadbalancer-silent", "pods-not-ready"),
    ),
    "loadbalancer-silent": Cause(
        probe="add-ons",
        title="services of type LoadBalancer get no address, or nobody answers at it",
        look=kubectl("-n metallb-system logs deployment/controller --tail 20"),
        mend=kubectl("-n metallb-system rollout restart deployment/controller daemonset/speaker"),
        symptom=True,
    ),
}

_TRAEFIK = kubectl("-n gateway get gateways,deployments,services,pods -o wide")
GATEWAY: Mapping[str, Cause] = {
    "gateway-class": Cause(
        probe="add-ons",
        title="the lab's Gateway, its class or that of Ingresses is gone or another: no controller serves it",
        look=kubectl("get gatewayclasses,ingressclasses; ") + kubectl("-n gateway get gateway gateway -o yaml"),
        mend=causes.APPLY,
        masks=("gateway-silent",),
    ),
    "gateway-away": Cause(
        probe="add-ons",
        title="Traefik has no replicas or other options, its service selects none, or it may not read what it needs",
        look=_TRAEFIK,
        mend=causes.APPLY,
        masks=("gateway-silent", "pods-not-ready"),
    ),
    "gateway-blocked": Cause(
        probe="add-ons",
        title="a network policy keeps callers away from Traefik, or Traefik from the backends or the API server",
        look=kubectl("-n gateway get networkpolicies -o yaml"),
        mend=causes.APPLY,
        masks=("gateway-silent",),
    ),
    "gateway-certificate": Cause(
        probe="add-ons",
        title="the gateway shows a certificate that the lab's authority did not sign for its address",
        look=kubectl("-n gateway get secret gateway -o yaml"),
        mend="./run lab.certs{lab} --renew --only kubernetes/gateway",
        masks=("gateway-silent",),
    ),
    "gateway-silent": Cause(
        probe="add-ons",
        title="the gateway does not answer: Ingresses and routes lead nowhere",
        look=kubectl("-n gateway logs deployment/traefik --tail 20"),
        mend=kubectl("-n gateway rollout restart deployment/traefik"),
        symptom=True,
    ),
}

TABLE: Mapping[str, Cause] = {**METRICS, **LOADBALANCER, **GATEWAY}
