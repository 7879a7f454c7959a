"""A pack holds every file that its exercises need to start, check, reset and stop, and no text of a solution."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import course_data
import labs_data
import pytest

from kubelab import checks, errors, model, pages, paths
from kubelab.components import bundle
from kubelab.course import course_plan, handout, load_course, make_packs, pack_contents
from kubelab.exercises import library
from kubelab.faults import catalogue, fault, fault_scripts, undo
from kubelab.render import roles

NEVER = re.compile(
    r"solution.*|near-misses|mutations|wreck.*|explain\..*|clear\.sh|.*-proven\..*|faults\.md|teaching\.md|course\.md"
    r"|.*mutations\.md|mutants\.md|graders-error.*|survival\.md|CHANGELOG\.md|.*(~|\.swp|\.orig|\.bak|\.rej|\.pyc)|\.git.*"
)
"""No file of a pack is called so, and no folder but those in CODE."""
CODE = {"kubelab/exercises/mutations.py", "kubelab/exercises/solutions.py", "kubelab/faults/suite_mutations.py"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> course_plan.Course:
    """Return a course of every exercise that is shipped."""
    folder = tmp_path_factory.mktemp("course")
    rows = "".join(f"  - {{id: {name}}}\n" for name in library.names())
    (folder / "all.yaml").write_text(f"course: everything\nexercises:\n{rows}", encoding="utf-8")
    (folder / "students.yaml").write_text("students: [{id: ada}]\n", encoding="utf-8")
    return load_course.course(folder / "all.yaml", None)


@pytest.fixture(scope="module")
def held(whole: course_plan.Course) -> dict[str, bytes]:
    """Return what its packs hold in common."""
    return {name: content for name, (content, _) in make_packs.shared(whole)}


@pytest.fixture(scope="module")
def root(held: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of ada's pack, unpacked."""
    folder = tmp_path_factory.mktemp("pack")
    own = {"pack/pack.json": b"{}", "pack/files.json": json.dumps(sorted(held)).encode()}
    for name, content in {**held, **own}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_nothing_in_a_pack_is_a_solution_or_leads_to_one(held: dict[str, bytes]) -> None:
    """No solution, near-miss, mutation, scene, undoing, page of proofs or editor's copy, whatever folder it is in."""
    found = [name for name in held if any(NEVER.fullmatch(part) for part in PurePosixPath(name).parts)]
    assert set(found) == {name for name in CODE if Path(name).name.startswith("solution")}
    for name, content in held.items():
        if name.startswith(("labs/", "provision/", "docs/")):
            assert b"solution.sh" not in content and b"no_other_solution" not in content, name


def test_words_for_authors_leave_the_rest_of_an_exercise_as_it_is() -> None:
    """The key goes with all its lines; what stands around it, and a text that only mentions it, stays."""
    before, after = b'id: x\nhints: [{text: "no_other_solution: none"}]\n', b"goals: []\n"
    for value in (b'"a sentence"\n', b">-\n  a sentence\n  of two lines\n"):
        content = before + b"no_other_solution: " + value + after
        assert pack_contents.as_held("labs/exercises/x/exercise.yaml", content, ()) == before + after


@pytest.mark.parametrize("name", library.names())
def test_an_exercise_travels_whole_and_alone(held: dict[str, bytes], name: str) -> None:
    """What starts, checks, resets and stops it, the scripts of its faults among that, and nothing else of it."""
    exercise = library.find(name)
    folder = f"labs/exercises/{name}/"
    has = {path.removeprefix(folder) for path in held if path.startswith(folder)}
    there = {path.name for path in exercise.folder.iterdir() if path.is_file()}
    data = {str(path.relative_to(exercise.folder)) for path in (exercise.folder / "files").rglob("*") if path.is_file()}
    assert has == there & {"exercise.yaml", "task.md", "checks.py", "break.sh", "undo.sh"} | data
    assert {"exercise.yaml", "task.md", "checks.py"} <= has
    needed = {script for script in exercise.spec.runs if script.split("/")[0] not in library.TEACHERS}
    assert needed <= has
    for row in exercise.spec.variants:
        assert row.fault or "break.sh" in has
        assert not row.fault or f"provision/faults/{row.fault}/inject.sh" in held
    assert {"provision/faults/lib.sh", "provision/faults/back.sh", "provision/exercises/put-back.sh"} <= held.keys()


def test_only_faults_of_the_courses_own_exercises_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script of another fault would be a hint to what else there is."""
    course = course_data.course(tmp_path, monkeypatch)
    names = {name for name, _ in make_packs.shared(course) if name.startswith("provision/faults/")}
    faults = ("scheduler-gone", "scheduler-kubeconfig", "kubelet-stopped")
    assert {name for name in names if name.count("/") > 2} == {f"provision/faults/{one}/inject.sh" for one in faults}


def test_no_scene_copy_or_backup_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an author, an editor or a merge leaves beside an exercise or in git stays with the teacher."""
    course = course_data.course(tmp_path, monkeypatch)
    folder = course.assignments[0].exercise.folder
    litter = [
        "solution-2.sh", "solution-9.sh", "solution.sh~", "solution.sh.orig", ".solution.sh.swp", "checks.py~",
        "wreck.sh", "break.sh.orig", "#break.sh#", "notes.txt", "near-misses/x.sh", "scenes/wreck.sh", "files/.x.swp",
        "Solution.md",
    ]  # fmt: skip
    for name in [*litter, "files/data.json"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(course_data.SOLUTION, encoding="utf-8")
    tracked = ["README.md~", "kubelab/errors.py.orig", "provision/faults/scheduler-gone/clear.sh", pages.FAULTS,
               "docs/new-page.md", "kubelab/solution.txt", "provision/exercises/wreck.sh", "notes/solution.sh",
               "answers.md", "components/.x.swp", "provision/mutations/x/inject.sh", "run"]  # fmt: skip
    monkeypatch.setattr(bundle, "tracked", lambda: tracked)
    names = {name for name, _ in make_packs.shared(course)}
    inside = f"labs/exercises/{course.assignments[0].id}/"
    assert {name.removeprefix(inside) for name in names if name.startswith(inside)} == {
        "exercise.yaml", "task.md", "checks.py", "files/data.json",
    }  # fmt: skip
    assert names & set(tracked) == {"run"}


def test_every_link_of_a_packs_pages_leads_to_a_file_in_it(held: dict[str, bytes]) -> None:
    """A page or a picture that stays with the teacher is named in words, not linked."""
    checked = 0
    for name, content in held.items():
        if not name.endswith(".md") or not name.startswith(("docs/", "README")):
            continue
        for target in re.findall(r"\[[^\]\n]*\]\(([^)\s#]+)", content.decode()):
            if ":" not in target:
                place = (paths.ROOT / name).parent / target
                assert str(place.resolve().relative_to(paths.ROOT)) in held, f"{name}: {target}"
                checked += 1
    assert checked > 20


CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from kubelab import paths
from kubelab.exercises import library, scene, variants
from kubelab.exercises import commands, grade, guards, web_page
from kubelab.proofs import exercise_run, prove_exercises
from kubelab.tasks.output import exercise_output
from kubelab.tasks import namespace
from kubelab.exam import exam_page
from kubelab.faults import catalogue, fault_scripts
assert str(paths.ROOT) == sys.argv[1]
namespace.collection()
for name in library.names():
    exercise = library.find(name)
    module = library.functions(exercise)
    spec = exercise.spec
    for row in (*spec.goals, *spec.guards, *spec.stability):
        library.function(module, row.check, guards)
    for hint in spec.hints:
        hint.check and library.function(module, hint.check)
    for row in spec.variants:
        row.fault and fault_scripts.read(catalogue.find(row.fault), "inject")
    print(name, library.digest(exercise))
web_page.PAGE.read_bytes()
exam_page.PAGE.read_bytes()
"""


def test_in_an_unpacked_pack_every_exercise_can_begin(root: Path, held: dict[str, bytes]) -> None:
    """A new Python in it finds every exercise, check, hint and script; its digests are those of the teacher's record.

    Notes and an editor's copy in an exercise's folder change none: no honest student has another version by them.
    """
    notes = root / "labs/exercises/dns-broken"
    for name in ("notes.txt", "task.md~", ".checks.py.swp"):
        (notes / name).write_bytes(b"x")
    command = [sys.executable, "-c", CHILD, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=root, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    record = handout.Record(files={name: _sha256(content) for name, content in held.items()})
    assert dict(line.split() for line in done.stdout.splitlines()) == dict(record.digests)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("words", ["exercise.prove dns-broken", "exercise.new mine"])
def test_words_that_need_solutions_say_so_in_a_pack(root: Path, words: str) -> None:
    """No traceback, nothing half made: the sentence names where it works."""
    command = [sys.executable, "tasks.py", *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, check=False)
    assert done.returncode == errors.Exit.ABSENT and "solution-away" in done.stderr
    assert not (root / "labs/exercises/mine").exists()


def view(kind: model.Kind) -> tuple[checks.View, model.Machine]:
    """Return a view of a lab of one machine of a kind, its list of files as it is rendered."""
    lab = labs_data.lab()
    machine = next(one for one in lab.machines if one.kind is kind)
    where = paths.LabPaths(name="default")
    listing = where.box(machine.name) / "files.tsv"
    listing.parent.mkdir(parents=True, exist_ok=True)
    files = [(row.path, row.restarts) for role in roles.ROLES[kind] for row in role.files]
    files += [(row.path, row.restarts) for role in roles.ROLES[kind] for row in role.credentials]
    files += [(row.path, row.restarts) for role in roles.ROLES[kind] for row in role.identities]
    lines = [f"x\t0644\troot:root\t{','.join(units) or '-'}\t{path}\t-\n" for path, units in files]
    listing.write_text("".join(lines), encoding="utf-8")
    return checks.View(lab=lab, where=where, api=None), machine  # type: ignore[arg-type]  # nobody asks it


USED = sorted({row.fault for name in library.names() for row in library.find(name).spec.variants if row.fault})
OTHERWISE = {"vxlan-blocked": "own_rules", "flannel-interface": "pod_network"}
"""Faults whose clear.sh does more than put files, units, pods and objects back, and what of back.sh does the same."""


@pytest.mark.parametrize("row", [catalogue.find(name) for name in USED], ids=USED)
def test_what_was_kept_undoes_whatever_a_faults_own_script_does(
    row: fault.Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Command by command of clear.sh, for every fault of every exercise: back.sh is told of the same things."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    options = {name: choices[0] for name, choices in row.options.items()}
    told = {name: set(words.split()) for name, words in undo.values(*_place(row, options)).items()}
    script = (row.folder / "clear.sh").read_text(encoding="utf-8")
    if row.name in OTHERWISE:
        assert OTHERWISE[row.name] in "".join((row.folder.parent / name).read_text() for name in undo.PARTS)
    for line in _commands(script):
        word, *rest = line.split()
        match word:
            case "put":
                assert set(rest) <= told["FILES"], line
            case "on":
                assert set(rest) <= told["STARTS"] | told["UNITS"], line
            case "again":
                assert set(rest) <= told["RESTARTS"] | told["UNITS"], line
            case "rerun":
                assert set(rest) <= told["PODS"], line
            case "revert" | "drop":
                assert "/".join(part for part in rest if part != "-").format(**options) in told["OBJECTS"], line
            case "forget_replica_sets":
                assert (
                    f"replicasets/all/{rest[1]}" in told["OBJECTS"]
                    and f"deployment/{rest[0]}/{rest[1]}" in told["OBJECTS"]
                )
            case _:
                assert row.name in OTHERWISE, line


def _place(row: fault.Fault, options: dict[str, str]) -> tuple[checks.View, fault.Fault, model.Machine, dict[str, str]]:
    seen, machine = view(row.on)
    return seen, row, machine, options


def _commands(script: str) -> Iterator[str]:
    for line in script.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def test_a_pack_undoes_without_the_faults_own_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where clear.sh is, it is used; where it stayed with the teacher, back.sh gets the names of what was kept."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    row = catalogue.find("scheduler-kubeconfig")
    seen, machine = view(row.on)
    script, given = undo.of(seen, row, machine, {"NAME": "x"})
    assert script.endswith("kube-scheduler.yaml\n") and given == {"NAME": "x"}
    monkeypatch.setattr(fault.Fault, "folder", property(lambda _: tmp_path / "absent"))
    script, given = undo.of(seen, row, machine, {"NAME": "x"})
    assert "pod_network" in script and given["FILES"] == "/etc/kubernetes/manifests/kube-scheduler.yaml"
    assert "x" not in given.values()
    with pytest.raises(errors.LabError) as problem:
        fault_scripts.read(row, "inject")
    assert problem.value.ident == "fault-absent"


def test_what_travels_is_tracked(held: dict[str, bytes]) -> None:
    """The list is of files that there are: a name in it that no file has would be an intention, not a pack."""
    assert held.keys() >= pack_contents.FILES
    for folder in pack_contents.FOLDERS:
        assert any(name.startswith(f"{folder}/") for name in held), folder
    for page in pack_contents.PAGES:
        assert page in held
