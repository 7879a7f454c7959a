"""Diffs of files that were changed by hand, by the real script in place of ssh; secrets are never shown."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import labs_data
import pytest
from cryptography.hazmat.primitives import serialization
from fakes import Computer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubelab import artifact, checks, paths
from kubelab.converge import box_state, drift_diffs, drift_files, plan, plan_view, repair
from kubelab.pki import certificates
from kubelab.render import files_tsv

LAB = labs_data.lab()
WORKER = LAB.workers[0]
WHERE = paths.LabPaths(name=LAB.name)


def added(path: str) -> box_state.Entry:
    """Return a file that nobody applied."""
    return box_state.entries([f"ff\t644\troot:root\t{path}\t"], {})[path]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Box:
    """A box that is a folder: what was applied to it, and what is there now."""

    folder: Path

    def path(self, name: str) -> str:
        """Return the path of a file in the box."""
        return str(self.folder / name)

    def put(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """Change a file by hand."""
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(mode)

    def diff(self, name: str, applied: bytes | None, *, mode: str = "0644", rendered: bytes | None = None) -> str:
        """Return the diff of a file that was applied (None: somebody added it) and rendered last, as it is now."""
        path = self.path(name)
        record = {}
        if applied is not None:
            digest = files_tsv.digest(applied)
            row = files_tsv.Row(digest=digest, mode=mode, owner="root:root", restarts=(), path=path, target="-")
            record[path] = row
        now = box_state.Box(record=record, files={} if record else {path: added(path)}, units={})
        last = applied if rendered is None else rendered
        view = checks.View.of(LAB, WHERE)
        (change,) = drift_diffs.shown(view, WORKER, now, drift_files.changes(WORKER, now), lambda _machine, _path: last)
        return change.diff


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    """Return a box that a shell of this computer stands in for: the last word of `ssh` is the command."""
    computer = Computer.made(tmp_path, monkeypatch)
    computer.everything()
    computer.script("ssh", '#!/bin/bash\nexec bash -c "${@: -1}"\n')
    computer.script("sudo", '#!/bin/sh\nexec "$@"\n')
    (tmp_path / "etc").mkdir()
    return Box(folder=tmp_path / "etc")


def test_a_file_that_was_not_read_is_not_told_as_removed(box: Box) -> None:
    """Past the limit of what is read of a box, a changed file has no diff, and is no file that is gone."""
    box.put("config.yaml", b"old\n")
    path, record = box.path("config.yaml"), {}
    record[path] = files_tsv.of(artifact.Artifact(path=path, content=b"old\n"))
    now = box_state.Box(record=record, files={path: added(path)}, units={})
    (box.folder / "config.yaml").unlink()
    found = drift_files.changes(WORKER, now)
    (change,) = drift_diffs.shown(checks.View.of(LAB, WHERE), WORKER, now, found, lambda *_: b"old\n")
    assert change.diff == f"{path}: {drift_diffs.LONG}\n"


def test_edited_file_is_a_unified_diff(box: Box) -> None:
    """Minus is what was applied, plus what somebody made of it."""
    box.put("config.yaml", b"maxPods: 9\nport: 1\n")
    path = box.path("config.yaml")
    wanted = f"--- a{path}\n+++ b{path}\n@@ -1,2 +1,2 @@\n-maxPods: 110\n+maxPods: 9\n port: 1\n"
    assert box.diff("config.yaml", b"maxPods: 110\nport: 1\n") == wanted


def test_added_and_removed_files_are_whole(box: Box) -> None:
    """Of a file that was added every line is new, also with a name that a shell would read; of a removed one none."""
    box.put("a b'$(false).conf", b"mine\n")
    assert box.diff("a b'$(false).conf", None).splitlines()[3:] == ["+mine"]
    assert "+++ /dev/null" in box.diff("gone.yaml", b"kind: A\n")
    assert box.diff("gone.yaml", b"kind: A\n").endswith("-kind: A\n")


def test_mode_alone_and_links_have_no_diff(box: Box) -> None:
    """Where the content is as it was the reason says everything; a link's target is never read."""
    box.put("config.yaml", b"same\n", 0o640)
    assert box.diff("config.yaml", b"same\n") == ""
    (box.folder / "link").symlink_to(box.folder / "config.yaml")
    assert box.diff("link", None) == ""


def test_what_was_rendered_since_is_said(box: Box) -> None:
    """Build/ holds a newer version than the box applied: a diff against it would blame the wrong person."""
    box.put("config.yaml", b"mine\n")
    assert plan.DIFFERS_SINCE in box.diff("config.yaml", b"old\n", rendered=b"new\n")


def test_long_files_and_other_than_text_are_only_named(box: Box) -> None:
    """A log that somebody left there, or a program, is no diff; just as much as may be shown is one."""
    box.put("long", b"x\n" * (box_state.LARGEST // 2 + 1))
    assert box.diff("long", None) == f"{box.path('long')}: {drift_diffs.LONG}\n"
    box.put("fits", b"x\n" * (box_state.LARGEST // 2))
    assert box.diff("fits", None).count("+x\n") == box_state.LARGEST // 2
    box.put("program", b"\x7fELF\xff")
    assert box.diff("program", None) == f"{box.path('program')}: content differs\n"


def test_a_terminal_obeys_no_file(box: Box) -> None:
    """An escape sequence in a file is not written to the terminal of whoever looks."""
    box.put("bell.conf", b"\x1b]0;mine\x07\n")
    assert "\x1b" not in box.diff("bell.conf", None)
    assert "]0;mine" in box.diff("bell.conf", None)


KEY = certificates.new_key().private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


@pytest.mark.parametrize(
    ("name", "applied", "mode", "now", "given"),
    [
        ("apiserver.key", b"old\n", "0600", b"new\n", 0o600),
        ("apiserver.key", None, "", b"new\n", 0o644),
        ("config.yaml", b"old\n", "0600", b"new\n", 0o644),
        ("mine.conf", None, "", b"new\n", 0o600),
        ("config.yaml", b"port: 1\n", "0644", b"port: 1\n" + KEY, 0o644),
        ("notes.txt", b"# " + KEY, "0644", b"nothing\n", 0o644),
        ("encryption.yaml", b"old\n", "0644", b"new\n", 0o644),
    ],
    ids=["key", "new-key", "once-private", "now-private", "key-inside", "key-was-inside", "known-file"],
)
def test_no_secret_is_shown(box: Box, name: str, applied: bytes | None, mode: str, now: bytes, given: int) -> None:
    """By name, by its mode before or after, and by what is in it, however harmless the file's name."""
    box.put(name, now, given)
    assert box.diff(name, applied, mode=mode) == f"{box.path(name)}: {drift_diffs.WITHHELD}\n"


def test_tokens_are_left_out_of_what_is_shown(box: Box) -> None:
    """A header that somebody pasted goes; the line around it stays. If nothing else differs, that is said."""
    box.put("proxy.conf", b"listen 1\nauthorization: Bearer 0123456789abcdef\n")
    diff = box.diff("proxy.conf", b"listen 2\n")
    assert "+listen 1" in diff
    assert "0123456789abcdef" not in diff
    text = b"authorization: Bearer fedcba9876543210\n"
    assert box.diff("proxy.conf", b"listen 1\n" + text) == f"{box.path('proxy.conf')}: {drift_diffs.WITHHELD}\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(before=st.binary(max_size=60), after=st.binary(max_size=60), line=st.sampled_from(KEY.splitlines()[1:-2]))
def test_the_labs_own_keys_are_known_wherever_they_stand(box: Box, before: bytes, after: bytes, line: bytes) -> None:
    """A line of a key's body gives it away, with anything around it and in any file."""
    (WHERE.keys / "kubernetes").mkdir(parents=True, exist_ok=True)
    (WHERE.keys / "kubernetes/ca.key").write_bytes(KEY)
    box.put("notes.txt", before + line + after)
    assert box.diff("notes.txt", b"") == f"{box.path('notes.txt')}: {drift_diffs.WITHHELD}\n"


def test_diffs_are_shown_and_given_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """`--drift --diff` prints them below the change, and without `--diff` does not; JSON has them."""
    change = drift_files.Change(box=WORKER.name, verb="put", what="/etc/x", reason="content differs", diff="-a\n+b\n")
    found, nothing = repair.Changes(boxes=(change,)), plan.Plan(items=(), states={})
    plan_view.show("some", nothing, found, diff=True, as_json=False)
    assert "      -a\n      +b\n" in capsys.readouterr().out
    plan_view.show("some", nothing, found, diff=False, as_json=False)
    assert "+b" not in capsys.readouterr().out
    plan_view.show("some", nothing, found, diff=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["by_hand"][0]["diff"] == "-a\n+b\n"


def test_a_plan_asks_for_diffs_of_changed_boxes_only(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box that cannot be read a second time is named, and its changes are still told."""
    one, other = LAB.workers[0], LAB.workers[1]
    path = box.path("config.yaml")
    box.put("config.yaml", b"mine\n")
    changed = box_state.Box(record={}, files={path: added(path)}, units={})
    same = box_state.Box(record={}, files={}, units={})
    monkeypatch.setattr(drift_files, "read_boxes", lambda _view, _machines: {one.name: changed, other.name: same})
    view = checks.View.of(LAB, WHERE)
    unread: Any = None  # what was rendered is compared with objects, which no worker is asked for
    found = repair.find_changes(view, unread, [one, other], diffs=True)
    assert [item.diff.splitlines()[-1] for item in found.items] == ["+mine"]
    (box.folder.parent / "bin/ssh").write_text("#!/bin/sh\nexit 255\n", encoding="utf-8")
    silent = repair.find_changes(view, unread, [one, other], diffs=True)
    assert [item.what for item in silent.items] == [path]
    assert [what.split(":")[0] for what in silent.blind] == [one.name]
