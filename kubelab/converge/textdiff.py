"""The difference of two texts: as a diff, and in the few words of a plan's reason."""

from __future__ import annotations

import difflib
import re

from kubelab.render import roles

FLAG = re.compile(r"(?:- )?(--[a-z][a-z0-9-]*)(?:[= ](.*))?")
DIGEST_LINE = re.compile(rf"\s*{roles.INPUTS}: ")
"""The line of a static pod's manifest that changes with its files: it tells a person nothing."""
SHOWN = 60
DIFFERS = "content differs"


def unified(old: bytes | None, new: bytes | None, path: str) -> str:
    """Return a unified diff; of binary content only that it differs."""
    try:
        before, after = ((content or b"").decode().splitlines(keepends=True) for content in (old, new))
    except UnicodeDecodeError:
        return f"{path}: {DIFFERS}\n"
    names = ("/dev/null" if old is None else f"a{path}", "/dev/null" if new is None else f"b{path}")
    lines = difflib.unified_diff(before, after, *names, n=2)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def reason(old: bytes, new: bytes) -> str:
    """Return the change: a flag, a line, or the number of lines."""
    try:
        gone, come = _changed(old.decode(), new.decode())
    except UnicodeDecodeError:
        return DIFFERS
    if not gone and not come:
        return "a file that it reads changed"
    flags = _flags(gone, come)
    if flags:
        return flags
    if len(gone) <= 1 and len(come) <= 1:
        return " -> ".join(_short(line) for line in ["".join(gone) or "(nothing)", "".join(come) or "(nothing)"])
    return f"{len(come)} lines added, {len(gone)} removed"


def _changed(old: str, new: str) -> tuple[list[str], list[str]]:
    gone: list[str] = []
    come: list[str] = []
    for line in difflib.ndiff(old.splitlines(), new.splitlines()):
        text = line[2:].strip()
        if line[:2] in ("- ", "+ ") and text and not DIGEST_LINE.match(line[2:]):
            (gone if line[0] == "-" else come).append(text)
    return gone, come


def _flags(gone: list[str], come: list[str]) -> str:
    """Return the change in words if it consists of flags, one a line; else empty."""
    before, after = (_parsed(lines) for lines in (gone, come))
    if before is None or after is None:
        return ""
    words = [f"flag added: {_short(_flag(name, after[name]))}" for name in after if name not in before]
    words += [f"flag removed: {_short(_flag(name, before[name]))}" for name in before if name not in after]
    for name in before:
        if name in after and before[name] != after[name]:
            words.append(f"flag changed: {name}: {_short(before[name])} -> {_short(after[name])}")
    return "; ".join(words)


def _parsed(lines: list[str]) -> dict[str, str] | None:
    found = {}
    for line in lines:
        match = FLAG.fullmatch(line.removesuffix("\\").replace('"', "").strip())
        if not match:
            return None
        found[match[1]] = match[2] or ""
    return found


def _flag(name: str, value: str) -> str:
    return f"{name}={value}" if value else name


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
