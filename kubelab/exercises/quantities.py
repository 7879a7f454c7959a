"""Reads amounts as Kubernetes does: many spellings of one number; and YAML, which has many, too."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kubelab import checks
from kubelab.files import strictjson

QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE]))?")
SUFFIXES: Mapping[str, Decimal] = {
    **{name: Decimal(1024) ** power for power, name in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{name: Decimal(1000) ** power for power, name in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{name: Decimal(1000) ** -power for power, name in enumerate(("m", "u", "n"), 1)},
}
DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)")
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
LARGEST = 1 << 20
"""Characters of a text that is read as YAML: a file of a box is a student's."""


def quantity(text: object) -> Decimal:
    """Return an amount as a number: `1k`, `1000`, `1e3` and `1000000m` are the same; `Wrong` for anything else."""
    found = QUANTITY.fullmatch(str(text).strip()) if isinstance(text, str | int | float) else None
    if not found:
        raise checks.Wrong(f"{_shown(text)} is no quantity")
    number, exponent, suffix = found.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent) if exponent else SUFFIXES.get(suffix or "", Decimal(1)))


def duration(text: object) -> float:
    """Return seconds: of `90s`, `1m30s`, `1.5m`, and of a plain number; `Wrong` for anything else."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    word = str(text).strip()
    parts = DURATION.findall(word)
    if word and "".join(number + unit for number, unit in parts) == word:
        return sum(float(number) * UNITS[unit] for number, unit in parts)
    if word == "0":
        return 0.0
    raise checks.Wrong(f"{_shown(text)} is no duration")


def port(named: object, ports: Iterable[Mapping[str, Any]]) -> int:
    """Return a port's number: as written, or of the container's port with this name; `Wrong` without one."""
    if isinstance(named, int) or (isinstance(named, str) and named.isdigit()):
        return int(named)
    for row in ports:
        if row.get("name") == named and isinstance(row.get("containerPort"), int):
            return int(row["containerPort"])
    raise checks.Wrong(f"no container has a port {_shown(named)}")


def parsed_yaml(text: str) -> Any:
    """Return the value of a YAML or JSON text, in any style; `Wrong` for other texts and repeated keys."""
    if len(text) > LARGEST:
        raise checks.Wrong(f"it has {len(text)} characters; {LARGEST} are read")
    try:
        return strictjson.read(text.encode(), most=4 * LARGEST)
    except ValueError:  # then it is YAML: every JSON is, but for tabs
        pass
    try:
        parser = YAML(typ="safe", pure=True)
        parser.version = (1, 1)  # of Kubernetes' own parser: `yes` is true
        return parser.load(io.StringIO(text))
    except (YAMLError, ValueError, RecursionError) as problem:
        where = str(getattr(problem, "problem", None) or problem).splitlines() or ["it nests too deep"]
        raise checks.Wrong(f"it is no YAML: {where[0][:120]}") from problem


def _shown(text: object) -> str:
    return repr(text)[:60] if text is not None else "nothing"
