"""Rules of the code, checked over every module: which modules sleep, start programs, and import which others."""

from __future__ import annotations

import ast
import collections
import contextlib
import functools
import importlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import mutants, mutants_page, mutations
from kubelab import paths

SLEEPS = {
    "clients/patience.py": "polls: the loop of everything that looks again",
    "checks/wait.py": "between the look in turn and the look at all together",
    "exercises/grade.py": "a stability check is judged some seconds later; what could not tell is asked once more",
    "exam/grading.py": "what a boot makes anew is there some seconds after the API server answers",
    "proofs/exercise_run.py": "a near-miss has some seconds to show what it spoils",
}
"""The modules that sleep, and for what: a fixed time, except for the loop."""
EVENTS = {
    "converge/boot_progress.py": "ends with the block that it watches for",
    "lab/port_forward.py": "kubectl has said that its port is open, or has ended",
}
"""The modules that wait for another thread's event, and for which."""
DOORS = {
    "docker": {"clients/docker.py": "the door", "components/images.py": "a build with its log, by compiling.run"},
    "vagrant": {"host/tools.py": "asks its version before there is a lab; the door runs python-vagrant"},
    "ssh": {
        "clients/ssh.py": "the door",
        "tasks/lab.py": "lab.ssh: the person's own terminal",
        "converge/lost_keys.py": "a folder of that name",
    },
    "kubectl": {
        "clients/kubectl.py": "the door",
        "lab/port_forward.py": "a process that stays",
        "tasks/lab.py": "lab.kubectl: the person's own words",
    },
    "git": {"clients/git.py": "the door"},
    "virsh": {"clients/virsh.py": "the door"},
}
"""Each outside program: the modules that make its command line, and why it is not only one."""
NETWORK = {
    "clients/kube_api.py": "the API server",
    "clients/virsh.py": "whether libvirt listens",
    "checks/guestbook.py": "the guestbook, as a browser asks it",
    "clients/direct.py": "a page of a machine of the lab",
    "checks/more_addons.py": "the gateway, as a caller asks it",
    "checks/node_ports.py": "the guestbook, through the port of every node",
    "checks/boxes.py": "etcd's members",
    "checks/traffic.py": "a service's port on a node",
    "exercises/identity.py": "the certificate that a server shows",
    "exercises/looks.py": "a page of the student's",
    "exercises/page_server.py": "serves the page of an exercise, and of an exam",
    "course/progress_share.py": "sends a summary to that page",
    "lab/port_forward.py": "whether a port is free",
    "clients/web_client.py": "whoever has a bundle",
    "clients/download.py": "reads what that one sends",
    "ui/web_handler.py": "the headers of every page that is served",
    "ui/web_server.py": "bounds the connections of a server for a class",
}
"""The modules that speak with a server or are one, and with which."""
TALKS = {"requests", "socket", "http.client", "http.server", "socketserver", "urllib.request", "ssl"}


TELLING = ("kubelab/tasks/", "kubelab/providers/", "kubelab/diagnosis/tables/")
"""Packages whose modules are named by what they are for: a word, a provider, a layer of causes."""
ALIKE = {
    "certificates.py": "checks of them, and their making in pki/",
    "setup.py": "of an exercise, and of this computer",
}
"""Names of two files, where the package says which."""
PURE = ("render/", "converge/plan.py", "converge/textdiff.py", "diagnosis/judge.py", "ui/gantt.py")
"""Files and folders that say of themselves that equal input gives equal output."""
ACTS = {"datetime", "os", "random", "secrets", "shutil", "subprocess", "tempfile", "threading", "time", "uuid"} | TALKS
"""What would bring in a clock, chance, another program, the network, or a change on the disk."""


def modules(package: str) -> dict[str, Path]:
    """Return every module of a package: dotted name to file."""
    files = {file.relative_to(paths.ROOT): file for file in sorted((paths.ROOT / package).rglob("*.py"))}
    return {".".join(place.with_suffix("").parts).removesuffix(".__init__"): file for place, file in files.items()}


@functools.cache
def tree(file: Path) -> ast.Module:
    """Return a parsed module."""
    return ast.parse(file.read_text(encoding="utf-8"))


def places(found: Iterator[str]) -> set[str]:
    """Return file names under kubelab/."""
    return {str(Path(name).relative_to(paths.ROOT / "kubelab")) for name in found}


def calling(*names: str) -> set[str]:
    """Return the files of kubelab/ that call one of these functions, by the module and the name as written."""
    return places(
        str(file)
        for file in modules("kubelab").values()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    )


def imported(file: Path) -> Iterator[str]:
    """Yield what a module imports, wherever the line stands: modules, and names in them."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def heads(file: Path) -> Iterator[str]:
    """Yield the program of every command line that a module makes: the first word of a list, or a path's last word."""
    for node in ast.walk(tree(file)):
        if not isinstance(node, ast.List) or not node.elts:
            continue
        first = node.elts[0]
        for part in ast.walk(first):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value.rpartition("/")[2]


def test_what_waits_looks_again_by_one_loop() -> None:
    """`time.sleep` stands in the loop, and where a fixed time has to pass; nothing else sleeps under another name."""
    assert calling("time.sleep") == set(SLEEPS)
    for file in modules("kubelab").values():
        assert not {"time.sleep", "asyncio", "sched", "signal.pause"} & set(imported(file)), file


def test_who_waits_for_another_thread_is_known() -> None:
    """An event, a condition or a queue with a timeout would be a loop of its own."""
    found = calling("threading.Event", "threading.Condition", "queue.Queue", "queue.SimpleQueue", "select.select")
    assert found == set(EVENTS)


def test_python_vagrant_has_one_door() -> None:
    """Whoever imports the library would run Vagrant past the environment and the log that the door gives it."""
    found = places(str(file) for file in modules("kubelab").values() if "vagrant" in set(imported(file)))
    assert found == {"clients/vagrant.py"}


@pytest.mark.parametrize("program", DOORS)
def test_each_outside_program_has_one_door(program: str) -> None:
    """Its command line is made in its door, and where the table says why not."""
    found = places(str(file) for file in modules("kubelab").values() if program in set(heads(file)))
    assert found == set(DOORS[program])


def test_who_speaks_with_a_server_is_known() -> None:
    """Everything else asks the API server, a box or a page by these."""
    found = places(str(file) for file in modules("kubelab").values() if TALKS & set(imported(file)))
    assert found == set(NETWORK)


@pytest.mark.parametrize("place", PURE)
def test_what_is_called_pure_acts_by_nothing(place: str) -> None:
    """No import of it could read a clock or change anything, and of the doors none but their values' types."""
    files = [file for file in modules("kubelab").values() if f"kubelab/{place}" in file.as_posix()]
    assert files
    for file in files:
        names = set(imported(file))
        assert not ACTS & names, file
        assert not {f"kubelab.clients.{door}" for door in DOORS} & names, file


def test_a_file_name_occurs_once() -> None:
    """A name in an error or a search leads to one file, but for the tabled ones."""
    names = [
        file.name
        for file in modules("kubelab").values()
        if file.name != "__init__.py" and not str(file.relative_to(paths.ROOT)).startswith(TELLING)
    ]
    assert {name for name, count in collections.Counter(names).items() if count > 1} == set(ALIKE)


def test_mutants_are_of_modules_and_run_tests_that_are_there() -> None:
    """A suite of a module that was moved would fail only when somebody measures."""
    for module, suite in mutants.SUITES.items():
        for place in (f"kubelab/{module}.py", *suite):
            assert (paths.ROOT / place).is_file(), place
    for module, line in mutants_page.equivalents():
        assert module in mutants.SUITES
        assert line in {mutant.line for mutant in mutations.of((paths.ROOT / f"kubelab/{module}.py").read_bytes())}


def test_imports_have_no_underscore_after_the_name() -> None:
    """A module whose name is a local's as well has the wrong name, or the local has."""
    for package in ("kubelab", "tests", "bench"):
        for file in modules(package).values():
            for node in ast.walk(tree(file)):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    assert not [row.asname for row in node.names if row.asname and row.asname.endswith("_")], file


def programs() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the Python that stands as text in other Python, for a process of its own, where it uses kubelab."""
    for package in ("kubelab", "tests", "bench"):
        for file in modules(package).values():
            for node in ast.walk(tree(file)):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and "kubelab" in text and "import " in text:
                    with contextlib.suppress(SyntaxError), warnings.catch_warnings(action="ignore"):
                        yield file, ast.parse(text)


def test_a_program_in_a_text_names_what_is_there() -> None:
    """No tool follows a move into a text: its imports of kubelab, and what it takes of these modules, must exist."""
    seen = 0
    for file, program in programs():
        known: dict[str, object] = {}
        for node in ast.walk(program):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kubelab":
                home = importlib.import_module(node.module or "")
                for row in node.names:
                    if not hasattr(home, row.name):
                        importlib.import_module(f"{home.__name__}.{row.name}")
                    known[row.asname or row.name] = getattr(home, row.name)
        for node in ast.walk(program):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
                assert hasattr(known[node.value.id], node.attr), f"{file}: {node.value.id}.{node.attr}"
        seen += bool(known)
    assert seen >= 5


def test_no_test_asserts_that_something_was_quick() -> None:
    """On a busy computer it would be red for nothing: `time.monotonic() - begin < 3`. Speed is shown by bench/."""
    clocks = ("time.monotonic()", "time.perf_counter()", "time.time()")
    found = [
        f"{file.relative_to(paths.ROOT)}:{row.lineno}"
        for file in modules("tests").values()
        for row in ast.walk(tree(file))
        if isinstance(row, ast.Assert)
        for part in ast.walk(row.test)
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], (ast.Lt, ast.LtE))
        if isinstance(part.left, ast.BinOp) and ast.unparse(part.left).startswith(clocks)
    ]
    assert found == []
