"""Checks of audit-who."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _answer(scene: Scene) -> dict[str, str]:
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/answer")
    looks.wrong(row is None, "the config map answer is gone")
    return dict((row or {}).get("data") or {})


def right_account(scene: Scene) -> None:
    """The config map answer in {{ space }} names the account that deleted the {{ kind }}."""
    given = _answer(scene).get("account", "").strip()
    looks.wrong(not given, "it names nobody")
    looks.wrong(given != scene.value("culprit"), f"{given} did not do it")


def right_verb(scene: Scene) -> None:
    """The config map answer also names the right verb, beside the right account."""
    right_account(scene)
    given = _answer(scene).get("verb", "").strip().lower()
    wanted = "delete" if scene.value("kind") == "service" else "deletecollection"
    looks.wrong(not given, "it names none")
    looks.wrong(given != wanted, f"it was not {given}")


def others_stay(scene: Scene, _: object) -> None:
    """All four service accounts are still there."""
    path = f"/api/v1/namespaces/{scene.value('space')}/serviceaccounts"
    names = {row["metadata"]["name"] for row in scene.items(path)}
    missing = {"cleaner", "importer", "mirror", "reporter"} - names
    looks.wrong(missing, f"gone: {', '.join(sorted(missing))}")
