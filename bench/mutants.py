"""Measures how many small faults a module's unit tests notice: `python -m bench.mutants --help`.

A mutant is a module with one small change of its text. A child process loads the mutant in place of the module and runs
the module's tests; a mutant that fails a test is killed. No file changes. Maintained libraries do not fit. mutmut skips
decorated functions and the module level, where the tables of lab file rules are. cosmic-ray writes into the checkout.
Neither stops after a given time, and both would be installed for every user, as one lock makes all environments.
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
"""Modules that every child needs and none changes, imported once. A child imports kubelab itself."""
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
"""Module to its unit tests."""
EXAMPLES = 10
"""Examples that hypothesis draws for each test: a mutant that needs more is killed by chance only."""
PATIENCE = 10.0
"""How many times an unchanged module's time a mutant may take; then it counts as endless, and as killed."""


def main() -> None:
    """Try mutants until the time is up, print the survivors, and write the page if asked."""
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
    parser.add_argument("--seed", type=int, default=1, help="decides the order of the mutants (default 1)")
    parser.add_argument("--nice", type=int, default=15, help="higher leaves others more time (default 15)")
    parser.add_argument("--page", action="store_true", help=f"write {pages.MUTANTS}")
    options = parser.parse_args()
    unknown = set(options.modules) - set(SUITES)
    if unknown:
        parser.error(f"no tests are listed for {', '.join(sorted(unknown))}")
    return options


def _module(name: str, seconds: float, seed: int) -> mutant_score.Score:
    """Try the mutants of one module, in the seed's order, until the time is up."""
    path = ROOT / f"kubelab/{name}.py"
    source = path.read_bytes()
    begin = time.monotonic()
    if _code(name, source, timeout=600) != 0:
        raise SystemExit(f"{name}: its tests fail on the unchanged module")
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
    """Return a mutant's place and its diff."""
    old, new = (text.decode().splitlines() for text in (source, mutant.source))
    changed = [line for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:3] not in ("---", "+++")]
    place = f"{path.relative_to(ROOT)}:{mutant.number}"
    return "\n".join([place, *(f"  {line}" for line in changed if not line.startswith("@@"))])


def _code(name: str, source: bytes, *, timeout: float) -> int | None:
    """Return the exit code of a module's tests with this text as the module; None if they do not end in time."""
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
    """Run the tests in this process, a child; return its exit code."""
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
    """Finds one module of kubelab and gives it a text that differs from its file's."""

    def __init__(self, name: str, source: bytes) -> None:
        self._name, self._source = f"kubelab.{name.replace('/', '.')}", source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the changed module's spec; None for all others, which Python finds itself."""
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
