"""The box image is made once from boxes/, whole or not at all, and holds no secret."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.clients import docker
from kubelab.components import box_image, userland
from kubelab.ui import progress

FAKE_MMDEBSTRAP = """#!/bin/bash
# Stands in for mmdebstrap: a userland is its arguments.
echo "$*" >> "$KUBELAB_FAKE_CALLS"
[ -z "${KUBELAB_FAKE_FAILS:-}" ] || { echo "half a userland"; echo "E: no mirror" >&2; exit 25; }
echo "userland $*"
"""


class Engine:
    """A Docker that knows images by tag and refuses what it was not told about."""

    def __init__(self) -> None:
        """Begin without images."""
        self.images: dict[str, str] = {}
        self.calls: list[str] = []
        self.modes: dict[str, int] = {}

    def run(self, *arguments: str, timeout: float = 60) -> str:  # noqa: ARG002 (as docker.run)
        """Answer as `docker ARGUMENTS` would."""
        self.calls.append(arguments[0])
        match arguments:
            case ("images", "--quiet", tag):
                return "id\n" if tag in self.images else ""
            case ("images", name, "--format", _):
                return "\n".join(tag for tag in self.images if tag.startswith(f"{name}:"))
            case ("import", tar, tag):
                self.images[tag] = Path(tar).read_text()
            case ("build", "--quiet", "--build-arg", base, "--tag", tag, folder):
                files = [path for path in Path(folder).rglob("*") if path.is_file()]
                self.modes = {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in files}
                self.images[tag] = base
            case _:
                raise AssertionError(f"unexpected: docker {arguments}")
        return ""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Put a fake engine behind the door to Docker."""
    fake = Engine()
    monkeypatch.setattr(docker, "run", fake.run)
    return fake


@pytest.fixture(autouse=True)
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake mmdebstrap on PATH, boxes/ in a copy, a cache behind; returns the file of mmdebstrap's calls."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {"mmdebstrap": FAKE_MMDEBSTRAP, "sudo": '#!/bin/bash\nshift; exec "$@"\n'}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    shutil.copytree(paths.BOXES, tmp_path / "boxes")
    monkeypatch.setattr(paths, "BOXES", tmp_path / "boxes")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KUBELAB_FAKE_CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


def plain() -> tuple[progress.Progress, io.StringIO]:
    """Return progress and what it shows."""
    shown = io.StringIO()
    return progress.Progress(progress.Style.PLAIN, out=shown), shown


def shipped() -> Iterator[tuple[str, str]]:
    """Yield name and text of every file that goes into the image."""
    for path in sorted(paths.BOXES.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(paths.BOXES)), path.read_text()


def test_the_image_is_made_once(engine: Engine, calls: Path) -> None:
    """A second call makes nothing and shows no phase: it only asks whether the image is there."""
    run, _ = plain()
    tag = box_image.ensure(run)
    assert engine.images[tag] == f"BASE={box_image.base_image(run)}"
    engine.calls.clear()
    again, shown = plain()
    assert box_image.ensure(again) == tag == box_image.box_image()
    assert (engine.calls, shown.getvalue(), calls.read_text().count("\n")) == (["images"], "", 1)


def test_a_virtual_machines_files_are_no_part_of_a_container() -> None:
    """What only a virtual machine has asks for no other image of a container."""
    tag = box_image.box_image()
    prepare = paths.BOXES / "vm/files/usr/libexec/kubelab/prepare"
    prepare.write_text(prepare.read_text() + "\n")
    assert box_image.box_image() == tag


def test_every_input_is_in_the_tag() -> None:
    """A changed file, a changed name, an execute bit and a changed package list each ask for another image."""
    seen = {box_image.box_image()}
    entrypoint = paths.BOXES / "entrypoint"
    entrypoint.write_text(entrypoint.read_text() + "\n")
    seen.add(box_image.box_image())
    entrypoint.chmod(0o644)
    seen.add(box_image.box_image())
    (paths.BOXES / "masked-units").rename(paths.BOXES / "masked")
    seen.add(box_image.box_image())
    (paths.BOXES / "packages").write_text("systemd\n")
    seen.add(box_image.box_image())
    assert len(seen) == 5


def test_a_checkout_with_another_umask_is_the_same_image(engine: Engine) -> None:
    """File modes in the image do not come from the checkout: sshd and sudo would refuse some of them."""
    tag = box_image.box_image()
    for path in paths.BOXES.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.name == "entrypoint" else 0o600)
    assert box_image.ensure(plain()[0]) == tag
    assert engine.modes.pop("entrypoint") == 0o755
    assert set(engine.modes.values()) == {0o644}


def test_a_failed_userland_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What mmdebstrap wrote before it failed is never taken for a userland; its last words and log are named."""
    monkeypatch.setenv("KUBELAB_FAKE_FAILS", "1")
    with pytest.raises(errors.LabError) as caught:
        box_image.base_image(plain()[0])
    assert (caught.value.ident, caught.value.details) == ("box-base", ("E: no mirror",))
    assert caught.value.log
    assert caught.value.log.exists()
    assert not engine.images
    assert not list((paths.cache() / "box").iterdir())


def test_a_damaged_userland_is_made_again(engine: Engine, calls: Path) -> None:
    """When Docker has lost the image, the tar in the cache is used if it is the one that was made, else remade."""
    tag = box_image.base_image(plain()[0])
    good = engine.images.pop(tag)
    box_image.base_image(plain()[0])
    assert calls.read_text().count("\n") == 1
    engine.images.clear()
    (tar,) = (paths.cache() / "box").glob("*.tar")
    tar.write_text("damaged")
    box_image.base_image(plain()[0])
    assert (engine.images[tag], calls.read_text().count("\n")) == (good, 2)


@pytest.mark.parametrize(
    ("root", "mapped", "sudo", "begins"),
    [
        (True, False, False, ["mmdebstrap", "--mode=root"]),
        (True, True, True, ["mmdebstrap", "--mode=root"]),
        (False, True, True, ["mmdebstrap", "--mode=unshare"]),
        (False, False, True, ["sudo", "-n", "mmdebstrap", "--mode=root"]),
    ],
)
def test_each_kind_of_user_makes_it_in_the_way_that_they_can(
    root: bool, mapped: bool, sudo: bool, begins: list[str]
) -> None:
    """Root makes it directly, a person in a user namespace, and only who cannot asks sudo."""
    assert userland.bootstrap_command(box_image.base(), root=root, mapped=mapped, sudo=sudo)[: len(begins)] == begins


def test_who_can_do_neither_is_told_what_to_install() -> None:
    """Without root, sudo or subordinate ids there is an error before anything is begun."""
    with pytest.raises(errors.LabError) as caught:
        userland.bootstrap_command(box_image.base(), root=False, mapped=False, sudo=False)
    assert "uidmap" in caught.value.remedy


def test_nothing_secret_and_no_python_is_shipped() -> None:
    """No key of any kind is among the inputs, ssh takes its keys from the lab, and Python is not asked for."""
    texts = dict(shipped())
    assert len(texts) > 8
    assert not [name for name, text in texts.items() if "PRIVATE KEY" in text or "ssh-ed25519" in text]
    assert not [name for name in texts if "ssh_host" in name or "authorized_keys" in name]
    assert not [name for name in box_image.packages() if "python" in name]
    daemon = texts["files/etc/ssh/sshd_config"]
    for line in ("HostKey /etc/ssh/kubelab/ssh_host_ed25519_key", "PasswordAuthentication no", "PermitRootLogin no"):
        assert line in daemon.splitlines()


def test_boxes_cannot_reach_the_computers_clock_modules_or_limits() -> None:
    """The three capabilities are dropped after all were added, and --privileged, which brings them, is not used."""
    given = list(box_image.RUN_ARGUMENTS)
    dropped = {given[place + 1] for place, word in enumerate(given) if word == "--cap-drop"}
    assert dropped == {"SYS_RESOURCE", "SYS_TIME", "SYS_MODULE"}
    assert "--privileged" not in given


def test_a_box_has_a_limit_on_processes() -> None:
    """Several pods at their own limits do not reach it, and all boxes of a lab together not the kernel's usual one."""
    given = list(box_image.RUN_ARGUMENTS)
    assert given[given.index("--pids-limit") + 1] == str(box_image.PIDS)
    assert 4 * 1024 <= box_image.PIDS <= 32768 // 4


def test_masked_units_are_units() -> None:
    """Every row of masked-units has a unit's type: a misspelt one would mask nothing."""
    rows = [row for row in (paths.BOXES / "masked-units").read_text().split("\n") if row and row[0] != "#"]
    kinds = {row.rsplit(".", 1)[-1] for row in rows}
    assert len(rows) > 20
    assert kinds <= {"service", "socket", "target", "mount", "automount", "timer", "path"}


def test_the_entrypoint_is_bash() -> None:
    """It runs as process 1: a syntax error there would be seen only as a box that does not start."""
    subprocess.run(["bash", "-n", paths.BOXES / "entrypoint"], check=True)


def test_no_cni_plugin_hides_a_program_of_the_box() -> None:
    """Every PATH of a box ends with the CNI plugins: one of them is called `bridge`, as iproute2's program is."""
    lines = [
        line.strip('"')
        for path in sorted((paths.BOXES / "files").rglob("*"))
        if path.is_file()
        for line in path.read_text(encoding="utf-8").splitlines()
        if "/opt/cni/bin" in line
    ]
    assert len(lines) == 4  # ssh, systemd, sudo, login shells
    assert [line for line in lines if not line.endswith(":/bin:/opt/cni/bin")] == []
