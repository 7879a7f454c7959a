"""The user's kubeconfig: entries are added and removed on request only, and nothing else in it changes."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import strategies

from kubelab import errors, paths
from kubelab.lab import kube_context
from kubelab.pki import certlist
from kubelab.render import kubeconfig

PAIR = certlist.Pair(certificate=b"certificate", key=b"key")
NAME = "kubelab-default"
THEIRS = """\
# my clusters
apiVersion: v1
kind: Config
preferences: {}
current-context: "no"
clusters:
- cluster:
    server: https://example.org   # the big one
  name: big
contexts:
- context: {cluster: big, user: 'me'}
  name: "no"
users:
- name: me
  user:
    exec:
      args: ["010", -v, 'yes', "1e3"]
      command: get-token
"""


def lab(name: str = NAME, server: str = "https://192.168.56.111:6443") -> str:
    """Return a lab's own kubeconfig."""
    return kubeconfig.text(server=server, ca=b"ca", pair=PAIR, cluster=name, user=name, context=name)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Return a kubeconfig with entries, comments and quotes of the person's own."""
    path = tmp_path / "config"
    path.write_text(THEIRS, encoding="utf-8")
    path.chmod(0o600)
    return path


def as_kubectl_reads(path: Path) -> dict[str, Any]:
    """Return a file's content as YAML 1.1, in which an unquoted no is false."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_a_labs_own_file_holds_everything() -> None:
    """One cluster, one user, one context that joins them, certificates inside."""
    read = yaml.safe_load(lab())
    assert read["clusters"][0]["cluster"]["server"] == "https://192.168.56.111:6443"
    assert base64.b64decode(read["clusters"][0]["cluster"]["certificate-authority-data"]) == b"ca"
    assert base64.b64decode(read["users"][0]["user"]["client-certificate-data"]) == b"certificate"
    assert base64.b64decode(read["users"][0]["user"]["client-key-data"]) == b"key"
    assert read["contexts"] == [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}]
    assert (read["current-context"], read["apiVersion"], read["kind"]) == (NAME, "v1", "Config")


def test_a_merge_adds_three_entries_and_changes_no_other_line(theirs: Path) -> None:
    """Comments, quotes, order and the current context stay: every old line is still there, in order."""
    changed = kube_context.merge(theirs, lab(), NAME)
    assert changed == (f"cluster {NAME} added", f"context {NAME} added", f"user {NAME} added")
    rest = iter(theirs.read_text(encoding="utf-8").splitlines())
    assert all(line in rest for line in THEIRS.splitlines())
    read = as_kubectl_reads(theirs)
    assert read["current-context"] == "no"
    assert read["users"][0]["user"]["exec"]["args"] == ["010", "-v", "yes", "1e3"]
    assert [row["name"] for row in read["contexts"]] == ["no", NAME]


def test_a_merge_makes_it_current_only_when_asked(theirs: Path) -> None:
    """The original changed the person's default context silently."""
    assert f"current-context is {NAME}" in kube_context.merge(theirs, lab(), NAME, use=True)
    assert as_kubectl_reads(theirs)["current-context"] == NAME


def test_a_second_merge_writes_nothing(theirs: Path) -> None:
    """What is there already is not added again, and the file is not touched."""
    kube_context.merge(theirs, lab(), NAME)
    before = (theirs.read_bytes(), theirs.stat().st_ino, theirs.stat().st_mtime_ns)
    assert kube_context.merge(theirs, lab(), NAME) == ()
    assert (theirs.read_bytes(), theirs.stat().st_ino, theirs.stat().st_mtime_ns) == before


def test_a_lab_made_anew_replaces_its_entries_in_place(theirs: Path) -> None:
    """One entry of each name remains, also where an older tool had left two."""
    kube_context.merge(theirs, lab(), NAME)
    kube_context.merge(theirs, lab("kubelab-other"), "kubelab-other")
    content = theirs.read_text(encoding="utf-8")
    theirs.write_text(content.replace("users:\n", f"users:\n- name: {NAME}\n  user: {{}}\n"), encoding="utf-8")
    changed = kube_context.merge(theirs, lab(server="https://192.168.57.111:6443"), NAME)
    assert changed == (f"cluster {NAME} replaced", f"user {NAME} replaced")
    read = as_kubectl_reads(theirs)
    assert [row["name"] for row in read["clusters"]] == ["big", NAME, "kubelab-other"]
    assert read["clusters"][1]["cluster"]["server"] == "https://192.168.57.111:6443"
    assert sorted(row["name"] for row in read["users"]) == [NAME, "kubelab-other", "me"]


def test_removal_gives_the_old_file_back(theirs: Path) -> None:
    """After destroy, nothing of the lab stays in the person's kubeconfig: byte for byte as before."""
    kube_context.merge(theirs, lab(), NAME)
    sections = ("cluster", "context", "user")
    assert kube_context.remove(theirs, NAME) == tuple(f"{kind} {NAME} removed" for kind in sections)
    assert theirs.read_text(encoding="utf-8") == THEIRS
    assert kube_context.remove(theirs, NAME) == ()


def test_removal_clears_a_current_context_that_points_nowhere(theirs: Path) -> None:
    """kubectl would fail on a current context that is not there; another one is left alone."""
    kube_context.merge(theirs, lab(), NAME, use=True)
    assert "current-context cleared" in kube_context.remove(theirs, NAME)
    assert as_kubectl_reads(theirs)["current-context"] == ""


def test_removal_takes_no_name_that_only_begins_alike(theirs: Path) -> None:
    """kubelab-default and kubelab-default-2 are two labs."""
    kube_context.merge(theirs, lab(f"{NAME}-2"), f"{NAME}-2")
    before = theirs.read_bytes()
    assert kube_context.remove(theirs, NAME) == ()
    assert theirs.read_bytes() == before


def test_an_absent_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """0600 in a folder 0700, whatever the umask; removal does not fail on a file that is not there."""
    target = tmp_path / ".kube/config"
    assert kube_context.remove(target, NAME) == ()
    kube_context.merge(target, lab(), NAME)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert "current-context" not in as_kubectl_reads(target)


def test_a_file_that_others_may_read_is_closed_when_a_key_enters_it(theirs: Path) -> None:
    """The lab's administrator key is in it from then on."""
    theirs.chmod(0o644)
    kube_context.merge(theirs, lab(), NAME)
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o600


def test_a_link_stays_a_link(theirs: Path, tmp_path: Path) -> None:
    """Who keeps the file elsewhere finds it changed there."""
    link = tmp_path / "link"
    link.symlink_to(theirs)
    kube_context.merge(link, lab(), NAME)
    assert link.is_symlink()
    assert NAME in theirs.read_text(encoding="utf-8")


def test_json_stays_json(tmp_path: Path) -> None:
    """A kubeconfig may be JSON; kubectl reads the result, and so does a JSON parser."""
    target = tmp_path / "config"
    old = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [],
        "contexts": None,
        "users": [{"name": "me", "user": {}}],
    }
    target.write_text(json.dumps(old), encoding="utf-8")
    kube_context.merge(target, lab(), NAME)
    read = as_kubectl_reads(target)
    assert [len(read[section]) for section in ("clusters", "contexts", "users")] == [1, 1, 2]


STRANGE: dict[str, str | bytes] = {
    "a list": "[]",
    "a word": "hello",
    "a section that is a number": "clusters: 5",
    "entries that are numbers": "users: [5]",
    "entries without names": "contexts: [{context: {}}]",
    "a key twice": "clusters: []\nclusters: []\n",
    "a tab": "\tclusters: []",
    "no end": "users: [",
    "two documents": "a: 1\n---\nb: 2\n",
    "another encoding": b"\xff\xfe\x00",
    "depth": "[" * 900,
}


@pytest.mark.parametrize("what", STRANGE)
def test_a_file_that_cannot_be_understood_is_left_alone(what: str, tmp_path: Path) -> None:
    """Neither a merge nor a removal writes to it, and both say why."""
    content = STRANGE[what]
    target = tmp_path / "config"
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = target.read_bytes()
    with pytest.raises(errors.LabError) as merging:
        kube_context.merge(target, lab(), NAME)
    with pytest.raises(errors.LabError) as removing:
        kube_context.remove(target, NAME)
    assert merging.value.ident == removing.value.ident == "kubeconfig-unreadable"
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_file_and_no_other(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk ends in a message; the old content is whole and no half-written file with a key stays."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(errors.LabError) as problem:
        kube_context.merge(theirs, lab(), NAME)
    assert problem.value.ident == "kubeconfig-unwritable"
    assert "No space left" in problem.value.details[0]
    assert theirs.read_text(encoding="utf-8") == THEIRS
    assert list(theirs.parent.iterdir()) == [theirs]


def test_the_persons_file_is_never_a_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KUBECONFIG names several files: the first counts that is not under build/, as lab.up tells one to export."""
    own = paths.LabPaths(name="default").kubeconfig
    monkeypatch.setenv("HOME", str(tmp_path))
    cases = {
        "": tmp_path / ".kube/config",
        str(own): tmp_path / ".kube/config",
        f"{own}:/etc/one:/etc/two": Path("/etc/one"),
        ":/etc/two": Path("/etc/two"),
    }
    for value, wanted in cases.items():
        monkeypatch.setenv("KUBECONFIG", value)
        assert kube_context.users_file() == wanted, value
    monkeypatch.delenv("KUBECONFIG")
    assert kube_context.users_file() == tmp_path / ".kube/config"


PLAIN = strategies.one_of(strategies.booleans(), strategies.integers(), strategies.text(max_size=6))


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(strategies.lists(strategies.tuples(strategies.text(max_size=8), PLAIN), max_size=3))
def test_whatever_they_are_called_other_entries_mean_the_same_afterwards(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, object]]
) -> None:
    """Merge and removal of a lab change nothing that a YAML 1.1 reader sees of the others."""
    target = tmp_path_factory.mktemp("kube") / "config"
    users = [{"name": name, "user": {"token": value}} for name, value in entries]
    old = {"apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": [], "users": users}
    target.write_text(yaml.safe_dump(old, allow_unicode=True), encoding="utf-8")
    hypothesis.assume(as_kubectl_reads(target) == old)
    kube_context.merge(target, lab(), NAME)
    assert as_kubectl_reads(target)["users"][:-1] == [row for row in users if row["name"] != NAME]
    kube_context.remove(target, NAME)
    assert as_kubectl_reads(target) == old


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 400, b"\xff\xfe", b"clusters: []\n", lab().encode()[:200], b"- a\n", b"users: {a: b}\n"]
)
def test_a_labs_file_that_a_power_cut_emptied_is_told_with_what_writes_it_anew(
    content: bytes, theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither printed nor merged: kubectl would say no word of the cause. The person's own stays as it is."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setenv("KUBECONFIG", str(theirs))
    where = paths.LabPaths(name="default")
    where.root.mkdir(parents=True)
    where.kubeconfig.write_bytes(content)
    for read in (kube_context.text, kube_context.add):
        with pytest.raises(errors.LabError) as caught:
            read(where)
        assert caught.value.ident == "state-damaged"
        assert caught.value.remedy.startswith("./run lab.up")
    assert theirs.read_text(encoding="utf-8") == THEIRS
    where.kubeconfig.write_text(lab(), encoding="utf-8")
    assert kube_context.text(where) == lab()
