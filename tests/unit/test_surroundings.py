"""Variables that a shell sets for other projects reach no program of kubelab; an act counts once its effect is seen."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import labs_data
import pytest
from fakes import Computer, report

from kubelab import errors, model, paths, providers
from kubelab.clients import docker, kubectl, program, ssh, surroundings, vagrant
from kubelab.lab import lifecycle

FOREIGN = {
    "VAGRANT_CWD": "/other", "VAGRANT_DOTFILE_PATH": "/dot", "VAGRANT_VAGRANTFILE": "Vagrantfile.other",
    "VAGRANT_HOME": "/home/other/.vagrant.d", "VAGRANT_DEFAULT_PROVIDER": "libvirt", "VAGRANT_NO_PARALLEL": "1",
    "VAGRANT_LOG": "debug", "RUBYOPT": "-rother", "RUBYLIB": "/other", "GEM_HOME": "/other", "BUNDLE_GEMFILE": "/g",
    "DOCKER_HOST": "tcp://other:2375", "DOCKER_CONTEXT": "other", "DOCKER_CONFIG": "/other", "DOCKER_TLS_VERIFY": "1",
    "DOCKER_API_VERSION": "1.12", "DOCKER_DEFAULT_PLATFORM": "linux/arm64", "DOCKER_BUILDKIT": "0",
    "KUBECONFIG": "/other/config", "KUBECTL_EXTERNAL_DIFF": "meld", "KUBECTL_COMMAND_HEADERS": "0",
    "KUBERC": "/other/kuberc", "SSH_AUTH_SOCK": "/other/agent", "SSH_ASKPASS": "/other/ask", "GIT_DIR": "/other/.git",
    "GIT_WORK_TREE": "/other", "GIT_SSL_NO_VERIFY": "1", "GOFLAGS": "-mod=mod", "GOOS": "plan9", "GOENV": "/other",
    "GODEBUG": "http2debug=2", "PYTHONPATH": "/other", "PYTHONSTARTUP": "/other.py", "PYTHONHOME": "/other",
    "PYTEST_ADDOPTS": "-k nothing", "LD_PRELOAD": "/other.so", "LD_LIBRARY_PATH": "/other", "BASH_ENV": "/other.sh",
    "ENV": "/other.sh", "CDPATH": "/other", "IFS": "x", "TZ": "Asia/Tokyo", "POSIXLY_CORRECT": "1", "TAR_OPTIONS": "-v",
    "GREP_OPTIONS": "-v", "GZIP": "-1", "LANGUAGE": "de", "LC_NUMERIC": "de_DE.UTF-8", "PIP_TARGET": "/other",
}  # fmt: skip
"""Variables of other projects and habits, each of which a program that kubelab starts would obey."""
PROXY = {"HTTPS_PROXY": "http://127.0.0.1:3128", "http_proxy": "http://127.0.0.1:3128", "ALL_PROXY": "socks5://x:1"}
CALLS = ("run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput")
EXEMPT = {("kubelab/host/setup.py", "execvp")}
"""`sg docker` begins this very command anew, which then sees what it saw before."""


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer on which everything is set that could lead astray, and whose programs say what they see."""
    made = Computer.made(tmp_path, monkeypatch)
    made.everything()
    for name, value in {**FOREIGN, **PROXY, "LC_ALL": "de_DE.ISO-8859-1", "NO_PROXY": "intranet"}.items():
        monkeypatch.setenv(name, value)
    return made


def telling(computer: Computer, *programs: str) -> None:
    """Put programs on PATH that write down their environment and folder, one JSON object a call."""
    for name in programs:
        script = '#!/usr/bin/python3\nimport json, os\nseen = {**os.environ, "cwd": os.getcwd()}\n'
        computer.script(name, f'{script}open("{computer.folder}/seen", "a").write(json.dumps(seen) + "\\n")\n')


def seen(computer: Computer) -> list[dict[str, str]]:
    """Return the environment of every call."""
    return [json.loads(line) for line in (computer.folder / "seen").read_text(encoding="utf-8").splitlines()]


def test_every_vagrant_call_is_about_this_project_alone(computer: Computer) -> None:
    """`lab.halt` stopped another project's machine with VAGRANT_CWD set: each call has our root, file and folder."""
    telling(computer, "vagrant")
    door = vagrant.Machines(labs_data.lab(), paths.LabPaths(name="default"))
    door.up()
    door.halt()
    door.destroy()
    calls = seen(computer)
    assert len(calls) == 3
    for call in calls:
        assert set(call) & set(FOREIGN) <= {"VAGRANT_HOME", "DOCKER_CONTEXT", "KUBERC"}
        assert call["cwd"] == str(paths.ROOT)
        assert call["VAGRANT_HOME"] == str(paths.cache() / "vagrant")
        assert call["KUBELAB_LAB"] == "default"
        assert set(call["NO_PROXY"].split(",")) >= {"192.168.56.0/24", "10.2.0.0/16", "10.3.0.0/24", "intranet"}


def test_a_provider_of_virtual_machines_keeps_a_persons_vagrant() -> None:
    """Its plug-ins and box images are there; a lab of containers needs neither."""
    own = vagrant.environment("mine", provider=model.Provider.LIBVIRT)
    assert own.get("VAGRANT_HOME") == os.environ.get("VAGRANT_HOME")


@pytest.mark.parametrize("door", ["docker", "ssh", "kubectl"])
def test_no_door_hands_on_what_is_another_projects(door: str, computer: Computer) -> None:
    """Docker is this computer's own; ssh and kubectl reach the lab with no proxy, agent or kubeconfig of theirs."""
    where = paths.LabPaths(name="default")
    telling(computer, door)
    where.bin.mkdir(parents=True)
    (where.bin / "kubectl").symlink_to(computer.folder / "bin/kubectl")
    match door:
        case "docker":
            docker.run("version")
        case "ssh":
            ssh.run(where, labs_data.lab().machines[0], "true")
        case _:
            kubectl.run(where, "get", "nodes")
    (call,) = seen(computer)
    left = {name: call[name] for name in set(call) & set(FOREIGN)}
    fixed = {"DOCKER_CONTEXT": "default", "KUBERC": "off"}
    assert left == fixed | ({"KUBECONFIG": str(where.kubeconfig)} if door == "kubectl" else {})
    assert call["LC_ALL"] == "C.UTF-8"
    assert bool(set(PROXY) & set(call)) is (door == "docker")


def test_what_downloads_need_is_kept(computer: Computer) -> None:
    """A company's proxy, module source and authority are a person's choice; this computer itself is exempt."""
    chosen = {
        "GOPROXY": "https://go.example.org",
        "SSL_CERT_FILE": "/ca.pem",
        "PIP_INDEX_URL": "https://pip.example.org",
    }
    for name, value in chosen.items():
        computer.patch.setenv(name, value)
    found = surroundings.child()
    assert {name: found[name] for name in (*chosen, *PROXY)} == {**chosen, **PROXY}
    assert found["no_proxy"] == found["NO_PROXY"] == "intranet,localhost,127.0.0.1"
    assert surroundings.child({"GOPROXY": "off"}, exempt=[IPv4Network("10.9.0.0/24")])["GOPROXY"] == "off"


def test_exemptions_are_read_in_either_spelling(computer: Computer) -> None:
    """Many write no_proxy in small letters: what stands there is not lost when NO_PROXY is written beside it."""
    computer.patch.setenv("no_proxy", "10.0.0.1, .example.org")
    found = surroundings.child()
    assert found["no_proxy"] == found["NO_PROXY"] == "intranet,10.0.0.1,.example.org,localhost,127.0.0.1"


@pytest.mark.parametrize(("home", "temporary"), [("", "no/such"), ("here", "bin"), ("a b", "")])
def test_odd_homes_and_temporary_folders(home: str, temporary: str, computer: Computer) -> None:
    """Unset, relative or with a space: a program that runs in another folder sees whole paths that are there."""
    computer.patch.chdir(computer.folder)
    computer.patch.setenv("HOME", home)
    computer.patch.setenv("TMPDIR", temporary)
    found = surroundings.child()
    assert Path(found["HOME"]).is_absolute()
    assert found.get("TMPDIR", "absent") == (str(computer.folder / "bin") if temporary == "bin" else "absent")


def test_a_relative_cache_is_this_folders(computer: Computer) -> None:
    """Docker takes a relative path for the name of a volume."""
    computer.patch.chdir(computer.folder)
    computer.patch.setenv("KUBELAB_CACHE", "my cache")
    assert paths.cache() == computer.folder / "my cache"
    computer.patch.delenv("KUBELAB_CACHE")
    computer.patch.setenv("XDG_CACHE_HOME", "my cache")
    assert paths.cache().is_absolute()


def starts() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call in kubelab/ that starts a program, with its file."""
    for path in sorted([*(paths.ROOT / "kubelab").rglob("*.py"), paths.ROOT / "tasks.py"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                module = ast.unparse(node.func.value)
                known = (
                    node.func.attr in CALLS if module == "subprocess" else module == "os" and _begins(node.func.attr)
                )
                if module == "program":
                    known = any(keyword.arg == "env" for keyword in node.keywords)  # without: `surroundings.child()`
                if known or module == "pty":
                    yield str(path.relative_to(paths.ROOT)), node


def _begins(name: str) -> bool:
    return name.startswith(("exec", "spawn", "posix_spawn")) or name in ("system", "popen")


def test_every_program_is_started_in_these_surroundings() -> None:
    """`env=surroundings.…(…)` stands in each call, so that a new one cannot forget it; an exec takes it last."""
    rows = list(starts())
    assert len(rows) > 20
    for file, call in rows:
        assert isinstance(call.func, ast.Attribute)
        if (file, call.func.attr) in EXEMPT:
            continue
        given = [keyword.value for keyword in call.keywords if keyword.arg == "env"] or call.args[-1:]
        assert ast.unparse(given[0]).startswith("surroundings."), f"{file}:{call.lineno} {ast.unparse(call)[:90]}"


def test_no_module_starts_a_program_past_that_rule() -> None:
    """Imported functions, asyncio's, a copied `os.environ` would escape it; `text=True` reads as the locale says."""
    for path in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for way in (
            "from subprocess import",
            "from os import",
            "create_subprocess",
            "text=True",
            "universal_newlines",
            "**os.environ",
            "os.environ.copy(",
        ):
            assert way not in text, f"{path}: {way}"


def box(name: str = "etcd-01", *, running: bool = True, root: Path | None = None) -> providers.Box:
    """Return a box of the default lab."""
    return providers.Box(
        ident=name, name=f"kubelab-default-{name}", lab="default", root=root or paths.ROOT, runs=running
    )


class Engine:
    """Docker, as its provider sees it: `obeys` says whether it does what it is told."""

    def __init__(self, patch: pytest.MonkeyPatch, boxes: list[providers.Box], *, obeys: bool = True) -> None:
        """Stand in for what is asked of Docker."""
        self.boxes, self._obeys = boxes, obeys
        kind = type(providers.of(labs_data.lab()))
        patch.setattr(kind, "boxes", lambda *_: tuple(self.boxes))
        patch.setattr(kind, "networks", lambda *_: ())
        patch.setattr(kind, "volumes", lambda *_: ())
        patch.setattr(kind, "stop", lambda _, names: self.stop(names))
        patch.setattr(kind, "remove_boxes", lambda _, names: self.remove(names))

    def stop(self, names: list[str]) -> None:
        """Stop boxes by name."""
        if self._obeys:
            self.boxes = [box(item.ident, running=item.name not in names) for item in self.boxes]

    def remove(self, names: list[str]) -> None:
        """Remove boxes by id."""
        if self._obeys:
            self.boxes = [item for item in self.boxes if item.ident not in names]


class DeafVagrant:
    """A Vagrant that knows no box, does nothing and says that all is well."""

    def __init__(self, *_: object) -> None:
        """Know nothing."""

    def halt(self, _: object) -> None:
        """Stop nothing."""

    destroy = halt


@pytest.fixture
def deaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a computer whose Vagrant does nothing."""
    Computer.made(tmp_path, monkeypatch)
    monkeypatch.setattr(vagrant, "Machines", DeafVagrant)
    return monkeypatch


def test_a_halt_is_done_when_no_box_runs(deaf: pytest.MonkeyPatch) -> None:
    """What Vagrant does not know of is stopped by its label."""
    engine = Engine(deaf, [box(), box("kube-master-01")])
    lifecycle.halt(labs_data.held())
    assert [item.runs for item in engine.boxes] == [False, False]


def test_a_halt_after_which_boxes_run_is_an_error(deaf: pytest.MonkeyPatch) -> None:
    """It named none and printed a tick."""
    Engine(deaf, [box()], obeys=False)
    with pytest.raises(errors.LabError, match="kubelab-default-etcd-01") as caught:
        lifecycle.halt(labs_data.held())
    assert caught.value.ident == "boxes-run-on"


def test_a_destroy_after_which_something_is_left_is_an_error(deaf: pytest.MonkeyPatch) -> None:
    """And the lab's keys are still there for the next try."""
    Engine(deaf, [box()], obeys=False)
    where = paths.LabPaths(name="default")
    where.keys.mkdir(parents=True)
    with pytest.raises(errors.LabError) as caught:
        lifecycle.destroy(paths.LabPaths(name="default"), report()[0], keep_keys=False)
    assert caught.value.ident == "lab-remains"
    assert where.keys.exists()


@pytest.mark.parametrize("act", ["halt", "destroy"])
def test_a_lab_of_another_checkout_is_neither_stopped_nor_removed(
    act: str, deaf: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another user of this computer's Docker has a lab of the same name; one whose checkout is gone can be removed."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    engine = Engine(deaf, [box(root=theirs)])

    def acted() -> None:
        if act == "halt":
            lifecycle.halt(labs_data.held())
        else:
            lifecycle.destroy(paths.LabPaths(name="default"), report()[0], keep_keys=False)

    with pytest.raises(errors.LabError) as caught:
        acted()
    assert caught.value.ident == "lab-elsewhere"
    assert engine.boxes
    theirs.rmdir()
    if act == "destroy":
        acted()
        assert not engine.boxes


def test_a_checkout_that_only_its_owner_may_look_into_is_there(deaf: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another user's home is closed: their lab is not removed as one whose checkout is gone."""

    def closed(self: Path, **_: object) -> bool:
        if self == tmp_path / "theirs":
            raise PermissionError(13, "Permission denied", str(self))
        return os.path.lexists(self)

    engine = Engine(deaf, [box(root=tmp_path / "theirs")])
    deaf.setattr(Path, "exists", closed)
    with pytest.raises(errors.LabError) as caught:
        lifecycle.destroy(paths.LabPaths(name="default"), report()[0], keep_keys=False)
    assert caught.value.ident == "lab-elsewhere"
    assert engine.boxes


def test_a_program_is_run_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Input, output, damaged bytes, exit code, limit: and its surroundings are a child's where nothing else is said."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org")
    done = program.run(["sh", "-c", r"cat; printf 'a\377b'; echo said >&2; exit 3"], given="in")
    assert (done.returncode, done.stdout, done.stderr) == (3, "ina\ufffdb", "said\n")
    assert "LC_ALL=C.UTF-8" in program.run(["env"]).stdout.splitlines()
    assert program.run(["env"], env=surroundings.bare({"ONE": "1"})).stdout.count("HTTPS_PROXY") == 0
    with pytest.raises(subprocess.TimeoutExpired):
        program.run(["sleep", "5"], timeout=0.1)
    with pytest.raises(FileNotFoundError):
        program.run([str(tmp_path / "none")])


def test_what_a_program_prints_is_taken_in_one_place() -> None:
    """No other module captures output as text: encoding, damaged bytes and surroundings would be thought of again."""
    found = [path for path in (paths.ROOT / "kubelab").rglob("*.py") if "capture_output" in path.read_text("utf-8")]
    assert [path.name for path in found] == ["program.py"]


FOR_PIP = dict.fromkeys((*surroundings.SOURCES, "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_NO_BINARY"), "x")
PYTHONS = ("PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONPYCACHEPREFIX")


def test_run_makes_its_environment_past_a_persons_settings(tmp_path: Path) -> None:
    """PIP_USER and PIP_TARGET put the packages elsewhere; PYTHONOPTIMIZE=2 takes the sentences of the checks away."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "run").write_text((paths.ROOT / "run").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "requirements.lock").touch()
    inner = f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 1\n"
    (tmp_path / "inner").write_text(inner, encoding="utf-8")
    (tmp_path / "inner").chmod(0o755)
    outer = f'[ "$1 $2" != "-m venv" ] || {{ mkdir -p "$3/bin"; cp {tmp_path}/inner "$3/bin/python"; }}'
    (tmp_path / "bin/python3").write_text(f"#!/bin/sh\n{outer}\n", encoding="utf-8")
    (tmp_path / "bin/python3").chmod(0o755)
    given = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "TMPDIR": "/no/such/folder", **FOR_PIP}
    given |= dict.fromkeys(PYTHONS, "2")
    done = subprocess.run(["bash", tmp_path / "run", "lab.list"], env=given, capture_output=True, check=False)
    assert done.returncode == 1
    left = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text(encoding="utf-8").splitlines())
    assert not [name for name in left if name.startswith("PYTHON") or name == "TMPDIR"]
    pip = {name for name in left if name.startswith("PIP_")}
    assert pip == {"PIP_USER", *(name for name in surroundings.SOURCES if name.startswith("PIP_"))}
    assert left["PIP_USER"] == "0"
