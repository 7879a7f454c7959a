"""The filters of faults, run on the files of real boxes: each makes its change, for every option."""

from __future__ import annotations

import difflib
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import rendering
import yaml

from kubelab.faults import catalogue, fault, fault_scripts

LIBRARY = """
set -euo pipefail
fail() { printf '%s\\n' "$*" >&2; exit 1; }
edit() {
  local path=$ROOT$1
  shift
  "$@" < "$path" > "$path.new"
  ! cmp -s "$path" "$path.new" || fail "$path has nothing to change"
  mv "$path.new" "$path"
}
for word in again off on rerun put wait_for api; do eval "$word() { :; }"; done
change() {
  local kind=$1 name=$2 space=$3
  shift 3
  jq "$@" < "$ROOT/$kind.$name.$space.json" > "$ROOT/changed.json"
}
ip() { echo "2: eth0    inet 172.17.0.5/16 brd 172.17.255.255 scope global eth0"; }
"""
"""The words of lib.sh, acting on a folder: what they do to a box is proven on a box."""
CHANGING = [row for row in catalogue.FAULTS.values() if re.search(r"(?m)^change ", fault_scripts.read(row, "inject"))]
EDITING = [row for row in catalogue.FAULTS.values() if re.search(r"(?m)^edit ", fault_scripts.read(row, "inject"))]


def variants(rows: list[fault.Fault]) -> Iterator[tuple[fault.Fault, dict[str, str]]]:
    """Yield each fault with every combination of its options."""
    for row in rows:
        for values in itertools.product(*row.options.values()):
            yield row, dict(zip(row.options, values, strict=True))


def edited(root: Path, labs: rendering.Labs, row: fault.Fault, options: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return path to content before and after the injection."""
    lab = labs["default"]
    box = lab.lab.of_kind(row.on)[0].name
    before = {}
    for path in row.files:
        source = lab.where.box(box) / f"files{path}"
        (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / path.lstrip("/")).write_bytes(source.read_bytes())
        before[path] = source.read_text(encoding="utf-8")
    script = f"{LIBRARY}\n{fault_scripts.read(row, 'inject')}"
    done = subprocess.run(
        ["bash", "-c", ". /dev/stdin"],
        input=script,
        env={**os.environ, **options, "ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {path: (text, (root / path.lstrip("/")).read_text(encoding="utf-8")) for path, text in before.items()}


@pytest.mark.parametrize(("row", "options"), list(variants(EDITING)), ids=lambda item: getattr(item, "name", None))
def test_a_filter_changes_a_few_lines_and_leaves_a_file_of_its_kind(
    row: fault.Fault, options: dict[str, str], labs: rendering.Labs, tmp_path: Path
) -> None:
    """One thing is broken, not the file: what cannot even be parsed would be found by reading it once."""
    changes = edited(tmp_path, labs, row, options)
    different = {path: pair for path, pair in changes.items() if pair[0] != pair[1]}
    assert different
    for path, (before, after) in different.items():
        lines = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
        assert 1 <= len(lines) <= 6, lines
        if path.endswith((".yaml", "kubeconfig")):
            assert yaml.safe_load(after) != yaml.safe_load(before)
        for value in options.values():
            assert value.partition("=")[2] in after or value in after


@pytest.mark.parametrize("row", EDITING, ids=lambda row: row.name)
def test_a_filter_with_nothing_to_change_fails(row: fault.Fault, tmp_path: Path, labs: rendering.Labs) -> None:
    """A template that was renamed must not leave a fault that breaks nothing and says that it did."""
    for path in row.files:
        (tmp_path / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.lstrip("/")).write_text("something: else\n", encoding="utf-8")
    options = {name: choices[0] for name, choices in row.options.items()}
    adds = ("kubelet-config-broken", "containerd-config-broken", "etcd-quota")
    done = subprocess.run(
        ["bash", "-c", ". /dev/stdin"],
        input=f"{LIBRARY}\n{fault_scripts.read(row, 'inject')}",
        env={**os.environ, **options, "ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("has nothing to change" in done.stderr) == (row.name not in adds)
    assert labs


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is in the boxes, not on this computer: tried there only")
@pytest.mark.parametrize(("row", "options"), list(variants(CHANGING)), ids=lambda item: getattr(item, "name", None))
def test_an_object_is_changed_in_one_place(
    row: fault.Fault, options: dict[str, str], labs: rendering.Labs, tmp_path: Path
) -> None:
    """The object is still itself, and one of its parts says what the option says."""
    kind, name, space = (row.objects[0] + "/-").split("/")[:3]
    lab = labs["full"]
    (found,) = [
        item
        for path in lab.files(lab.lab.control_plane[0].name, ".yaml")
        if "/addons/" in str(path)
        for item in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if (item["kind"].lower(), item["metadata"]["name"]) == (kind, name)
    ]
    (tmp_path / f"{kind}.{name}.{space}.json").write_text(json.dumps(found), encoding="utf-8")
    subprocess.run(
        ["bash", "-c", ". /dev/stdin"],
        input=f"{LIBRARY}\n{fault_scripts.read(row, 'inject')}",
        env={**os.environ, **options, "ROOT": str(tmp_path)},
        text=True,
        check=True,
    )
    changed = json.loads((tmp_path / "changed.json").read_text(encoding="utf-8"))
    parts = [part for part in {*found, *changed} if found.get(part) != changed.get(part)]
    assert len(parts) == 1
    assert all(value in json.dumps(changed[parts[0]]) for value in options.values())
