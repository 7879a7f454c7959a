"""Checks of etcd-unreachable."""

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

CONFIG = "/etc/etcd/etcd.conf.yaml"


def etcd_answers(scene: Scene) -> None:
    """etcd answers at {{ etcd_address }}:2379, starts again at boot, and the API server asks it there."""
    try:
        checks.etcd_answers(scene.view)
    except checks.Silent as problem:
        raise checks.Wrong(str(problem)) from problem
    looks.unit(scene, scene.value("etcd"), "etcd.service")
    manifest = looks.file(scene, scene.value("control_plane"), "/etc/kubernetes/manifests/kube-apiserver.yaml")
    wanted = f"--etcd-servers=https://{scene.value('etcd_address')}:2379"
    looks.wrong(wanted not in manifest, "the API server looks for etcd elsewhere")


def api_answers(scene: Scene) -> None:
    """The API server answers, and says that it is ready."""
    looks.api_answers(scene)


def etcd_asks_for_certificates(scene: Scene, _: object) -> None:
    """etcd serves nobody without a certificate of its own authority."""
    said = looks.document(looks.file(scene, scene.value("etcd"), CONFIG), CONFIG)
    for part in ("client-transport-security", "peer-transport-security"):
        asks = said[part].get("client-cert-auth") is True and said[part].get("trusted-ca-file")
        looks.wrong(not asks, f"etcd asks not everybody for a certificate: {part}")
    for part in ("listen-client-urls", "listen-peer-urls"):
        plain = [url for url in str(said.get(part, "")).split(",") if url.strip().startswith("http://")]
        looks.wrong(plain, f"etcd listens without TLS: {', '.join(plain)}")


def data_kept(scene: Scene, _: object) -> None:
    """etcd still has the data that it had."""
    scene.read(scene.value("etcd"), "ls -d /var/lib/etcd/data/member/snap/db")
    folder = looks.document(looks.file(scene, scene.value("etcd"), CONFIG), CONFIG).get("data-dir")
    looks.wrong(str(folder).rstrip("/") != "/var/lib/etcd/data", f"etcd was given another data folder: {folder}")
