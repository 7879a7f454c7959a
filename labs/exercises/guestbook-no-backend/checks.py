"""Checks of guestbook-no-backend."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def page_answers(scene: Scene) -> None:
    """The guestbook answers at port 30080 of every worker, and reaches redis."""
    looks.deployment_ready(scene, "guestbook", "frontend")
    for machine in scene.lab.workers:
        looks.guestbook_answers(scene, machine.name)


def all_frontends_serve(scene: Scene) -> None:
    """All three frontends are Ready, and the service leads to them."""
    looks.deployment_ready(scene, "guestbook", "frontend")
    looks.backends(scene, "guestbook", "frontend", 3)
    page_answers(scene)
