"""Checks of settings-rolled-out."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

FILE = "/etc/app/password"
REVISION = "deployment.kubernetes.io/revision"
MOST = 1
"""Replicas that may be missing at a time."""


def _deployment(scene: Scene) -> Mapping[str, Any]:
    return scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}")


def _said(scene: Scene, *words: str) -> list[tuple[str, str]]:
    """Return what a command says in each of the two replicas: the pod's name, and the text as it is."""
    pods = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 2)
    names = [row["metadata"]["name"] for row in pods]
    return [(name, looks.execute(scene, scene.value("space"), name, words)) for name in names]


def replicas_have_the_limit(scene: Scene) -> None:
    """Every replica of {{ app }} has LIMIT={{ limit }} in its environment."""
    for name, said in _said(scene, "sh", "-c", 'echo "$LIMIT"'):
        found = said.removesuffix("\n")
        looks.wrong(found != scene.value("limit"), f"{name} has the limit {found[:40] or '(none)'}")


def replicas_have_the_password(scene: Scene) -> None:
    """Every replica of {{ app }} has the new password in /etc/app/password, and nothing else."""
    for name, said in _said(scene, "sh", "-c", f"cat {FILE} || true"):
        found = said.strip()
        looks.wrong(not found, f"{name} has no password")
        looks.wrong(found != scene.value("word"), f"{name} has another password")
        looks.wrong(said != found, f"{name} has the password with space or a line end around it")


def rolled_out(scene: Scene) -> None:
    """The change of {{ app }} is a new revision, and its rollout is complete."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    row = _deployment(scene)
    looks.wrong(row["spec"].get("paused"), f"{scene.value('app')} is paused")
    revision = str((row["metadata"].get("annotations") or {}).get(REVISION, ""))
    looks.wrong(not revision.isdigit(), f"{scene.value('app')} has no revision")
    looks.wrong(int(revision) < 2, f"{scene.value('app')} has its first revision still")


def values_come_from_objects(scene: Scene, _: object) -> None:
    """The limit comes from a ConfigMap and the password from a Secret."""
    pod = _deployment(scene)["spec"]["template"]["spec"]
    box = pod["containers"][0]
    named = [row for row in box.get("env") or [] if row.get("name") == "LIMIT"]
    many = [row for row in box.get("envFrom") or [] if row.get("configMapRef")]
    fine = all((row.get("valueFrom") or {}).get("configMapKeyRef") for row in named)
    looks.wrong(not fine or not (named or many), "LIMIT comes from no ConfigMap")
    over = ("/etc", "/etc/app", FILE)
    mounts = [row for row in box.get("volumeMounts") or [] if row["mountPath"].rstrip("/") in over]
    volumes = {row["name"]: row for row in pod.get("volumes") or []}
    kinds = [volumes.get(row["name"], {}) for row in mounts]
    fine = all(row.get("secret") or _projected(row) for row in kinds)
    looks.wrong(not fine or not kinds, f"{FILE} comes from no Secret")


def _projected(volume: Mapping[str, Any]) -> bool:
    """Return whether a volume joins Secrets, and nothing else."""
    sources = (volume.get("projected") or {}).get("sources") or []
    return bool(sources) and all(row.get("secret") for row in sources)


def password_is_secret(scene: Scene, _: object) -> None:
    """The new password stands in no ConfigMap and in no deployment of {{ space }}."""
    word = scene.value("word")
    forms = (word, base64.b64encode(word.encode()).decode().rstrip("="))
    for kind in ("/api/v1/namespaces/{}/configmaps", "/apis/apps/v1/namespaces/{}/deployments"):
        for row in scene.items(kind.format(scene.value("space"))):
            text = json.dumps(row)
            looks.wrong(
                any(form in text for form in forms),
                f"{kind.rpartition('/')[2]}/{row['metadata']['name']} has the password",
            )


def never_unavailable(scene: Scene, _: object) -> None:
    """{{ app }} was available all the time, and may not lose more than one replica in a rollout."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    was, now = (_available(row) for row in (scene.before().found.get(key), _deployment(scene)))
    looks.wrong(not was, f"{scene.value('app')} was not available before: break.sh is wrong")
    looks.wrong(now != was, f"{scene.value('app')} was unavailable on the way")
    strategy = _deployment(scene)["spec"]["strategy"]
    asked = str((strategy.get("rollingUpdate") or {}).get("maxUnavailable", "25%"))
    most = int(asked[:-1]) * 2 // 100 if asked.endswith("%") else int(asked)
    looks.wrong(strategy.get("type") == "Recreate" or most > MOST, f"a rollout may end more than {MOST} replica")


def _available(row: Mapping[str, Any] | None) -> str:
    """Return since when a deployment is available; empty if it is not."""
    if not row or not checks.condition(dict(row), "Available"):
        return ""
    return next(str(item.get("lastTransitionTime")) for item in row["status"]["conditions"]
                if item.get("type") == "Available")  # fmt: skip
