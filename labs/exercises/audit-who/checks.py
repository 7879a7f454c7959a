"""Checks of audit-who."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _answer(scene: Scene) -> dict[str, str]:
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/answer")
    looks.wrong(row is None, f"there is no config map {scene.value('space')}/answer")
    return dict((row or {}).get("data") or {})


def right_account(scene: Scene) -> None:
    """The config map answer in {{ space }} names the account that deleted the {{ kind }}."""
    given = _answer(scene).get("account", "").strip()
    looks.wrong(not given, "the config map answer has no account")
    looks.wrong(given != scene.value("culprit"), f"{given} did not delete the {scene.value('kind')}")


def right_verb(scene: Scene) -> None:
    """The config map answer also names the right verb, beside the right account."""
    right_account(scene)
    given = _answer(scene).get("verb", "").strip().lower()
    wanted = "delete" if scene.value("kind") == "service" else "deletecollection"
    looks.wrong(not given, "the config map answer has no verb")
    looks.wrong(given != wanted, f"the verb of the request was not {given}")


def others_stay(scene: Scene, _: object) -> None:
    """All four service accounts are still there."""
    path = f"/api/v1/namespaces/{scene.value('space')}/serviceaccounts"
    names = {row["metadata"]["name"] for row in scene.items(path)}
    missing = {"cleaner", "importer", "mirror", "reporter"} - names
    looks.wrong(missing, f"missing service accounts: {', '.join(sorted(missing))}")
