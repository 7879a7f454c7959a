"""Every object that a shipped lab renders counts as the lab's own, and one check judges each of its workloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import rendering

from kubelab import checks, model
from kubelab.checks import cluster, lab_objects
from kubelab.clients import kube_api
from kubelab.render import addons, belongings, objects_tsv


class Empty:
    """An API server of a cluster in which nothing is."""

    def items(self, *_: object, **__: object) -> list[kube_api.Json]:
        """Return nothing, as it has."""
        return []


JUDGES: dict[str, tuple[model.Addon | None, Callable[[checks.View], None]]] = {
    "system pods": (None, lambda view: lab_objects.others_ready(view, cluster.APART, [])),
    "guestbook complete": (model.Addon.GUESTBOOK, checks.guestbook_complete),
    "dashboard": (model.Addon.DASHBOARD, checks.dashboard_ready),
}
"""The checks that judge workloads, each with the add-on that it is for."""


def test_every_workload_of_every_lab_is_judged_once(rendered: rendering.Rendered) -> None:
    """In an empty cluster the checks of a healthy lab miss exactly what was rendered, each of it once."""
    view = checks.View(lab=rendered.lab, where=rendered.where, api=cast(kube_api.Api, Empty()))
    missed: list[str] = []
    for addon, judge in JUDGES.values():
        if addon is None or addon in rendered.lab.addons:
            try:
                judge(view)
            except checks.Wrong as wrong:
                missed += str(wrong).split("; ")
    folder = rendered.where.box(rendered.lab.control_plane[0].name) / f"files{addons.FOLDER}"
    applied = objects_tsv.of({path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")})
    wanted = [f"there is no {row.kind.lower()} {row.namespace}/{row.name}" for row in applied
              if row.kind in belongings.WORKLOADS]  # fmt: skip
    assert sorted(missed) == sorted(wanted)


def test_every_rendered_object_is_the_lab_s(rendered: rendering.Rendered) -> None:
    """As the API shows it, and no object of the same name in another namespace."""
    mine = lab_objects.belongings_of(
        checks.View(lab=rendered.lab, where=rendered.where, api=cast(kube_api.Api, Empty()))
    )
    folder = rendered.where.box(rendered.lab.control_plane[0].name) / f"files{addons.FOLDER}"
    documents = [row for path in folder.glob("*.yaml") for row in objects_tsv.read(path.name, path.read_text())]
    assert documents
    for row, document in documents:
        assert mine.has(row.kind, document)
        elsewhere = {**document, "metadata": {"name": row.name, "namespace": "ft"}}
        assert not mine.has(row.kind, elsewhere)
