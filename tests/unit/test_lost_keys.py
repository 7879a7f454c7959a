"""No key that a lab's data depends on is made anew over it: every kind of key, every damage, with data and without."""

from __future__ import annotations

import dataclasses
import datetime
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import plan_data
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kubelab import errors, paths, providers
from kubelab.converge import compose, lost_keys, planner
from kubelab.pki import certlist, ssh_keys
from kubelab.providers import docker
from kubelab.state import checkpoint_files, workspace

LAB = plan_data.lab({})
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
KEYS = {**certlist.issue(LAB, {}, NOW).files, **ssh_keys.ensure({}, LAB.machines)}
OTHER = {**certlist.issue(LAB, {}, NOW).files, **ssh_keys.ensure({}, LAB.machines)}
PAIRS = [f"{name}/ca" for name in certlist.AUTHORITIES]
DATA = [*(path + end for path in PAIRS for end in (".crt", ".key")), *certlist.SECRETS]
SSH = [ssh_keys.USER, *(ssh_keys.host_key(machine) for machine in LAB.machines)]
RSA = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
DAMAGES: Mapping[str, Callable[[bytes], bytes | None]] = {
    "deleted": lambda _: None,
    "empty": lambda _: b"",
    "cut": lambda content: content[: len(content) // 2],
    "garbage": lambda _: bytes(range(256)),
    "zeros": lambda content: b"\0" * len(content),
    "text": lambda _: "kein Schlüssel\n".encode(),
    "of another kind": lambda _: RSA,
}


@dataclasses.dataclass(kw_only=True)
class Engine:
    """What Docker has of the lab."""

    volumes: list[str] = dataclasses.field(default_factory=list)
    running: bool = False
    silent: bool = False

    def asked(self, found: list[object]) -> list[object]:
        """Return an answer of Docker's, or its refusal."""
        if self.silent:
            raise errors.LabError("docker-unreachable", "the Docker engine does not answer")
        return found


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Return a Docker that has nothing of the lab, and a build folder of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    made = Engine()
    monkeypatch.setattr(docker.Docker, "volumes", lambda *_: made.asked(list(made.volumes)))
    box = providers.Box(ident="x", name="kubelab-default-etcd-01", lab=LAB.name, runs=True)
    monkeypatch.setattr(docker.Docker, "boxes", lambda *_: made.asked([box] if made.running else []))
    return made


@pytest.fixture
def where(engine: Engine) -> paths.LabPaths:
    """Return the places of a lab whose keys are written, without copies of them and without rendered boxes."""
    found = paths.LabPaths(name=LAB.name)
    workspace.write_keys(found, KEYS)
    engine.volumes = ["kubelab-planned-etcd-01-etcd"]
    return found


def damage(where: paths.LabPaths, path: str, how: str) -> bytes | None:
    """Damage one key on the disk; return what is there now."""
    content = DAMAGES[how](KEYS[path])
    file = where.keys / path
    file.unlink() if content is None else file.write_bytes(content)
    return content


def there(where: paths.LabPaths) -> dict[str, bytes]:
    """Return every file under keys/ as it is."""
    return {str(path.relative_to(where.keys)): path.read_bytes() for path in where.keys.rglob("*") if path.is_file()}


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("path", DATA)
def test_a_key_of_a_lab_with_data_is_never_made_anew(path: str, how: str, where: paths.LabPaths) -> None:
    """Without a copy: the error names the key, says what to type, and nothing under keys/ is touched."""
    damage(where, path, how)
    before = there(where)
    for act in (lambda: compose.render(LAB, where, now=NOW), lambda: planner.refuse(LAB, where)):
        with pytest.raises(errors.LabError) as caught:
            act()
        assert caught.value.ident == "keys-lost"
        assert any(path.rpartition(".")[0] in line or path in line for line in caught.value.details)
        assert "lab.destroy" in caught.value.remedy
    assert there(where) == before


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("path", [*DATA, *SSH])
def test_a_damaged_key_that_has_a_copy_is_put_back(path: str, how: str, where: paths.LabPaths) -> None:
    """The copy that every rendering keeps is taken: the key is what it was, byte for byte; no certificate is new."""
    lost_keys.keep(where, KEYS)
    damage(where, path, how)
    found = lost_keys.read_keys(LAB, where, NOW)
    assert {name: found[name] for name in KEYS} == KEYS
    assert certlist.issue(LAB, found, NOW).reasons == {}


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("path", [*DATA, *SSH])
def test_a_lab_without_data_gets_a_new_key(path: str, how: str, where: paths.LabPaths, engine: Engine) -> None:
    """No volume, no box, no checkpoint: a damaged key is made anew, and the lab can be rendered."""
    engine.volumes = []
    content = damage(where, path, how)
    found = lost_keys.read_keys(LAB, where, NOW)
    assert found.get(path) == content
    made = {**certlist.issue(LAB, found, NOW).files, **ssh_keys.ensure(found, LAB.machines)}
    assert not lost_keys.flaws(LAB, made, NOW)


@pytest.mark.parametrize("path", ["kubernetes/ca.key", "kubernetes/ca.crt", "service-account.key", "encryption.key"])
def test_what_boxes_were_rendered_with_is_a_copy(path: str, engine: Engine) -> None:
    """A lab of an older version has no copies beside its keys: the control plane's folder has these."""
    where = paths.LabPaths(name=LAB.name)
    compose.write(compose.compose(LAB, where))
    before = there(where)
    for file in (where.state / lost_keys.COPIES).rglob("*"):
        if file.is_file():
            file.unlink()
    engine.volumes = ["kubelab-planned-etcd-01-etcd"]
    (where.keys / path).write_bytes(b"")
    assert path in compose.compose(LAB, where).put_back
    assert not compose.render(LAB, where)
    assert compose.compose(LAB, where).put_back == ()
    assert there(where) == before


@pytest.mark.parametrize("end", [".crt", ".key"])
@pytest.mark.parametrize("path", PAIRS)
def test_half_of_another_authority_is_no_key(path: str, end: str, where: paths.LabPaths) -> None:
    """A certificate with another's key: refused without a copy, the right half is put back with one."""
    (where.keys / (path + end)).write_bytes(OTHER[path + end])
    with pytest.raises(errors.LabError) as caught:
        lost_keys.read_keys(LAB, where, NOW)
    assert caught.value.details == (f"keys/{path}: key does not match, and there is no copy of it",)
    lost_keys.keep(where, KEYS)
    assert lost_keys.read_keys(LAB, where, NOW) == KEYS


@pytest.mark.parametrize("days", [-400, -2, 4000])
def test_a_wrong_clock_makes_no_authority_anew(days: int, where: paths.LabPaths) -> None:
    """A clock that went back, or ten years ahead: the error is about the clock, and no key is touched."""
    lost_keys.keep(where, KEYS)
    before = there(where)
    with pytest.raises(errors.LabError) as caught:
        compose.render(LAB, where, now=NOW + days * DAY)
    assert caught.value.ident == "keys-lost"
    assert "clock" in caught.value.cause and caught.value.remedy.startswith("date;")
    assert there(where) == before


@pytest.mark.parametrize("days", [400, 3500])
def test_a_clock_ahead_makes_leaves_anew_and_no_authority(days: int, where: paths.LabPaths) -> None:
    """A year ahead, and in an authority's last months, which is no reason to make it anew."""
    reasons = compose.render(LAB, where, now=NOW + days * DAY)
    assert reasons and not set(reasons) & {*PAIRS, *certlist.SECRETS}
    after = there(where)
    assert {path: after[path] for path in DATA} == {path: KEYS[path] for path in DATA}


@pytest.mark.parametrize("path", SSH)
def test_an_ssh_key_of_a_running_box_is_not_made_anew(path: str, where: paths.LabPaths, engine: Engine) -> None:
    """A running box knows the old one: nothing is changed before the boxes are halted; then a new one does."""
    engine.running = True
    damage(where, path, "cut")
    with pytest.raises(errors.LabError) as caught:
        lost_keys.read_keys(LAB, where, NOW)
    assert (caught.value.ident, caught.value.remedy) == ("keys-lost", "./run lab.halt lab.up")
    engine.running = False
    lost_keys.read_keys(LAB, where, NOW)


def test_a_box_that_is_new_in_the_lab_file_needs_no_old_key(where: paths.LabPaths, engine: Engine) -> None:
    """A third worker of a running lab has no keys yet: that is no loss."""
    engine.running = True
    found = lost_keys.read_keys(plan_data.lab({"machines": {"worker": {"count": 3}}}), where, NOW)
    assert found == KEYS


def test_a_checkpoint_is_data(where: paths.LabPaths, engine: Engine) -> None:
    """Volumes gone, a checkpoint there: it can be put back only under its own keys."""
    engine.volumes = []
    with checkpoint_files.draft(where, "one") as making:
        checkpoint_files.finish(making, where, "one", NOW, {})
    damage(where, "encryption.key", "empty")
    with pytest.raises(errors.LabError, match="has data"):
        lost_keys.read_keys(LAB, where, NOW)


def test_without_docker_a_lab_that_was_up_keeps_its_keys(where: paths.LabPaths, engine: Engine) -> None:
    """An engine that does not answer cannot say that there is no data."""
    engine.silent = True
    damage(where, "encryption.key", "empty")
    lost_keys.read_keys(LAB, where, NOW)  # was never up
    workspace.remember(where, {"provider": "docker"})
    with pytest.raises(errors.LabError) as caught:
        lost_keys.read_keys(LAB, where, NOW)
    assert caught.value.ident == "docker-unreachable"


def test_a_key_that_others_could_read_is_closed(where: paths.LabPaths) -> None:
    """A mode of 0644 is no loss: the next rendering makes it 0600 again, of copies as well."""
    (where.keys / "encryption.key").chmod(0o644)
    where.keys.chmod(0o755)
    compose.render(LAB, where, now=NOW)
    keys = [path for folder in (where.keys, where.state / lost_keys.COPIES) for path in folder.rglob("*")]
    private = [path for path in keys if path.is_file() and path.suffix not in (".crt", ".pub")]
    assert len(private) > 20
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert stat.S_IMODE(where.keys.stat().st_mode) == stat.S_IMODE((where.state / "keys").stat().st_mode) == 0o700


def test_a_line_end_after_the_encryption_key_is_no_damage(where: paths.LabPaths) -> None:
    """An editor's newline changes no key."""
    (where.keys / "encryption.key").write_bytes(KEYS["encryption.key"] + b"\n")
    assert lost_keys.read_keys(LAB, where, NOW)["encryption.key"].strip() == KEYS["encryption.key"]
    assert compose.render(LAB, where, now=NOW) == {}
