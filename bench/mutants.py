"""How much the unit tests of a module see: `python -m bench.mutants --help`. A mutant is one small change of its text.

A child process is given the changed text in place of the module and runs the module's tests: killed is a mutant that a
test fails on. No file is changed. The kept libraries do not fit: mutmut leaves out module level, where most of what a
lab file may say is a table, and every decorated function; cosmic-ray writes into the checkout that others work in.
Neither ends after a given time, and both would come with every user's environment, which one lock makes.
"""

from __future__ import annotations

import argparse
import datetime
import difflib
import importlib.abc
import importlib.machinery
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType

import cryptography.x509
import hypothesis
import jinja2
import pydantic
import pytest
import requests

from bench import computer, mutant_score, mutants_page, mutations
from kubelab import pages

LOADED = (cryptography.x509, hypothesis, jinja2, pydantic, requests)
"""What every child needs and none changes: read once, here. Nothing of kubelab is: a child reads its own."""
ROOT = Path(__file__).resolve().parent.parent
LAB_FILE = ("tests/unit/test_load_bounds.py", "tests/unit/test_model.py", "tests/unit/test_load.py")
SUITES: Mapping[str, tuple[str, ...]] = {
    "pki/certlist": ("tests/unit/test_pki.py", "tests/unit/test_renew_certs.py"),
    "converge/observed": ("tests/unit/test_observed.py", "tests/unit/test_plan.py"),
    "config/load": LAB_FILE,
    "config/rules": LAB_FILE,
    "config/schema": LAB_FILE,
    "config/strict": LAB_FILE,
    "config/yaml_reader": LAB_FILE,
}
"""Module to the tests that are there for it."""
EXAMPLES = 10
"""Examples that hypothesis draws a test: a mutant that needs more of them is found by chance."""
PATIENCE = 10.0
"""How many times as long as an unchanged module a mutant may take; then it is endless, and killed."""


def main() -> None:
    """Try mutants until the time is over, print the survivors, and write the page if asked."""
    options = _options()
    os.nice(options.nice)
    share = options.minutes * 60 / len(options.modules)
    scores = [_module(name, share, options.seed) for name in options.modules]
    for score in scores:
        print(f"{score.module}: {score.tried} of {score.sites} tried, {len(score.survivors)} survived", flush=True)
    if options.page:
        about = {"date": datetime.date.today().isoformat(), "commit": computer.commit(), "seed": str(options.seed)}
        mutants_page.write(scores, {**about, "minutes": f"{options.minutes:g}", "examples": str(EXAMPLES)})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(SUITES), help=f"of {', '.join(SUITES)} (default all)")
    parser.add_argument("--minutes", type=float, default=10, help="for all modules together (default 10)")
    parser.add_argument("--seed", type=int, default=1, help="in which order the mutants are tried (default 1)")
    parser.add_argument("--nice", type=int, default=15, help="how much others go first (default 15)")
    parser.add_argument("--page", action="store_true", help=f"write {pages.MUTANTS}")
    options = parser.parse_args()
    unknown = set(options.modules) - set(SUITES)
    if unknown:
        parser.error(f"no tests are known for {', '.join(sorted(unknown))}")
    return options


def _module(name: str, seconds: float, seed: int) -> mutant_score.Score:
    """Try the mutants of one module, in an order that the seed gives, until the time is over."""
    path = ROOT / f"kubelab/{name}.py"
    source = path.read_bytes()
    begin = time.monotonic()
    if _code(name, source, timeout=600) != 0:
        raise SystemExit(f"{name}: its tests fail without any change")
    longest = PATIENCE * (time.monotonic() - begin)
    equals = mutants_page.equivalents()
    every = mutations.of(source)
    random.Random(seed).shuffle(every)  # noqa: S311 (an order, no secret)
    mutants = [mutant for mutant in every if (name, mutant.line) not in equals]
    end, killed, endless, survivors = time.monotonic() + seconds, 0, 0, []
    for mutant in mutants:
        if time.monotonic() > end:
            break
        code = _code(name, mutant.source, timeout=longest)
        killed, endless = killed + (code not in (None, 0)), endless + (code is None)
        if code == 0:
            survivors.append(_shown(path, source, mutant))
            print(survivors[-1], flush=True)
    return mutant_score.Score(
        module=name,
        sites=len(every),
        equivalent=len(every) - len(mutants),
        killed=killed,
        endless=endless,
        survivors=tuple(survivors),
    )


def _shown(path: Path, source: bytes, mutant: mutations.Mutant) -> str:
    """Return a mutant as its place and what differs."""
    old, new = (text.decode().splitlines() for text in (source, mutant.source))
    changed = [line for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:3] not in ("---", "+++")]
    place = f"{path.relative_to(ROOT)}:{mutant.number}"
    return "\n".join([place, *(f"  {line}" for line in changed if not line.startswith("@@"))])


def _code(name: str, source: bytes, *, timeout: float) -> int | None:
    """Return the exit code of a module's tests with this text as the module; None if they come to no end."""
    child = os.fork()
    if not child:
        os._exit(_tested(name, source))
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _tested(name: str, source: bytes) -> int:
    """Run the tests in this process, which is a child of its own and ends with what is returned."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        os.chdir(ROOT)
        sys.meta_path.insert(0, _Finder(name, source))
        settings = hypothesis.settings
        settings.register_profile("mutants", max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
        words = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=mutants"]
        return int(pytest.main([*words, *SUITES[name]]))
    except BaseException:  # a mutant may raise anything at all, and this process must not go on
        return 1


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module of kubelab, with another text than its file's."""

    def __init__(self, name: str, source: bytes) -> None:
        self._name, self._source = f"kubelab.{name.replace('/', '.')}", source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the changed module's spec; None for all others: Python finds them as ever."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target) if fullname == self._name else None
        if spec and spec.origin:
            spec.loader = _Loader(fullname, spec.origin, self._source)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a text as if it were the file's."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._text = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the text; no cache is read or written."""
        return compile(self._text, self.get_filename(fullname), "exec", dont_inherit=True)


if __name__ == "__main__":
    main()
