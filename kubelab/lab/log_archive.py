"""One archive of everything that helps to find a lab's fault, without any secret."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import checks, errors, paths
from kubelab.converge import session
from kubelab.files import atomic
from kubelab.lab import log_sources
from kubelab.pki import secret_scan
from kubelab.ui import progress

TOLD = 6
"""Lines about omissions that are printed; the archive's README.txt has all."""
WORTH_KEEPING = ("lab-not-ready", "apply-failed", "drain-failed")
"""Errors after which the lab itself must be read, because it may change before a person does."""
LEFT_OUT = """\
Left out on purpose: private keys, kubeconfigs, the encryption configuration, the cluster's secrets, bearer tokens,
passwords in addresses, what variables called password or token say in objects, events and command lines, and every file
that no list of kubelab's names. The archive was read again after it was written and holds none of the lab's keys. What
an application of your own prints into its log is in it as it was printed: look at pods/ before you pass it on.
"""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A written archive: its path, its number of files, what could not be read, what was left out."""

    path: Path
    files: int
    missing: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def of_lab(name: str, report: progress.Progress, target: Path | None = None) -> Archive:
    """Write the archive of a lab by its name; LabError `lab-absent` if nothing of the lab is here."""
    where = paths.LabPaths(name=name)
    if not where.root.exists():
        raise errors.LabError("lab-absent", f"lab {name} has not been brought up: there are no logs")
    view = session.opened(name, report).view if where.kubeconfig.exists() else None
    return collect(where, view, report, target)


def collect(
    where: paths.LabPaths, view: checks.View | None, report: progress.Progress, target: Path | None = None
) -> Archive:
    """Write one archive of a lab's logs and state; boxes that are down only make it smaller.

    Keys and tokens are cut out, or their files left out, and named. `view` is None for a lab that was not rendered.
    Raises LabError `logs-secret` if a key was still in what was written.
    """
    name, now = where.name, datetime.datetime.now().astimezone()
    title = f"kubelab-{name}-{now:%Y%m%d-%H%M%S}"
    with report.phase("collect") as phase:
        found = log_sources.read_all(_sources(where, view))
        phase.done(f"{len(found.files)} files")
    with report.phase("write and read again") as phase:
        scan = secret_scan.Scan.of(where)
        contents, secret = cleaned(found.files, scan)
        found = dataclasses.replace(found, left_out=(*secret, *found.left_out))
        contents["README.txt"] = _about(name, now, found).encode(errors="backslashreplace")  # names of files
        path = (target or paths.BUILD / f"{title}.tar.gz").absolute()
        write(path, title, contents, scan)
        phase.done(f"{path.stat().st_size / 1e6:.1f} MB")
    return Archive(path=path, files=len(contents), missing=found.missing, left_out=found.left_out)


def cleaned(files: Mapping[str, bytes], scan: secret_scan.Scan) -> tuple[dict[str, bytes], list[str]]:
    """Return the files without lines that hold a secret, and, in words, those that still hold one: left out."""
    kept, left_out = {}, []
    for name, content in files.items():
        clean = secret_scan.without_logins(scan.cut(content))
        whats = scan.hidden(clean)
        if whats:
            left_out.append(f"{name}: it holds {', '.join(whats)}")
        else:
            kept[name] = clean
    return kept, left_out


@contextlib.contextmanager
def kept_of_failure(held: session.Held) -> Iterator[None]:
    """Keep an archive of a lab that did not become well, and name it in the error."""
    try:
        yield
    except errors.LabError as problem:
        if problem.ident in WORTH_KEEPING:
            try:
                archive = collect(held.where, held.view if held.where.kubeconfig.exists() else None, held.report)
                problem.details = (*problem.details, f"kept: {archive.path}")
            except (errors.LabError, OSError) as second:
                problem.details = (*problem.details, f"no archive was kept: {second}")
        raise


def say(archive: Archive, report: progress.Progress) -> None:
    """Print where the archive is and what is missing from it."""
    for words in archive.missing:
        report.say(f"   could not be had: {words}")
    for words in archive.left_out[:TOLD]:
        report.say(f"   left out: {words}")
    if len(archive.left_out) > TOLD:
        report.say(f"   left out: {len(archive.left_out) - TOLD} more, named in its README.txt")
    report.say(f"{archive.path}: {archive.files} files, no keys, no tokens, no kubeconfig")


def _sources(where: paths.LabPaths, view: checks.View | None) -> Mapping[str, Callable[[], log_sources.Evidence]]:
    """Return the sources: always this computer, and the boxes and the API server of a rendered lab."""
    sources: dict[str, Callable[[], log_sources.Evidence]] = {"computer": lambda: log_sources.of_computer(where)}
    if view is None:
        return sources
    boxes = {machine.name: functools.partial(log_sources.of_box, where, machine) for machine in view.lab.machines}
    return {**sources, **boxes, "API": lambda: log_sources.of_api(view)}


def _about(name: str, now: datetime.datetime, found: log_sources.Evidence) -> str:
    rows = "".join(f"  {words}\n" for words in found.missing) or "  nothing: everything answered\n"
    lines = "".join(f"  {words}\n" for words in found.left_out) or "  nothing\n"
    said = f"Could not be had:\n{rows}\nLeft out, file by file:\n{lines}\n{LEFT_OUT}"
    return f"Logs of kubelab lab {name}, {now:%Y-%m-%d %H:%M:%S %z}.\n\n{said}"


def write(path: Path, title: str, contents: Mapping[str, bytes], scan: secret_scan.Scan) -> None:
    """Write the archive, 0600, under `title/`, tokens masked; read it again and refuse it if it holds a secret."""
    with atomic.draft(path) as draft:
        with tarfile.open(draft, "w:gz", compresslevel=6) as tar:
            for name, content in sorted(contents.items()):
                _add(tar, f"{title}/{name}", secret_scan.masked(content))
        leaks = [f"{name}: {what}" for name, whats in _scanned(draft, scan).items() for what in whats]
        if leaks:
            raise errors.LabError("logs-secret", "the archive would have held a secret", details=leaks[:10])


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _scanned(draft: Path, scan: secret_scan.Scan) -> dict[str, tuple[str, ...]]:
    """Return member to the secrets in it, as the archive really holds them."""
    found = {}
    with tarfile.open(draft) as tar:
        for member in tar:
            file = tar.extractfile(member)
            whats = scan.found(file.read()) if file else ()
            if whats:
                found[member.name] = whats
    return found
