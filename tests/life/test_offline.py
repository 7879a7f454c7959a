"""From one file, on a computer whose network leads nowhere: the environment, the lab, its whole test, an exercise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import offline
import pytest

from kubelab import paths

BUNDLE = os.environ.get("KUBELAB_TEST_BUNDLE", "")
"""A bundle that was written already, of this very checkout: writing one takes a minute."""
pytestmark = pytest.mark.skipif(
    not os.environ.get("KUBELAB_OFFLINE"),
    reason="a second engine, a second lab, ten minutes, root: KUBELAB_OFFLINE=1 pytest tests/life/test_offline.py",
)
LAB = "offline"
OUTSIDE = ("example.org:80", "1.1.1.1:443", "8.8.8.8:53")


def needed(found: bool, what: str) -> None:
    """Fail for what this computer has not got: a test that looks at nothing proves nothing."""
    assert found, f"{what} is needed to cut a computer off from the network"


@pytest.fixture(scope="session", autouse=True)
def home() -> None:
    """Take the place of the lab that the other files of this suite share: this one has a computer of its own."""


@pytest.fixture(autouse=True)
def evidence_of_failure() -> None:
    """Take the place of the look at that lab."""


@pytest.fixture(scope="module")
def bundle() -> Iterator[Path]:
    """Yield a bundle of this checkout, written where there is a network."""
    if BUNDLE:
        yield Path(BUNDLE)
        return
    with tempfile.TemporaryDirectory(prefix="kubelab-bundle-", dir=paths.cache()) as folder:
        file = Path(folder, "lab.bundle.tar.gz")
        words = [sys.executable, "-m", "invoke", "components.bundle", "--checkout", "--out", str(file)]
        done = subprocess.run(words, cwd=paths.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        yield file


@pytest.fixture(scope="module")
def there(bundle: Path) -> Iterator[offline.Computer]:
    """Yield a computer without a network, with the checkout and the bundle on it and nothing else."""
    needed(os.geteuid() == 0, "root")
    needed(bool(shutil.which("unshare") and shutil.which("nsenter") and shutil.which("dockerd")), "unshare and dockerd")
    place = Path(tempfile.mkdtemp(prefix="kubelab-offline-", dir=paths.cache()))
    with offline.computer(place) as found:
        offline.unpack_checkout(bundle, found)
        (found.checkout / "labs" / f"{LAB}.yaml").write_bytes((paths.LABS / "bench.yaml").read_bytes())
        yield found


def run(there: offline.Computer, word: str, *words: str, codes: tuple[int, ...] = (0,)) -> str:
    """Type a word on that computer, as a person does."""
    return there.run("./run", word, *words, codes=codes)


def reach(address: str) -> str:
    """Return the shell command that tries to reach an address outside."""
    host, port = address.split(":")
    return f"timeout 3 bash -c 'exec 3<>/dev/tcp/{host}/{port}' 2>/dev/null && echo reached || echo cut off"


@pytest.mark.parametrize("address", OUTSIDE)
def test_nothing_outside_can_be_reached(there: offline.Computer, address: str) -> None:
    """Before anything is proven: no name, no address. This is what makes the rest of this file mean something."""
    assert there.run("bash", "-c", reach(address)).strip() == "cut off"
    assert there.run("docker", "images", "--quiet") == ""


def test_a_damaged_bundle_is_refused_and_leaves_nothing(there: offline.Computer, bundle: Path) -> None:
    """One byte near the end is wrong: an error with its identifier, an empty cache, an empty Docker."""
    hurt = there.place / "hurt.tar.gz"
    shutil.copy(bundle, hurt)
    with hurt.open("r+b") as file:
        file.seek(-(bundle.stat().st_size // 20), os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x55]))
    said = run(there, "lab.up", "--lab", LAB, "--bundle", str(hurt), codes=(1,))
    assert "bundle-damaged" in said or "no Python packages can be read" in said
    assert (
        not list((there.place / "home/cache").glob("components/*")) and there.run("docker", "images", "--quiet") == ""
    )
    hurt.unlink()


def test_one_word_brings_up_the_lab_from_the_bundle_alone(there: offline.Computer, bundle: Path) -> None:
    """Python packages, programs, images, box: all of it from the file; the second time there is nothing to do."""
    begin = time.monotonic()
    said = run(there, "lab.up", "--lab", LAB, "--bundle", str(bundle))
    sys.stdout.write(f"lab.up --bundle from nothing: {time.monotonic() - begin:.0f} s\n{said}")
    assert "bundle, unpacked and checked" in said
    again = run(there, "lab.up", "--lab", LAB, "--bundle", str(bundle))
    assert "bundle, unpacked" not in again


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_boxes_are_cut_off_too(there: offline.Computer, address: str) -> None:
    """What runs in the lab has fetched nothing either."""
    said = run(there, "lab.ssh", "kube-worker-01", "--lab", LAB, "--command", reach(address))
    assert said.strip() == "cut off"


def test_the_lab_passes_its_whole_test(there: offline.Computer) -> None:
    """lab.test, as on any other computer."""
    said = run(there, "lab.test", "--lab", LAB)
    sys.stdout.write(said[-600:])


def test_an_exercise_works(there: offline.Computer) -> None:
    """Begun, red, solved by the reference, green, stopped: no network is needed for learning."""
    if not (there.checkout / "labs/exercises/scheduler-down").exists():
        pytest.fail("this checkout has no exercise scheduler-down")
    run(there, "exercise.start", "scheduler-down", "--lab", LAB)
    run(there, "exercise.check", "--lab", LAB, codes=(1,))
    run(there, "exercise.solve", "--lab", LAB, "--yes")
    run(there, "exercise.check", "--lab", LAB)
    run(there, "exercise.stop", "--lab", LAB)


def test_it_can_be_destroyed(there: offline.Computer) -> None:
    """Not before it was said that the exercise's work goes with it; then nothing of it is left in that Docker."""
    assert "exercise-unsubmitted" in run(there, "lab.destroy", "--lab", LAB, codes=(2,))
    run(there, "lab.destroy", "--lab", LAB, "--yes")
    assert there.run("docker", "ps", "--all", "--quiet") == ""
