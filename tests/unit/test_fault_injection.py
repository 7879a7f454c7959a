"""Injecting and clearing without a lab: originals are kept in time and for their owner only; options stay data."""

from __future__ import annotations

import base64
import datetime
import io
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import labs_data
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab import checks, errors, model, paths
from kubelab.checks import wait
from kubelab.clients import kube_api, ssh
from kubelab.faults import bad_certificates, catalogue, fault, fault_scripts, inject, injected, targets
from kubelab.lab import kube_context
from kubelab.pki import certificates, certlist
from kubelab.ui import progress

NOW = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
LAB = labs_data.lab()
WORKERS = {machine.name for machine in LAB.workers}


def no_api(method: str, path: str, *_: object, **__: str) -> None:
    """Refuse: an API server that must not be asked."""
    raise AssertionError(f"nobody should ask {method} {path}")


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> checks.View:
    """Give the view of a lab whose folder is empty."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    door = kube_api.Api("https://192.0.2.1", tmp_path, None)
    monkeypatch.setattr(door, "request", no_api)
    return checks.View(lab=LAB, where=paths.LabPaths(name="default"), api=door)


@pytest.fixture
def report() -> progress.Progress:
    """Give progress that nobody reads."""
    return progress.Progress(progress.Style.PLAIN, out=io.StringIO())


class Box:
    """Boxes that keep what they were told; a script named in `breaks` fails."""

    def __init__(self, view: checks.View, *breaks: str) -> None:
        """Know the lab's journal, to look at it in the middle."""
        self.view, self.breaks = view, breaks
        self.ran: list[str] = []
        self.journal: list[tuple[injected.Entry, ...]] = []

    def originals(self, *_: object) -> bytes:
        """Give an archive."""
        return b"originals"

    def run(self, _: object, machine: model.Machine, row: fault.Fault, verb: str, given: bytes) -> None:
        """Run nothing."""
        assert given
        self.journal.append(injected.entries(self.view.where))
        if f"{row.name} {verb}" in self.breaks:
            raise ssh.Unreachable(f"{machine.name}: no answer")
        self.ran.append(f"{row.name} {verb}")


def put(monkeypatch: pytest.MonkeyPatch, box: Box) -> Box:
    """Put a box between the faults and ssh; waiting for health ends at once."""
    monkeypatch.setattr(fault_scripts, "originals", box.originals)
    monkeypatch.setattr(fault_scripts, "run", box.run)
    monkeypatch.setattr(wait, "wait", lambda *_: {})
    monkeypatch.setattr(wait, "failure", lambda *_: None)
    return box


def test_the_journal_is_written_before_the_script_runs(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the middle of an injection must find what clearing needs: the entry and the originals."""
    box = put(monkeypatch, Box(view))
    done = inject.inject(view, "kubelet-stopped", force=True)
    ((entry,),) = box.journal
    assert not entry.done
    assert injected.originals(view.where, entry) == b"originals"
    assert done.entry.done
    assert inject.active(view) == (done,)


def test_what_failed_half_way_is_cleared_too(
    view: checks.View, monkeypatch: pytest.MonkeyPatch, report: progress.Progress
) -> None:
    """Nobody knows how far a script came before its box went away."""
    box = put(monkeypatch, Box(view, "kubelet-stopped inject"))
    with pytest.raises(errors.LabError) as caught:
        inject.inject(view, "kubelet-stopped", force=True)
    assert caught.value.ident == "fault-failed"
    assert [one.entry.done for one in inject.active(view)] == [False]
    inject.clear(view, report)
    assert box.ran == ["kubelet-stopped clear"]
    assert inject.active(view) == ()


def test_the_last_fault_is_cleared_first(
    view: checks.View, monkeypatch: pytest.MonkeyPatch, report: progress.Progress
) -> None:
    """The second fault's originals may hold the first fault: in any other order that would come back."""
    box = put(monkeypatch, Box(view))
    for name in ("kubelet-stopped", "kubelet-config-broken", "kubelet-wrong-server"):
        inject.inject(view, name, force=True)
    cleared = inject.clear(view, report)
    assert [one.row.name for one in cleared.faults] == [line.split()[0] for line in box.ran[3:]]
    assert box.ran[3:] == ["kubelet-wrong-server clear", "kubelet-config-broken clear", "kubelet-stopped clear"]


def test_a_fault_that_cannot_be_cleared_stays_in_the_journal(
    view: checks.View, monkeypatch: pytest.MonkeyPatch, report: progress.Progress
) -> None:
    """What was not put back must not be forgotten: the originals are nowhere else."""
    put(monkeypatch, Box(view, "kubelet-stopped clear"))
    inject.inject(view, "kubelet-stopped", force=True)
    with pytest.raises(errors.LabError) as caught:
        inject.clear(view, report)
    assert caught.value.ident == "fault-failed"
    assert len(inject.active(view)) == 1


def test_a_fault_that_is_active_is_not_injected_again(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken file would be kept as the original."""
    put(monkeypatch, Box(view))
    first = inject.inject(view, "kubelet-stopped", force=True)
    with pytest.raises(errors.LabError) as caught:
        inject.inject(view, "kubelet-stopped", first.machine)
    assert caught.value.ident == "fault-active"


def test_a_lab_that_is_not_well_is_refused(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fault does on a broken lab nobody can tell; a second fault beside a first is another thing."""
    put(monkeypatch, Box(view))
    monkeypatch.setattr(wait, "survey", lambda *_, **__: {"nodes": wait.Failure("not Ready: kube-worker-01")})
    with pytest.raises(errors.LabError) as caught:
        inject.inject(view, "kubelet-stopped")
    assert caught.value.ident == "fault-degraded"
    assert inject.active(view) == ()
    inject.inject(view, "kubelet-stopped", force=True)
    inject.inject(view, "kubelet-config-broken")
    assert len(inject.active(view)) == 2


def test_nobody_but_the_owner_reads_the_originals(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """They hold the kubelets' keys, and they tell what was broken."""
    put(monkeypatch, Box(view))
    inject.inject(view, "kubelet-stopped", force=True)
    modes = {path.stat().st_mode & 0o777 for path in injected.folder(view.where).rglob("*")}
    assert modes == {0o700, 0o600}
    assert injected.folder(view.where).stat().st_mode & 0o777 == 0o700


def test_the_seed_chooses_machine_and_options_and_always_the_same(view: checks.View) -> None:
    """A course gives each student another fault from a number: it must be the same one when it is graded."""
    row = catalogue.find("kubelet-wrong-server")
    first = [targets.choose(view, row, None, seed) for seed in range(40)]
    assert first == [targets.choose(view, row, None, seed) for seed in range(40)]
    assert {choice.machine.name for choice in first} == WORKERS
    assert {choice.options["PORT"] for choice in first} == set(row.options["PORT"])


def test_a_machine_or_an_option_of_another_fault_is_refused(view: checks.View) -> None:
    """Options become variables of a script: only what the row lists gets there."""
    row = catalogue.find("kubelet-wrong-server")
    for machine, options in ((LAB.etcd[0], {}), (None, {"PORT": "1; reboot"}), (None, {"PATH": "/opt"})):
        with pytest.raises(errors.LabError) as caught:
            targets.choose(view, row, machine, 0, options)
        assert caught.value.ident == "fault-misplaced"


def test_a_lab_without_the_addon_has_nothing_to_break(view: checks.View) -> None:
    """A fault of the guestbook on a lab without one would be injected and never be seen."""
    small = model.Lab(**{**vars(LAB), "addons": ()})
    with pytest.raises(errors.LabError) as caught:
        targets.choose(checks.View(lab=small, where=view.where, api=view.api), catalogue.find("frontend-port"), None, 0)
    assert caught.value.ident == "addon-absent"


@settings(max_examples=40, deadline=None)  # each starts a bash, on a computer that may be busy
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_whatever_is_in_an_option_stays_one_word(value: str) -> None:
    """An option reaches bash as data: quotes, newlines and substitutions in it run nothing."""
    library = fault_scripts.LIBRARY
    fault_scripts.LIBRARY = Path("/dev/null")
    try:
        text = fault_scripts.text('printf "%s" "$LINE"', {"LINE": value})
    finally:
        fault_scripts.LIBRARY = library
    done = subprocess.run(["bash", "-c", ". /dev/stdin"], input=text, capture_output=True, check=True)
    assert done.stdout == value.encode()


@pytest.mark.parametrize("here", [[], ["a"]])
def test_the_originals_are_what_is_there(tmp_path: Path, here: list[str]) -> None:
    """A file that is not there is left out, so that clearing removes it; a fault without files has an archive, too."""
    for name in here:
        (tmp_path / name).write_text(name, encoding="utf-8")
    files = " ".join(str(tmp_path / name) for name in ("a", "missing"))
    head = f"GIVEN=$(mktemp -d {tmp_path}/given-XXX); FILES='{files}' OBJECTS=; set -eu\nown_rules() {{ :; }}\n"
    text = f"{head}{fault_scripts.KEEP}"
    done = subprocess.run(["bash", "-c", ". /dev/stdin"], input=text.encode(), capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        assert [Path(name).name for name in tar.getnames()] == ["objects", "rules", *here]


def test_a_secret_in_the_material_is_roots_only() -> None:
    """The archive becomes files of the box, with the modes that it says."""
    with tarfile.open(
        fileobj=io.BytesIO(fault_scripts.packed({"/etc/a.crt": b"1", "/etc/a.key": b"2", "/etc/k": b"3"}))
    ) as tar:
        assert {item.name: item.mode for item in tar} == {"etc/a.crt": 0o644, "etc/a.key": 0o600, "etc/k": 0o600}
        assert {item.uid for item in tar} == {0}


@pytest.fixture(scope="module")
def keys() -> Mapping[str, bytes]:
    """Give every key and certificate of a lab."""
    return certlist.issue(LAB, {}, NOW).files


def made(
    view: checks.View, keys: Mapping[str, bytes], name: str, machine: model.Machine, **options: str
) -> dict[str, bytes]:
    """Return what a maker makes of a lab's keys."""
    for path, content in keys.items():
        (view.where.keys / path).parent.mkdir(parents=True, exist_ok=True)
        (view.where.keys / path).write_bytes(content)
    order = bad_certificates.Order(lab=LAB, where=view.where, machine=machine, options=options, now=NOW)
    return dict(bad_certificates.MAKERS[name](order))


def authority(keys: Mapping[str, bytes], name: str) -> x509.Certificate:
    """Return one of the lab's authorities."""
    return x509.load_pem_x509_certificate(keys[f"{name}/ca.crt"])


def identity(text: bytes) -> x509.Certificate:
    """Return the client certificate of a kubeconfig."""
    user = kube_context.parsed(text, Path("kubeconfig"))["users"][0]["user"]
    return x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))


def test_the_expired_certificate_is_right_but_for_its_time(view: checks.View, keys: Mapping[str, bytes]) -> None:
    """Another subject or signer would be another fault, and lab.why would name another cause."""
    worker = LAB.workers[0]
    (text,) = made(view, keys, "kubelet-expired", worker, HOURS="3").values()
    found, original = identity(text), x509.load_pem_x509_certificate(keys[f"nodes/{worker.name}/kubelet-client.crt"])
    found.verify_directly_issued_by(authority(keys, "kubernetes"))
    assert found.subject == original.subject
    assert found.public_key() == original.public_key()
    assert found.not_valid_after_utc == NOW - datetime.timedelta(hours=3)


def test_the_api_servers_certificate_lacks_its_address_only(view: checks.View, keys: Mapping[str, bytes]) -> None:
    """Every other name is still there: a client that goes by name is served."""
    machine = LAB.control_plane[0]
    (text,) = made(view, keys, "apiserver-without-address", machine).values()
    found = x509.load_pem_x509_certificate(text)
    found.verify_directly_issued_by(authority(keys, "kubernetes"))
    names = {str(name.value) for name in certificates.extension(found, x509.SubjectAlternativeName) or ()}
    assert names == set(LAB.api_sans) - {str(machine.address)}


def test_foreign_authorities_have_the_right_name_and_another_key(view: checks.View, keys: Mapping[str, bytes]) -> None:
    """A reader who compares names only sees nothing wrong."""
    files = made(view, keys, "etcd-client-foreign", LAB.control_plane[0])
    found = x509.load_pem_x509_certificate(next(files[path] for path in files if path.endswith(".crt")))
    assert found.issuer == authority(keys, "etcd").subject
    with pytest.raises(InvalidSignature):
        found.verify_directly_issued_by(authority(keys, "etcd"))
    (text,) = made(view, keys, "scheduler-foreign-ca", LAB.control_plane[0]).values()
    identity(text).verify_directly_issued_by(authority(keys, "kubernetes"))
    assert keys["kubernetes/ca.crt"] not in text
