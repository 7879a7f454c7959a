"""Checks of claim-unbound."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def claim_is_bound(scene: Scene) -> None:
    """The claim {{ claim }} in {{ space }} is bound to a volume of the class local."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/persistentvolumeclaims/{scene.value('claim')}")
    looks.wrong(row is None, f"there is no claim {scene.value('claim')}")
    phase = (row or {})["status"].get("phase")
    looks.wrong(phase != "Bound", f"the claim {scene.value('claim')} is {phase}, not Bound")
    looks.wrong(
        (row or {})["spec"].get("storageClassName") != "local",
        f"the claim {scene.value('claim')} is not of the class local",
    )


def app_runs(scene: Scene) -> None:
    """The deployment app runs, with its claim mounted."""
    claim_is_bound(scene)
    looks.deployment_ready(scene, scene.value("space"), "app")


def app_uses_the_claim(scene: Scene, _: object) -> None:
    """The deployment app still keeps its data in the claim {{ claim }}."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/app")
    volumes = row["spec"]["template"]["spec"].get("volumes", [])
    names = [item.get("persistentVolumeClaim", {}).get("claimName") for item in volumes]
    looks.wrong(scene.value("claim") not in names, f"the deployment app does not use the claim {scene.value('claim')}")


def others_keep_theirs(scene: Scene, _: object) -> None:
    """Other claims that were bound before are bound to the same volumes."""
    for key, was in scene.before().found.items():
        if key[0] == "/api/v1/persistentvolumeclaims" and was["spec"].get("volumeName"):
            row = scene.find(f"/api/v1/namespaces/{key[1]}/persistentvolumeclaims/{key[2]}")
            same = row is not None and row["spec"].get("volumeName") == was["spec"]["volumeName"]
            looks.wrong(not same, f"the claim {key[1]}/{key[2]} is not bound to its earlier volume")
