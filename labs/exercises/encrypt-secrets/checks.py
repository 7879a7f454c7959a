"""Checks of encrypt-secrets."""

import base64

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

CONFIG = "/etc/kubernetes/kube-apiserver/encryption.yaml"


def _stored(scene: Scene, key: str) -> str:
    command = f"bash -c 'set -a; . /etc/etcd/etcdctl.env; /opt/bin/etcdctl get --print-value-only {key} | head -c 40'"
    return scene.read(scene.value("etcd"), command)


def old_one_is_encrypted(scene: Scene) -> None:
    """The secret {{ item }} of {{ space }} is ciphertext in etcd."""
    said = _stored(scene, f"/registry/secrets/{scene.value('space')}/{scene.value('item')}")
    looks.wrong(not said.startswith("k8s:enc:"), "etcd holds it as everybody can read it")


def new_ones_are_encrypted(scene: Scene) -> None:
    """The API server answers, and its configuration writes secrets encrypted first."""
    looks.api_answers(scene)
    text = looks.file(scene, scene.value("control_plane"), CONFIG)
    for part in text.split("resources:")[2:]:
        if "secrets" in part.partition("providers:")[0]:
            first = part.partition("providers:")[2].strip().lstrip("- ").partition(":")[0]
            looks.wrong(first == "identity", "the first provider of secrets is identity")
            looks.wrong(
                first not in ("aescbc", "aesgcm", "secretbox", "kms"), f"the first provider is {first or 'none'}"
            )
            old_one_is_encrypted(scene)
            return
    looks.wrong(True, "the configuration says nothing about secrets")


def value_kept(scene: Scene, _: object) -> None:
    """The secret {{ item }} says what it said, and older secrets can still be read."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/secrets/{scene.value('item')}")
    looks.wrong(row is None, "it is gone")
    word = base64.b64decode((row or {})["data"].get("word", "")).decode()
    looks.wrong(word != f"plain-{scene.value('item')}-{scene.value('space')}", "it says something else")
    scene.items("/api/v1/secrets")


def key_is_private(scene: Scene, _: object) -> None:
    """Only root can read the file with the key."""
    mode = scene.read(scene.value("control_plane"), f"stat -c %a {CONFIG}").strip()
    looks.wrong(not mode.endswith("00"), f"its mode is {mode}")
