"""A cold build is told family by family, and each digest is compared with what was built before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import cold, command
from kubelab import paths


def record(
    cache: Path, name: str, digest: str, *, seconds: float, cpu: float | None = None, image: bool = False
) -> None:
    """Write what the cache keeps of one build."""
    file = cache / (f"images/{name}-1.json" if image else f"components/{name}-1/complete.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    facts = {"name": name, "seconds": seconds, "files": {name: {"sha256": digest}}}
    file.write_text(json.dumps(facts if cpu is None else {**facts, "cpu": cpu}), encoding="utf-8")


def test_families_are_told_and_compared(tmp_path: Path) -> None:
    """The longest first; another digest is named, and what was never built before is not counted as the same."""
    for name, digest, seconds, cpu in (
        ("etcd", "a", 30.0, 55.5),
        ("coredns", "b", 80.0, 140.0),
        ("pause", "c", 0.2, 0.1),
    ):
        record(tmp_path / "new", name, digest, seconds=seconds, cpu=cpu)
    record(tmp_path / "new", "agnhost", "d", seconds=6.0, image=True)
    record(tmp_path / "old", "etcd", "a", seconds=31.0)
    record(tmp_path / "old", "coredns", "other", seconds=31.0)
    record(tmp_path / "old", "agnhost", "d", seconds=6.0, image=True)
    found = list(cold.compared(tmp_path / "new", tmp_path / "old"))
    assert [(row.name, row.same) for row in found] == [
        ("coredns", False), ("etcd", True), ("image agnhost", True), ("pause", None),
    ]  # fmt: skip
    said = cold.table(found)
    assert "built twice with the same digests: 2 of 3, not so: coredns" in said
    assert "195.6" in said


def test_the_empty_cache_is_gone_and_the_users_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after a build that failed; what was built is read before."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    record(tmp_path / "cache", "etcd", "a", seconds=31.0)

    class Done:
        seconds = 12.0

    def run(*words: str) -> Done:
        assert paths.cache() != tmp_path / "cache"
        record(paths.cache(), "etcd", "a", seconds=30.0, cpu=50.0)
        if words[-1] == "broken":
            raise command.CommandFailed("it failed")
        return Done()

    monkeypatch.setattr(command, "run", run)
    seconds, (built,) = cold.build("etcd")
    assert (seconds, built.name, built.same) == (12.0, "etcd", True)
    with pytest.raises(command.CommandFailed):
        cold.build("broken")
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert paths.cache() == tmp_path / "cache"
