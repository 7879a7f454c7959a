"""Checks of build-dns."""

import re

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

SPACE = "kube-system"
ACCOUNT = f"system:serviceaccount:{SPACE}:coredns"
LISTED = ("services", "namespaces", "pods", "endpoints", "endpointslices.discovery.k8s.io")


def role_is_bound(scene: Scene) -> None:
    """Step 1: the account coredns may list and watch what DNS is about, and nothing else."""
    row = scene.find(f"/api/v1/namespaces/{SPACE}/serviceaccounts/coredns")
    looks.wrong(row is None, "there is no account coredns")
    for what in LISTED:
        for verb in ("list", "watch"):
            looks.wrong(not looks.can(scene, ACCOUNT, verb, what), f"it may not {verb} {what}")
    looks.wrong(looks.can(scene, ACCOUNT, "list", "secrets"), "it may even list secrets")
    looks.wrong(looks.can(scene, ACCOUNT, "delete", "pods"), "it may even delete pods")


def corefile_is_there(scene: Scene) -> None:
    """Step 2: the Corefile answers for {{ domain }}, for {{ ttl }} seconds."""
    row = scene.find(f"/api/v1/namespaces/{SPACE}/configmaps/coredns")
    text = ((row or {}).get("data") or {}).get("Corefile", "")
    looks.wrong(not text, "there is no Corefile")
    domain = re.escape(scene.value("domain"))
    looks.wrong(not re.search(rf"^\s*kubernetes\s.*\b{domain}\b", text, re.MULTILINE), "nobody answers for the domain")
    looks.wrong(not re.search(rf"^\s*ttl {scene.value('ttl')}\s*$", text, re.MULTILINE), "the ttl is another one")
    looks.wrong(re.search(r"^\s*forward\s", text, re.MULTILINE), "it forwards")


def servers_run(scene: Scene) -> None:
    """Step 3: {{ copies }} CoreDNS run as the account coredns and are ready."""
    looks.deployment_ready(scene, SPACE, "coredns")
    pod = scene.get(f"/apis/apps/v1/namespaces/{SPACE}/deployments/coredns")["spec"]
    looks.wrong(pod["replicas"] != int(scene.value("copies")), f"it asks for {pod['replicas']} replicas")
    account = pod["template"]["spec"].get("serviceAccountName", "default")
    looks.wrong(account != "coredns", f"they run as {account}")


def service_leads_there(scene: Scene) -> None:
    """Step 4: the service kube-dns is at {{ dns }} and leads to every CoreDNS, for UDP and TCP."""
    row = scene.find(f"/api/v1/namespaces/{SPACE}/services/kube-dns")
    spec = (row or {}).get("spec", {})
    looks.wrong(spec.get("clusterIP") != scene.value("dns"), f"kube-dns is at {spec.get('clusterIP', 'no address')}")
    found = {port["protocol"] for port in spec["ports"] if port["port"] == 53}
    looks.wrong(found != {"UDP", "TCP"}, f"port 53 is open for {', '.join(sorted(found)) or 'nothing'}")
    looks.backends(scene, SPACE, "kube-dns", int(scene.value("copies")))


def names_are_found(scene: Scene) -> None:
    """Step 5: the pod asker in {{ space }} finds the address of kubernetes.default.svc.{{ domain }}."""
    looks.resolves(scene, scene.value("space"), "run=asker", f"kubernetes.default.svc.{scene.value('domain')}")


def asker_kept(scene: Scene, _: object) -> None:
    """The pod asker asks the cluster's DNS as every pod does."""
    for row in looks.pods(scene, scene.value("space"), "run=asker"):
        plain = row["spec"].get("dnsPolicy") == "ClusterFirst" and not row["spec"].get("dnsConfig")
        looks.wrong(not plain or row["spec"].get("hostAliases"), "asker was given names or servers of its own")
