"""The edge: a task's arguments come in here, and an error becomes a message and an exit code."""

from __future__ import annotations

import enum
import errno
import functools
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, overload

import invoke.tasks

from kubelab import errors, pages, paths
from kubelab.files import atomic
from kubelab.state import paused
from kubelab.tasks import namespace
from kubelab.ui import terminal

REFUSALS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE),
    *(errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO, errno.ENODEV),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
)
"""Failures of this computer: a full disk, a missing right, a read-only or broken file system; a path that leads in a
circle, is too long, or has something else in a file's place; too many open files, no memory, too many processes."""
TYPED = re.compile(r"\./run(?: [a-z]+\.[a-z]+\b)++(?! --lab)")
"""`./run` and its words, in a text that says what to type."""


class Needs(enum.IntEnum):
    """How far a paused lab is resumed before the body of a word runs."""

    NOTHING = 0
    """The word needs no box, or stops them: a paused lab stays paused."""
    BOXES = 1
    """The boxes run and the API server answers."""
    WELL = 2
    """The lab is as well as it was before the pause: a word that judges it must not see it wake up."""


Body = TypeVar("Body", bound=Callable[..., Any])


def show(error: errors.LabError, *, as_json: bool = False) -> None:
    """Print what failed, whose turn it is, the likely cause, what to type and where the log is, to stderr."""
    if as_json:
        row = {"event": "error", "error": error.ident, "what": error.what, "details": error.details}
        terminal.document({**row, "cause": error.cause, "remedy": error.remedy})
    console = terminal.Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold red]error[/] [bold]{error.ident}[/]: ", end="")
    console.print(error.what, markup=False)
    for detail in error.details:
        console.print("  - " + detail.replace("\n", "\n    "), markup=False)
    console.print(f"  cause:  {error.cause} (the turn of {error.turn})", markup=False)
    console.print(f"  type:   {error.remedy}", markup=False)
    if error.log:
        console.print(f"  log:    {error.log}", markup=False)
    console.print(f"  more:   {pages.ERRORS}#{error.ident}", markup=False)


@overload
def task(body: Body) -> Body: ...
@overload
def task(**options: Any) -> Callable[[Body], Body]: ...


def task(*args: Any, **options: Any) -> Any:
    """Make an invoke task whose errors are messages: `@task` or `@task(help={...}, ...)`.

    The wrapped function takes invoke's context first. It may return an `errors.Exit` to end with that code.
    A word about a paused lab resumes it first, as far as `needs` says (`Needs.WELL` if it says nothing).
    """
    if len(args) == 1 and callable(args[0]) and not options:
        return invoke.tasks.task(_guarded(args[0]))
    needs = options.pop("needs", Needs.WELL)
    return lambda body: invoke.tasks.task(*args, **_fitting(options, body))(_guarded(body, needs))


def _fitting(options: dict[str, Any], body: Callable[..., Any]) -> dict[str, Any]:
    """Return the options with the help of this word's own arguments: words of a namespace share one table of help."""
    own = inspect.signature(body).parameters
    shared = options.get("help", {})
    return {**options, "help": {name: text for name, text in shared.items() if name in own}}


def _refuse_missing(body: Callable[..., Any], values: dict[str, Any]) -> None:
    """Refuse a word without an option that it needs: invoke gives None for an option that is not typed."""
    own = inspect.signature(body).parameters.values()
    missing = [row.name for row in own if row.default is row.empty and values.get(row.name, "") is None]
    if missing:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise errors.LabError("word-unknown", f"it needs {options}, with a value")


def _guarded(body: Callable[..., errors.Exit | None], needs: Needs = Needs.WELL) -> Callable[..., None]:
    @functools.wraps(body)
    def run(*args: Any, **values: Any) -> None:
        as_json = bool(values.get("json"))
        try:
            _refuse_missing(body, values)
            paths.refuse_unusable()
            if needs:
                _resume(values.get("lab"), needs)
            code = body(*args, **values)
        except Exception as problem:
            error = as_lab_error(problem)
            error.remedy = aimed(error.remedy, values.get("lab"))
            error.details = tuple(aimed(detail, values.get("lab")) for detail in error.details)
            show(error, as_json=as_json)
            sys.exit(error.code)
        except KeyboardInterrupt:
            terminal.complain("\nstopped; the same command goes on from here\n")
            sys.exit(130)
        if code:
            sys.exit(code)

    return run


def _resume(lab: object, needs: Needs) -> None:
    """Resume the lab of a word if it is paused, and say so in a line."""
    mark = paused.read(lab) if isinstance(lab, str) and paths.LAB_NAME.fullmatch(lab) else None
    if not mark:
        return
    from kubelab.lab import pausing  # noqa: PLC0415 (a lab is paused seldom)

    if seconds := (pausing.settle if needs is Needs.WELL else pausing.resume)(str(lab)):
        terminal.complain(f"lab {lab} was paused since {mark.since}: it runs on ({seconds:.1f} s)\n")


def aimed(remedy: str, lab: object) -> str:
    """Return a remedy whose words work on the lab of the failed word, not on the default one."""
    if not isinstance(lab, str) or not lab or not paths.lab_option(lab):
        return remedy
    return TYPED.sub(lambda found: " ".join(_with_lab(word, lab) for word in found[0].split(" ")), remedy)


def _with_lab(word: str, lab: str) -> str:
    known = namespace.collection([word]) if "." in word.strip("./") else ()
    takes = word in known and "lab" in inspect.signature(known[word].body).parameters  # type: ignore[call-overload]
    return f"{word}{paths.lab_option(lab)}" if takes else word


def as_lab_error(problem: Exception) -> errors.LabError:
    """Return an error that a person can act on; raise one that is a mistake of kubelab."""
    error = _explained(problem)
    if not error:
        raise problem
    return error


def _explained(problem: Exception) -> errors.LabError | None:
    match problem:
        case errors.LabError():
            return problem
        case OSError() if problem.errno in REFUSALS:
            mend = atomic.mend(Path(problem.filename), problem) if isinstance(problem.filename, str) else None
            return errors.LabError("computer-refused", str(problem), remedy=mend)
    return _answered(problem)


def _answered(problem: Exception) -> errors.LabError | None:
    """Return the error of a lab that is not well, in a task that needs a healthy one."""
    from kubelab import checks  # noqa: PLC0415 (takes as long to import as many a word that goes well)
    from kubelab.clients import kube_api, ssh  # noqa: PLC0415 (as above)

    match problem:
        case kube_api.Unanswered() | checks.Silent():
            return errors.LabError("api-silent", str(problem))
        case kube_api.Refused() | checks.Wrong():
            return errors.LabError("api-refused", str(problem))
        case ssh.Unreachable() | ssh.Failed():
            return errors.LabError("box-unwell", str(problem))
    return None
