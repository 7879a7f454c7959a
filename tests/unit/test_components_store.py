"""The cache shows no half-built, damaged or foreign file as good, and two runs do not build one component twice."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import components_data
import pytest
from fakes import Answer, Computer

from kubelab import components, errors, model, providers
from kubelab.components import (
    bundle_manifest,
    cache_layout,
    compiling,
    inventory,
    software_catalogue,
    software_disk,
    store,
    system_programs,
    vm_image,
)
from kubelab.files import atomic
from kubelab.ui import progress


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a cache of its own."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(tmp_path: Path) -> progress.Progress:
    """Return progress whose lines can be read afterwards."""
    return progress.Progress(progress.Style.PLAIN, log=tmp_path / "run.log", out=(tmp_path / "shown").open("w"))


def pause() -> cache_layout.Entry:
    """Return the smallest family: real C source, built in a fifth of a second."""
    return cache_layout.family_entry(components_data.versions(), "pause")


def test_a_built_family_is_there_whole_and_the_second_time_nothing_is_done(run: progress.Progress) -> None:
    """The first run makes pause and its image; the second builds nothing and changes no file."""
    versions = components_data.versions()
    assert components.ensure(versions, run, ["pause"]) == 2
    assert store.state(pause()) is store.State.READY
    before = {path: path.stat().st_mtime_ns for path in cache_layout.components_root().rglob("*")}
    assert components.ensure(versions, run, ["pause"]) == 0
    assert {path: path.stat().st_mtime_ns for path in cache_layout.components_root().rglob("*")} == before


def test_boxes_may_read_what_is_built_whatever_the_umask(run: progress.Progress) -> None:
    """A user with umask 077 still fills a cache that the boxes' users read."""
    old = os.umask(0o077)
    try:
        components.ensure(components_data.versions(), run, ["pause"])
    finally:
        os.umask(old)
    entry = pause()
    assert entry.root.stat().st_mode & 0o777 == 0o755
    assert entry.paths[0].stat().st_mode & 0o777 == 0o755
    image = cache_layout.image_entry(components_data.versions(), "pause")
    assert image.paths[0].stat().st_mode & 0o777 == 0o644
    assert image.record.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("keep_size", [True, False])
def test_a_damaged_file_is_seen_at_use_and_rebuilt(run: progress.Progress, keep_size: bool) -> None:
    """One flipped byte, or a cut-off end: the next run rebuilds the family and the file is whole again."""
    versions = components_data.versions()
    components.ensure(versions, run, ["pause"])
    program = pause().paths[0]
    good = program.read_bytes()
    program.write_bytes(bytes([good[0] ^ 1]) + good[1:] if keep_size else good[:-100])
    assert store.state(pause()) is store.State.DAMAGED
    assert [entry.name for entry in components.missing(versions, ["pause"])] == ["pause"]
    components.ensure(versions, run, ["pause"])
    assert program.read_bytes() == good


def test_damage_under_an_unchanged_time_is_found_by_verifying(run: progress.Progress) -> None:
    """Bit rot leaves size and time as they were: `components.list --verify` reads every byte."""
    components.ensure(components_data.versions(), run, ["pause"])
    program = pause().paths[0]
    stat = program.stat()
    with program.open("r+b") as file:
        file.seek(1000)
        file.write(b"rot")
    os.utime(program, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert store.state(pause()) is store.State.READY
    assert store.state(pause(), thorough=True) is store.State.DAMAGED


def test_a_copied_cache_is_not_rebuilt(run: progress.Progress) -> None:
    """Files with another time but the same content are good, and the record learns the new time."""
    components.ensure(components_data.versions(), run, ["pause"])
    program = pause().paths[0]
    os.utime(program, ns=(1, 1))
    assert store.state(pause()) is store.State.READY
    assert store.read(pause())["files"]["pause"]["mtime_ns"] == 1


def test_a_file_without_a_record_is_not_used() -> None:
    """A program at the right place that no build has completed counts as absent."""
    entry = pause()
    entry.root.mkdir(parents=True)
    entry.paths[0].write_bytes(b"half")
    assert store.state(entry) is store.State.ABSENT


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {}}'])
def test_an_unreadable_record_counts_as_absent(text: str) -> None:
    """A record cut off by a full disk makes a rebuild, not a crash."""
    entry = pause()
    entry.root.mkdir(parents=True)
    entry.record.write_text(text)
    assert store.state(entry) is store.State.ABSENT


def test_an_interrupted_build_leaves_nothing_that_is_used(
    run: progress.Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the binary is half there: no entry, no draft; the next run builds it."""

    def interrupted(_family: object, _versions: object, out: Path, *_: object) -> dict[str, object]:
        (out / "pause").write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(compiling, "build", interrupted)
        with pytest.raises(KeyboardInterrupt):
            components.ensure(components_data.versions(), run, ["pause"])
    assert store.state(pause()) is store.State.ABSENT
    assert list(cache_layout.components_root().iterdir()) == []
    components.ensure(components_data.versions(), run, ["pause"])
    assert store.state(pause()) is store.State.READY


def test_what_a_killed_build_left_is_swept_by_the_next(run: progress.Progress) -> None:
    """A draft of a process that was killed hard is gone after the next build of that family, others' stay."""
    root = cache_layout.components_root()
    for name in (".building-pause-abcdefgh", ".building-flannel-cni-abcdefgh"):
        (root / name).mkdir(parents=True)
    components.ensure(components_data.versions(), run, ["pause"])
    assert not (root / ".building-pause-abcdefgh").exists()
    assert (root / ".building-flannel-cni-abcdefgh").exists()


def _hold(cache: str, ready: object, done: object) -> None:
    os.environ["KUBELAB_CACHE"] = cache
    with store.lock("pause", lambda _: None):
        ready.set()  # type: ignore[attr-defined]
        done.wait(20)  # type: ignore[attr-defined]


def test_the_second_builder_waits_and_sees_who_builds(cache: Path) -> None:
    """While another process holds the family, the run names its process id and time, then goes on by itself."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(cache), ready, done))
    other.start()
    assert ready.wait(20)
    seen: list[str] = []

    def waiting(who: str) -> None:
        seen.append(who)
        done.set()

    with store.lock("pause", waiting):
        pass
    other.join(20)
    assert seen
    assert f"process {other.pid} (" in seen[0]
    assert "since" in seen[0]


def test_cleaning_stops_at_once_while_somebody_builds(cache: Path) -> None:
    """`components.clean` takes nothing from under a running build and says who it is."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(cache), ready, done))
    other.start()
    assert ready.wait(20)
    with pytest.raises(errors.LabError) as caught:
        inventory.clean([components_data.versions()])
    assert other.is_alive(), "it waited for the other one instead of stopping"
    done.set()
    other.join(20)
    assert caught.value.ident == "components-busy"
    assert str(other.pid) in caught.value.details[0]


def test_cleaning_keeps_what_a_set_needs_and_frees_the_rest(run: progress.Progress) -> None:
    """Old digests and drafts go; what the sets name stays; `--go` frees the read-only module cache too."""
    versions = components_data.versions()
    components.ensure(versions, run, ["pause"])
    old = cache_layout.components_root() / "pause-3.9-000000000000"
    old.mkdir()
    (old / "pause").write_bytes(b"x" * 1000)
    module = cache_layout.components_root().parent / "go" / "mod" / "example@v1"
    module.mkdir(parents=True)
    (module / "LICENSE").write_bytes(b"y" * 500)
    module.chmod(0o555)
    assert inventory.clean([versions]) == 1000
    assert not old.exists()
    assert module.exists()
    assert inventory.clean([versions], go=True) == 500
    assert not module.exists()
    assert store.state(pause()) is store.State.READY


def test_a_part_of_the_cache_that_was_moved_to_another_disk_is_freed_there(tmp_path: Path) -> None:
    """Its link stays, so that the next build goes there again; a link inside of it leads to what is not the cache's."""
    versions = components_data.versions()
    big, theirs = tmp_path / "big", tmp_path / "theirs"
    for folder in (big / "example@v1", theirs):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * 500)
    (big / "link").symlink_to(theirs)
    modules = cache_layout.components_root().parent / "go" / "mod"
    modules.parent.mkdir(parents=True)
    modules.symlink_to(big)
    assert inventory.clean([versions], go=True) == 500
    assert modules.is_symlink()
    assert list(big.iterdir()) == []
    assert (theirs / "file").is_file()


@pytest.mark.parametrize("part", ["", "box"])
def test_what_a_killed_run_left_of_a_bundle_is_freed(cache: Path, part: str) -> None:
    """Gigabytes under a name that begins with a dot; a run that still lives keeps its own."""
    prefix = bundle_manifest.WRITTEN if part else bundle_manifest.UNPACKED
    left = cache / part / f"{prefix}abcdefgh"
    left.mkdir(parents=True)
    (left / "image.tar").write_bytes(b"x" * 700)
    with atomic.scratch(cache / part, prefix) as mine:
        assert not left.exists()
        left.mkdir()
        (left / "image.tar").write_bytes(b"x" * 700)
        assert inventory.clean([components_data.versions()]) == 700
        assert mine.is_dir()
    assert not mine.exists()


@pytest.fixture
def engine(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an engine answer that has no box: the computer's own may be stopped."""
    computer = Computer.made(cache, monkeypatch)
    computer.everything()
    computer.program("docker", {"ps --all": Answer()})


@pytest.mark.usefixtures("engine")
def test_cleaning_frees_old_boxes_and_disks_of_machines() -> None:
    """What belongs to machines is listed, and cleaned, as the rest: the box and the disk of today stay."""
    versions = components_data.versions()
    disks = [software_disk.path(versions), software_disk.path(versions, programs=True)]
    mine = [vm_image.path(model.Provider.LIBVIRT), *disks, *system_programs.parts(software_disk.home()).values()]
    old = [vm_image.home() / "kubelab-vm-000000000000.libvirt.box", software_disk.home() / "software-1-0.iso"]
    for file in (*mine, *old):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 1000)
    listed = {name.split(" (")[0] for name, size in inventory.caches().items() if size}
    assert listed == {"virtual machine boxes", "software disks"}
    assert inventory.clean([versions]) == 2000
    assert [file.exists() for file in (*mine, *old)] == [*[True] * len(mine), False, False]
    assert inventory.clean([versions], everything=True) == 1000 * len(mine)


@pytest.mark.usefixtures("engine")
def test_an_older_disk_of_a_machine_stays_as_long_as_a_machine_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped machine names its disks by their paths; everything is not freed under it."""
    old = software_disk.home() / "software-1-0.iso"
    old.parent.mkdir(parents=True)
    old.touch()
    machine = providers.Box(ident="1", name="kubelab-x-etcd-01", lab="x")
    libvirt = providers.BY_KIND[model.Provider.LIBVIRT]
    monkeypatch.setattr(type(libvirt), "boxes", lambda _: (machine,))
    monkeypatch.setattr(providers, "asked", lambda: (libvirt,))
    inventory.clean([components_data.versions()])
    assert old.exists()
    with pytest.raises(errors.LabError) as caught:
        inventory.clean([components_data.versions()], everything=True)
    assert (caught.value.ident, caught.value.details) == ("components-in-use", ("kubelab-x-etcd-01",))


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    """`components.build kubernets` lists what there is."""
    with pytest.raises(errors.LabError) as caught:
        components.missing(components_data.versions(), ["kubernets"])
    assert caught.value.ident == "component-unknown"
    assert "kubernetes" in caught.value.details[0]
    assert set(software_catalogue.FAMILIES) <= set(caught.value.details[0].removeprefix("known: ").split(", "))


def test_an_image_brings_the_families_that_are_in_it() -> None:
    """Asking for the scheduler's image alone builds Kubernetes and no other family."""
    todo = components.missing(components_data.versions(), ["kube-scheduler"])
    assert [(entry.name, entry.is_image) for entry in todo] == [("kubernetes", False), ("kube-scheduler", True)]


def test_the_list_says_what_is_built_and_what_is_not(run: progress.Progress) -> None:
    """A row's state, size and source follow what is on the disk."""
    versions = components_data.versions()
    components.ensure(versions, run, ["pause"])
    rows = {(row.name, row.kind): row for row in inventory.rows(versions)}
    assert rows["pause", "binaries"].state == "ready"
    assert rows["pause", "binaries"].size > 100_000
    assert rows["pause", "binaries"].source == "C source"
    assert rows["coredns", "image"].state == "not built"
    assert rows["coredns", "image"].size == 0
