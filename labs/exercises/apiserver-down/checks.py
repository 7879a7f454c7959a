"""Checks of apiserver-down."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"


def api_answers(scene: Scene) -> None:
    """The API server answers, and says that it is ready."""
    looks.api_answers(scene)


def audit_is_written(scene: Scene) -> None:
    """The API server writes its audit log, by the policy that it had."""
    looks.api_answers(scene)
    text = looks.file(scene, scene.value("control_plane"), MANIFEST)
    looks.wrong("--audit-log-path=/var/log/kubernetes/audit.log" not in text, "its manifest asks for no audit log")
    policy = "--audit-policy-file=/etc/kubernetes/kube-apiserver/audit-policy.yaml"
    looks.wrong(policy not in text, "its manifest names another audit policy")


def secrets_still_encrypted(scene: Scene, _: object) -> None:
    """Secrets are still encrypted before they are stored."""
    text = looks.file(scene, scene.value("control_plane"), MANIFEST)
    flag = "--encryption-provider-config=/etc/kubernetes/kube-apiserver/encryption.yaml"
    looks.wrong(flag not in text, "the API server's manifest names no encryption")
