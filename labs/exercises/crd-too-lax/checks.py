"""Checks of crd-too-lax."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

GROUP = "market.kubelab.example"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
REFUSED = ": 422 "
"""How the API server refuses an object that breaks a rule."""
RIGHT: Mapping[str, Sequence[Any]] = {
    "range": (1, 2, 9),
    "choice": ("red", "green", "blue"),
    "code": ("AB1234", "ZZ0000", "QX9999"),
}
WRONG: Mapping[str, Sequence[Any]] = {
    "range": (0, 10, -1, 2.5, "2", True, [2], {"seats": 2}),
    "choice": ("mauve", "", "Red", " red", "redgreen", 1, True, ["red"]),
    "code": ("AB123", "AB12345", "ab1234", "1234AB", "XAB1234", "AB1234 ", "ABC234", "", 1234, ["AB1234"]),
}
MAY_MISS = ("", "a word", "two\nlines")
"""Values of spec.note, which is free."""


def _objects(scene: Scene) -> str:
    return f"/apis/{GROUP}/v1/namespaces/{scene.value('space')}/{scene.value('plural')}"


def _refusal(scene: Scene, spec: Any, **more: Any) -> str:
    """Return why the API server would refuse an object with this spec (a dry run), empty if it would not."""
    body = {"apiVersion": f"{GROUP}/v1", "kind": scene.value("kind"), "metadata": {"name": "try"}, **more}
    return scene.refusal(_objects(scene), body if spec is None else {**body, "spec": spec})


def right_ones_are_admitted(scene: Scene, _: object = None) -> None:
    """Right objects are admitted, with and without a note (a dry run, so no object is created)."""
    field = scene.value("field")
    specs = [{field: value} for value in RIGHT[scene.value("rule")]]
    specs += [{**specs[0], "note": note} for note in MAY_MISS]
    for spec in specs:
        said = _refusal(scene, spec)
        looks.wrong(said, f"{spec} is refused: {said[-150:]}")


def wrong_ones_are_refused(scene: Scene) -> None:
    """Wrong objects are refused, and right ones are not (a dry run, so no object is created)."""
    right_ones_are_admitted(scene)
    field = scene.value("field")
    specs: list[Any] = [{field: value} for value in WRONG[scene.value("rule")]]
    specs += [{}, {"note": "alone"}, None]
    for spec in specs:
        said = _refusal(scene, spec)
        looks.wrong(not said, f"{'an object without a spec' if spec is None else spec} is admitted")
        looks.wrong(REFUSED not in said, f"{spec} is not judged: {said[-150:]}")
    if scene.value("rule") == "code":
        _stays(scene)


def _stays(scene: Scene) -> None:
    """Raise `Wrong` if the field of an object that exists may be changed or removed, or its note may not."""
    path = f"{_objects(scene)}/first"
    field = scene.value("field")
    for spec, fine in (({"note": "new"}, True), ({field: "AB1234"}, False), ({field: None}, False)):
        reply = checks.asked(lambda spec=spec: scene.view.api.request("PATCH", path, {"spec": spec}, dryRun="All"))
        looks.wrong(fine and not reply.ok, f"the note of first cannot be changed: {reply.text[-150:]}")
        looks.wrong(not fine and reply.ok, f"{field} of first can be changed or removed")
        looks.wrong(not fine and reply.status_code != 422, f"a change of first is not judged: {reply.text[-150:]}")


def status_is_apart(scene: Scene) -> None:
    """The status of {{ plural }} is a subresource."""
    served = scene.get(f"/apis/{GROUP}/v1").get("resources") or []
    names = [row.get("name") for row in served if row.get("kind") == scene.value("kind")]
    looks.wrong(scene.value("plural") not in names, f"the API does not serve {scene.value('plural')}")
    looks.wrong(f"{scene.value('plural')}/status" not in names, f"{scene.value('plural')} have no subresource status")


def field_is_a_column(scene: Scene) -> None:
    """kubectl get {{ plural }} shows spec.{{ field }} in a column."""
    found = scene.get(f"{CRDS}/{scene.value('plural')}.{GROUP}")["spec"].get("versions") or []
    columns = [item for row in found if row.get("name") == "v1" for item in row.get("additionalPrinterColumns") or []]
    paths = [str(item.get("jsonPath", "")).strip("{} ") for item in columns if not item.get("priority")]
    wanted = (f".spec.{scene.value('field')}", f".spec['{scene.value('field')}']")
    looks.wrong(not set(paths) & set(wanted), f"no column shows spec.{scene.value('field')}")


def objects_are_kept(scene: Scene, _: object) -> None:
    """The objects first and second are still there, with their values."""
    for name in ("first", "second"):
        row = scene.find(f"{_objects(scene)}/{name}")
        looks.wrong(row is None, f"there is no {scene.value('kind')} {name}")
        spec = (row or {}).get("spec") or {}
        looks.wrong(str(spec.get(scene.value("field"))) != scene.value("good"), f"{name} has lost its value")
        looks.wrong(spec.get("note") != f"{name} of all", f"{name} has lost its note")
