"""Reads a short text file of kubelab's own, or the beginning of a person's: bounded, and without ever waiting.

A FIFO that nobody writes to keeps a reader waiting for ever, a device never ends, and a folder is a traceback.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from pathlib import Path

from kubelab import errors
from kubelab.files import strictjson

LARGEST = 1 << 20
"""Bytes of a text, unless its reader knows better."""


def text(file: Path, *, most: int = LARGEST) -> str:
    """Return a file's text, characters that are no UTF-8 replaced; empty without a file.

    Raises LabError `state-damaged` for a FIFO, a folder, a device and the like, and for more than `most` bytes;
    PermissionError as it is.
    """
    try:
        return strictjson.content(file, most=most).decode(errors="replace")
    except (FileNotFoundError, NotADirectoryError):  # a file in a folder's place is told by what writes there
        return ""
    except PermissionError:
        raise
    except (OSError, strictjson.Refused) as problem:
        raise damaged(file, problem) from problem


def beginning(file: Path, most: int) -> bytes:
    """Return the first `most` bytes of a person's file; raises OSError, also for what is no regular file."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY), "rb") as source:
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(file))
        return source.read(most)


def refuse_special(file: Path) -> None:
    """Raise LabError `state-damaged` for what no line can be added to: a FIFO would keep the writer waiting."""
    if os.path.lexists(file) and not file.is_file():
        raise damaged(file, strictjson.Refused("is no regular file"))


def damaged(file: Path, problem: OSError | strictjson.Refused) -> errors.LabError:
    """Return the error of a file of kubelab's own that cannot be used, with what takes it away."""
    words = f"cannot be read ({problem.strerror})" if isinstance(problem, OSError) else str(problem)
    return errors.LabError("state-damaged", f"{file} {words}", remedy=f"{aside(file)}; then the same command again")


def aside(file: Path) -> str:
    """Return the line that moves a file, or what is in its place, out of the way."""
    return f"mv {shlex.join([str(file), f'{file}.old'])}"
