"""The bench reads the CPU seconds of boxes and of everything outside of them, and tells them for any moment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import busy, cgroups, cost, cpu, looks, marks, memory, procs, up
from bench.kubeadm import peer
from kubelab import providers

ME, BOX = 100, "e" * 64
TICK = procs.TICKS


class Computer:
    """A /proc and a /sys/fs/cgroup in a folder, with processes and groups as a test wants them."""

    def __init__(self, folder: Path, *, version: int) -> None:
        """Make a computer with a Docker engine that has worked before, and control groups of one version."""
        self.proc, self.groups, self.version, self.ended = folder / "proc", folder / "cgroup", version, 0.0
        self.proc.mkdir(parents=True)
        self.has(1, "systemd", parent=0)
        self.has(20, "dockerd", own=50.0)
        self.has(21, "containerd", parent=20, own=5.0, waited=2.0)
        self.has(30, "containerd", own=400.0, inner=True)
        self.has(ME, "python")

    def has(  # noqa: PLR0913 (the fields of a process)
        self, pid: int, name: str, *, parent: int = 1, own: float = 0.0, waited: float = 0.0,
        words: str = "", inner: bool = False, group: str = "/"
    ) -> None:  # fmt: skip
        """Let a process be there, with these CPU seconds."""
        folder = self.proc / str(pid)
        folder.mkdir(exist_ok=True)
        ticks = [0, int(own * TICK), int(waited * TICK), 0]
        (folder / "stat").write_text(
            f"{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {' '.join(map(str, ticks))} 20 0 1\n"
        )
        (folder / "cmdline").write_bytes(words.replace(" ", "\0").encode() + b"\0")
        (folder / "status").write_text(f"Name:\t{name}\nNSpid:\t{pid}{chr(9) + '7' if inner else ''}\n")
        rows = f"2:cpuacct:{group}\n1:name=systemd:{group}/init.scope\n0::/\n" if self.version == 1 else f"0::{group}\n"
        (folder / "cgroup").write_text(rows)

    def ends(self, pid: int) -> None:
        """Let a process be gone."""
        for file in (self.proc / str(pid)).iterdir():
            file.unlink()
        (self.proc / str(pid)).rmdir()

    def used(self, group: str, seconds: float) -> None:
        """Let a control group have taken CPU seconds."""
        folder = self.groups / ("cpuacct" if self.version == 1 else ".") / group
        folder.mkdir(parents=True, exist_ok=True)
        if self.version == 1:
            (folder / "cpuacct.usage").write_text(f"{int(seconds * 1e9)}\n")
        else:
            (folder / "cpu.stat").write_text(f"usage_usec {int(seconds * 1e6)}\nuser_usec 1\nsystem_usec 2\n")

    def look(self) -> looks.Look:
        """Begin to look at what the process `ME` starts."""
        return looks.Look(self.proc, self.groups, ME, lambda: self.ended)


GROUPS = {1: f"docker/{BOX}", 2: f"system.slice/docker-{BOX}.scope"}


@pytest.fixture(params=GROUPS)
def computer(request: pytest.FixtureRequest, tmp_path: Path) -> Computer:
    """Give a computer of each version of control groups."""
    return Computer(tmp_path, version=request.param)


def test_a_box_is_found_by_its_shim_and_counted_by_its_group(computer: Computer) -> None:
    """systemd in the box is below Docker's group; a shim of the box's own containerd is no box."""
    look, group = computer.look(), GROUPS[computer.version]
    computer.has(200, "containerd-shim", words=f"shim -namespace moby -id {BOX} -address x")
    computer.has(201, "containerd-shim", words=f"shim -namespace k8s.io -id {'f' * 64}", inner=True)
    computer.has(202, "runc", parent=200)
    assert BOX not in look.seconds()
    computer.has(203, "systemd", parent=200, group=f"/{group}/init.scope")
    computer.used(group, 12.5)
    assert look.seconds()[BOX] == 12.5
    computer.used(group, 13.25)
    assert look.seconds()[BOX] == 13.25


def test_the_engine_counts_from_the_begin_with_its_boxes_shims(computer: Computer) -> None:
    """A containerd of a box is not the engine; children of a shim count while they are runc, not once they are
    `docker exec`."""
    look = computer.look()
    assert look.seconds()[looks.ENGINE] == 0
    computer.has(20, "dockerd", own=51.0)
    computer.has(21, "containerd", parent=20, own=5.0, waited=2.5)
    computer.has(30, "containerd", own=500.0, inner=True)
    computer.has(200, "containerd-shim", own=0.25, waited=0.5, words=f"shim -namespace moby -id {BOX}")
    computer.has(201, "containerd-shim", own=30.0, words=f"shim -namespace k8s.io -id {'f' * 64}", inner=True)
    assert look.seconds()[looks.ENGINE] == 1.0 + 0.5 + 0.25 + 0.5
    for _ in range(looks.YOUNG):
        look.seconds()
    computer.has(200, "containerd-shim", own=0.5, waited=9.0, words=f"shim -namespace moby -id {BOX}")
    assert look.seconds()[looks.ENGINE] == 1.0 + 0.5 + 0.5 + 0.5


def test_a_computer_without_an_engine_in_sight_has_no_such_part(tmp_path: Path) -> None:
    """No zero that nobody has measured."""
    computer = Computer(tmp_path, version=1)
    computer.ends(20)
    computer.ends(21)
    assert set(computer.look().seconds()) == {looks.VAGRANT, looks.COMMANDS}


def test_vagrant_is_told_from_other_commands_also_after_its_end(computer: Computer) -> None:
    """Its seconds go to its parent when it ends, and from there to the bench: they stay Vagrant's, once."""
    computer.has(99, "sh", parent=ME, own=70.0)  # burns beside the run since before it
    look = computer.look()
    computer.has(300, "python", parent=ME, own=1.0)
    computer.has(301, "vagrant", parent=300, own=2.0)
    computer.has(302, "docker", parent=301, own=0.5)
    computer.has(303, "stranger", own=40.0)
    found = look.seconds()
    assert (found[looks.VAGRANT], found[looks.COMMANDS]) == (2.5, 1.0)
    computer.ends(302)
    look.seconds()
    computer.ends(301)
    computer.has(300, "python", parent=ME, own=1.5, waited=2.5)
    found = look.seconds()
    assert (found[looks.VAGRANT], found[looks.COMMANDS]) == (2.5, 1.5)
    computer.ends(300)
    computer.ended = 4.25
    found = look.seconds()
    assert (found[looks.VAGRANT], found[looks.COMMANDS]) == (2.5, 1.75)


def test_a_process_is_looked_at_again_after_its_exec(computer: Computer) -> None:
    """Between fork and exec it has its parent's name; a shim or a Vagrant that was met then is still found."""
    look = computer.look()
    computer.has(300, "python", parent=ME, own=0.25)
    computer.has(301, "python", parent=300)
    computer.has(400, "containerd", parent=21)
    look.seconds()
    computer.has(301, "vagrant", parent=300, own=1.0)
    computer.has(400, "containerd-shim", own=0.5, words=f"shim -namespace moby -id {BOX}")
    found = look.seconds()
    assert (found[looks.VAGRANT], found[looks.ENGINE]) == (1.0, 0.5)


def test_no_part_gives_seconds_back(computer: Computer) -> None:
    """A command that has ended, and that the bench has not waited for yet, is missing for one look."""
    look = computer.look()
    computer.has(300, "python", parent=ME, own=3.0)
    assert look.seconds()[looks.COMMANDS] == 3.0
    computer.ends(300)
    assert look.seconds()[looks.COMMANDS] == 3.0


def test_a_name_with_spaces_and_brackets_is_read(tmp_path: Path) -> None:
    """The kernel quotes nothing in stat; and a process that has gone is no process."""
    computer = Computer(tmp_path, version=1)
    computer.has(7, "a) (b c", parent=3, own=1.5, waited=0.25)
    found = procs.read(7, computer.proc)
    assert found == procs.Process(pid=7, name="a) (b c", parent=3, own=1.5, waited=0.25)
    assert found
    assert found.seconds == 1.75
    assert procs.read(8, computer.proc) is None
    assert procs.words(8, computer.proc) == [""]
    assert not procs.in_a_container(8, computer.proc)


def test_the_real_proc_has_this_process_and_its_parent() -> None:
    """The fields are those of the kernel, not only of the fixture above."""
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        pass
    found = procs.read(os.getpid())
    assert found
    assert found.parent == os.getppid()
    assert 0.04 <= found.own <= time.process_time() + 1.0
    assert os.getpid() in procs.pids()


def test_a_process_that_is_not_in_the_container_has_no_group_of_it(computer: Computer) -> None:
    """Another container's usage would be counted as the box's; and a group that is gone has no more seconds."""
    computer.has(5, "runc", group="/")
    computer.has(6, "sleep", group=f"/docker/{'a' * 64}")
    for pid in (5, 6, 7):
        assert cgroups.of_process(pid, BOX, "cpuacct", proc=computer.proc, root=computer.groups) is None
    assert cgroups.cpu_seconds(cgroups.Group(version=computer.version, folder=computer.groups / "gone")) == 0


@pytest.mark.parametrize(
    ("path", "group"),
    [
        (f"/docker/{BOX}", f"docker/{BOX}"),
        (f"/docker/{BOX}/system.slice/x.service", f"docker/{BOX}"),
        (f"/user/docker/{BOX}/init.scope", f"user/docker/{BOX}"),
        (f"/system.slice/docker-{BOX}.scope/init.scope", f"system.slice/docker-{BOX}.scope"),
        (f"/of-daemon.json/{BOX}/kubepods/pod1", f"of-daemon.json/{BOX}"),
    ],
)
def test_a_box_is_its_containers_whole_group(path: str, group: str) -> None:
    """systemd moves itself below the container's group; pods are beside it."""
    assert str(cgroups.of_container(path, BOX)) == group


@pytest.mark.parametrize("version", [1, 2])
def test_the_memory_of_a_box_is_without_its_inactive_file_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """The kernel may drop those at any time; a box that has just ended is no box of zero bytes."""
    group = cgroups.Group(version=version, folder=tmp_path)
    names = {1: ("memory.usage_in_bytes", "total_inactive_file"), 2: ("memory.current", "inactive_file")}[version]
    (tmp_path / names[0]).write_text("1000\n")
    (tmp_path / "memory.stat").write_text(f"cache 7\n{names[1]} 300\n")
    monkeypatch.setattr(cgroups, "of_process", lambda *_: group)
    box = providers.Box(ident=BOX, name="kubelab-x-etcd-01", lab="x", machine="etcd-01", runs=True, process=9)
    assert memory.of_box(box) == 700
    monkeypatch.setattr(cgroups, "of_process", lambda *_: None)
    with pytest.raises(ProcessLookupError):
        memory.of_box(box)


USAGE = cpu.Usage(
    snapshots=(
        cpu.Snapshot(at=0.1, parts={looks.COMMANDS: 0.0}),
        cpu.Snapshot(at=2.1, parts={looks.COMMANDS: 1.0, "id-w": 4.0}),
        cpu.Snapshot(at=4.1, parts={looks.COMMANDS: 1.0, "id-w": 10.0, "stranger": 5.0}),
    ),
    cost=0.041,
)


@pytest.mark.parametrize(
    ("moment", "box", "commands"),
    [(0.0, 0.0, 0.0), (1.1, 2.0, 0.5), (2.1, 4.0, 1.0), (3.1, 7.0, 1.0), (4.1, 10.0, 1.0), (9.0, 10.0, 1.0)],
)
def test_between_two_looks_seconds_are_interpolated(moment: float, box: float, commands: float) -> None:
    """A box that came between two looks had nothing at the first; after the last look nothing is made up."""
    found = USAGE.named({"id-w": "worker-1"}).at(moment)
    assert found.get("worker-1", 0.0) == pytest.approx(box)
    assert found[looks.COMMANDS] == pytest.approx(commands)


def test_boxes_of_others_are_left_out_and_the_cost_is_said() -> None:
    """A lab that comes up beside the measured one is not its cost; the looks say what they took."""
    found = USAGE.named({"id-w": "worker-1"})
    assert set(found.at(4.1)) == {looks.COMMANDS, "worker-1"}
    assert found.about() == "watching took 0.04 CPU s in 3 looks, 1.0% of one processor"


def test_a_run_is_watched_and_what_it_took_is_its_rusage() -> None:
    """Over a real command: the last look has what the kernel charged for it."""
    before = looks.of_ended_children()
    with cpu.Watch() as watch:
        subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    took = looks.of_ended_children() - before
    found = watch.usage
    assert took > 0.3
    assert found.at(99.0)[looks.COMMANDS] == pytest.approx(took, abs=0.02)
    assert len(found.snapshots) > 2
    assert 0 < found.cost < took


def test_a_look_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a curve would be read as a cheap run; the run's own failure comes first, though."""

    def broken(_: looks.Look) -> dict[str, float]:
        raise RuntimeError("no look")

    monkeypatch.setattr(looks.Look, "seconds", broken)
    with pytest.raises(RuntimeError, match="no look"), cpu.Watch():
        pass
    with pytest.raises(KeyError), cpu.Watch():
        raise KeyError


EVENTS = [
    {"event": "begin", "phase": "plan", "at": 1.0},
    {"event": "end", "phase": "plan", "at": 2.0},
    {"event": "begin", "phase": "boxes", "at": 2.0},
    {"event": "begin", "phase": "etcd", "at": 2.5},
    {"event": "box", "box": "w", "doing": "x", "at": 2.6},
    {"event": "end", "phase": "etcd", "at": 3.0},
    {"event": "end", "phase": "boxes", "at": 3.5},
]


def test_every_moment_is_in_one_phase() -> None:
    """Phases inside others take their own; what no phase covers is a row too, so the rows add up to the whole."""
    found = cost.of_events(EVENTS, 4.1)
    names = [segment.name for segment in found]
    assert names == [cost.BETWEEN, "plan", "boxes", "etcd", "boxes", cost.BETWEEN]
    rows = cost.rows(USAGE.named({"id-w": "worker-1"}), answered=2.1, whole=4.1, phases=found)
    assert rows["boxes"][cost.WALL] == pytest.approx(1.0)
    phases = [row for name, row in rows.items() if name not in (cost.ANSWERED, cost.WHOLE)]
    for part in ("worker-1", looks.COMMANDS, cost.TOGETHER, cost.WALL):
        assert sum(row.get(part, 0.0) for row in phases) == pytest.approx(rows[cost.WHOLE][part])
    assert rows[cost.ANSWERED] == pytest.approx(
        {"worker-1": 4.0, looks.COMMANDS: 1.0, cost.TOGETHER: 5.0, cost.WALL: 2.1}
    )


def test_kubeadms_stretches_are_between_the_benchs_own_marks() -> None:
    """It is whole with the last of them; times that the API tells are no stretches."""
    names = {"vagrant is done": 1.1, peer.ANSWERS: 3.1, "kubeadm is done on worker-1": 4.1}
    found = [marks.Mark(name=name, at=at, source="bench") for name, at in names.items()]
    found.append(marks.Mark(name="w: registered", at=2.0, source="api"))
    rows = peer.rows(found, USAGE.named({"id-w": "worker-1"}))
    assert list(rows) == [cost.ANSWERED, cost.WHOLE, *(f"to {name}" for name in names)]
    assert rows[cost.ANSWERED]["worker-1"] == pytest.approx(7.0)
    assert rows[cost.WHOLE]["worker-1"] == pytest.approx(10.0)
    assert rows[f"to {peer.ANSWERS}"][cost.WALL] == pytest.approx(2.0)


def test_boxes_are_summed_by_kind_so_that_two_clusters_stand_side_by_side() -> None:
    """The lab's four boxes and kubeadm's three have other names."""
    row = {"etcd-01": 1.0, "kube-master-01": 2.0, "kube-worker-01": 4.0, "kube-worker-02": 8.0, looks.VAGRANT: 16.0}
    assert cost.by_kind(row) == {cost.CONTROL: 3.0, cost.WORKERS: 12.0, looks.VAGRANT: 16.0}
    peers = cost.by_kind({"control-plane": 1.0, "worker-1": 2.0, "worker-2": 4.0, cost.TOGETHER: 7.0})
    assert peers == {cost.CONTROL: 1.0, cost.WORKERS: 6.0, cost.TOGETHER: 7.0}


def burners(parent: int) -> list[int]:
    """Return the processes that burn for a process."""
    return [pid for pid in procs.pids() if procs.words(pid)[-2:] == ["burn", str(parent)]]


def become(count: int, parent: int) -> bool:
    """Return whether so many processes burn for a process before long: one that has just begun has no words yet."""
    end = time.monotonic() + 30
    while len(burners(parent)) != count and time.monotonic() < end:
        time.sleep(0.05)
    return len(burners(parent)) == count


def test_burning_processes_end_with_the_block_also_after_a_failure() -> None:
    """Two were there, and neither outlives it."""
    with pytest.raises(KeyError), busy.burning(2):
        assert become(2, os.getpid())
        raise KeyError
    assert burners(os.getpid()) == []


def test_burning_processes_end_by_themselves_if_the_bench_is_killed() -> None:
    """Nothing is left to end them then."""
    program = (
        "import os, signal\nfrom bench import busy\nwith busy.burning(1):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.Popen([sys.executable, "-c", program])
    assert become(1, killed.pid)
    killed.kill()
    killed.wait()
    assert become(0, killed.pid)


def options(monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, object]:
    """Return what `bench.up` understands of a command line."""
    monkeypatch.setattr(sys, "argv", ["bench.up", *words])
    return vars(up._options())


def test_runs_is_another_name_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--alone` there are no pairs; no runs at all would print nothing and look like success."""
    found = options(monkeypatch, "--alone", "--runs", "7", "--busy", "2")
    assert (found["pairs"], found["alone"], found["busy"]) == (7, True, 2)
    assert options(monkeypatch)["pairs"] == 3
    for words in (["--runs", "0"], ["--pairs", "-1"], ["--busy", "-1"]):
        with pytest.raises(SystemExit):
            options(monkeypatch, *words)


def test_no_figure_is_written_of_a_busy_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be the measure of every later run."""
    assert options(monkeypatch, "--write-figure")["write_figure"]
    with pytest.raises(SystemExit):
        options(monkeypatch, "--write-figure", "--busy", "1")
