"""The tables of errors, whole: each module of triggers and of mends enters its rows as it is imported."""

from __future__ import annotations

import importlib

from mends import MENDS
from triggers import TRIGGERS

for _area in ("class", "components", "files", "host", "lab"):
    importlib.import_module(f"triggers_{_area}")
    importlib.import_module(f"mends_{_area}")

__all__ = ["MENDS", "TRIGGERS"]
