"""Bytes, seconds and numbers of things, written for people."""

from __future__ import annotations


def human(count: float) -> str:
    """Return a number of bytes: 999 B, 12 MB, 1.8 GB."""
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def clock(seconds: float) -> str:
    """Return a duration: 42 s, 3 min 5 s."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def counted(number: int, thing: str) -> str:
    """Return a number of things whose plural ends in s: 1 attempt, 2 attempts."""
    return f"{number} {thing}{'s' if number != 1 else ''}"
