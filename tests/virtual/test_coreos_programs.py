"""The programs of the software disk run on a system that has nothing of Debian's: for Flatcar and its kin."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubelab.clients import docker
from kubelab.components import software_disk, system_programs
from kubelab.ui import progress

BARE = "kubelab/test-bare:1"
SAYS = {
    "runc --version": "runc version",
    "conntrack --version": "conntrack v",
    "ipset list": "",
    "socat -V": "socat version",
    "ethtool --version": "ethtool version",
    "jq -n 6*7": "42",
    "iptables --version": "iptables v1.",
    "iptables -A FORWARD -m comment --comment x -j ACCEPT": "",
    "iptables-save": "-A FORWARD -m comment --comment x -j ACCEPT",
    "iptables-restore --version": "iptables-restore v1.",
    "ip6tables --version": "ip6tables v1.",
    "ip6tables-save": "",
    "ip6tables-restore --version": "ip6tables-restore v1.",
}
"""What each program is asked, and what its answer holds."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield an image with a shell, the programs that a trial needs, and nothing else: no iptables, no libmnl."""
    packed = tmp_path_factory.mktemp("bare") / "root.tar"
    with tarfile.open(packed, "w") as tar:
        for path in _with_libraries("/bin/sh"):
            tar.add(Path(path).resolve(), path)
    docker.run("import", str(packed), BARE)
    yield BARE
    docker.run("rmi", BARE)


def _with_libraries(program: str) -> list[str]:
    said = subprocess.run(["ldd", program], check=True, capture_output=True, encoding="utf-8").stdout
    return [program, *(word for word in said.split() if word.startswith("/"))]


def test_every_program_is_asked() -> None:
    """A program that is added is tried as well."""
    assert {words.split()[0] for words in SAYS} == set(system_programs.NAMES)


def test_they_run_on_a_bare_system(bare: str) -> None:
    """Each finds its own loader, libraries and extensions under /opt; runc alone wants the system's C library."""
    system_programs.ensure(software_disk.home(), progress.Progress.chosen())
    mounts = [
        word
        for name, place in system_programs.parts(software_disk.home()).items()
        for word in ("--mount", docker.bind(place, f"/opt/kubelab/software/{name}", readonly=True))
    ]
    script = "".join(
        f"echo '== {words}'; /opt/kubelab/software/bin/{words} 2>&1 || echo \"ended with $?\"\n" for words in SAYS
    )
    said = docker.run("run", "--rm", "--cap-add", "NET_ADMIN", "--cap-add", "NET_RAW", "--read-only", *mounts,
                      "--entrypoint", "/bin/sh", bare, "-c", script)  # fmt: skip
    answers = dict(part.split("\n", 1) for part in said.split("== ")[1:])
    old = "GLIBC_" in answers["runc --version"]
    wrong = {words: answers[words] for words, wanted in SAYS.items() if wanted not in answers[words]}
    ended = {words for words, answer in answers.items() if "ended with" in answer}
    assert (set(wrong) | ended) - ({"runc --version"} if old else set()) == set(), wrong
