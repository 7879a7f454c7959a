"""A bundle carries a whole lab; a damaged, foreign or hostile one is refused before anything of it is used."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import bundle_data
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubelab import components, errors, model, paths
from kubelab.components import bundle, bundle_manifest, bundle_source, selection, store, unbundle, vm_image, wheels
from kubelab.config import load
from kubelab.files import atomic

BLINK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def versions() -> model.VersionSet:
    """Return the real version set: the bundle of a lab has all of its entries."""
    return load.versions("1.37")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, versions: model.VersionSet) -> tuple[Path, dict[str, bytes]]:
    """Return a bundle and what the cache held that it was written from."""
    folder = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as patch:
        file = bundle_data.written(patch, folder / "cache", versions, folder / "lab.bundle.tar.gz")
        return file, dict(bundle_data.content(versions))


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bundle_data.Docker:
    """Be a computer with an empty cache and a Docker without the box image."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    return bundle_data.Docker(monkeypatch, has_box=False)


def emptied() -> None:
    """Empty the cache of this test: hypothesis calls one test many times."""
    shutil.rmtree(paths.cache(), ignore_errors=True)


def test_a_fresh_computer_gets_everything_from_the_bundle_and_the_second_time_nothing_is_done(
    source: tuple[Path, dict[str, bytes]], fresh: bundle_data.Docker, versions: model.VersionSet
) -> None:
    """Every file is the same byte by byte, no record asks for a second reading, and the box image is in Docker."""
    file, held = source
    taken = unbundle.take(file, versions, bundle_data.quiet())
    assert taken.box and fresh.has_box
    assert bundle_data.content(versions) == held
    assert {store.state(entry, thorough=True) for entry in selection.entries(versions)} == {store.State.READY}
    assert unbundle.take(file, versions, bundle_data.quiet()) == unbundle.Taken(entries=(), box=False)
    assert not list(paths.cache().glob(".unbundle-*"))


@pytest.mark.usefixtures("fresh")
def test_only_what_is_missing_is_taken(source: tuple[Path, dict[str, bytes]], versions: model.VersionSet) -> None:
    """A program that was lost afterwards comes back alone."""
    unbundle.take(source[0], versions, bundle_data.quiet())
    lost = next(entry for entry in selection.entries(versions) if entry.name == "etcd")
    lost.paths[0].unlink()
    assert unbundle.take(source[0], versions, bundle_data.quiet()).entries == ("etcd",)


def test_a_bundle_for_machines_has_their_box(
    source: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """It is for the named lab's provider alone, comes into the cache unchanged, and an address is asked for it."""
    place = vm_image.path(model.Provider.LIBVIRT).name
    assert f"box/{place}" not in unbundle.read(source[0]).members
    made = tmp_path / place
    made.write_bytes(b"a disk" * 1000)
    monkeypatch.setattr(vm_image, "ensure", lambda *_: made)
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "full"))
    monkeypatch.setattr(wheels, "fetch", bundle_data.no_wheels)
    bundle_data.Docker(monkeypatch, has_box=True)
    bundle_data.fill(versions)
    out = tmp_path / "machines.tar.gz"
    bundle.write(versions, out, bundle_data.quiet(), checkout=False, provider=model.Provider.LIBVIRT)
    assert f"box/{place}" in unbundle.read(out).members
    taken = unbundle.take(out, versions, bundle_data.quiet())
    assert taken.names == (place,)
    assert vm_image.path(model.Provider.LIBVIRT).read_bytes() == made.read_bytes()
    asked = bundle_source.bring("https://nowhere.invalid/x", versions, bundle_data.quiet(), model.Provider.LIBVIRT)
    assert asked == unbundle.Taken(entries=(), box=False)
    vm_image.path(model.Provider.LIBVIRT).unlink()
    monkeypatch.setattr(bundle_source, "named", lambda *_: out)
    again = bundle_source.bring("https://nowhere.invalid/x", versions, bundle_data.quiet(), model.Provider.LIBVIRT)
    assert again.machines == (place,)


def test_a_bundle_for_several_control_planes_has_keepalived(
    source: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """It is for the named lab alone; a computer that takes the bundle has it, one with another bundle does not."""
    (image,) = selection.entries(versions, ["keepalived"])
    several, one = load.read("ha"), load.read("default")
    assert set(selection.of_file(several)) - set(selection.of_file(one)) == {"keepalived"}
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "full"))
    monkeypatch.setattr(wheels, "fetch", bundle_data.no_wheels)
    bundle_data.Docker(monkeypatch, has_box=True)
    bundle_data.fill(versions, selection.of_file(several))
    out = tmp_path / "several.tar.gz"
    bundle.write(versions, out, bundle_data.quiet(), checkout=False, names=selection.of_file(several))
    assert set(bundle.member_names(image)) <= set(unbundle.read(out).members)
    assert not set(bundle.member_names(image)) & set(unbundle.read(source[0]).members)
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "fresh"))
    assert "keepalived" not in unbundle.take(source[0], versions, bundle_data.quiet()).entries
    (image,) = selection.entries(versions, ["keepalived"])
    assert store.state(image) is store.State.ABSENT
    monkeypatch.setattr(bundle_source, "named", lambda *_: out)
    names = selection.of_file(several)
    assert bundle_source.bring("https://nowhere.invalid/x", versions, bundle_data.quiet(), names=names).entries == (
        "image-keepalived",
    )
    assert store.state(image, thorough=True) is store.State.READY


def test_images_that_hold_programs_only_are_left_out_and_made_again(source: tuple[Path, dict[str, bytes]]) -> None:
    """The API server is in the bundle once, as a program; the archive that the boxes import is promised by digest."""
    head = unbundle.read(source[0])
    assert not [name for name in head.members if name.startswith("images/kube-apiserver")]
    assert [name for name in head.remade if name.startswith("kube-apiserver")]
    assert [name for name in head.members if name.startswith("images/redis")]


def test_the_checkout_in_it_is_what_git_knows(source: tuple[Path, dict[str, bytes]]) -> None:
    """`tar -xzf FILE kubelab` gives a folder to work in: run is there and may be run."""
    head = unbundle.read(source[0])
    assert head.members["kubelab/run"].runs
    assert {f"kubelab/{name}" for name in bundle.tracked()} <= set(head.members)


@pytest.mark.usefixtures("fresh")
@BLINK
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_wrong_bit_anywhere_is_seen(
    source: tuple[Path, dict[str, bytes]], versions: model.VersionSet, place: float, bit: int
) -> None:
    """A flipped bit is refused and leaves nothing behind, or does not matter at all: never is a wrong byte used."""
    emptied()
    content = bytearray(source[0].read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    hurt = source[0].with_name("hurt.tar.gz")
    hurt.write_bytes(content)
    try:
        unbundle.take(hurt, versions, bundle_data.quiet())
    except errors.LabError as problem:
        assert problem.ident in ("bundle-damaged", "bundle-foreign")
        assert not bundle_data.content(versions)
    else:
        assert bundle_data.content(versions) == source[1]


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
def test_a_bundle_that_was_not_copied_whole_is_refused(
    source: tuple[Path, dict[str, bytes]], versions: model.VersionSet, share: float
) -> None:
    """Also one whose end is missing: the error says that it is damaged and the cache stays empty."""
    content = source[0].read_bytes()
    cut = source[0].with_name("cut.tar.gz")
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(errors.LabError) as problem:
        unbundle.take(cut, versions, bundle_data.quiet())
    assert problem.value.ident == "bundle-damaged"
    assert not bundle_data.content(versions)


def rewritten(source: Path, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]) -> Path:
    """Return a copy of a bundle in which `change` was applied to every member."""
    target = source.with_name("rewritten.tar.gz")
    with tarfile.open(source) as old, gzip.open(target, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as new:
        for entry in old:
            content = old.extractfile(entry)
            changed, data = change(entry, content.read() if content else b"")
            changed.size = len(data) if changed.isreg() else 0
            new.addfile(changed, io.BytesIO(data))
    return target


def _link(entry: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    if entry.name.endswith("/etcd"):
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return entry, data


def _longer(entry: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return entry, data + b"x" if entry.name.endswith("/etcd") else data


def _other(entry: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return entry, bytes(reversed(data)) if entry.name.endswith("/kubelet") else data


def _outside(entry: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return entry, data.replace(b'"box/image.tar"', b'"box/../../x"') if entry.name == bundle_manifest.NAME else data


@pytest.mark.parametrize("change", [_link, _longer, _other, _outside])
def test_a_forged_bundle_writes_nothing(
    source: tuple[Path, dict[str, bytes]],
    fresh: bundle_data.Docker,
    versions: model.VersionSet,
    change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]],
) -> None:
    """A link instead of a program, more bytes than promised, other bytes, a path that leaves the folder."""
    with pytest.raises(errors.LabError) as problem:
        unbundle.take(rewritten(source[0], change), versions, bundle_data.quiet())
    assert problem.value.ident == "bundle-damaged"
    assert not bundle_data.content(versions) and not fresh.has_box


NASTY = st.one_of(
    st.sampled_from(["../x", "/etc/passwd", "components/../../x", "components/./x", "wheels//x", "box/x\n", "x/y", ""]),
    st.text().map(lambda text: f"components/{text}/../y"),
    st.text(min_size=1).filter(lambda text: "/" not in text),
)


@given(name=NASTY)
def test_no_name_leaves_the_bundles_folders(name: str) -> None:
    """Whatever a manifest calls its members, a path outside of a bundle's folders is refused."""
    with pytest.raises(errors.LabError, match="damaged"):
        bundle_manifest.refuse_names([name], "it")


@given(content=st.binary(max_size=300) | st.text().map(lambda text: f'{{"format": 1, "box": {text!r}}}'.encode()))
def test_no_manifest_makes_a_traceback(content: bytes) -> None:
    """Anything that is not a manifest is damaged, or of another format."""
    with pytest.raises(errors.LabError) as problem:
        bundle_manifest.parse(content, "it")
    assert problem.value.ident in ("bundle-damaged", "bundle-foreign")


@pytest.mark.usefixtures("fresh")
def test_a_bundle_of_another_checkout_is_refused_by_name(
    source: tuple[Path, dict[str, bytes]],
    versions: model.VersionSet,
) -> None:
    """One whose etcd was built from something else: the error names etcd and the commit, and takes nothing."""

    def change(entry: tarfile.TarInfo, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
        return entry, data.replace(
            b'"components/etcd-', b'"components/etcdx-'
        ) if entry.name == bundle_manifest.NAME else data

    with pytest.raises(errors.LabError) as problem:
        unbundle.take(rewritten(source[0], change), versions, bundle_data.quiet())
    assert problem.value.ident == "bundle-foreign"
    assert "etcd" in problem.value.details[0] and "commit" in problem.value.details[1]
    assert not bundle_data.content(versions)


def test_a_damaged_file_in_the_cache_is_not_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """Rot under an unchanged time is found while the bundle is written, and no bundle is left."""
    out = tmp_path / "lab.tar.gz"
    bundle_data.written(monkeypatch, tmp_path / "cache", versions, out)
    out.unlink()
    etcd = next(entry for entry in selection.entries(versions) if entry.name == "etcd").paths[0]
    stat = etcd.stat()
    etcd.write_bytes(bytes(reversed(etcd.read_bytes())))
    os.utime(etcd, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(errors.LabError, match="etcd in the cache is damaged"):
        bundle.write(versions, out, bundle_data.quiet(), checkout=False)
    assert not list(tmp_path.glob("*.part")) and not out.exists()


def test_a_full_disk_leaves_no_half_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """A place that cannot be written to is an error with an identifier."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "absent").touch()
    with pytest.raises(errors.LabError) as problem:
        bundle_data.written(monkeypatch, tmp_path / "cache", versions, tmp_path / "absent" / "lab.tar.gz")
    assert problem.value.ident == "bundle-unwritable"


def test_a_bundle_that_is_not_there_is_said() -> None:
    """A mistyped path is the person's to mend."""
    with pytest.raises(errors.LabError) as problem:
        bundle_source.named("/nowhere/x", bundle_data.quiet())
    assert (problem.value.ident, problem.value.code) == ("bundle-missing", errors.Exit.USAGE)


def test_packages_are_fetched_for_both_debians_and_checked_against_the_lock() -> None:
    """Wheels only, so that nothing is compiled in a room without a network."""
    assert {"3.11", "3.13"} <= set(wheels.pythons())
    words = wheels.command("3.13", Path("/there"))
    assert "--require-hashes" in words and "--only-binary=:all:" in words


def test_run_says_what_is_wrong_with_a_bundle(tmp_path: Path) -> None:
    """`./run lab.up --bundle FILE` without an environment reads the packages from there; a damaged file is said."""
    for name in ("run", "requirements.lock"):
        shutil.copy(paths.ROOT / name, tmp_path / name)
    (tmp_path / "bad").write_bytes(b"no bundle")
    done = subprocess.run(
        [tmp_path / "run", "lab.up", "--bundle", "bad"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "error: no Python packages can be read from bad" in done.stderr


NAMES = ("labs/my lab.yaml", "docs/it's (mine).md", "labs/Übung.yaml", "$(x)", "-rf", "..a", "a\u00a0b")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_checkout_may_have_any_printable_name(name: str) -> None:
    """A teacher's own file with a blank in its name is put in, and read again; the cache has none."""
    bundle_manifest.refuse_names([f"kubelab/{name}"], "it")
    if name not in ("-rf", "..a"):
        with pytest.raises(errors.LabError):
            bundle_manifest.refuse_names([f"components/{name}"], "it")


@pytest.mark.parametrize("name", ["kubelab/../x", "kubelab/a/..", "kubelab//a", "kubelab/./a", "kubelab/", "kubelab",
                                  "kubelab/a\nb", "kubelab/a\\b", "kubelab/\x1b[31m", "kubelab/\udce9"])  # fmt: skip
def test_no_name_of_the_checkout_leaves_its_folder(name: str) -> None:
    """Nor has it a character that a terminal obeys or a file system lacks."""
    with pytest.raises(errors.LabError, match="damaged"):
        bundle_manifest.refuse_names([name], "it")


def test_a_name_that_no_bundle_takes_is_said_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """It is told by its name with the way out, not as a damaged bundle at the end."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(components, "ensure", lambda *_: pytest.fail("it was built first"))
    for words in (["init", "-q"], ["add", "-A"]):
        (tmp_path / "a\nb").touch()
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    with pytest.raises(errors.LabError) as caught:
        bundle.write(versions, tmp_path / "out.tar.gz", bundle_data.quiet(), checkout=True)
    assert caught.value.ident == "bundle-unwritable"
    assert "git mv" in caught.value.remedy


@pytest.mark.parametrize("out", [".", "absent-file/x/lab.tar.gz", "n" * 250, "n" * 400, "fifo"])
def test_a_place_that_takes_no_bundle_is_said_before_anything_is_built(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """Not a quarter of an hour later; a name that leaves none for the digest beside it is one of these."""
    monkeypatch.setattr(components, "ensure", lambda *_: pytest.fail("it was built first"))
    (tmp_path / "absent-file").touch()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(errors.LabError) as caught:
        bundle.write(versions, tmp_path / out, bundle_data.quiet(), checkout=False)
    assert caught.value.ident == "bundle-unwritable"


def test_a_bundle_is_never_beside_the_digest_of_an_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: model.VersionSet
) -> None:
    """Ctrl-C between the two files: the new bundle has no digest beside it, rather than a wrong one."""
    out = bundle_data.written(monkeypatch, tmp_path / "cache", versions, tmp_path / "lab.tar.gz")
    beside = tmp_path / "lab.tar.gz.sha256"
    old = beside.read_text()
    real = atomic.write

    def stopped(path: Path, *given: object, **named: object) -> None:
        if path == beside:
            raise KeyboardInterrupt
        real(path, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(atomic, "write", stopped)
    monkeypatch.setattr(bundle, "commit", lambda: "another")
    with pytest.raises(KeyboardInterrupt):
        bundle.write(versions, out, bundle_data.quiet(), checkout=False)
    assert store.digest_of(out) not in old
    assert not beside.exists()
