"""Checks of build-dns."""

import shlex

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

SPACE = "kube-system"
ACCOUNT = f"system:serviceaccount:{SPACE}:coredns"
LISTED = ("services", "namespaces", "pods", "endpoints", "endpointslices.discovery.k8s.io")


def role_is_bound(scene: Scene) -> None:
    """Step 1: the account coredns may list and watch the objects that DNS needs, and has no other rights."""
    row = scene.find(f"/api/v1/namespaces/{SPACE}/serviceaccounts/coredns")
    looks.wrong(row is None, f"there is no service account {SPACE}/coredns")
    for what in LISTED:
        for verb in ("list", "watch"):
            looks.wrong(not looks.can(scene, ACCOUNT, verb, what), f"the account coredns may not {verb} {what}")
    allowed = {(verb, what) for verb in ("list", "watch") for what in LISTED}
    more = [str(item) for item in looks.beyond(scene, ACCOUNT, allowed, namespace="")]
    looks.wrong(more, f"the account coredns may also {', '.join(more[:4])}")


def corefile_is_there(scene: Scene) -> None:
    """Step 2: the Corefile answers for {{ domain }}, with a TTL of {{ ttl }} seconds."""
    row = scene.find(f"/api/v1/namespaces/{SPACE}/configmaps/coredns")
    text = ((row or {}).get("data") or {}).get("Corefile", "")
    looks.wrong(not text, f"there is no Corefile in a config map {SPACE}/coredns")
    plugins = [row for server in _blocks(text) for row in server[1]]
    answers = [row for row in plugins if row[0][0] == "kubernetes" and _domain(scene.value("domain")) in row[0][1:]]
    looks.wrong(not answers, f"no kubernetes plugin of the Corefile answers for {scene.value('domain')}")
    times = {word for row in answers for line, _ in row[1] if line[0] == "ttl" for word in line[1:2]}
    looks.wrong(
        times != {scene.value("ttl")},
        f"the ttl is {', '.join(sorted(times)) or 'not set'}, expected {scene.value('ttl')}",
    )
    looks.wrong(
        any(row[0][0] == "forward" for row in plugins), "the Corefile has the plugin forward, which the task forbids"
    )


def _domain(name: str) -> str:
    return name.rstrip(".")


def _blocks(text: str) -> list[tuple[list[str], list]]:
    """Return a Corefile's lines, without comments: each line's words, and the lines of the block that it opens."""
    top: list = []
    stack = [top]
    for line in text.splitlines():
        words = shlex.split(line, comments=True, posix=True) if _even(line) else line.split()
        words = [word.rstrip(".") or "." for word in words]
        if words == ["}"]:
            looks.wrong(len(stack) == 1, "the Corefile closes a block that is not open")
            stack.pop()
        elif words:
            block: list = []
            stack[-1].append((words[:-1] if words[-1] == "{" else words, block))
            if words[-1] == "{":
                stack.append(block)
    looks.wrong(len(stack) > 1, "the Corefile leaves a block open")
    return [row for row in top if row[0]]


def _even(line: str) -> bool:
    return line.count('"') % 2 == 0 and "'" not in line


def servers_run(scene: Scene) -> None:
    """Step 3: {{ copies }} CoreDNS pods run as the account coredns and are Ready."""
    looks.deployment_ready(scene, SPACE, "coredns")
    pod = scene.get(f"/apis/apps/v1/namespaces/{SPACE}/deployments/coredns")["spec"]
    looks.wrong(
        pod["replicas"] != int(scene.value("copies")),
        f"coredns asks for {pod['replicas']} replicas, not {scene.value('copies')}",
    )
    account = pod["template"]["spec"].get("serviceAccountName", "default")
    looks.wrong(account != "coredns", f"the pods of coredns run as {account}, not as coredns")


def service_leads_there(scene: Scene) -> None:
    """Step 4: the service kube-dns has the address {{ dns }} and leads to every CoreDNS pod, for UDP and TCP."""
    row = scene.find(f"/api/v1/namespaces/{SPACE}/services/kube-dns")
    spec = (row or {}).get("spec", {})
    looks.wrong(
        spec.get("clusterIP") != scene.value("dns"),
        f"the service kube-dns has the address {spec.get('clusterIP', '(none)')}, not {scene.value('dns')}",
    )
    found = {port.get("protocol", "TCP") for port in spec.get("ports") or [] if port["port"] == 53}
    looks.wrong(
        found != {"UDP", "TCP"},
        f"port 53 of kube-dns is for {', '.join(sorted(found)) or 'no protocol'}, not for UDP and TCP",
    )
    looks.backends(scene, SPACE, "kube-dns", int(scene.value("copies")))


def names_are_found(scene: Scene) -> None:
    """Step 5: the pod asker in {{ space }} finds the address of kubernetes.default.svc.{{ domain }}."""
    looks.resolves(scene, scene.value("space"), "run=asker", f"kubernetes.default.svc.{scene.value('domain')}")


def asker_kept(scene: Scene, _: object) -> None:
    """The pod asker uses the cluster's DNS, as every pod does."""
    for row in looks.pods(scene, scene.value("space"), "run=asker"):
        plain = row["spec"].get("dnsPolicy") == "ClusterFirst" and not row["spec"].get("dnsConfig")
        looks.wrong(
            not plain or row["spec"].get("hostAliases"),
            "asker has another dnsPolicy than ClusterFirst, a dnsConfig or hostAliases",
        )
