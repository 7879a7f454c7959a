"""files.tsv and objects.tsv of every shipped lab: reading them gives the rows that were written."""

from __future__ import annotations

import json

import rendering

from kubelab.converge import box_state
from kubelab.diagnosis import evidence, evidence_json, gather
from kubelab.render import addons, files_tsv, objects_tsv


def test_lists_of_files_are_read_as_they_were_written(rendered: rendering.Rendered) -> None:
    """Every row of every box, written again, is the same text; each file of the folder has its row and its digest."""
    for machine in rendered.lab.machines:
        folder = rendered.where.box(machine.name)
        text = (folder / files_tsv.NAME).read_text(encoding="utf-8")
        rows = box_state.wanted(rendered.where, machine.name)
        assert files_tsv.text(rows.values()) == text and len(rows) > 10
        assert [files_tsv.row(row.cells) for row in rows.values()] == list(rows.values())
        there = {
            f"/{path.relative_to(folder / 'files')}": path for path in (folder / "files").rglob("*") if path.is_file()
        }
        digests = {path: files_tsv.digest(file.read_bytes()) for path, file in there.items()}
        assert {path: row.digest for path, row in rows.items() if not row.is_link} == digests


def test_lists_of_objects_are_read_as_they_were_written(rendered: rendering.Rendered) -> None:
    """The rows that the control plane has say the same as its manifests, in their order."""
    folder = rendered.where.box(rendered.lab.control_plane[0].name) / f"files{addons.FOLDER}"
    text = (folder / objects_tsv.NAME).read_text(encoding="utf-8")
    rows = objects_tsv.parse(text)
    assert objects_tsv.text(rows) == text and rows
    manifests = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    assert rows == objects_tsv.of(manifests)
    assert objects_tsv.recorded(objects_tsv.record(rows)) == text


def test_evidence_keeps_the_rows_of_a_box(rendered: rendering.Rendered) -> None:
    """Recorded evidence is judged by the rows that were there when it was recorded."""
    for machine in rendered.lab.machines:
        box = evidence.Box(machine=machine, wanted=gather.wanted(rendered.where, machine.name))
        again = evidence_json._box_of(machine, json.loads(json.dumps(evidence_json._box(box))))
        assert again.wanted == box.wanted and box.wanted.rows
