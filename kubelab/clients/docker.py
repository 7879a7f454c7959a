"""The door to the Docker engine, by its command line: what a lab owns there, found by label."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from kubelab import errors
from kubelab.clients import patience, surroundings

LAB = "kubelab.lab"


def run(*arguments: str, timeout: float = 60) -> str:
    """Return what `docker ARGUMENTS` printed; a LabError tells apart no engine, no permission and a refusal."""
    limit = patience.seconds(timeout)
    try:
        done = subprocess.run(  # noqa: PLW1510 (looked at below)
            ["docker", *arguments],
            env=surroundings.child(),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit,
        )
    except FileNotFoundError as problem:
        raise errors.LabError("docker-missing", "there is no docker command") from problem
    except subprocess.TimeoutExpired as problem:
        raise errors.LabError("docker-silent", f"docker {arguments[0]} took over {limit:.0f} s") from problem
    if done.returncode:
        said = done.stderr.strip()
        if "permission denied" in said:
            raise errors.LabError("docker-forbidden", "Docker is not yours to use", details=[said[-300:]])
        if "Cannot connect" in said or "connection refused" in said:
            raise errors.LabError("docker-unreachable", "the Docker engine does not answer", details=[said[-300:]])
        raise errors.LabError("docker-failed", f"docker {' '.join(arguments)} failed", details=said.splitlines()[-10:])
    return done.stdout


def containers(lab: str | None = None) -> list[dict[str, Any]]:
    """Return the containers of a lab (of all labs), running or not, as `docker inspect` describes them."""
    return _inspected("container", "ps", "-aq", "--filter", _label(lab))


def networks(lab: str | None = None) -> list[dict[str, Any]]:
    """Return the networks of a lab (of all labs)."""
    return _inspected("network", "network", "ls", "-q", "--filter", _label(lab))


def volumes(lab: str | None = None, box: str | None = None) -> list[str]:
    """Return the names of a lab's volumes (of all labs', of one box of it)."""
    one = ("--filter", f"label=kubelab.box={box}") if box else ()
    return run("volume", "ls", "-q", "--filter", _label(lab), *one).split()


def volume_boxes(lab: str) -> set[str]:
    """Return the names of the boxes that a lab's volumes belong to."""
    shown = run("volume", "ls", "--filter", _label(lab), "--format", '{{.Label "kubelab.box"}}')
    return {name for name in shown.split() if name}


def stop(names: Sequence[str]) -> None:
    """Stop containers, cleanly; an empty list is fine."""
    if names:
        run("stop", "--time", "30", *names, timeout=120)


def restart(names: Sequence[str]) -> None:
    """Stop containers, cleanly, and start them again; an empty list is fine."""
    if names:
        run("restart", "--time", "30", *names, timeout=120)


def remove(kind: str, names: Sequence[str]) -> None:
    """Remove containers (running or not), networks or volumes by name or id; an empty list is fine."""
    if names:
        force = ("--force",) if kind in ("container", "volume") else ()
        run(kind, "rm", *force, *names, timeout=120)


def _label(lab: str | None) -> str:
    return f"label={LAB}={lab}" if lab else f"label={LAB}"


def _inspected(kind: str, *listing: str) -> list[dict[str, Any]]:
    """Return what `docker KIND inspect` says of every listed object, read at one moment."""
    for last in (False, False, True):
        names = run(*listing).split()
        try:
            return json.loads(run(kind, "inspect", *names)) if names else []
        except errors.LabError as problem:
            gone = any("No such" in detail for detail in problem.details)
            if last or not gone:  # one that went away between the listing and the look is no error
                raise
    raise AssertionError("unreachable: the last try returns or raises")
