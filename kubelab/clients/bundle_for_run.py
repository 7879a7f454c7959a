"""The program by which `./run` fetches a bundle, before there are packages: all its output passes `foreign` here."""

from __future__ import annotations

import sys
import time

from kubelab import errors
from kubelab.clients import bundle_address, bundle_fetch, download
from kubelab.ui import foreign


def _line() -> download.Tell:
    """Return what shows progress on standard error: one line on a terminal, a line each ten seconds elsewhere."""
    last = [time.monotonic()]

    def tell(text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K  the bundle: {foreign.line(text)}")
            sys.stderr.flush()
        elif time.monotonic() - last[0] > 10:
            last[0] = time.monotonic()
            sys.stderr.write(f"  the bundle: {foreign.line(text)}\n")

    return tell


def main(wish: str) -> int:
    """Print the file of an address, as `./run` asks for it; return the exit code."""
    try:
        address = bundle_address.parse(wish)
        file = bundle_fetch.kept(address) or bundle_fetch.fetched(address, _line())
    except errors.LabError as problem:
        rows = [f"error {problem.ident}: {problem.what}", *(f"  - {detail}" for detail in problem.details)]
        rows += [f"  cause:  {problem.cause}", f"  type:   {problem.remedy}"]
        sys.stderr.write(foreign.text("\n" + "\n".join(rows) + "\n"))
        return int(problem.code)
    except KeyboardInterrupt:
        return 130
    sys.stderr.write("\n" if sys.stderr.isatty() else "")
    sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
