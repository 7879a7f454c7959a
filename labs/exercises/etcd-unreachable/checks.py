"""Checks of etcd-unreachable."""

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def etcd_answers(scene: Scene) -> None:
    """etcd answers at {{ etcd_address }}:2379, starts at boot, and the API server uses that address."""
    try:
        checks.etcd_answers(scene.view)
    except checks.Silent as problem:
        raise checks.Wrong(str(problem)) from problem
    looks.unit(scene, scene.value("etcd"), "etcd.service")
    given = looks.manifest.options(looks.manifest.static(scene, "kube-apiserver"))
    asked = looks.manifest.listed(given, "etcd-servers")
    hosts = (scene.value("etcd_address"), scene.value("etcd"))
    elsewhere = asked - {f"https://{host}:2379{slash}" for host in hosts for slash in ("", "/")}
    looks.wrong(
        elsewhere or not asked,
        f"the API server has the etcd address {', '.join(sorted(elsewhere)) or '(none)'}, not https://{hosts[0]}:2379",
    )


def api_answers(scene: Scene) -> None:
    """The API server answers and reports that it is ready."""
    looks.api_answers(scene)


def etcd_asks_for_certificates(scene: Scene, _: object) -> None:
    """etcd refuses every client without a certificate of its own authority."""
    said = looks.document(looks.file(scene, scene.value("etcd"), looks.store.CONFIG), "etcd's configuration")
    for part in ("client-transport-security", "peer-transport-security"):
        asks = said[part].get("client-cert-auth") is True and said[part].get("trusted-ca-file")
        looks.wrong(not asks, f"{part} does not require a certificate of etcd's authority")
    for part in ("listen-client-urls", "listen-peer-urls"):
        plain = [url for url in str(said.get(part, "")).split(",") if url.strip().startswith("http://")]
        looks.wrong(plain, f"etcd listens without TLS: {', '.join(plain)}")
    looks.store.shut(scene)


def data_kept(scene: Scene, _: object) -> None:
    """etcd still has all its earlier data."""
    looks.store.same(scene)
