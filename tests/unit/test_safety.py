"""The promises of `pages.SECURITY` that need no lab: no data runs anything on this computer, nothing gets out.

Data are what people write or boxes say: values and names of a lab file, names of checkpoints, members of archives.
The project's own code, an exercise's included, is trusted as the repository is.
"""

from __future__ import annotations

import ast
import datetime
import html.parser
import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path, PurePosixPath

import hypothesis
import labs_data
import pytest
from hypothesis import strategies
from ruamel.yaml import YAML

from kubelab import errors, model, pages, paths
from kubelab.components import cache_layout
from kubelab.config import load
from kubelab.exercises import web_page
from kubelab.lab import log_archive, log_sources
from kubelab.pki import certlist, secret_scan, ssh_keys
from kubelab.render import box_files, files_tsv, lab_files, templates

HOSTILE = ("$(id)", "`id`", "; id", "a\nid", "'; id #", '" id', "#{`id`}", "../x", "-rf", "a b", "%x(id)", "\\", "*")
ANY = strategies.text(max_size=30) | strategies.sampled_from(HOSTILE)
NAMES = ANY | strategies.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
PLAIN = re.compile(r"[A-Za-z0-9._:/,+@ -]*")
"""What every text of a lab that was accepted consists of: nothing that a shell or Ruby takes for more than itself."""


def dump(document: object) -> bytes:
    """Return a document as YAML."""
    text = io.BytesIO()
    YAML(typ="safe").dump(document, text)
    return text.getvalue()


def texts(value: object) -> Iterator[str]:
    """Yield every text in a model, as deep as it lies."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*texts(key), *texts(item))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from texts(item)
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from texts(getattr(value, field))


def accepted(document: object, name: str = "mine") -> model.Lab | None:
    """Return the lab that a file with this content is, or None if it is refused."""
    try:
        spec = load.parse(name, dump(document), f"labs/{name}.yaml")
        return load.lab(spec, IPv4Network("192.168.60.0/24"))
    except errors.LabError as problem:
        assert problem.details or problem.what
        return None


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(NAMES, NAMES, NAMES, ANY, ANY)
def test_no_value_of_a_lab_file_is_more_than_itself_to_a_shell(
    first: str, second: str, prefix: str, domain: str, versions: str
) -> None:
    """Whatever is written as a name, a domain or a version set: it is refused, or it is plain letters."""
    document = {
        "network": {"domain": domain or "x"},
        "machines": {"worker": {"count": 2, "names": [first, second]}, "etcd": {"name": prefix}},
        "versions": versions,
    }
    for changed in (document, {**document, "versions": "1.37"}, {"machines": document["machines"]}):
        lab = accepted(changed)
        for text in texts(lab) if lab else ():
            assert PLAIN.fullmatch(text), text
            assert not text.startswith("-"), text


@hypothesis.given(NAMES)
def test_no_lab_is_called_what_leads_elsewhere(name: str) -> None:
    """The name becomes a part of paths that get removed, of Docker's names and of host names."""
    try:
        where = paths.LabPaths(name=name)
    except errors.LabError as problem:
        assert problem.code == errors.Exit.USAGE
    else:
        assert where.root.parent == paths.BUILD
        assert re.fullmatch(r"[a-z][a-z0-9-]*", name, re.ASCII)


def modules() -> list[Path]:
    """Return every module of the program."""
    return sorted(path for folder in ("kubelab", "bench") for path in (paths.ROOT / folder).rglob("*.py"))


FORBIDDEN = {
    "os.system", "os.popen", "subprocess.getoutput", "eval", "exec", "pickle.loads", "yaml.load", "yaml.unsafe_load",
    "tarfile.TarFile.extractall",
}  # fmt: skip


def test_nothing_is_given_to_a_shell_here() -> None:
    """No `shell=True`, no os.system, no eval: commands are lists, and data in them are words."""
    found = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                shell = any(keyword.arg == "shell" for keyword in node.keywords)
                if shell or ast.unparse(node.func) in FORBIDDEN:
                    found.append(f"{path.relative_to(paths.ROOT)}:{node.lineno}: {ast.unparse(node)[:60]}")
    assert len(modules()) > 100
    assert found == []


@pytest.fixture(scope="module")
def inputs() -> box_files.Inputs:
    """Return everything that decides what lands on the boxes of the default lab."""
    lab = load.load("default", labs_data.NETWORK)
    facts = model.HostFacts(memory=8192, cpus=4, cgroup_v2=True, resolvers=("192.0.2.1",))
    bundle = certlist.issue(lab, {}, load_time())
    return box_files.Inputs(lab=lab, bundle=bundle, facts=facts, software=cache_layout.software(lab.versions))


def load_time() -> datetime.datetime:
    """Return a moment at which certificates are issued."""

    return datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)


def test_what_a_box_runs_is_a_list_of_plain_words(inputs: box_files.Inputs) -> None:
    """Nothing in the generated script needs quoting: every word of every call is plain, and so is files.tsv."""
    for machine in inputs.lab.machines:
        calls = box_files.steps(inputs, machine)
        assert len(calls) > 3
        assert [word for call in calls for word in call if not PLAIN.fullmatch(word) or " " in word] == []
        rows = files_tsv.text(map(files_tsv.of, box_files.receive(inputs, machine))).splitlines()
        assert {len(row.split("\t")) for row in rows} == {6}
        assert [row for row in rows if not PLAIN.fullmatch(row.replace("\t", " "))] == []


PATHS = strategies.text(strategies.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=30)


@pytest.mark.skipif(not shutil.which("ruby"), reason="Ruby comes with Vagrant")
@hypothesis.settings(max_examples=6, deadline=None)
@hypothesis.given(strategies.lists(PATHS | strategies.sampled_from(HOSTILE), min_size=1, max_size=40))
def test_a_path_is_text_to_ruby_whatever_is_in_it(found: list[str]) -> None:
    """Two texts in the Vagrantfile follow no rule, the checkout's path and the cache's: Ruby runs neither."""
    program = "".join(f"print {templates.ruby_literal(text)}, 0.chr\n" for text in found)
    done = subprocess.run(["ruby", "-Ku", "-"], input=program.encode(), capture_output=True, check=True)
    assert done.stdout == "".join(f"{text}\0" for text in found).encode().replace(b"\r\n", b"\n") or "\r" in program


@hypothesis.given(
    strategies.text(max_size=60) | strategies.sampled_from(["../../etc/passwd", "/etc/passwd", "a/../../b", ""])
)
def test_what_a_box_calls_its_files_stays_under_the_archives_folder(name: str) -> None:
    """A box may name a pod's log as it likes: whoever unpacks `lab.logs` gets one folder and nothing beside it."""
    found = PurePosixPath("kubelab-default") / log_sources.inside(name)
    assert ".." not in found.parts
    assert found.parts[0] == "kubelab-default"
    assert len(found.parts) > 1


def test_an_archive_of_a_hostile_box_unpacks_into_its_folder(tmp_path: Path) -> None:
    """From the box's tar to the written archive: names that lead out arrive as names that do not."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("../../../root/.ssh/authorized_keys", "/etc/cron.d/x", "fine/0.log"):
            member = tarfile.TarInfo(name)
            member.size = 2
            tar.addfile(member, io.BytesIO(b"hi"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    contents = dict(log_sources._unpacked(packed.getvalue()))
    log_archive.write(tmp_path / "a.tar.gz", "lab", contents, secret_scan.Scan(known=()))
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        assert sorted(tar.getnames()) == ["lab/etc/cron.d/x", "lab/fine/0.log", "lab/root/.ssh/authorized_keys"]
        assert all(member.isreg() for member in tar)


def test_no_rendered_file_that_others_may_read_holds_a_secret(
    inputs: box_files.Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key of the lab is looked for in every file: it is in files of mode 0600 only, in no Vagrantfile."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    where = paths.LabPaths(name="default")
    keys = {**inputs.bundle.files, **ssh_keys.ensure({}, inputs.lab.machines)}
    for path, content in keys.items():
        (where.keys / path).parent.mkdir(parents=True, exist_ok=True)
        (where.keys / path).write_bytes(content)
    scan = secret_scan.Scan.of(where)
    assert not any(mark.decode() in repr(scan) for _, marks in scan.known for mark in marks)
    box = lab_files.Box(image="box", run_arguments=(), cache=tmp_path)
    files = lab_files.lab(inputs, keys, box, where)
    found = {path: scan.found(file.content) for path, file in files.items()}
    assert len([path for path, what in found.items() if what]) > 30
    assert {path: what for path, what in found.items() if what and files[path].mode & 0o077} == {}
    assert found["Vagrantfile"] == ()


class Tags(html.parser.HTMLParser):
    """Keeps every tag of a page with its attributes."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one."""
        self.found.append((tag, dict(attrs)))


ACTING = {"script", "a", "img", "iframe", "style", "link", "form", "input", "svg", "object", "embed", "base", "meta"}
MARKS = strategies.sampled_from(
    ["<script>", "</script>", "<img src=x onerror=a()>", "[a](javascript:a())", "![a](http://x)", "<http://x>", "`",
     "* ", "\n\n", "```sh\n", "| a | b |\n|---|---|\n", "<a href='x'>", "&lt;script&gt;", "\x1b[31m", "# ", "a"]
)  # fmt: skip


@hypothesis.settings(deadline=None)
@hypothesis.given(strategies.lists(MARKS | strategies.text(max_size=5), max_size=20).map("".join))
def test_a_task_s_text_is_a_page_that_does_nothing(text: str) -> None:
    """Whatever Markdown says: no script, no link, nothing loaded, no attribute that acts."""
    seen = Tags()
    seen.feed(web_page.html(text))
    assert not {tag for tag, _ in seen.found} & {
        "script",
        "a",
        "img",
        "iframe",
        "style",
        "link",
        "form",
        "input",
        "svg",
    }
    assert {name for _, attributes in seen.found for name in attributes} <= {"class", "style", "start"}


def test_every_promise_names_a_test_that_there_is() -> None:
    """The page of threats is only as good as the tests that it names: files exist, and so does each named function."""
    text = (paths.ROOT / pages.SECURITY).read_text(encoding="utf-8")
    named = re.findall(r"`((?:unit|live)/\w+\.py)`((?: [a-z0-9]+(?:_[a-z0-9…]+)+,?)*)", text)
    assert len(named) > 20
    for file, functions in named:
        source = (paths.ROOT / "tests" / file).read_text(encoding="utf-8")
        for function in functions.replace(",", " ").split():
            assert f"def test_{function.rstrip('…')}" in source, f"{file}: {function}"
