"""Checks of dns-broken."""

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def names_are_found(scene: Scene) -> None:
    """The pod asker in {{ space }} finds the address of kubernetes.default.svc.{{ domain }}."""
    name = f"kubernetes.default.svc.{scene.value('domain')}"
    looks.resolves(scene, scene.value("space"), "run=asker", name)


def dns_is_whole(scene: Scene) -> None:
    """Every CoreDNS pod is Ready, and the service kube-dns leads to all of them."""
    row = scene.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns")
    looks.deployment_ready(scene, "kube-system", "coredns")
    looks.backends(scene, "kube-system", "kube-dns", row["spec"]["replicas"])
    names_are_found(scene)


def pods_ask_cluster_dns(scene: Scene, _: object) -> None:
    """The pod asker uses the cluster's DNS, as every pod does."""
    for row in looks.pods(scene, scene.value("space"), "run=asker"):
        policy = row["spec"].get("dnsPolicy")
        looks.wrong(
            policy != "ClusterFirst" or row["spec"].get("dnsConfig"),
            f"asker has the dnsPolicy {policy}{' and a dnsConfig' if row['spec'].get('dnsConfig') else ''}"
            ", not ClusterFirst alone",
        )
        looks.wrong(row["spec"].get("hostAliases"), "asker has hostAliases")


def dns_address_kept(scene: Scene, _: object) -> None:
    """Cluster DNS has the address {{ dns }}, to which every kubelet sends its pods."""
    row = scene.get("/api/v1/namespaces/kube-system/services/kube-dns")
    looks.wrong(
        row["spec"]["clusterIP"] != scene.value("dns"),
        f"kube-dns has the address {row['spec']['clusterIP']}, not {scene.value('dns')}",
    )


def where_to_look(scene: Scene) -> str:
    """Say where to look next."""
    try:
        looks.deployment_ready(scene, "kube-system", "coredns")
    except checks.Wrong as problem:
        return f"{problem}. What do its pods' logs say? kubectl -n kube-system logs -l k8s-app=kube-dns"
    return "CoreDNS runs. Does the service lead to it? Compare the service's selector with the labels of the pods."
