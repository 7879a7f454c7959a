"""Times as attempts keep them: UTC, ISO 8601. One that is read may be a stranger's, and no time at all."""

from __future__ import annotations

import datetime


def read(text: str) -> datetime.datetime | None:
    """Return a time as attempts keep it, in UTC; None for what is none, or names no zone."""
    try:
        found = datetime.datetime.fromisoformat(text)
        return found.astimezone(datetime.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def until(text: str, end: str) -> bool:
    """Return whether a time is not after another; one that is none was always."""
    first, second = read(text), read(end)
    return first is None or second is None or first <= second
