"""Checks of encrypt-secrets."""

import base64

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

OPTION = "encryption-provider-config"


def _stored(scene: Scene, key: str) -> str:
    command = f"bash -c 'set -a; . /etc/etcd/etcdctl.env; /opt/bin/etcdctl get --print-value-only {key} | head -c 40'"
    return scene.read(scene.value("etcd"), command)


def _config(scene: Scene) -> str:
    """Return the path, on its machine, of the configuration that the API server's options name."""
    pod = looks.manifest.static(scene, "kube-apiserver")
    path = looks.manifest.last(looks.manifest.options(pod), OPTION)
    looks.wrong(not path, f"the API server's manifest has no --{OPTION}")
    return looks.manifest.on_host(pod, path)


def old_one_is_encrypted(scene: Scene) -> None:
    """The secret {{ item }} in {{ space }} is encrypted in etcd."""
    said = _stored(scene, f"/registry/secrets/{scene.value('space')}/{scene.value('item')}")
    looks.wrong(not said.startswith("k8s:enc:"), f"etcd has no encrypted value of the secret {scene.value('item')}")


def new_ones_are_encrypted(scene: Scene) -> None:
    """The API server answers, and its configuration encrypts new secrets, with a key of 32 bytes or more."""
    looks.api_answers(scene)
    kind, _said = looks.writer(looks.file(scene, scene.value("control_plane"), _config(scene)))
    looks.wrong(kind == "identity", "the first provider of secrets is identity, which does not encrypt")
    looks.wrong(
        kind not in ("aescbc", "aesgcm", "secretbox", "kms"),
        f"the first provider of secrets is {kind}, which the task does not allow",
    )
    old_one_is_encrypted(scene)


def value_kept(scene: Scene, _: object) -> None:
    """The secret {{ item }} has its old value, and every older secret and config map is there and can be read."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/secrets/{scene.value('item')}")
    looks.wrong(row is None, f"there is no secret {scene.value('item')}")
    word = ((row or {}).get("data") or {}).get("word", "")
    wanted = base64.b64encode(f"plain-{scene.value('item')}-{scene.value('space')}".encode()).decode()
    looks.wrong(word != wanted, f"the secret {scene.value('item')} does not have its old value")
    for path in ("/api/v1/secrets", "/api/v1/configmaps"):
        now = {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in scene.items(path)}
        lost = [f"{key[1]}/{key[2]}" for key in scene.before().found if key[0] == path and key[1:] not in now]
        looks.wrong(lost, f"missing {path.rpartition('/')[2]}: {', '.join(sorted(lost)[:4])}")


def key_is_private(scene: Scene, _: object) -> None:
    """Only root can read the file with the key."""
    path = _config(scene)
    mode, owner = scene.read(scene.value("control_plane"), f"stat -c '%a %U' {path}").split()
    looks.wrong(
        not mode.endswith("00") or owner != "root",
        f"{path} has the owner {owner} and the mode {mode}: not only root can read it",
    )
