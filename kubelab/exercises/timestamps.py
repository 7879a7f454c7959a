"""Times in attempts: UTC, ISO 8601. A foreign one may be no time at all."""

from __future__ import annotations

import datetime


def read(text: str) -> datetime.datetime | None:
    """Return a time in the attempts' form, in UTC; None for an invalid one, or one without a zone."""
    try:
        found = datetime.datetime.fromisoformat(text)
        return found.astimezone(datetime.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def until(text: str, end: str) -> bool:
    """Return whether a time is not after another; an invalid one never is after."""
    first, second = read(text), read(end)
    return first is None or second is None or first <= second
