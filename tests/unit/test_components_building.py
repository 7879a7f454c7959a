"""A build runs Go with a fixed environment, shows its progress, and reports a failure with a remedy."""

from __future__ import annotations

import io
import sysconfig
import tarfile
from pathlib import Path

import components_data
import pytest

from kubelab import components, errors, paths
from kubelab.components import (
    cache_layout,
    compiling,
    inventory,
    selection,
    software_catalogue,
    store,
    tool_catalogue,
    toolchain,
)
from kubelab.ui import progress

FAKE_GO = """#!/bin/bash
# Stands in for Go: knows four commands and refuses every other.
set -eu
echo "$* | $PWD | CGO=${CGO_ENABLED:-} FLAGS=${GOFLAGS:-} CHAIN=${GOTOOLCHAIN:-} PROXY=${GOPROXY:-}" >> "$KUBELAB_CALLS"
case "$1" in
  version) echo "go version go1.26.8 linux/amd64" ;;
  list) echo "go: downloading example.org/one v1" >&2; printf 'one\\ntwo\\nthree\\n' ;;
  build)
    out=""; while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
    printf 'one\\ntwo\\n' >&2
    if [ -n "${KUBELAB_FAILS:-}" ]; then seq 1 20 >&2; echo "$KUBELAB_FAILS" >&2; exit 1; fi
    for name in server etcdctl etcdutl validate; do printf '#!%s' "$name" > "$out/$name"; done ;;
  test)
    out=""; while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
    printf '#!tests' > "$out/e2e.test" ;;
  *) echo "the fake go does not know $1" >&2; exit 9 ;;
esac
"""


@pytest.fixture(autouse=True)
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake Go on PATH and a cache of its own behind it; returns the file of its calls."""
    calls = tmp_path / "calls"
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "go").write_text(FAKE_GO)
    (folder / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KUBELAB_CALLS", str(calls))
    monkeypatch.setattr(compiling, "TICK", 0.05)
    return calls


def plain() -> tuple[progress.Progress, io.StringIO]:
    """Return progress and what it shows."""
    shown = io.StringIO()
    return progress.Progress(progress.Style.JSON, out=shown), shown


def test_programs_get_the_names_that_people_know() -> None:
    """What Go calls `server` is etcd in the cache, and nothing else is left there."""
    run, _ = plain()
    components.ensure(components_data.versions(), run, ["etcd"])
    entry = cache_layout.family_entry(components_data.versions(), "etcd")
    assert sorted(path.name for path in entry.root.iterdir()) == ["complete.json", "etcd", "etcdctl", "etcdutl"]
    assert entry.paths[0].read_text() == "#!server"
    assert store.read(entry)["go"] == "go1.26.8"
    assert store.read(entry)["packages"] == 3


def test_go_runs_in_the_familys_folder_with_a_fixed_environment(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's GOPROXY stays; GOFLAGS, toolchain and cgo are the recipe's."""
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOTOOLCHAIN", "auto")
    monkeypatch.setenv("GOPROXY", "https://proxy.example.org")
    run, _ = plain()
    components.ensure(components_data.versions(), run, ["etcd"])
    build = next(line for line in go.read_text().splitlines() if line.startswith("build"))
    fixed = "CGO=0 FLAGS=-mod=readonly CHAIN=local PROXY=https://proxy.example.org"
    assert build.endswith(f"tool | {paths.COMPONENTS / 'etcd'} | {fixed}")
    assert "-trimpath" in build
    assert "-buildvcs=false" in build


def test_a_tool_is_built_when_it_is_asked_for_and_only_once(go: Path) -> None:
    """From the folder that its row names, with the version of its go.mod; no build of a lab's software makes it."""
    versions = components_data.versions()
    assert not {entry.name for entry in components.missing(versions)} & set(tool_catalogue.TOOLS)
    run, _ = plain()
    built = components.ensure_tool("ignition-validate", run)
    assert built.read_text() == "#!validate"
    assert built.parent.name.startswith("ignition-validate-2.24.0-")
    build = next(line for line in go.read_text().splitlines() if line.startswith("build"))
    assert f"/v2/validate | {paths.COMPONENTS / 'ignition'} | CGO=0 " in build
    assert "version.Raw=v2.24.0" in build
    before = go.read_text()
    assert components.ensure_tool("ignition-validate", run) == built
    assert inventory.clean([versions]) == 0 and built.exists()
    assert go.read_text() == before


def test_upstreams_suite_is_the_compiled_tests_of_a_package(go: Path) -> None:
    """They are compiled, not run, with the version that specs look at; what tests need is downloaded too."""
    run, _ = plain()
    assert components.ensure_tool("conformance", run).read_text() == "#!tests"
    built = next(line for line in go.read_text().splitlines() if line.startswith("test"))
    assert built.startswith("test -c -vet=off -trimpath ")
    assert " k8s.io/kubernetes/test/e2e | " in built
    version = cache_layout.tool_entry("conformance").version
    major, minor, _ = version.split(".")
    assert f"-X k8s.io/component-base/version.gitVersion=v{version} " in built
    assert f"version.gitMajor={major} " in built and f"version.gitMinor={minor} " in built
    assert "list -deps -test k8s.io/kubernetes/test/e2e" in go.read_text()


def test_a_small_computer_keeps_gos_own_thrift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where memory is plenty does the compiler get a larger heap, and a person's own GOGC always wins."""
    monkeypatch.delenv("GOGC", raising=False)
    monkeypatch.setattr(toolchain, "ROOMY", 0)
    assert toolchain.environment(cgo=False)["GOGC"] == "400"
    monkeypatch.setenv("GOGC", "70")
    assert toolchain.environment(cgo=False)["GOGC"] == "70"
    monkeypatch.delenv("GOGC")
    monkeypatch.setattr(toolchain, "ROOMY", 2**60)
    assert "GOGC" not in toolchain.environment(cgo=False)


def test_a_person_sees_downloads_packages_and_what_comes_next() -> None:
    """The phase says modules, then how many packages of how many, then what is still to build."""
    run, shown = plain()
    versions = components_data.versions()
    components.ensure(versions, run, ["etcd", "pause"])
    text = shown.getvalue()
    assert "downloading modules" in text
    assert "2 of at most 3 packages compiled" in text
    assert "then pause" in text


@pytest.mark.parametrize(
    ("says", "cause"),
    [
        ("main.go:1: undefined: x", "the compiler refused"),
        ("link: signal: killed", "memory ran out"),
        ("write /x: no space left on device", "the disk is full"),
        ("Get x: dial tcp: i/o timeout", "module proxy"),
        ("SECURITY ERROR", "not what go.sum says"),
        ("blkid.go:26:10: fatal error: blkid/blkid.h: No such file or directory", "the header of libblkid is missing"),
    ],
)
def test_a_failed_build_says_why_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, says: str, cause: str) -> None:
    """The error has the log's last ten lines, a cause that fits them and the whole log; the cache stays empty."""
    monkeypatch.setenv("KUBELAB_FAILS", says)
    run, _ = plain()
    with pytest.raises(errors.LabError) as caught:
        components.ensure(components_data.versions(), run, ["etcd"])
    assert len(caught.value.details) == 10
    assert caught.value.details[-1] == says
    assert cause in caught.value.cause
    assert caught.value.log is not None
    assert "undefined" in caught.value.log.read_text() or says in caught.value.log.read_text()
    assert list(cache_layout.components_root().iterdir()) == []


def test_a_go_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Go 1.24 only, the error says where that one is and how to get a newer."""
    old = tmp_path / "old"
    old.mkdir()
    (old / "go").write_text("#!/bin/sh\necho go version go1.24.1 linux/amd64\n")
    (old / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{old}:/usr/bin:/bin")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "none"))
    with pytest.raises(errors.LabError) as caught:
        toolchain.go()
    assert caught.value.ident == "go-missing"
    assert caught.value.details == (f"{old / 'go'} is go1.24.1",)


def test_the_go_of_the_cache_is_taken_when_the_machines_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer toolchain that the set-up put into the cache wins over an old one on PATH."""
    old = tmp_path / "old"
    old.mkdir()
    (old / "go").write_text("#!/bin/sh\necho go version go1.24.1 linux/amd64\n")
    (old / "go").chmod(0o755)
    ours = tmp_path / "cache" / "toolchain" / "go" / "bin"
    ours.mkdir(parents=True)
    (ours / "go").write_text("#!/bin/sh\necho go version go1.27.3 linux/amd64\n")
    (ours / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{old}:/usr/bin:/bin")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path / "none"))
    assert toolchain.go() == ours / "go"
    assert toolchain.go_version() == "go1.27.3"


@pytest.mark.parametrize(
    ("version", "enough"),
    [("go1.26.4", True), ("go1.26.3", False), ("go1.27", True), ("go1.26", False), ("", False), ("go2.0", True)],
)
def test_new_enough_is_1_26_4(version: str, enough: bool) -> None:
    """The bound is what metrics-server's go.mod asks for."""
    assert toolchain.new_enough(version) is enough


def test_the_bound_is_what_the_newest_go_mod_asks_for() -> None:
    """No committed go.mod asks for a newer Go than the one that is looked for."""
    asked = []
    older = [
        software_catalogue.in_set(family.name, one) for one in selection.sets() for family in cache_layout.built(one)
    ]
    for family in (*software_catalogue.FAMILIES.values(), *tool_catalogue.TOOLS.values(), *older):
        file = family.folder / "go.mod"
        if family.recipe in software_catalogue.GO and file.exists():
            line = next(line for line in file.read_text().splitlines() if line.startswith("go "))
            asked.append(tuple(int(part) for part in line.split()[1].split(".")))
    assert asked
    assert max(asked) <= toolchain.OLDEST


def test_a_static_image_is_the_same_bytes_every_time() -> None:
    """Built twice, the pause image is equal to the bit: times, owners and order are fixed."""
    run, _ = plain()
    versions = components_data.versions()
    contents = []
    for _ in range(2):
        components.ensure(versions, run, ["pause"])
        archive = cache_layout.image_entry(versions, "pause").paths[0]
        contents.append(archive.read_bytes())
        archive.unlink()
    assert contents[0] == contents[1]
    with tarfile.open(fileobj=io.BytesIO(contents[0])) as tar:
        assert "manifest.json" in tar.getnames()
