"""Compiles a family's binaries from source; counts the compiler's output and keeps it in a log."""

from __future__ import annotations

import contextlib
import re
import resource
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.clients import surroundings
from kubelab.components import cache_layout, licences, software_catalogue, toolchain
from kubelab.files import atomic
from kubelab.ui import amounts, progress

TICK = 2.0
"""Seconds between two looks at a compiler's log."""

# What a failing build says, and whose turn it then is: (pattern, cause, remedy).
KNOWN = (
    (
        r"signal: killed",
        "the kernel ended the compiler: memory ran out",
        "close other programs, or give 6 GiB",
    ),
    (r"no space left on device", "the disk is full", "./run components.clean --go, or free 20 GB"),
    (
        r"dial tcp|i/o timeout|proxyconnect|TLS handshake|no such host",
        "the module proxy cannot be reached",
        "go env GOPROXY; curl -I the address it names; then the same command again",
    ),
    (r"blkid/blkid\.h: No such file", "the header of libblkid is missing", "sudo apt-get install libblkid-dev"),
    (r"SECURITY ERROR|checksum mismatch", "a module is not what go.sum says", "./run components.clean --go"),
)


@dataclass(frozen=True, kw_only=True)
class Command:
    """One compiler run: command, folder, environment, and the log of its output."""

    words: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    log: Path


def log_path(name: str) -> Path:
    """Return the log of the last build of `name`."""
    return paths.cache() / "logs" / f"{name}.log"


def fresh_log(name: str) -> Path:
    """Empty the log of `name`; returns its path."""
    log = log_path(name)
    atomic.folder(log.parent, mode=0o755)
    log.write_text("", encoding="utf-8")
    return log


def watch(command: Command) -> Iterator[str]:
    """Run a compiler, yielding the new lines of its log every `TICK` seconds; raises when it fails."""
    with command.log.open("a", encoding="utf-8") as log:
        print("$", " ".join(map(str, command.words)), file=log, flush=True)
        start = log.tell()
        process = subprocess.Popen(
            command.words,
            cwd=command.folder,
            env=surroundings.child(command.env),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    try:
        with command.log.open(encoding="utf-8", errors="replace") as seen:
            seen.seek(start)
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=TICK)
                yield seen.read()
            yield seen.read()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode:
        raise failure(command)


def failure(command: Command) -> errors.LabError:
    """Return the error of a failed compiler run: the log's last ten lines, and the cause if it is known."""
    lines = command.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
    what = f"{command.log.stem} did not build"
    for pattern, cause, remedy in KNOWN:
        if re.search(pattern, "\n".join(lines)):
            return errors.LabError("component-build", what, details=lines, log=command.log, cause=cause, remedy=remedy)
    return errors.LabError("component-build", what, details=lines, log=command.log)


def build(
    family: software_catalogue.Family, versions: model.VersionSet, out: Path, phase: progress.Phase, then: str
) -> dict[str, object]:
    """Make the family's binaries in `out` under their names in the cache; return facts for the record."""
    begin, used = time.monotonic(), _used()
    fresh_log(family.name)
    if family.recipe is software_catalogue.Recipe.C:
        _compile_c(family, versions, out)
        return {"seconds": round(time.monotonic() - begin, 1), "cpu": round(_used() - used, 1)}
    done = 0
    total = _list_packages(family, phase, then)
    for text in watch(_go_build(family, cache_layout.linker_flags(family, versions), out)):
        done += text.count("\n")
        times = f"{amounts.clock(phase.seconds)} of about {amounts.clock(family.seconds)}"
        phase.update(f"{done} of at most {total} packages compiled, {times}; {then}")
    for binary in family.binaries:
        (out / binary.built).rename(out / binary.name)
    facts = {"seconds": round(time.monotonic() - begin, 1), "cpu": round(_used() - used, 1), "packages": total}
    modules = licences.linked(family, [out / binary.name for binary in family.binaries])
    return {"go": toolchain.go_version(), **facts, "modules": modules}


def _used() -> float:
    """Return the CPU seconds of all programs that this process has started and that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _list_packages(family: software_catalogue.Family, phase: progress.Phase, then: str) -> int:
    """Download the modules of the family's programs; return the number of their packages."""
    total = 0
    for text in listed(family, family.name):
        fetched = text.count("go: downloading ")
        total += text.count("\n") - fetched
        if fetched:
            phase.update(f"downloading modules, {amounts.clock(phase.seconds)}; {then}")
    return total


def listed(family: software_catalogue.Family, log: str) -> Generator[str, None, None]:
    """Yield the lines of Go's list of the family's packages, and of the modules that it downloads for it."""
    if family.recipe in software_catalogue.GO:
        tests = ["-test"] if family.recipe is software_catalogue.Recipe.TEST else []
        words = ["list", "-deps", *tests, *_tags(family), *family.target.split()]
        yield from watch(_go_command(family, words, log))


def _tags(family: software_catalogue.Family) -> list[str]:
    return [f"-tags={','.join(family.tags)}"] if family.tags else []


def _go_command(family: software_catalogue.Family, words: Sequence[str], log: str) -> Command:
    env = toolchain.environment(cgo=family.cgo)
    words = [str(toolchain.go()), *words]
    return Command(words=words, folder=family.folder, env=env, log=log_path(log))


def _go_build(family: software_catalogue.Family, flags: str, out: Path) -> Command:
    verb = ["test", "-c", "-vet=off"] if family.recipe is software_catalogue.Recipe.TEST else ["build", "-v"]
    fixed = [*verb, "-trimpath", "-buildvcs=false", *_tags(family), "-ldflags", flags]
    return _go_command(family, [*fixed, "-o", f"{out}/", *family.target.split()], family.name)


def _compile_c(family: software_catalogue.Family, versions: model.VersionSet, out: Path) -> None:
    log = log_path(family.name)
    options = [
        "-Os",
        "-Wall",
        "-Werror",
        "-static",
        "-s",
        f"-DVERSION={software_catalogue.version(versions, family.name)}",
    ]
    for binary in family.binaries:
        words = ["gcc", *options, "-o", str(out / binary.name), f"{binary.name}.c"]
        for _ in watch(Command(words=words, folder=family.folder, env={}, log=log)):
            pass
