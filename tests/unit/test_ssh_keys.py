"""ssh trusts the lab's boxes only, by keys that are the lab's own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import labs_data
import pytest

from kubelab import paths
from kubelab.pki import ssh_keys

LAB = labs_data.lab("mine")
KEYS = ssh_keys.ensure({}, LAB.machines)


@pytest.fixture
def checkout() -> Iterator[Path]:
    """Return a folder whose path is as short as a checkout's usually is; pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="kubelab-") as folder:
        yield Path(folder)


def where(root: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the lab's places in a checkout at `root`."""
    monkeypatch.setattr(paths, "BUILD", root / "build")
    return paths.LabPaths(name=LAB.name)


def read_by_ssh(place: paths.LabPaths, host: str) -> dict[str, str]:
    """Return what ssh itself makes of the rendered configuration for a host."""
    place.root.mkdir(parents=True, exist_ok=True)
    place.ssh_config.write_text(ssh_keys.ssh_config(LAB, place), encoding="utf-8")
    done = subprocess.run(["ssh", "-G", "-F", place.ssh_config, host], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


def test_ssh_keygen_reads_every_key(tmp_path: Path) -> None:
    """OpenSSH's own tool finds each public key in its private one; all are ed25519 and no two alike."""
    for path, content in KEYS.items():
        if path.endswith(".pub"):
            continue
        file = tmp_path / "key"
        file.write_bytes(content)
        file.chmod(0o600)
        done = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, check=True)
        assert done.stdout.split()[:2] == KEYS[f"{path}.pub"].split()[:2]
        assert done.stdout.startswith(b"ssh-ed25519 ")
        file.unlink()
    assert len(set(KEYS.values())) == len(KEYS) == 2 * (len(LAB.machines) + 1)


def test_keys_are_kept_and_a_new_machine_gets_its_own() -> None:
    """A second run changes nothing; another worker adds one pair; without it that is gone."""
    assert ssh_keys.ensure(KEYS, LAB.machines) == KEYS
    more = ssh_keys.ensure(KEYS, labs_data.lab("mine", workers=3).machines)
    assert {path.split("/")[1] for path in set(more) - set(KEYS)} == {"kube-worker-03"}
    assert {path: more[path] for path in KEYS} == KEYS
    assert ssh_keys.ensure(more, LAB.machines) == KEYS


@pytest.mark.parametrize("content", [b"", b"\xff", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"])
def test_a_damaged_key_is_made_anew(content: bytes) -> None:
    """What ssh could not read is replaced, both halves, and no other key."""
    made = ssh_keys.ensure({**KEYS, ssh_keys.USER: content}, LAB.machines)
    assert made[ssh_keys.USER] not in (content, KEYS[ssh_keys.USER])
    assert {path for path in KEYS if made[path] != KEYS[path]} == {ssh_keys.USER, f"{ssh_keys.USER}.pub"}


def test_a_public_half_that_is_gone_or_another_s_follows_the_private_one() -> None:
    """The public half is always computed: the two cannot part."""
    host = ssh_keys.host_key(LAB.machines[0])
    for kept in ({ssh_keys.USER: KEYS[ssh_keys.USER]}, {**KEYS, f"{ssh_keys.USER}.pub": KEYS[f"{host}.pub"]}):
        assert ssh_keys.ensure(kept, LAB.machines)[f"{ssh_keys.USER}.pub"] == KEYS[f"{ssh_keys.USER}.pub"]


def test_known_hosts_names_every_box_and_its_key_only(tmp_path: Path) -> None:
    """ssh-keygen finds a box by its address, its name and what one types after `vagrant ssh`."""
    file = tmp_path / "known_hosts"
    file.write_text(ssh_keys.known_hosts(LAB, KEYS), encoding="utf-8")
    for machine in LAB.machines:
        key = KEYS[f"{ssh_keys.host_key(machine)}.pub"].decode().split()[1]
        for name in (str(machine.address), machine.name, machine.vagrant_name):
            done = subprocess.run(["ssh-keygen", "-F", name, "-f", file], capture_output=True, text=True, check=True)
            assert key in done.stdout
            assert done.stdout.count("ssh-ed25519") == 1
    assert subprocess.run(["ssh-keygen", "-F", "elsewhere", "-f", file], capture_output=True, check=False).returncode


@pytest.mark.parametrize("folder", ["plain", "with space", "100% \u00e9"])
def test_ssh_reads_the_configuration_as_it_is_meant(
    folder: str, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By each of its names a box is reached with the lab's key, its host key is checked, and nothing is asked."""
    place = where(checkout / folder, monkeypatch)
    for machine in LAB.machines:
        for name in (machine.name, machine.vagrant_name):
            read = read_by_ssh(place, name)
            assert (read["hostname"], read["user"], read["port"]) == (str(machine.address), "core", "22")
            assert read["identityfile"].strip('"').replace("%%", "%") == str(place.keys / ssh_keys.USER)
            assert read["userknownhostsfile"].strip('"').replace("%%", "%") == str(place.known_hosts)
            assert (read["identitiesonly"], read["stricthostkeychecking"]) == ("yes", "true")
            assert (read["passwordauthentication"], read["connecttimeout"]) == ("no", "5")
            assert (read["controlmaster"], read["controlpersist"]) == ("auto", "20")


def test_each_box_has_its_own_connection_inside_the_labs_folder(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket where others may write would let them into the boxes; one that outlives the lab would mislead."""
    place = where(checkout, monkeypatch)
    sockets = [Path(read_by_ssh(place, machine.name)["controlpath"]) for machine in LAB.machines]
    assert len(set(sockets)) == len(LAB.machines)
    assert {socket.parent for socket in sockets} == {place.root}


def test_a_checkout_with_a_long_path_goes_without_shared_connections(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket's path is limited to 107 bytes; ssh would refuse to connect at all."""
    place = where(checkout / ("x" * 100), monkeypatch)
    assert read_by_ssh(place, "etcd-01").get("controlpath", "none") == "none"
