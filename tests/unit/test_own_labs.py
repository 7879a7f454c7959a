"""One whole test a computer has the test's labs; those of a dead run are removed, whichever checkout it was in."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fakes import Computer, report

from kubelab import errors, paths, providers
from kubelab.dev import own_labs
from kubelab.providers import docker
from kubelab.state import locks

HOLD = "from kubelab.state import locks\nwith locks.{}:\n print('held', flush=True)\n {}"
SLEEP = "subprocess.Popen(['/bin/sleep', '60'], stdout=2, close_fds=False)"
CHILD = f"import subprocess; print({SLEEP}.pid, flush=True); input()"
NESTED = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', {HOLD.format('tests()', 'pass')!r}])"
CANCELLED = """
import time
from kubelab.dev import own_labs
from kubelab.ui import progress
own_labs.remove = lambda _: print("removed", flush=True)
with own_labs.held(progress.Progress.silent()):
    print("held", flush=True)
    time.sleep(60)
"""
WORDS = (sys.executable, "-c")


class Engine:
    """Docker, with boxes, networks and volumes by lab; nothing else is known of them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for the engine of this computer."""
        self.boxes: list[providers.Box] = []
        self.networks: list[providers.Network] = []
        self.volumes: dict[str, str] = {}
        kind = docker.Docker
        patch.setattr(kind, "boxes", lambda _, lab=None: tuple(box for box in self.boxes if lab in (None, box.lab)))
        patch.setattr(kind, "networks", lambda _, lab=None: tuple(one for one in self.networks if one.lab == lab))
        patch.setattr(kind, "volumes", lambda _, lab=None: tuple(key for key, of in self.volumes.items() if of == lab))
        patch.setattr(kind, "remove_boxes", lambda _, names: self.remove(names))
        patch.setattr(kind, "remove_networks", lambda _, names: self.remove(names))
        patch.setattr(kind, "remove_volumes", lambda _, names: self.remove(names))

    def made(self, lab: str, root: Path | None = None, *, state: str = "exited") -> None:
        """Have what a run in a checkout makes; without one only what the removal of its boxes leaves."""
        if root:
            self.boxes.append(providers.Box(ident=f"{lab}-box", name=f"{lab}-box", lab=lab, root=root, state=state))
        self.networks.append(providers.Network(ident=f"{lab}-net", name="vagrant", lab=lab))
        self.volumes[f"{lab}-data"] = lab

    def remove(self, names: Sequence[str]) -> None:
        """Remove by identifier."""
        self.boxes = [box for box in self.boxes if box.ident not in names]
        self.networks = [network for network in self.networks if network.ident not in names]
        self.volumes = {name: lab for name, lab in self.volumes.items() if name not in names}

    @property
    def labs(self) -> set[str]:
        """Return the labs of which there is anything."""
        return {*(box.lab for box in self.boxes), *(one.lab for one in self.networks), *self.volumes.values()}


@pytest.fixture(autouse=True)
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer without a lab and without another run."""
    made = Computer.made(tmp_path, monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    monkeypatch.setattr(own_labs, "EVERY", 0.02)
    return made


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Return one that has nothing."""
    return Engine(monkeypatch)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Return another checkout of this user's, with a lab of the test and one of a person's under build/."""
    for lab in ("selftest-ha", "default"):
        (tmp_path / "theirs/build" / lab / "state").mkdir(parents=True)
    return tmp_path / "theirs"


@contextlib.contextmanager
def holder(code: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that has run so far as to say one line, in a session of its own; nothing of it is left."""
    with subprocess.Popen(
        [*WORDS, code, "test"], cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_lab_that_a_dead_run_left_elsewhere_is_removed(engine: Engine, theirs: Path) -> None:
    """Boxes that a restart of the computer stopped, network, volumes, its folder; one line says where it came from."""
    engine.made("selftest-ha", theirs)
    engine.made("selftest", theirs, state="running")
    progress, said = report()
    own_labs.remove(progress)
    assert engine.labs == set()
    assert not (theirs / "build/selftest-ha").exists()
    assert [line.split(" was left by ")[0] for line in said.getvalue().splitlines() if str(theirs) in line] == [
        " ! lab selftest",
        " ! lab selftest-ha",
    ]


def test_nothing_else_of_another_checkout_is_touched(engine: Engine, theirs: Path) -> None:
    """A person's lab stays with its folder, and a lab of one's own that is called like one of the test's, too."""
    engine.made("selftest-ha", theirs)
    engine.made("default", theirs)
    engine.made("selftest-mine", theirs)
    own_labs.remove(report()[0])
    assert engine.labs == {"default", "selftest-mine"}
    assert [path.name for path in (theirs / "build").iterdir()] == ["default"]


def test_what_is_in_the_folders_place_stays(engine: Engine, theirs: Path, tmp_path: Path) -> None:
    """A link and a folder that no lab made are nobody's leftovers."""
    (tmp_path / "notes/state").mkdir(parents=True)
    (theirs / "build/selftest").symlink_to(tmp_path / "notes")
    (theirs / "build/selftest-two").mkdir()
    engine.made("selftest", theirs)
    engine.made("selftest-two", theirs)
    own_labs.remove(report()[0])
    assert engine.labs == set()
    assert (tmp_path / "notes/state").exists()
    assert (theirs / "build/selftest-two").exists()


def test_a_lab_whose_checkout_is_gone_is_removed(engine: Engine, tmp_path: Path) -> None:
    """Docker still has it, and knows where it was."""
    engine.made("selftest", tmp_path / "gone")
    progress, said = report()
    own_labs.remove(progress)
    assert engine.labs == set()
    assert str(tmp_path / "gone") in said.getvalue()


def test_a_network_and_volumes_that_are_left_alone_are_removed(engine: Engine) -> None:
    """The boxes went before the run died."""
    engine.made("selftest-two")
    own_labs.remove(report()[0])
    assert engine.labs == set()


def test_another_users_lab_is_refused(engine: Engine, theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That run holds a lock of another cache: it may be alive."""
    engine.made("selftest", theirs, state="running")
    monkeypatch.setattr(os, "getuid", lambda: theirs.stat().st_uid + 1)
    with pytest.raises(errors.LabError) as caught:
        own_labs.remove(report()[0])
    assert caught.value.ident == "lab-elsewhere"
    assert engine.labs == {"selftest"}


def test_a_word_that_a_killed_run_left_running_is_waited_for(engine: Engine, theirs: Path) -> None:
    """Its lab is removed as soon as it ends; meanwhile it is named."""
    engine.made("selftest", theirs)
    progress, said = report()
    with holder(HOLD.format("lab('selftest')", "import time; time.sleep(0.3)")) as word:
        own_labs.remove(progress)
        assert f"process {word.pid}" in said.getvalue()
    assert engine.labs == set()


def test_a_second_run_waits_for_the_first_and_names_it(engine: Engine) -> None:
    """Process and checkout, in one line; it begins when the first has ended, and removes the labs at its own end."""
    progress, said = report()
    with holder(HOLD.format("tests()", "import time; time.sleep(0.3)")) as first, own_labs.held(progress):
        assert first.wait() == 0
        (line,) = [line for line in said.getvalue().splitlines() if "waiting" in line]
        assert f"process {first.pid}" in line
        assert str(paths.ROOT) in line
        engine.made("selftest")
    assert engine.labs == set()


def test_a_wait_has_an_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that hangs is not waited for without an end; its labs are left to it."""
    monkeypatch.setattr(own_labs, "QUEUE", 0.1)
    engine.made("selftest")
    refused = pytest.raises(errors.LabError)
    with holder(HOLD.format("tests()", "input()")), refused as caught, own_labs.held(report()[0]):
        pytest.fail("it began")
    assert caught.value.ident == "lab-locked"
    assert engine.labs == {"selftest"}


def test_a_killed_run_holds_nothing(engine: Engine) -> None:
    """The next one begins at once."""
    with holder(HOLD.format("tests()", "input()")):
        pass
    progress, said = report()
    with own_labs.held(progress):
        assert "waiting" not in said.getvalue()
    assert engine.labs == set()


def test_a_run_that_is_asked_to_end_removes_its_labs() -> None:
    """A cancelled job gets SIGTERM: it leaves nothing for the next one, and ends as by Ctrl-C."""
    with holder(CANCELLED) as run:
        run.terminate()
        said, _ = run.communicate(timeout=20)
        assert said == "removed\n"
        assert run.returncode == -signal.SIGINT


def test_tests_that_outlive_their_run_still_hold_the_labs() -> None:
    """`./run test` was killed and its pytest was not: a new run would take the labs from under it."""
    with holder(HOLD.format("tests()", CHILD)) as run:
        assert run.stdout
        child = int(run.stdout.readline())
        run.kill()
        run.wait()
        with pytest.raises(errors.LabError, match="whole test") as caught, locks.tests():
            pytest.fail("it began")
        assert "it has ended" in caught.value.details[0]
        os.kill(child, signal.SIGKILL)
        for _ in range(200):
            try:
                with locks.tests():
                    return
            except errors.LabError:
                time.sleep(0.02)
    pytest.fail("the lock was never free")


def test_the_tests_of_a_run_are_not_refused_by_it() -> None:
    """They hold the labs when a person types `pytest tests/life`; below `./run test` they need nothing."""
    with locks.tests():
        done = subprocess.run(
            [*WORDS, HOLD.format("tests()", "pass")], cwd=paths.ROOT, capture_output=True, text=True, check=False
        )
        assert done.stdout == "held\n"
        far = subprocess.run([*WORDS, NESTED], cwd=paths.ROOT, capture_output=True, text=True, check=False)
        assert "lab-locked" in far.stderr or "in use" in far.stderr
        assert far.stdout == ""


def test_another_cache_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes have one name on the whole computer, whatever `KUBELAB_CACHE` names."""
    with holder(HOLD.format("tests()", "input()")):
        monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "another"))
        with pytest.raises(errors.LabError, match="whole test"), locks.tests():
            pytest.fail("it began")
