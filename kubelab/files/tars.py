"""Reads foreign archives member by member; the claims of a header are bounded first."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import Self

LONGEST = 64 << 10
"""Bytes of a header that continues in blocks of its own: a long name, a list of attributes."""
MOST = 100_000
"""Members of one archive: the userland of a box has some twenty thousand."""
DAMAGED = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError, OverflowError)
"""The errors, beside OSError, of reading an archive that is cut, changed or none at all."""
_LONG = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class Header(tarfile.TarInfo):
    """A member's header; one that asks for more memory than any real one is refused before it is read.

    For `tarfile.open(…, tarinfo=Header)`.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the header of a block; raises tarfile.ReadError for one that is too long."""
        found = super().frombuf(buf, encoding, errors)
        if found.type in _LONG and not 0 <= found.size <= LONGEST:
            raise tarfile.ReadError(f"a header of {found.size} bytes")
        return found


def members(tar: tarfile.TarFile, most: int = MOST) -> Iterator[tarfile.TarInfo]:
    """Yield the members one by one and keep none; raises tarfile.ReadError for more than `most`."""
    for _ in range(most):
        member = tar.next()
        if member is None:
            return
        yield member
        tar.members = []  # type: ignore[attr-defined]  # it would keep the header of every member
    raise tarfile.ReadError(f"more than {most} members")


def content(tar: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    """Return the content of a plain file in an archive; raises tarfile.ReadError for another kind, or a larger one."""
    file = tar.extractfile(member) if member.isreg() and 0 <= member.size <= most else None
    if file is None:
        raise tarfile.ReadError(f"{member.name[:60]!r} is no plain file of at most {most} bytes")
    return file.read()
