"""Checks of apiserver-down."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

AUDIT = ("audit-log-path", "audit-policy-file")
SECRETS = ("encryption-provider-config",)


def api_answers(scene: Scene) -> None:
    """The API server answers and reports that it is ready."""
    looks.api_answers(scene)


def audit_is_written(scene: Scene) -> None:
    """The API server writes its audit log, under its original policy."""
    looks.api_answers(scene)
    _as_before(scene, AUDIT)
    path = looks.manifest.last(looks.manifest.options(looks.manifest.own(scene, "kube-apiserver")), AUDIT[1])
    wanted = (scene.view.where.box(scene.value("control_plane")) / f"files{path}").read_text(encoding="utf-8")
    now = looks.file(scene, scene.value("control_plane"), path)
    looks.wrong(
        looks.document(now, path) != looks.document(wanted, path), f"{path} differs from the lab's audit policy"
    )


def secrets_still_encrypted(scene: Scene, _: object) -> None:
    """Secrets are still encrypted before they are stored."""
    _as_before(scene, SECRETS)
    path = looks.manifest.last(looks.manifest.options(looks.manifest.static(scene, "kube-apiserver")), SECRETS[0])
    kind, _said = looks.writer(looks.file(scene, scene.value("control_plane"), path))
    looks.wrong(kind == "identity", "the first provider of secrets is identity, which does not encrypt")


def _as_before(scene: Scene, names: tuple[str, ...]) -> None:
    """Raise `Wrong` unless these options and the files that they name are what the lab gave the API server."""
    pods = looks.manifest.static(scene, "kube-apiserver"), looks.manifest.own(scene, "kube-apiserver")
    now, own = map(looks.manifest.options, pods)
    differ = looks.manifest.differing(now, own, names)
    looks.wrong(differ, f"the API server's manifest lacks the original --{' and --'.join(differ)}")
