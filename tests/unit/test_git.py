"""Questions to git have an answer on a computer without it: an identifier or `unknown`, and no traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fakes import Computer

from kubelab import errors, paths
from kubelab.clients import git
from kubelab.components import bundle
from kubelab.proofs import prove_exercises
from kubelab.state import docs_table


def test_without_git_there_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle of the checkout is refused, and a commit is not known."""
    Computer.made(tmp_path, monkeypatch)
    assert git.run("status").returncode == git.ABSENT
    with pytest.raises(errors.LabError) as caught:
        bundle.tracked()
    assert (caught.value.ident, caught.value.details) == ("checkout-unknown", ("there is no git command",))
    assert "git" in caught.value.remedy
    assert bundle.commit() == prove_exercises._commit() == "unknown"
    assert docs_table.commit() == "none"
    assert git.said("diff") == ""


def test_no_other_module_runs_git() -> None:
    """One door: else the next one forgets that there may be none."""
    found = [path.name for path in (paths.ROOT / "kubelab").rglob("*.py") if '["git"' in path.read_text("utf-8")]
    assert found == ["git.py"]


def test_git_answers_about_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is called from."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert git.run("rev-parse", "--show-toplevel").stdout.strip() == str(tmp_path)


def test_a_folder_that_another_repository_surrounds_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A teacher unpacks an archive in the repository of the course: packs and bundles were made without a program."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "kubelab").mkdir()
    (tmp_path / "kubelab/run").touch()
    monkeypatch.setattr(paths, "ROOT", tmp_path / "kubelab")
    with pytest.raises(errors.LabError) as caught:
        bundle.tracked()
    assert caught.value.ident == "checkout-unknown"
    subprocess.run(["git", "-C", str(tmp_path), "add", "kubelab/run"], check=True)
    assert bundle.tracked() == ["run"]
