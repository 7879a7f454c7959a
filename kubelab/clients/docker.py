"""The door to the Docker engine, by its command line. What a lab has there: `providers`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from kubelab import errors
from kubelab.clients import patience, program


def bind(source: Path, target: str, *, readonly: bool = False) -> str:
    """Return the value of `--mount` for a place of this computer: a row of CSV, so that a comma in it needs quotes."""
    return f'type=bind,"src={source}",dst={target}{",readonly" if readonly else ""}'


def run(*arguments: str, timeout: float = 60) -> str:
    """Return what `docker ARGUMENTS` printed; a LabError tells apart no engine, no permission and a refusal."""
    limit = patience.seconds(timeout)
    try:
        done = program.run(["docker", *arguments], timeout=limit)
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
