"""A word imports only the modules that it needs: each import makes every start of the word slower."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kubelab import paths

NEEDLESS = {
    "boxes": {"jinja2", "markdown_it", "pytest", "kubelab.faults", "kubelab.proofs"},
    "check": {"cryptography", "jinja2", "pydantic", "requests", "ruamel.yaml", "kubelab.checks", "kubelab.components"},
    "components": {"cryptography", "jinja2", "requests", "kubelab.checks"},
    "host": {"cryptography", "jinja2", "requests", "kubelab.checks"},
    "exam": {"http.server", "pytest", "kubelab.proofs"},
    "exercise": {"http.server", "pytest", "kubelab.proofs"},
    "lab": {"jinja2", "markdown_it", "pytest", "kubelab.faults", "kubelab.proofs"},
    "dashboard": {"jinja2", "markdown_it", "pytest", "kubelab.faults", "kubelab.proofs"},
}
"""A module of words to what none of them needs before it has begun."""
LOOK = """
import sys
import kubelab.tasks.namespace, kubelab.tasks.main, kubelab.tasks.{words}
print(*sys.modules)
"""


@pytest.mark.parametrize("words", NEEDLESS)
def test_a_word_imports_nothing_that_it_does_not_need(words: str) -> None:
    """A door to the API, certificates and templates are hundreds of modules."""
    look = [sys.executable, "-c", LOOK.format(words=words)]
    loaded = subprocess.run(look, cwd=paths.ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert f"kubelab.tasks.{words}" in loaded
    assert NEEDLESS[words] & set(loaded) == set()
