"""Errors as a user meets them: `./run` words run where each cause is real; none needs a lab."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from acts import Said, another_engine
from checkouts import Checkout

from kubelab import errors, model, pages, paths
from kubelab.lab import port_forward
from kubelab.state import subnets

LAB = "errors-life"
"""No other lab of this computer has that name."""
OPTION = ("--lab", LAB)
Cause = Callable[[Checkout], Said]
CAUSES: dict[str, tuple[Cause, str]] = {}
"""Case, which begins with the identifier, to what brings it about and words that the message must have."""
ROOTS: set[str] = set()
"""Cases that only root can bring about: a small disk, a network of its own, a client that is somebody else."""


@pytest.fixture(scope="session", autouse=True)
def home() -> None:
    """Bring no lab up: the other suites' is not needed here."""


@pytest.fixture(autouse=True)
def evidence_of_failure() -> None:
    """Tell nothing of a lab after a red test: there is none."""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a checkout of the test's own, with a lab of one worker."""
    made = Checkout.made(tmp_path / "kubelab")
    made.lab(LAB, b"provider: docker\nnetwork: {machines: 192.168.63.0/24}\n")
    return made


def causes(case: str, said: str, *, root: bool = False) -> Callable[[Cause], Cause]:
    """Enter a function into the table."""

    def enter(cause: Cause) -> Cause:
        assert case not in CAUSES
        ROOTS.update({case} if root else ())
        CAUSES[case] = (cause, said)
        return cause

    return enter


@causes("docker-unreachable", "the Docker engine does not answer", root=True)
def a_socket_that_nobody_listens_on(checkout: Checkout) -> Said:
    """The engine was stopped."""
    return checkout.word("lab.list", where=another_engine("/dev/null"))


@causes("docker-missing", "there is no docker command")
def a_path_without_docker(checkout: Checkout) -> Said:
    """A fresh computer."""
    return checkout.word("lab.list", PATH=checkout.path_without("docker"))


@causes("docker-forbidden", "permission denied", root=True)
def a_socket_of_somebody_else(checkout: Checkout) -> Said:
    """The client runs as a person who is not in the socket's group."""
    place = checkout.root / "d.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(place))
        place.chmod(0o600)
        engine.listen()
        folder = Path(checkout.path_without("docker"))
        client = '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/docker "$@"\n'
        (folder / "docker").write_text(client, encoding="utf-8")
        (folder / "docker").chmod(0o755)
        return checkout.word("lab.list", where=another_engine(place), PATH=str(folder))


@causes("host-unfit", "vagrant")
def a_path_without_vagrant(checkout: Checkout) -> Said:
    """`lab.up` says so before it creates anything."""
    return checkout.word("lab.up", *OPTION, PATH=checkout.path_without("vagrant"))


@causes("vagrant-missing", "there is no vagrant command")
def a_lab_whose_vagrant_was_removed(checkout: Checkout) -> Said:
    """It has a box, which `lab.halt` cannot stop."""
    path = checkout.path_without("vagrant")
    with container(checkout, str(checkout.root)):
        return checkout.word("lab.halt", *OPTION, PATH=path)


@causes("lab-absent", f"lab {LAB} has no boxes")
def a_lab_that_was_never_up(checkout: Checkout) -> Said:
    """`lab.halt` asks the real engine."""
    return checkout.word("lab.halt", *OPTION)


@causes("keys-lost", f"lab {LAB} has data")
def data_whose_keys_are_gone(checkout: Checkout) -> Said:
    """There is a volume with the lab's label, and no build/."""
    volume = f"kubelab-{LAB}-data"
    docker("volume", "create", "--label", f"kubelab.lab={LAB}", volume)
    try:
        return checkout.word("lab.plan", *OPTION)
    finally:
        docker("volume", "rm", volume)


@causes("lab-elsewhere", "/home/somebody/kubelab")
def a_lab_of_another_checkout(checkout: Checkout) -> Said:
    """A container with the lab's label was made from elsewhere."""
    with container(checkout, "/home/somebody/kubelab"):
        return checkout.word("lab.plan", *OPTION)


@causes("boxes-down", "boxes")
def a_lab_whose_boxes_do_not_run(checkout: Checkout) -> Said:
    """It was rendered, and a checkpoint is wanted."""
    assert checkout.word("lab.render", *OPTION).code == 0
    with container(checkout, str(checkout.root)):
        return checkout.word("checkpoint.save", "mine", *OPTION)


@causes("network-exhausted", "no /24 of 192.168.56.0/21, ", root=True)
def a_computer_that_routes_the_whole_pool(checkout: Checkout) -> Said:
    """In a network of its own, which leads all of it elsewhere: a VPN does so."""
    checkout.lab(LAB, b"provider: docker\n")
    pools = subnets.pools(model.Provider.DOCKER)
    routes = " && ".join(["ip link set lo up", *(f"ip route add {pool} dev lo" for pool in pools)])
    (checkout.root / "run").rename(checkout.root / "run-here")
    script = f'#!/bin/sh\nexec unshare --net sh -c \'{routes} && exec "$0" "$@"\' {checkout.root}/run-here "$@"\n'
    (checkout.root / "run").write_text(script, encoding="utf-8")
    (checkout.root / "run").chmod(0o755)
    return checkout.word("lab.render", *OPTION)


@causes("port-taken", f"process {os.getpid()}")
def a_port_that_somebody_else_has(checkout: Checkout) -> Said:
    """The page is asked for on a port where this very process listens; that is said."""
    assert checkout.word("lab.render", *OPTION).code == 0
    with socket.socket() as other:
        other.bind((port_forward.LOOPBACK, 0))
        other.listen()
        return checkout.word("dashboard.open", *OPTION, "--port", str(other.getsockname()[1]))


@causes("api-silent", f"lab {LAB} cannot be asked for its pods")
def a_lab_that_was_only_rendered(checkout: Checkout) -> Said:
    """Nobody has the address that its kubeconfig names."""
    assert checkout.word("lab.render", *OPTION).code == 0
    return checkout.word("dashboard.open", *OPTION, "--port", "0")


@causes("build-unwritable a full disk", "No space left", root=True)
def a_full_disk_below_build(checkout: Checkout) -> Said:
    """`lab.render` onto 64 KiB."""
    with checkout.disk("build", 64):
        return checkout.word("lab.render", *OPTION)


@causes("build-unwritable a read-only disk", "Read-only file system", root=True)
def a_read_only_disk_below_build(checkout: Checkout) -> Said:
    """`lab.render` onto a disk that takes no writes."""
    with checkout.disk("build", 64) as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        return checkout.word("lab.render", *OPTION)


@causes("computer-refused", "No space left", root=True)
def a_full_disk_below_the_cache(checkout: Checkout) -> Said:
    """Not even the lab's lock fits there."""
    with checkout.disk("cache", 4) as disk:
        (disk / "full").touch()
        with (disk / "full").open("wb") as file, pytest.raises(OSError, match="No space"):
            file.write(bytes(1 << 16))
            file.flush()
        return checkout.word("lab.halt", *OPTION)


@causes("checkout-unknown", "git does not know")
def a_copy_that_git_does_not_know(checkout: Checkout) -> Said:
    """The project was unpacked, not cloned, and shall go into packs."""
    course = "course: c\ntitle: C\nexercises:\n  - {id: scheduler-down}\n"
    (checkout.root / "c.yaml").write_text(course, encoding="utf-8")
    (checkout.root / "students.yaml").write_text("students:\n  - {id: ada}\n", encoding="utf-8")
    return checkout.word("course.make", "c.yaml", "--unproven")


@causes("component-pin", "etcd")
def a_version_that_nothing_builds(checkout: Checkout) -> Said:
    """The version set was edited, go.mod was not."""
    file = next((checkout.root / "labs/versions").glob("*.yaml"))
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(\n  etcd: ).*", r"\g<1>'9.9.9'", text), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != text
    return checkout.word("components.build", "--only", "etcd")


@causes("components-absent", "licences are read from what was built")
def licences_of_an_empty_cache(checkout: Checkout) -> Said:
    """Nothing was built yet."""
    return checkout.word("components.licences")


@causes("bundle-damaged", "x.bundle")
def a_bundle_that_was_cut_short(checkout: Checkout) -> Said:
    """The stick was pulled out too early."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        row = tarfile.TarInfo("bundle.json")
        row.size = 1 << 20
        tar.addfile(row, io.BytesIO(os.urandom(1 << 20)))
    (checkout.root / "x.bundle").write_bytes(buffer.getvalue()[: 1 << 18])
    return checkout.word("components.unbundle", "x.bundle")


@causes("lab-file-invalid", "labs/")
def a_hostile_lab_file(checkout: Checkout) -> Said:
    """A tag that would run a program, a name that would run a shell, aliases that would fill the memory."""
    bomb = b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 9))
    tag = b"versions: !!python/object/apply:os.system ['touch %s']\n" % str(checkout.root / "ran").encode()
    checkout.lab(LAB, b"a0: &a0 [x]\n" + bomb + tag)
    said = checkout.word("lab.up", *OPTION)
    assert not (checkout.root / "ran").exists()
    return said


def docker(*words: str) -> str:
    """Return what the real client printed."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


@contextmanager
def container(checkout: Checkout, root: str) -> Iterator[None]:
    """Make a container that never runs, with the labels of the lab's first worker as made from `root`."""
    name = f"kubelab-{LAB}-kube-worker-01"
    archive = checkout.root / "empty.tar"
    tarfile.open(archive, "w").close()
    image = docker("import", str(archive)).strip()
    labels = {"kubelab.lab": LAB, "kubelab.box": "kube-worker-01", "kubelab.root": root}
    words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    try:
        made = docker("create", "--name", name, *words, image, "/nothing").strip()
        yield
    finally:
        docker("rm", made)
        docker("rmi", image)


@pytest.mark.parametrize("case", CAUSES)
def test_an_error_is_told_in_full(case: str, checkout: Checkout) -> None:
    """What failed, the likely cause, whose turn, what to type, the log that is named, the page; no traceback."""
    if case in ROOTS and os.geteuid() != 0:
        pytest.skip("only root can bring it about")
    cause, words = CAUSES[case]
    said = cause(checkout)
    ident = case.split(maxsplit=1)[0]
    row = errors.TABLE[ident]
    assert f"error {ident}: " in said.err, said.all
    assert words in said.err
    assert f"  cause:  {row.cause} (the turn of {row.turn})" in said.err
    assert f"  type:   {row.remedy}" in said.err
    assert f"  more:   {pages.ERRORS}#{ident}" in said.err
    assert f"### {ident}\n" in (paths.ROOT / pages.ERRORS).read_text(encoding="utf-8")
    assert said.code == row.code
    assert "Traceback" not in said.all
    for log in re.findall(r"^  log:    (.+)$", said.err, re.MULTILINE):
        assert Path(log).exists(), f"{log} is named and is not there"
