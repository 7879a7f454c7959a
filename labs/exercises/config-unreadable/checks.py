"""Checks of config-unreadable."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

USER = 1000


def _said(scene: Scene, words: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a command says in each replica: the pod's name, and the text without space around it."""
    pods = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 1)
    names = [row["metadata"]["name"] for row in pods]
    return [(name, looks.execute(scene, scene.value("space"), name, words).strip()) for name in names]


def _template(scene: Scene) -> Mapping[str, Any]:
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}"
    found: Mapping[str, Any] = scene.get(path)["spec"]["template"]["spec"]
    return found


def replicas_run(scene: Scene) -> None:
    """Both replicas of {{ app }} run and are Ready."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 2)


def address_is_whole(scene: Scene) -> None:
    """Every replica has the STORE_URL with the user and the word of the Secret."""
    wanted = f"http://{scene.value('login')}:{scene.value('word')}@store/"
    for name, said in _said(scene, ["sh", "-c", 'echo "$STORE_URL"']):
        looks.wrong(said != wanted, f"the STORE_URL of {name} is not whole")


def files_are_read(scene: Scene) -> None:
    """Every replica can read /etc/app/limits.conf and /etc/app/keys/token, with the right content."""
    wanted = {"/etc/app/limits.conf": "limit=40", "/etc/app/keys/token": scene.value("word")}
    for path, content in wanted.items():
        for name, said in _said(scene, ["cat", path]):
            looks.wrong(said != content, f"{path} of {name} says something else")


def user_stays(scene: Scene, _: object) -> None:
    """The program of {{ app }} runs as the user 1000, without more rights."""
    pod = _template(scene)
    own, box = pod.get("securityContext") or {}, _box(scene).get("securityContext") or {}
    user = box.get("runAsUser", own.get("runAsUser"))
    looks.wrong(user != USER, f"the program runs as {'nobody in particular' if user is None else user}, not as {USER}")
    more = [name for row in (own, box) for name in row.get("supplementalGroups") or [] if name == 0]
    looks.wrong(more or box.get("runAsGroup", own.get("runAsGroup")) == 0, "the program is in root's group")
    looks.wrong((box.get("capabilities") or {}).get("add"), "the program has capabilities")


def _box(scene: Scene) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next((row for row in _template(scene)["containers"] if row.get("name") == "app"), {})
    looks.wrong(not found, "there is no container app")
    return found


def program_stays(scene: Scene, _: object) -> None:
    """The program of {{ app }} is started as before."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    was = scene.before().found.get(key, {}).get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    old: Mapping[str, Any] = next((row for row in was if row.get("name") == "app"), {})
    for part in ("image", "command", "args"):
        looks.wrong((_box(scene).get(part) or None) != (old.get(part) or None), f"the program has another {part}")


def word_is_secret(scene: Scene, _: object) -> None:
    """The word stands in no ConfigMap and in no deployment of {{ space }}."""
    word = scene.value("word")
    forms = (word, base64.b64encode(word.encode()).decode().rstrip("="))
    for kind in ("/api/v1/namespaces/{}/configmaps", "/apis/apps/v1/namespaces/{}/deployments"):
        for row in scene.items(kind.format(scene.value("space"))):
            text = json.dumps(row)
            looks.wrong(
                any(form in text for form in forms), f"{kind.rpartition('/')[2]}/{row['metadata']['name']} has the word"
            )
