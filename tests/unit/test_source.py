"""A pack grades by the text of its own files: neither a compiled copy nor a file beside them replaces it."""

from __future__ import annotations

import dataclasses
import json
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import course_data
import pytest

from kubelab import paths
from kubelab.course import credibility, pack, stray_files, submission

CODE = """
import os, sys
sys.path.insert(0, sys.argv[1])
before, sys.pycache_prefix = sys.pycache_prefix, os.devnull
import kubelab
sys.pycache_prefix = before
from kubelab.exercises import guards, scoring
from kubelab.course import keys
print(getattr(scoring, "EVIL", False), getattr(guards, "EVIL", False), getattr(keys, "EVIL", False))
"""
PACKED = ("kubelab", "provision", "templates", "labs", "tasks.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a pack: this checkout's programs, and the list of what came with it."""
    here = tmp_path / "autumn-ada"
    for name in PACKED:
        place, ignored = paths.ROOT / name, shutil.ignore_patterns("__pycache__")
        shutil.copytree(place, here / name, ignore=ignored) if place.is_dir() else shutil.copy(place, here / name)
    names = sorted(str(path.relative_to(here)) for path in here.rglob("*") if path.is_file())
    (here / "pack").mkdir()
    (here / "pack" / pack.FILES).write_text(json.dumps(names), encoding="utf-8")
    return here


def evil(source: Path, text: str = "EVIL = True\n") -> Path:
    """Put a compiled file beside a source, as Python's own, that says something else; return it."""
    crafted = source.with_name("crafted.txt")
    crafted.write_text(source.read_text(encoding="utf-8") + text, encoding="utf-8")
    target = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
    target.parent.mkdir(exist_ok=True)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(crafted), cfile=str(target), dfile=str(source), invalidation_mode=unchecked)
    crafted.unlink()
    return target


def said(root: Path, code: str = CODE) -> str:
    """Return what a new Python says in which the pack's modules are imported."""
    command = [sys.executable, "-c", code, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, check=False)
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout.strip()


def test_neither_a_compiled_file_nor_a_folder_nor_a_library_replaces_a_module(root: Path) -> None:
    """An unchecked compiled grader, a package beside guards.py, and a module that only exists compiled."""
    evil(root / "kubelab/exercises/scoring.py")
    package = root / "kubelab/exercises/guards"
    package.mkdir()
    (package / "__init__.py").write_text("EVIL = True\n", encoding="utf-8")
    compiled = evil(root / "kubelab/course/keys.py")
    (root / "kubelab/course/keys.pyc").write_bytes(compiled.read_bytes())
    assert said(root) == "False False False"
    assert list(stray_files.digests(root)) == ["kubelab/course/keys.pyc", "kubelab/exercises/guards/__init__.py"]


def test_outside_of_a_pack_the_same_files_do_replace_it(root: Path) -> None:
    """The trap works: without pack/ Python takes each of them, so the test above can fail."""
    shutil.rmtree(root / "pack")
    evil(root / "kubelab/exercises/scoring.py")
    evil(root / "kubelab/course/keys.py")
    (root / "kubelab/exercises/guards").mkdir()
    (root / "kubelab/exercises/guards/__init__.py").write_text("EVIL = True\n", encoding="utf-8")
    assert said(root) == "True True True"


def test_the_words_do_not_take_a_compiled_package_either(root: Path) -> None:
    """What sees to all this is itself loaded from its text: `./run` begins with tasks.py, which no cache replaces."""
    evil(root / "kubelab/__init__.py", "print('EVIL')\n")
    evil(root / "kubelab/source.py", "print('EVIL')\n")
    evil(root / "kubelab/tasks/__init__.py", "print('EVIL')\n")
    command = [sys.executable, "tasks.py", "--complete", "--", "./run cours"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, check=False)
    assert "EVIL" not in done.stdout + done.stderr


def test_a_new_pack_over_an_old_one_grades_with_the_new_code(root: Path) -> None:
    """Every file of a pack has one time: with the same size too, Python alone would go on with the old code."""
    file = root / "kubelab/course/keys.py"
    file.write_text(file.read_text(encoding="utf-8") + "EVIL = 1\n", encoding="utf-8")
    os.utime(file, (946_684_800, 946_684_800))
    code = CODE.replace("getattr(scoring", "0 and getattr(scoring")
    first = said(root, code)
    file.write_text(file.read_text(encoding="utf-8").replace("EVIL = 1\n", "EVIL = 2\n"), encoding="utf-8")
    os.utime(file, (946_684_800, 946_684_800))
    assert first.endswith("1") and said(root, code).endswith("2")
    assert not list(root.rglob("__pycache__")), "a pack keeps no compiled code of its own"


def test_a_compiled_check_of_an_exercise_is_not_taken(root: Path) -> None:
    """checks.py is loaded from its text wherever it is."""
    evil(root / "labs/exercises/dns-broken/checks.py")
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from kubelab.exercises import library
print(getattr(library.functions(library.find("dns-broken")), "EVIL", False))
"""
    assert said(root, code) == "False"
    shutil.rmtree(root / "pack")
    assert said(root, code) == "False"


def test_what_was_added_is_listed_and_what_python_left_is_not(root: Path) -> None:
    """A script in an exercise, a link, a module at the top; notes as well; but no cache, and nothing of build/."""
    assert stray_files.digests(root) == {}
    (root / "kubelab/__pycache__").mkdir()
    (root / "kubelab/__pycache__/x.pyc").write_bytes(b"")
    (root / "build").mkdir()
    (root / "build/x.py").write_bytes(b"")
    (root / "labs/mine.yaml").write_bytes(b"")
    (root / "labs/exercises/dns-broken/undo.sh").write_bytes(b"")
    (root / "labs/exercises/dns-broken/notes.txt").write_bytes(b"")
    (root / "labs/exercises/dns-broken/fix.yaml").write_bytes(b"")
    (root / "labs/exercises/dns-broken/fix.sh").write_bytes(b"")
    (root / "labs/exercises/dns-broken/\x1b[2J\udcff").write_bytes(b"")
    (root / "json.py").write_bytes(b"")
    (root / "requests").mkdir()
    (root / "requests/__init__.py").write_bytes(b"")
    (root / "kubelab/proofs/more").symlink_to("/tmp")  # noqa: S108 (it is only named)
    os.mkfifo(root / "provision/fifo.sh")
    found = stray_files.digests(root)
    assert {name for name in found if stray_files.may_run(name)} == {
        "json.py",
        "kubelab/proofs/more (a link)",
        "labs/exercises/dns-broken/undo.sh",
        "provision/fifo.sh",
        "requests/__init__.py",
    }
    assert {name for name in found if not stray_files.may_run(name)} == {
        "labs/exercises/dns-broken/fix.sh",
        "labs/exercises/dns-broken/fix.yaml",
        "labs/exercises/dns-broken/notes.txt",
        "labs/exercises/dns-broken/\\x1b[2J\\udcff",
    }


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


@pytest.mark.parametrize(
    ("name", "grave"),
    [("kubelab/exercises/guards/__init__.py", True), ("labs/exercises/pods-pending/notes.txt", False)],
)
def test_collecting_says_what_was_added(room: course_data.Class, name: str, grave: bool) -> None:
    """A program among the pack's is grave; notes are told. Neither is, if an older pack of the course brought it."""
    file = room.hand_in("ada", room.tried("ada"), digests={**room.files, name: "00" * 32})
    found = submission.read(file, room.key, "autumn")
    doubts = [doubt for doubt in credibility.doubts(room.given(), found) if doubt.rule == "foreign files"]
    assert [(doubt.grave, name in doubt.says) for doubt in doubts] == [(grave, True)]
    given = room.given()
    older = dataclasses.replace(given.records[0], files={**given.records[0].files, name: "00" * 32})
    again = dataclasses.replace(given, records=(older, *given.records))
    assert not [doubt for doubt in credibility.doubts(again, found) if doubt.rule == "foreign files"]
