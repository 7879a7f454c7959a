"""A lab keeps its /24, and a new lab gets a free one: no lab, route or Docker network uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from fakes import Answer, Computer

from kubelab import errors, model, paths
from kubelab.config import rules
from kubelab.converge import session
from kubelab.state import locks, subnets
from kubelab.tasks.output import lab_output

CHECKOUT = """
import sys
from pathlib import Path
from kubelab import paths
from kubelab.state import subnets
paths.BUILD = Path(sys.argv[1])
print(subnets.resolve(paths.LabPaths(name="mine"), None))
"""


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer whose only route is the default one, and whose Docker has no networks."""
    made = Computer.made(tmp_path, monkeypatch)
    route(made)
    made.program("docker", {"network ls": Answer()})
    return made


def route(computer: Computer, *destinations: str) -> None:
    """Let the computer have these routes beside the default one."""
    rows = [{"dst": "default", "dev": "eth0"}, *({"dst": text, "dev": "tun0"} for text in destinations)]
    computer.program("ip", {"-j -4 route": Answer(out=json.dumps(rows)), "-j -4 address": Answer(out="[]")})


def given(name: str = "mine") -> str:
    """Return the network that a lab is given."""
    return str(subnets.resolve(paths.LabPaths(name=name), None))


def test_a_named_network_is_taken_as_it_is(computer: Computer) -> None:
    """Nobody is asked: the lab file decides."""
    named = IPv4Network("10.99.0.0/24")
    assert subnets.resolve(paths.LabPaths(name="mine"), named) == named
    assert computer.calls("docker") == []


def test_the_default_labs_network_is_never_given_away(computer: Computer) -> None:
    """Even while that lab is down: its file names it."""
    assert given() == "192.168.57.0/24"
    assert "network ls -q --filter label=kubelab.lab" in computer.calls("docker")


def test_a_lab_keeps_what_it_was_given(computer: Computer) -> None:
    """Also when that is routed by now: by itself."""
    assert given() == "192.168.57.0/24"
    route(computer, "192.168.57.0/24")
    assert given() == "192.168.57.0/24"


def test_two_labs_get_two(computer: Computer) -> None:
    """The second one sees what the first was given, before either is up."""
    assert [given("one"), given("two"), given("one")] == ["192.168.57.0/24", "192.168.58.0/24", "192.168.57.0/24"]
    assert computer.calls("ip")


def test_what_is_routed_or_dockers_is_left_out(computer: Computer) -> None:
    """A VPN's larger route, a single host in a range, and a lab of another checkout; IPv6 is no matter."""
    route(computer, "192.168.56.0/23", "192.168.58.7")
    configs = [{"Subnet": "192.168.59.0/24"}, {"Subnet": "fd00::/64"}]
    rows = {"n1": configs, "n2": None}
    found = [{"Id": ident, "Name": ident, "IPAM": {"Config": config}} for ident, config in rows.items()]
    computer.program(
        "docker", {"network ls": Answer(out="n1\nn2\n"), "network inspect n1 n2": Answer(out=json.dumps(found))}
    )
    assert given() == "192.168.60.0/24"


def test_without_the_ip_command_there_are_no_routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """host.doctor says that it is missing; here it is no traceback."""
    Computer.made(tmp_path, monkeypatch)
    assert subnets.routes() == {}


def test_a_route_that_leads_nowhere_is_told_by_its_kind(computer: Computer) -> None:
    """`unreachable 10.0.0.0/8` has no device."""
    rows = [{"dst": "10.0.0.0/8", "type": "unreachable"}, {"dst": "172.17.0.0/16", "dev": "docker0"}]
    computer.program("ip", {"-j -4 route": Answer(out=json.dumps(rows))})
    assert subnets.routes() == {IPv4Network("10.0.0.0/8"): "unreachable", IPv4Network("172.17.0.0/16"): "docker0"}


def test_the_parts_of_a_full_tunnel_are_no_network(computer: Computer) -> None:
    """VPNs write a default route as halves, quarters or eighths; smaller parts are networks of their own."""
    rows = [{"dst": text, "dev": "tun0"} for text in ("0.0.0.0/1", "64.0.0.0/2", "160.0.0.0/3", "0.0.0.0/4")]
    computer.program("ip", {"-j -4 route": Answer(out=json.dumps(rows))})
    assert subnets.routes() == {IPv4Network("0.0.0.0/4"): "tun0"}


def test_two_checkouts_at_the_same_moment_get_two(computer: Computer) -> None:
    """Docker is slow and knows of neither lab: whoever comes second waits, and sees what the first was given."""
    computer.program("docker", {"network ls": Answer(seconds=0.5)})
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", CHECKOUT, str(computer.folder / name)],
            cwd=paths.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("here", "there")
    ]
    assert {run.communicate(timeout=120)[0].strip() for run in runs} == {"192.168.57.0/24", "192.168.58.0/24"}


def test_a_destroyed_labs_network_is_free_again(computer: Computer) -> None:
    """Also one of another checkout: what that was given lasts as long as its record."""
    with computer.patch.context() as elsewhere:
        elsewhere.setattr(paths, "BUILD", computer.folder / "there")
        assert given() == "192.168.57.0/24"
    assert str(subnets.resolve(paths.LabPaths(name="mine"), None, claim=False)) == "192.168.58.0/24"
    (computer.folder / "there/mine/state/network").unlink()
    assert given() == "192.168.57.0/24"


def test_another_run_that_does_not_end_choosing_is_not_waited_for(computer: Computer) -> None:
    """It hangs, and is an error with a name after a while."""
    computer.patch.setattr(locks, "PATIENCE", 0.1)
    with locks.networks(), pytest.raises(errors.LabError) as late:
        given()
    assert late.value.ident == "lab-locked"


@pytest.mark.parametrize("words", ["show", "status"])
def test_who_only_looks_claims_nothing(
    words: str, computer: Computer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lab that names no network and was never up: it is shown with the next free one, and nothing is written."""
    (computer.folder / "labs/versions").mkdir(parents=True)
    (computer.folder / "labs/mine.yaml").write_text("provider: docker\n", encoding="utf-8")
    monkeypatch.setattr(paths, "LABS", computer.folder / "labs")
    computer.program("docker", {"network ls": Answer(), "container ls": Answer(), "ps": Answer()})
    if words == "show":
        lab_output.show(session.opened("mine").lab, as_json=False)
        assert "192.168.57.0/24" in capsys.readouterr().out
    else:
        assert lab_output.status(session.opened("mine"), as_json=False) is errors.Exit.ABSENT
    assert not paths.BUILD.exists()
    assert not (paths.cache() / "networks").exists()
    session.open_lab("mine", claim=True)
    assert (paths.LabPaths(name="mine").state / "network").read_text(encoding="utf-8") == "192.168.57.0/24\n"


def test_the_pool_is_written_once() -> None:
    """The rules of a lab file, the choice of a range and host.doctor take it from one place."""
    text = {path: path.read_text(encoding="utf-8") for path in (paths.ROOT / "kubelab").rglob("*.py")}
    assert [path.name for path, code in text.items() if f'"{rules.POOL}"' in code] == ["rules.py"]
    assert [path.name for path, code in text.items() if f'"{rules.FIRST}"' in code] == []
    assert rules.FIRST in list(rules.POOL.subnets(new_prefix=24))[:1]
    assert subnets.pools(model.Provider.VIRTUALBOX) == (rules.POOL,)
    assert subnets.pools(model.Provider.DOCKER)[0] == rules.POOL
