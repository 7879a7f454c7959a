"""Checks of claim-unbound."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def claim_is_bound(scene: Scene) -> None:
    """The claim {{ claim }} in {{ space }} is bound to a volume of the class local."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/persistentvolumeclaims/{scene.value('claim')}")
    looks.wrong(row is None, "there is no such claim")
    phase = (row or {})["status"].get("phase")
    looks.wrong(phase != "Bound", f"it is {phase}")
    looks.wrong((row or {})["spec"].get("storageClassName") != "local", "it is of another class")


def app_runs(scene: Scene) -> None:
    """The deployment app runs, with its claim mounted."""
    claim_is_bound(scene)
    looks.deployment_ready(scene, scene.value("space"), "app")


def app_uses_the_claim(scene: Scene, _: object) -> None:
    """The deployment app still keeps its data in the claim {{ claim }}."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/app")
    volumes = row["spec"]["template"]["spec"].get("volumes", [])
    names = [item.get("persistentVolumeClaim", {}).get("claimName") for item in volumes]
    looks.wrong(scene.value("claim") not in names, "it keeps its data elsewhere")


def others_keep_theirs(scene: Scene, _: object) -> None:
    """Other claims that were bound before are bound to the same volumes."""
    for key, was in scene.before().found.items():
        if key[0] == "/api/v1/persistentvolumeclaims" and was["spec"].get("volumeName"):
            row = scene.find(f"/api/v1/namespaces/{key[1]}/persistentvolumeclaims/{key[2]}")
            same = row is not None and row["spec"].get("volumeName") == was["spec"]["volumeName"]
            looks.wrong(not same, f"{key[1]}/{key[2]} lost its volume")
