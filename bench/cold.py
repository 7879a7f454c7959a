"""Measures a build into an empty cache, and compares each file with the user's cache: `python -m bench.cold --help`.

The empty cache is removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import command
from kubelab import paths
from kubelab.components import cache_layout


@dataclass(frozen=True, kw_only=True)
class Built:
    """A family or a pod image that was built: seconds, CPU seconds (none of an image), and how its files compare.

    `same` is whether every file has the digest that the user's cache has at the same address; None if it has nothing
    there.
    """

    name: str
    seconds: float
    cpu: float | None
    same: bool | None


def build(only: str = "") -> tuple[float, list[Built]]:
    """Return the seconds that `components.build` takes with an empty cache, downloads included, and what it built.

    The cache is beside the user's own, on the same disk. The box's userland stays in Docker and is not made anew.
    """
    users = paths.cache()
    users.parent.mkdir(parents=True, exist_ok=True)
    empty = Path(tempfile.mkdtemp(prefix="kubelab-cold-", dir=users.parent))
    before = os.environ.get("KUBELAB_CACHE")
    os.environ["KUBELAB_CACHE"] = str(empty)
    try:
        seconds = command.run("components.build", *(["--only", only] if only else [])).seconds
        return seconds, list(compared(empty, users))
    finally:
        if before is None:
            del os.environ["KUBELAB_CACHE"]
        else:
            os.environ["KUBELAB_CACHE"] = before
        _remove(empty)


def compared(new: Path, users: Path) -> Iterator[Built]:
    """Yield what a cache holds, the longest build first, each compared with the other cache."""
    rows = []
    for record in (*new.glob(f"components/*/{cache_layout.RECORD}"), *new.glob("images/*.json")):
        facts, old = _facts(record), _facts(users / record.relative_to(new))
        kind = "image " if record.parent.name == "images" else ""
        same = _digests(facts) == _digests(old) if old else None
        rows.append(Built(name=kind + facts["name"], seconds=facts["seconds"], cpu=facts.get("cpu"), same=same))
    yield from sorted(rows, key=lambda row: -row.seconds)


def _facts(record: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    return found


def _digests(facts: dict[str, Any]) -> dict[str, str]:
    return {name: row["sha256"] for name, row in facts["files"].items()}


def _remove(folder: Path) -> None:
    """Remove a cache; Go makes its module folders read-only."""
    for path in (folder, *(item for item in folder.rglob("*") if item.is_dir() and not item.is_symlink())):
        path.chmod(0o755)
    shutil.rmtree(folder)


SAME = {True: "the same digests", False: "OTHER DIGESTS", None: "not in your cache"}


def table(found: list[Built]) -> str:
    """Return a line for each, the sums, and whether building twice gave the same digests."""
    lines = [f"{'':<30} {'seconds':>8} {'CPU':>8}  beside your cache"]
    for row in found:
        lines.append(
            f"{row.name:<30} {row.seconds:8.1f} {'' if row.cpu is None else f'{row.cpu:.1f}':>8}  {SAME[row.same]}"
        )
    cpu = sum(row.cpu or 0.0 for row in found)
    lines.append(f"{'together':<30} {sum(row.seconds for row in found):8.1f} {cpu:8.1f}")
    twice = [row for row in found if row.same is not None]
    other = [row.name for row in twice if not row.same]
    said = f"not so: {', '.join(other)}" if other else "all of them"
    return "\n".join(
        [*lines, f"built twice with the same digests: {len(twice) - len(other)} of {len(twice)}, {said}", ""]
    )


def main() -> None:
    """Build all, or some of it, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="families and pod images, with commas between: etcd,pause (all)")
    seconds, found = build(parser.parse_args().only)
    print(table(found))
    print(f"{seconds:.0f} s from Enter to the prompt")


if __name__ == "__main__":
    main()
