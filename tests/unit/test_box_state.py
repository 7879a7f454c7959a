"""One script prints the state of a box, and one module reads it; each format is parsed where it is written."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kubelab import artifact, checks, paths
from kubelab.clients import ssh
from kubelab.converge import box_state, drift_files
from kubelab.exercises import baseline_files
from kubelab.render import files_tsv, objects_tsv


@pytest.fixture
def said(tmp_path: Path) -> str:
    """Return what the look says of a folder that stands in for a box: its record names a file and what is gone."""
    box = tmp_path / "etc"
    box.mkdir()
    (box / "file").write_text("a", encoding="utf-8")
    (box / "file").chmod(0o640)
    (box / "link").symlink_to("file")
    (box / "lost").symlink_to("nowhere")
    (box / "folder").mkdir()
    os.mkfifo(box / "pipe")
    rows = [files_tsv.of(artifact.Artifact(path=str(box / name), content=b"a")) for name in ("file", "gone")]
    (tmp_path / "applied.tsv").write_text(files_tsv.text(rows), encoding="utf-8")
    return look(tmp_path, str(box))


def look(folder: Path, *places: str) -> str:
    """Return what the scripts print on this computer, which has no record, and units of its own."""
    script = "".join((paths.PROVISION / name).read_text(encoding="utf-8") for name in box_state.SCRIPTS)
    script = script.replace(files_tsv.RECORD, str(folder / "applied.tsv"))
    (folder / "systemctl").write_text("#!/bin/sh\necho Id=$3; echo ActiveState=active\n", encoding="utf-8")
    (folder / "systemctl").chmod(0o755)
    words = ["bash", "-s", "--", *places, "--", "kubelet.service"]
    env = {"PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(words, input=script, env=env, capture_output=True, text=True, check=True).stdout


def test_the_look_says_what_is_there(said: str, tmp_path: Path) -> None:
    """The record, files with mode, owner and digest, links with their targets, what is neither, and units."""
    box, base = box_state.parse(said), f"{tmp_path}/etc"
    assert set(box.record or ()) == {f"{base}/file", f"{base}/gone"}
    assert set(box.files) == {f"{base}/{name}" for name in ("file", "link", "lost", "pipe")}
    file, link, lost, pipe = (box.files[f"{base}/{name}"] for name in ("file", "link", "lost", "pipe"))
    assert (file.digest, file.mode, file.target) == (hashlib.sha256(b"a").hexdigest(), "0640", "-")
    assert file.owner.count(":") == 1
    assert (link.state, link.kind) == (files_tsv.link(link.path, "file").state, "lf")
    assert (lost.target, lost.kind) == ("nowhere", box_state.DANGLING)
    assert (pipe.kind, file.kind) == ("pp", "ff")
    assert box.units == {"kubelet.service": {"Id": "kubelet.service", "ActiveState": "active"}}


def test_a_file_is_like_the_row_it_was_rendered_from(said: str, tmp_path: Path) -> None:
    """What is there is told in the same columns as what is wanted, so that one comparison serves all."""
    entry = box_state.parse(said).files[f"{tmp_path}/etc/file"]
    row = files_tsv.of(artifact.Artifact(path=entry.path, content=b"a", mode=0o640, owner=entry.owner))
    assert entry.state == row.state


def test_a_place_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    """No record and no such folder: find is not let loose on the folder where it stands."""
    box = box_state.parse(look(tmp_path, str(tmp_path / "none")))
    assert (box.record, box.files) == (None, {})


def test_a_name_of_several_lines_is_passed_over() -> None:
    """A file whose name has tabs or line ends costs no look at the others."""
    found = box_state.entries(["ff\t644\troot:root\t/a\t", "ff\t644\troot:root\t/b", "c\t", "ff\t1\t2\t3\t4\t5"], {})
    assert list(found) == ["/a"]


def test_without_its_record_a_box_cannot_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost record is told as such; that nothing was changed by hand would be a guess."""
    bare = box_state.Box(record=None, files={}, units={})
    monkeypatch.setattr(box_state, "read", lambda *_: {"one": bare, "two": ssh.Unreachable("two is silent")})
    found = drift_files.read_boxes(None, ())  # type: ignore[arg-type]  # nothing is asked of it
    assert isinstance(found["one"], checks.Silent) and "two is silent" in str(found["two"])


def test_every_place_that_is_swept_is_looked_at() -> None:
    """What drift calls added by hand, an exercise's end sees as well."""
    seen = tuple(f"{place}/" for place in baseline_files.WATCHED)
    assert [place for place in drift_files.PLACES if not f"{place}/".startswith(seen)] == []


def test_contents_come_of_regular_files_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes of any kind and the mode; of a long file one byte too many; no link, no folder, nothing past the whole."""
    (tmp_path / "plain").write_bytes(b"\0\t\n\xff")
    (tmp_path / "plain").chmod(0o600)
    (tmp_path / "long").write_bytes(b"x" * 200)
    (tmp_path / "link").symlink_to("plain")

    def run(_where: object, _machine: object, command: str, *, given: bytes, **_: object) -> str:
        words = ["bash", "-c", command.removeprefix("sudo ")]
        return subprocess.run(words, input=given, capture_output=True, check=True).stdout.decode()

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(box_state, "LARGEST", 100)
    view: Any = SimpleNamespace(where=None)
    machine: Any = None
    names = [str(tmp_path / name) for name in ("plain", "long", "link", "gone", "")]
    found = box_state.contents(view, machine, names)
    assert found == {
        names[0]: box_state.File(mode=0o600, content=b"\0\t\n\xff"),
        names[1]: box_state.File(mode=(tmp_path / "long").stat().st_mode & 0o7777, content=b"x" * 101),
    }
    monkeypatch.setattr(box_state, "WHOLE", 1)
    assert list(box_state.contents(view, machine, names)) == names[:1]
    assert box_state.contents(view, machine, []) == {}


TABS = {
    "render/files_tsv.py": "files.tsv and applied.tsv",
    "render/objects_tsv.py": "objects.tsv",
    "converge/box_state.py": "rows of a look at a box, and of contents.sh",
    "converge/boot_progress.py": "the last row of timeline.tsv",
    "lab/timeline.py": "timeline.tsv",
    "lab/checkpoint_transfer.py": "a checkpoint's listing",
    "diagnosis/file_probes.py": "paths that are present beside those wanted",
    "diagnosis/process_probes.py": "when a manifest was written",
    "proofs/fingerprint.py": "what a fingerprint is made of",
}
"""The modules that take rows apart at tabs, each with the one format that it reads."""


def calls(tree: ast.AST) -> Iterator[str]:
    """Yield the names of methods that are given a tab: split, partition and their like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            tabs = [row for row in (*node.args, *node.keywords) if "'\\t'" in ast.dump(row)]
            if tabs and node.func.attr in ("split", "rsplit", "partition", "rpartition", "reader", "DictReader"):
                yield node.func.attr


def test_each_format_is_parsed_in_one_module() -> None:
    """A second parser of files.tsv, objects.tsv or of a look at a box turns this red."""
    folder = paths.ROOT / "kubelab"
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if list(calls(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == set(TABS)


def test_a_box_says_what_is_there_by_one_script() -> None:
    """A second script that prints mode and owner of files as rows turns this red."""
    folders = ("provision", "kubelab", "labs")
    found = {
        str(path.relative_to(paths.ROOT))
        for path in (path for folder in folders for path in (paths.ROOT / folder).rglob("*"))
        if path.suffix in (".sh", ".py") and "%u:%g" in path.read_text(encoding="utf-8")
    }
    assert found == {f"provision/{box_state.FUNCTIONS}"}


@pytest.mark.parametrize("text", [files_tsv.NAME, files_tsv.RECORD, objects_tsv.NAME])
def test_a_format_has_its_name_from_the_module_that_writes_it(text: str) -> None:
    """Who spells a file's name is about to read it by himself: the name stands in one module."""
    folder = paths.ROOT / "kubelab"
    found = set()
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.Constant) and node.value == text for node in ast.walk(tree)):
            found.add(path.name)
    assert found == {"objects_tsv.py" if text == objects_tsv.NAME else "files_tsv.py"}


def test_the_boxes_keep_their_record_where_it_is_read() -> None:
    """lib.sh writes the record that the host asks for, and the look reads the same one."""
    library, look = ((paths.PROVISION / name).read_text(encoding="utf-8") for name in ("lib.sh", "look.sh"))
    assert f"RECORD=$STATE/{Path(files_tsv.RECORD).name}" in library
    assert f"STATE={Path(files_tsv.RECORD).parent}\b".replace("\b", " ") in library
    assert f"record={files_tsv.RECORD} " in look
