"""A small course: two exercises in a temporary folder, students, and attempts in the form that the engine keeps."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kubelab.components import bundle
from kubelab.course import course_plan, exports, handout, keys, knowledge, load_course, make_packs, submission
from kubelab.exercises import attempt, library, variants
from kubelab.ui import progress

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
BEGIN = datetime.datetime(2026, 11, 10, 9, tzinfo=datetime.UTC)
SOLUTION = "this-is-the-solution"
"""A word that is in every file that no student may see, and in no other."""
EXERCISE = """\
id: {id}
title: "{title}"
topic: troubleshooting
difficulty: 2
minutes: 15
runs: {{solution.sh: kubectl, near-misses/wrong.sh: kubectl}}
draw: {{name: [ada, grace, edsger, barbara]}}
variants:
  - {{fault: scheduler-gone, on: control-plane, set: {{size: 1}}}}
  - {{fault: scheduler-kubeconfig, on: control-plane, set: {{size: 2}}}}
  - {{fault: kubelet-stopped, on: worker, set: {{size: 3}}}}
goals:
  - {{check: pods_run, points: 6}}
  - {{check: nodes_ready, points: 2}}
guards:
  - {{check: nothing_widened, points: 3}}
stability:
  - {{check: still_runs, points: 2, after: 30}}
hints:
  - {{price: 1, text: "Look at the pods."}}
"""
COURSE = """\
course: autumn
title: Kubernetes from the inside
timezone: Europe/Zurich
watch: http://127.0.0.1:8765
exercises:
  - {id: pods-pending, weight: 2, due: 2026-11-15}
  - {id: node-away}
"""
STUDENTS = """\
students:
  - {id: ada, name: Ada Lovelace}
  - {id: grace, name: Grace Hopper}
  - {id: edsger}
"""
SAYS = {
    "pods_run": "The pods run",
    "nodes_ready": "Every node is Ready",
    "nothing_widened": "No permission was widened",
    "still_runs": "They run after 30 s, too",
}
KINDS = {"nothing_widened": attempt.Kind.GUARD, "still_runs": attempt.Kind.STABILITY}
WORTH = {"pods_run": 6, "nodes_ready": 2, "nothing_widened": 3, "still_runs": 2}


def write_exercise(folder: Path, ident: str, title: str) -> None:
    """Write a whole exercise: what a student gets, and what stays with the teacher."""
    (folder / "near-misses").mkdir(parents=True)
    (folder / "mutations").mkdir()
    files = {
        "exercise.yaml": EXERCISE.format(id=ident, title=title),
        "task.md": "# Pods wait\n",
        "checks.py": '"""Checks."""\n',
        "solution.sh": f"echo {SOLUTION}\n",
        "explain.md": f"{SOLUTION}\n",
        "near-misses/wrong.sh": f"echo {SOLUTION}\n",
        "mutations/pods_run.sh": f"echo {SOLUTION}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def course(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = COURSE, students: str = STUDENTS
) -> course_plan.Course:
    """Return the course whose files are in `folder`; exercises are looked for there, too."""
    exercises = folder / "exercises"
    if not exercises.exists():
        write_exercise(exercises / "pods-pending", "pods-pending", "Pods that wait")
        write_exercise(exercises / "node-away", "node-away", "A node is away")
    monkeypatch.setattr(library, "FOLDER", exercises)
    (folder / "autumn.yaml").write_text(text, encoding="utf-8")
    (folder / "students.yaml").write_text(students, encoding="utf-8")
    return load_course.course(folder / "autumn.yaml", None)


def quiet() -> progress.Progress:
    """Return progress that nobody sees."""
    return progress.Progress(progress.Style.PLAIN, out=Path("/dev/null").open("w", encoding="utf-8"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Class:
    """A course whose packs were handed out, and a folder into which students hand in."""

    course: course_plan.Course
    key: bytes
    files: Mapping[str, str]
    inbox: Path

    def given(self, now: datetime.datetime = NOW) -> knowledge.Given:
        """Return what the teacher knows."""
        return knowledge.Given(course=self.course, key=self.key, records=handout.read(self.course), now=now)

    def tried(
        self, student: str, exercise: str = "pods-pending", *, under: str = "", **changed: Any
    ) -> attempt.Attempt:
        """Return an honest attempt: begun at `BEGIN`, everything reached after ten minutes."""
        spec = self.course.by_id[exercise].exercise.spec
        drawn = variants.of(spec, variants.seed(self.key, exercise, student))
        offset = int(hashlib.sha256(student.encode()).hexdigest()[:4], 16) % 3600
        begin = BEGIN + datetime.timedelta(seconds=offset)
        whole = attempt.Attempt(
            exercise=exercise,
            digest=self.given().digest(exercise),
            student=under or student,
            course=self.course.id,
            lab="default",
            versions="1.37",
            seed=drawn.seed,
            variant=drawn.number,
            values=drawn.values,
            full=spec.full,
            started=text(begin),
            ready=text(begin + datetime.timedelta(seconds=8)),
            ended=text(begin + datetime.timedelta(minutes=12)),
            checks=(
                check(begin + datetime.timedelta(minutes=4), ["nodes_ready", "nothing_widened"]),
                check(begin + datetime.timedelta(minutes=10), list(WORTH)),
            ),
        )
        return dataclasses.replace(whole, **changed)

    def hand_in(
        self,
        student: str,
        *attempts: attempt.Attempt,
        name: str = "",
        made: datetime.datetime | None = None,
        **changed: Any,
    ) -> Path:
        """Write a submission as the student's `exercise.submit` would; return where it is."""
        results = submission.Results(
            schema=submission.SCHEMA,
            course=self.course.id,
            student=student,
            lab="default",
            made=text(made or BEGIN + datetime.timedelta(hours=3)),
            versions={"python": "3.11"},
            digests=self.files,
            attempts=attempts,
        )
        results = dataclasses.replace(results, **changed)
        content = submission.write(results, exports.junit(attempts), b"{}\n", keys.signing(self.key, student))
        target = self.inbox / f"{name or student}.zip"
        target.write_bytes(content)
        return target


def handed_out(folder: Path, monkeypatch: pytest.MonkeyPatch, *, few: bool = True, **texts: str) -> Class:
    """Return a class with its packs made; with `few` files of the checkout in each, which is quicker."""
    found = course(folder, monkeypatch, **texts)
    if few:
        monkeypatch.setattr(bundle, "tracked", lambda: ["run", "README.md", "kubelab/errors.py"])
    made = make_packs.make(found, folder / "packs", quiet())
    inbox = folder / "inbox"
    inbox.mkdir()
    return Class(course=found, key=keys.read(found), files=made.digests, inbox=inbox)


def sha256(content: str) -> str:
    """Return the digest of a file's text."""
    return hashlib.sha256(content.encode()).hexdigest()


def text(at: datetime.datetime) -> str:
    """Return a time as attempts keep it."""
    return at.isoformat(timespec="seconds")


def check(at: datetime.datetime, passed: Sequence[str]) -> attempt.Check:
    """Return one look in which exactly these checks passed."""
    verdicts = tuple(
        attempt.Verdict(
            kind=KINDS.get(name, attempt.Kind.GOAL),
            check=name,
            says=SAYS[name],
            state=attempt.State.PASSED if name in passed else attempt.State.FAILED,
            seen="" if name in passed else "0 of 3 ready",
            points=WORTH[name],
            seconds=0.4,
        )
        for name in WORTH
    )
    won = sum(WORTH[name] for name in passed if name != "nothing_widened")
    return attempt.Check(at=text(at), verdicts=verdicts, points=won, full=10)
