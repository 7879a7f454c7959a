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
    text = looks.file(scene, scene.value("etcd"), CONFIG)
    looks.wrong(text.count("client-cert-auth: true") != 2, "etcd asks not every client for a certificate")
    looks.wrong("http://0.0.0.0" in text or ": http://192" in text, "etcd listens without TLS")


def data_kept(scene: Scene, _: object) -> None:
    """etcd still has the data that it had."""
    seen = scene.read(
        scene.value("etcd"), "sh -c 'ls -d /var/lib/etcd/data/member/snap/db && cat /etc/etcd/etcd.conf.yaml'"
    )
    looks.wrong("data-dir: /var/lib/etcd/data" not in seen, "etcd was given another data folder")
