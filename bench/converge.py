"""Measures how long a lab takes to follow its file: `python -m bench.converge --help`.

It makes its own lab and removes it. It asserts no times. Each change is made in a copy of labs/ or templates/, so the
checkout stays as it is.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import command, computer, report
from kubelab import errors, paths
from kubelab.converge import session
from kubelab.tasks import decorator

KUBELET = (Path("node/kubelet-config.yaml.j2"), "readOnlyPort: 0\n", "readOnlyPort: 0\nmaxPods: {number}\n")
API_SERVER = (
    Path("control-plane/kube-apiserver.yaml.j2"),
    "        - --profiling=false\n",
    "        - --profiling=false\n        - --max-requests-inflight={number}\n",
)
QUIET = 125
"""Seconds of rest before the API server is restarted. Its clients double their wait after each failure, until they have
been connected for two minutes. Without the rest, a second restart would measure that wait and not this toolkit."""


def main() -> None:
    """Measure, print the times, and remove the lab."""
    options = _options()
    lab = ("--lab", options.lab)
    spec, _ = session.open_lab(options.lab)
    report.facts(computer.facts(spec.versions))
    series: dict[str, list[float]] = defaultdict(list)
    try:
        command.run("lab.up", *lab)
        for number in range(options.times):
            _once(options.lab, series, number)
    except errors.LabError as problem:
        decorator.show(problem)
        sys.exit(problem.code)
    finally:
        if not options.keep:
            command.run("lab.destroy", *lab)
        report.series(series)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.converge", description=__doc__)
    parser.add_argument("--lab", default=command.LAB, help="the lab to measure on (default bench)")
    parser.add_argument("--times", type=int, default=3, help="how many times each (default 3)")
    parser.add_argument("--keep", action="store_true", help="do not destroy the lab at the end")
    return parser.parse_args()


def _once(lab: str, series: dict[str, list[float]], number: int) -> None:
    def timed(title: str, *words: str, good: tuple[int, ...] = (0,)) -> None:
        done = command.run(*words, "--lab", lab, good=good)
        series[title].append(done.seconds)
        report.heading(f"{title}: {done.seconds:.1f} s")
        report.phases(done.events)

    timed("lab.up, nothing to do", "lab.up", "--json")
    timed("lab.plan, nothing to do", "lab.plan")
    timed("lab.plan --drift", "lab.plan", "--drift")
    for title, (template, old, new) in {"kubelet flag": KUBELET, "API server flag": API_SERVER}.items():
        if template == API_SERVER[0]:
            report.heading(f"resting {QUIET} s before the API server restarts")
            time.sleep(QUIET)
        with _template(template, old, new.format(number=60 + number)):
            timed(f"lab.plan, {title}", "lab.plan", good=(10,))
            timed(f"{title}: to whole again", "lab.up", "--json")
        command.run("lab.up", "--lab", lab)
    with _lab_file(lab, lambda text: re.sub(r"(worker: \{count: )2", r"\g<1>3", text)):
        timed("adding a worker", "lab.up", "--json")
    timed("removing a worker", "lab.up", "--json")


@contextmanager
def _template(path: Path, old: str, new: str) -> Iterator[None]:
    """Use a copy of templates/ with one changed template inside the `with` block."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "templates"
        shutil.copytree(paths.TEMPLATES, copy)
        text = (copy / path).read_text(encoding="utf-8")
        if old not in text:
            raise command.CommandFailed(f"{path} has no line {old.strip()!r} to change")
        (copy / path).write_text(text.replace(old, new), encoding="utf-8")
        with _environment("KUBELAB_TEMPLATES", str(copy)):
            yield


@contextmanager
def _lab_file(lab: str, change: Callable[[str], str]) -> Iterator[None]:
    """Use a copy of labs/ with one changed lab file inside the `with` block."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "labs"
        shutil.copytree(paths.LABS, copy)
        file = copy / f"{lab}.yaml"
        old = file.read_text(encoding="utf-8")
        if change(old) == old:
            raise command.CommandFailed(f"labs/{lab}.yaml has no two workers that could become three")
        file.write_text(change(old), encoding="utf-8")
        with _environment("KUBELAB_LABS", str(copy)):
            yield


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


if __name__ == "__main__":
    main()
