"""Checks of SLUG: a student reads each first line; the functions of `looks` raise `Wrong` and `Silent`."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def service_answers(scene: Scene) -> None:
    """The service {{ app }} leads to the port on which its pods listen."""
    space, app = scene.value("space"), scene.value("app")
    looks.backends(scene, space, app)
    service = scene.get(f"/api/v1/namespaces/{space}/services/{app}")
    port = service["spec"]["ports"][0]["targetPort"]
    looks.wrong(port != 8080, f"it leads to port {port}")
