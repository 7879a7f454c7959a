"""A lab file is read strictly: every problem at once, each at its place and line, and never a traceback."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import hypothesis
import labs_data
import pytest
from hypothesis import strategies

from kubelab import errors, model, pages, paths
from kubelab.config import load, rules, schema, yaml_reader

SCALARS = [strategies.none(), strategies.booleans(), strategies.integers(), strategies.floats()]
ANY = strategies.recursive(
    strategies.one_of(*SCALARS, strategies.text(max_size=9)),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(max_size=5), inner),
    max_leaves=6,
)
KEYS = [
    "versions",
    "provider",
    "driver",
    "network",
    "machines",
    "addons",
    "etcd",
    "worker",
    "control-plane",
    "count",
    "octet",
]
KEYS += ["box", "system", "url", "memory", "cpus", "name", "names", "addresses", "pods", "services", "domain", "api"]
WORDS = ["docker", "virtualbox", "dns", "guestbook", "10.2.0.0/16", "10.3.0.0/24", "192.168.56.0/24", "1.37", "cafe"]
WORDS += ["255.255.255.255/32", "0.0.0.0/0", "192.168.56.121", "255.255.255.255", "a-b", "cluster.local", "Ä", "\x1b["]
LIKELY = strategies.recursive(
    strategies.sampled_from([*WORDS, None, True, 0, 1, 2, 9, 10, 121, 254, 1 << 70, 1.37]),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.sampled_from(KEYS), inner),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def _own_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "VERSIONS", labs_data.DATA / "versions")


def problems(text: str | bytes, name: str = "mine") -> list[str]:
    """Return what is said of a lab file's text; nothing if it is accepted."""
    try:
        load.parse(name, text.encode() if isinstance(text, str) else text, "labs/mine.yaml")
    except errors.LabError as problem:
        assert problem.ident == "lab-file-invalid"
        return list(problem.details)
    return []


def made(text: str, network: str = "192.168.56.0/24") -> model.Lab:
    """Return the lab of a file's text."""
    return load.lab(load.parse("mine", text.encode(), "labs/mine.yaml"), IPv4Network(network))


def test_an_empty_file_is_the_lab_of_the_readme() -> None:
    """Every key may be left out: the values are those of labs/default.yaml, which are those of the original lab."""
    given = load.load("default", labs_data.NETWORK)
    empty = made("# nothing\n")
    assert [(m.name, str(m.address), m.memory, m.cpus) for m in empty.machines] == [
        ("etcd-01", "192.168.56.101", 1024, 1),
        ("kube-master-01", "192.168.56.111", 2048, 2),
        ("kube-worker-01", "192.168.56.121", 2048, 2),
        ("kube-worker-02", "192.168.56.122", 2048, 2),
    ]
    for key in ("provider", "network", "addons", "versions"):
        assert getattr(given, key) == getattr(empty, key), key
    assert [(m.name, m.address, m.memory, m.cpus) for m in given.machines] == [
        (m.name, m.address, m.memory, m.cpus) for m in empty.machines
    ]


def test_every_lab_of_the_checkout_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files under labs/ are valid, and their names are what lab.list shows."""
    monkeypatch.setattr(paths, "VERSIONS", paths.LABS / "versions")
    assert "default" in load.names()
    for name in load.names():
        assert load.read(name).name == name


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    """One run over a file full of mistakes tells all of them, each with its place and line."""
    folder = labs_data.DATA / "labs"
    wanted = (folder / "everything-wrong.problems").read_text(encoding="utf-8").splitlines()
    assert problems((folder / "everything-wrong.yaml").read_bytes()) == wanted
    assert len(wanted) > 20


HA = "machines: {control-plane: {count: 2}}"
RULES = {
    "versions: 1.37": "versions (line 1): must be text: put it in quotes",
    "versions: '9.9'": "versions (line 1): there is no version set '9.9'; there are: 1.37, numbers",
    "versoins: '1.37'": "versoins (line 1): unknown key; did you mean 'versions'?",
    "name: mine": "name (line 1): unknown key: a lab is named by its file",
    "provider: Docker": "provider (line 1): 'Docker' is none of docker, virtualbox, libvirt; did you mean 'docker'?",
    "provider: [docker]": "provider (line 1): \"['docker']\" is none of",
    "machines: 5": "machines (line 1): must be a mapping such as {key: value}",
    "machines:": "machines (line 1): has no value: give it one, or leave the key out",
    "addons: dns": "addons (line 1): must be a list such as [a, b]",
    "addons: [dns, ]\nprovider: ~": "provider (line 2): has no value",
    "addons: [dns, ~]": "addons[1] (line 1): has no value",
    "machines: {worker: {count: 0}}": "machines.worker.count (line 1): must be at least 1",
    "machines: {worker: {count: 10}}": "machines.worker.count (line 1): must be at most 9",
    "machines: {worker: {count: 2.0}}": "machines.worker.count (line 1): must be a whole number, without quotes",
    "machines: {worker: {count: true}}": "machines.worker.count (line 1): must be a whole number, without quotes",
    "machines: {worker: {count: 0x2}}": "machines.worker.count (line 1): '0x2': write a plain number, such as 2048",
    "machines: {etcd: {count: 2}}": "machines.etcd.count (line 1): 2 members stop when either is lost: write 1 or 3",
    "machines: {etcd: {count: 4}}": "machines.etcd.count (line 1): 4 members bear the loss of one, as 3 do: write 3 or",
    "machines: {etcd: {count: 7}}": "machines.etcd.count (line 1): 5 at most",
    "machines: {control-plane: {count: 6}}": "machines.control-plane.count (line 1): 5 at most",
    "network: {machines: 10.9.0.0/24, api: 10.9.0.9}": "network.api (line 1): is for more than one control plane",
    f"{HA}\nnetwork: {{api: 192.168.56.9}}": "network.api (line 2): an address needs a network to be in",
    f"{HA}\nnetwork: {{machines: 10.9.0.0/24, api: 10.8.0.9}}": "network.api (line 2): 10.8.0.9 is outside 10.9.0.0/24",
    f"{HA}\nnetwork: {{machines: 10.9.0.0/24, api: 10.9.0.1}}": "10.9.0.1 is the network's, the host's or for",
    f"{HA}\nnetwork: {{machines: 10.9.0.0/24, api: 10.9.0.121}}": "10.9.0.121 is the address of kube-worker-01",
    "machines: {control-plane: {count: 2}, worker: {octet: 99}}": "network.api: 192.168.56.100 is the address of kube",
    "machines: {control_plane: {}}": "machines.control_plane (line 1): unknown key; did you mean 'control-plane'?",
    "machines: {worker: {memroy: 1}}": "machines.worker.memroy (line 1): unknown key; did you mean 'memory'?",
    "machines: {worker: {zzz: 1}}": "machines.worker.zzz (line 1): unknown key; known: count, memory, cpus, name,",
    "machines: {worker: {memory: 1023}}": "machines.worker.memory (line 1): 1023 MiB is too little: at least 1024",
    "machines: {etcd: {memory: 255}}": "machines.etcd.memory (line 1): 255 MiB is too little: at least 256",
    "machines: {worker: {cpus: 0}}": "machines.worker.cpus (line 1): must be at least 1",
    "machines: {worker: {names: [a-b]}}": "machines.worker.names (line 1): has 1 entries; count is 2",
    "machines: {worker: {names: [cafe, ok]}}": "machines.worker.names[0] (line 1): 'cafe' is hexadecimal",
    "machines: {worker: {names: [ok, Not_ok]}}": "machines.worker.names[1] (line 1): 'Not_ok': 1 to 40 small letters",
    "machines: {worker: {names: [n, s]}}": "machines.worker.names[0] (line 1): 'n' is no text in YAML, in which",
    "machines: {worker: {names: [a-b, 'true']}}": "machines.worker.names[1] (line 1): 'true' is no text in YAML",
    "network: {domain: '12'}": "network.domain (line 1): '12' is no text in YAML, in which",
    "network: {domain: '1.e3'}": "network.domain (line 1): '1.e3' is no text in YAML, in which",
    "network: {domain: 0x1f}": "network.domain (line 1): '0x1f': write a plain number",
    "network: {domain: 'null'}": "network.domain (line 1): 'null' is no text in YAML, in which",
    "machines: {worker: {names: [same, same]}}": "machines.worker.names (line 1): 2 machines are called 'same'",
    "machines: {worker: {name: kube-master}}": "machines.worker.name (line 1): 2 machines are called 'kube-master-01'",
    "machines: {worker: {name: w, names: [x, z]}}": "machines.worker.name (line 1): 'name' and 'names' exclude",
    "machines: {worker: {names: [localhost, z]}}": "names[0] (line 1): 'localhost' means something else",
    "machines: {worker: {octet: 111}}": "kube-worker-01 has 192.168.56.111, as kube-master-01 has",
    "machines: {worker: {octet: 254}}": "kube-worker-02 has 192.168.56.255, which is the network's",
    "machines: {worker: {octet: 1}}": "machines.worker.octet (line 1): must be at least 2",
    "machines: {worker: {addresses: [10.9.0.2, 10.9.0.3]}}": "name network.machines as well",
    "network: {domain: a_b}": "network.domain (line 1): 'a_b' is no DNS domain such as cluster.local",
    "network: {domain: a..b}": "network.domain (line 1): 'a..b' is no DNS domain",
    "network: {pods: 10.2.0.1/16}": "network.pods (line 1): 10.2.0.1/16 has host bits: did you mean 10.2.0.0/16?",
    "network: {pods: 10.2.0.0}": "network.pods (line 1): '10.2.0.0' is no IPv4 range such as 10.2.0.0/16",
    "network: {pods: 10.2.0.0/255.255.0.0}": "is no IPv4 range such as 10.2.0.0/16",
    "network: {pods: fd00::/64}": "network.pods (line 1): 'fd00::/64' is no IPv4 range",
    "network: {pods: 8.0.0.0/16}": "network.pods (line 1): 8.0.0.0/16 is not private",
    "network: {pods: 169.254.0.0/16}": "network.pods (line 1): 169.254.0.0/16 is not private",
    "network: {pods: 127.0.0.0/16}": "network.pods (line 1): 127.0.0.0/16 is not private",
    "network: {pods: 10.2.0.0/23}": "network.pods (line 1): 10.2.0.0/23 is too small: each of 3 nodes takes a /24",
    "network: {pods: 10.2.0.0/22}\nmachines: {worker: {count: 3}}": "10.2.0.0/22 is too small: each of 4 nodes",
    "network: {pods: 10.3.0.0/16}": "network.services (line 1): 10.3.0.0/24 overlaps pods, 10.3.0.0/16",
    "network: {pods: 192.168.0.0/16}": "192.168.0.0/16 overlaps machines, 192.168.56.0/21, of which",
    "network: {services: 10.3.0.0/25}": "network.services (line 1): 10.3.0.0/25: a range from /12 to /24 is wanted",
    "network: {machines: 192.168.56.0/25}": "network.machines (line 1): 192.168.56.0/25: a range from /16 to /24",
    "network: {machines: 255.255.255.255/32}": "network.machines (line 1): 255.255.255.255/32 is not private",
    "network: {machines: 10.9.0.0/24}\nprovider: virtualbox": "VirtualBox allows 192.168.56.0/21 only",
    "driver: qemu": "driver (line 1): only virtual machines of provider libvirt have one",
    "provider: libvirt\ndriver: hvf": "driver (line 2): 'hvf' is none of kvm, qemu",
    "box: {system: flatcar, name: x}": "box (line 1): boxes of provider docker are kubelab's own",
    "provider: libvirt\nbox: {system: flatcr, name: x}": "box.system (line 2): 'flatcr' is none of flatcar, coreos",
    "provider: libvirt\nbox: {system: coreos}": "box.name (line 2): is missing: the box as Vagrant calls it",
    "provider: libvirt\nbox: {system: coreos, name: a b}": "box.name (line 2): 'a b': a name of Vagrant's",
    "provider: libvirt\nbox: {system: coreos, name: x, url: 'http://x/y'}": "box.url (line 2): 'http://x/y': https://…",
    "provider: libvirt\nbox: {system: coreos, name: x, url: 'file:///a b'}": "without spaces and quotes",
    "provider: libvirt\nbox: {system: coreos, name: x, ignition: true}": "unknown key; known: system, name, url",
    "addons: [guestbook, dns]": "addons (line 1): the guestbook needs storage as well",
    "addons: [guestbook]": "addons (line 1): the guestbook needs dns and storage as well",
    "addons: [dns, dns]": "addons (line 1): names dns 2 times",
    "dashboard: headlam": "none of web-view, headlamp; did you mean 'headlamp'?",
    "addons: [dns]\ndashboard: headlamp": "dashboard (line 2): chooses the web UI of the add-on dashboard",
    "addons: [1, dsn]": "dashboard, guestbook, metrics, loadbalancer, gateway; did you mean 'dns'?",
    "provider: docker\nprovider: docker": "provider (line 2): given twice: in line 1 and in line 2",
    "network:\n\tpods: 1": "line 2: a tab: indent with spaces",
    "network: {pods: 1": "line 1: ",
    "a: &a [x]\nb: *a": "line 1: anchors and aliases (& and *) are not used in lab files",
    "versions: !v 1": "versions (line 1): tags (!) are not used in lab files",
    "addons: !!python/tuple [dns]": "addons (line 1): tags (!) are not used in lab files",
    "%YAML 1.1\n---\n{}": "line 2: lab files are YAML 1.2",
    "%YAML 1.3\n---\n{}": "line 1: lab files are YAML 1.2",
    'domain: a\nx: "\\U00110000"': "line 2: \\U00110000 is no character",
    'x: "\\UFFFFFFFF"': "line 1: \\UFFFFFFFF is no character",
    'versions: "\\uD800"': "versions (line 1): has half a surrogate pair",
    "provider: true": "provider (line 1): 'True' is none of",
    "provider: false": "provider (line 1): 'False' is none of",
    "versions: !!bool maybe": "versions (line 1): 'maybe': write true or false",
    "# a\n%YAML 9.99\n---\n{}": "line 2: ",
    "{}\n---\n{}": "line 2: a second document begins: a lab file is one",
    "? [a, b]\n: c": "'?' (line 1): a key must be a word",
    "- a": "the file must be a mapping of keys such as 'machines:'",
    "hello": "the file must be a mapping of keys such as 'machines:'",
    'provider: "\\e[31mred"': "provider (line 1): '\\x1b[31mred' is none of",
    "versions: '1\0'": "line 1: a character that YAML does not allow: '\\x00'",
}


@pytest.mark.parametrize("text", RULES)
def test_a_broken_rule_is_told_at_its_place(text: str) -> None:
    """Each mistake alone yields the message that names its place, its line and what is wanted."""
    said = problems(text)
    assert any(RULES[text] in line for line in said), said


@pytest.mark.parametrize("text", RULES)
def test_a_mistake_is_told_once(text: str) -> None:
    """No mistake has more than one line, but for an address that everything of a kind then gets wrong."""
    several = {"machines: {worker: {octet: 111}}", "network: {machines: 255.255.255.255/32}", "addons: [1, dsn]"}
    assert len(problems(text)) == 1 or text in several


GOOD = [
    "network: {machines: 10.9.0.0/24, pods: 10.64.0.0/10, services: 10.3.0.0/16, domain: lab}",
    "network: {domain: 2001-01-01.example}\naddons: []",
    "machines: {worker: {name: 'on', count: 1}, etcd: {names: [no-1]}}\nnetwork: {domain: '1.2.x'}",
    "machines: {worker: {count: 1, names: [edge], cpus: 1, memory: 1024}}\nnetwork: {pods: 10.2.0.0/22}",
    "provider: libvirt\nbox: {system: flatcar, name: flatcar-stable, url: 'https://example.org/a%20b.box?x=1'}",
    "provider: virtualbox\nbox: {system: coreos, name: me/coreos, url: 'file:///boxes/x.box'}",
    "machines: {worker: {name: w, octet: 20, count: 9}}\nnetwork: {machines: 10.9.0.0/16}",
    "network: {machines: 10.9.0.0/24}\nmachines: {worker: {addresses: [10.9.0.7, 10.9.0.9]}}",
    '{"provider": "libvirt", "addons": ["dns"]}',
    "machines: {etcd: {count: 5}, control-plane: {count: 5}}",
    "machines: {etcd: {count: 3}}\nnetwork: {machines: 10.9.0.0/24}",
    f"{HA}\nnetwork: {{machines: 10.9.0.0/24, api: 10.9.0.250}}",
    "\ufeffprovider: docker\r\naddons: [dns]\r\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_right_is_accepted(text: str) -> None:
    """The rules refuse nothing that works: sizes at their bounds, names and addresses of one's own, JSON."""
    assert problems(text) == []


def test_names_octets_and_addresses_of_ones_own_are_taken() -> None:
    """The optional keys of a kind decide its machines, in order."""
    text = "network: {machines: 10.9.0.0/24}\nmachines:\n  etcd: {octet: 50}\n  control-plane: {name: cp}\n"
    lab = made(text + "  worker: {names: [edge, core], addresses: [10.9.0.9, 10.9.0.7]}", "10.9.0.0/24")
    assert [(machine.name, machine.address) for machine in lab.machines] == [
        ("etcd-01", IPv4Address("10.9.0.50")),
        ("cp-01", IPv4Address("10.9.0.111")),
        ("edge", IPv4Address("10.9.0.9")),
        ("core", IPv4Address("10.9.0.7")),
    ]


def test_a_lab_without_a_network_takes_the_one_it_is_given() -> None:
    """Without network.machines the spec says None, and the caller's network decides the addresses."""
    spec = load.parse("mine", b"", "labs/mine.yaml")
    assert spec.network.machines is None
    assert load.lab(spec, IPv4Network("192.168.60.0/24")).etcd[0].address == IPv4Address("192.168.60.101")


def test_a_network_that_does_not_fit_is_refused() -> None:
    """The ranges of the file are compared with the network that the lab was given as well."""
    with pytest.raises(errors.LabError, match=r"lab mine in 10\.2\.5\.0/24") as problem:
        made("", "10.2.5.0/24")
    assert problem.value.details == ("network.pods: 10.2.0.0/16 overlaps machines, 10.2.5.0/24",)


def test_the_network_may_be_found_for_the_spec() -> None:
    """`load` hands the spec to what finds a network for it."""
    assert load.load("default", lambda spec: spec.network.machines or labs_data.NETWORK).name == "default"


@pytest.mark.parametrize("name", ["cafe", "A", "1a", "a_b", "x" * 21, "decade"])
def test_a_name_that_vagrant_or_docker_would_trip_over_is_refused(name: str) -> None:
    """A lab is named by its file: hexadecimal names look like Vagrant's machine ids."""
    assert [line for line in problems("", name) if line.startswith("'name of the file'")]


@pytest.mark.parametrize("name", ["defualt", "", ".", "../labs/default", "/etc/passwd", "a\0b", "x" * 5000])
def test_a_lab_that_is_not_there_is_an_error_that_lists_those_that_are(name: str) -> None:
    """A name is never a path; a near miss is helped along."""
    with pytest.raises(errors.LabError) as problem:
        load.read(name)
    assert problem.value.ident == "lab-file-missing"
    assert "default" in problem.value.details[0]
    assert ("did you mean 'default'?" in problem.value.what) == (name in ("defualt", "../labs/default"))


def test_a_file_may_be_named_by_its_path(tmp_path: Path) -> None:
    """A Path is read wherever it is; errors repeat it."""
    file = tmp_path / "mine.yaml"
    file.write_text("addons: [dns]\n", encoding="utf-8")
    assert load.read(file).addons == [model.Addon.DNS]
    file.write_text("addons: 1\n", encoding="utf-8")
    with pytest.raises(errors.LabError, match=r"mine\.yaml has 1 problem"):
        load.read(file)


def test_an_unknown_version_set_is_an_error_that_lists_them() -> None:
    """`versions` alone, as components.list asks for a set."""
    with pytest.raises(errors.LabError) as problem:
        load.versions("1.38")
    assert problem.value.ident == "versions-unknown"
    assert problem.value.details == ("version sets: 1.37, numbers",)


def test_versions_that_yaml_reads_as_numbers_are_refused() -> None:
    """3.10 would have become 3.1: a version is text, and everything wrong in a set is told at once."""
    assert load.versions("1.37").components["pause"] == "3.10"
    with pytest.raises(errors.LabError) as problem:
        load.versions("numbers")
    assert problem.value.details == (
        "components.pause (line 3): write the version as text: put it in quotes",
        "components.etcd (line 4): write the version as text: put it in quotes",
        "components.coredns (line 5): 'latest' is no version such as 1.37.1",
        "components.Calico (line 6): a component has small letters, digits and dashes",
        "component (line 7): unknown key",
    )


def test_the_projects_own_version_sets_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file under labs/versions/ is a mapping of component to version."""
    monkeypatch.setattr(paths, "VERSIONS", paths.LABS / "versions")
    names = [path.stem for path in paths.VERSIONS.glob("*.yaml")]
    assert len(names) > 1
    assert all(load.versions(name).kubernetes.count(".") == 2 for name in names)


def test_what_is_no_text_or_too_much_of_it_is_refused() -> None:
    """Other encodings, and files larger than any lab file, are refused by what they are."""
    assert problems(b"a: 1\nb: \xff\n") == ["line 2: not UTF-8"]
    assert problems("addons: [dns]\n".encode("utf-16")) == ["line 1: not UTF-8"]
    assert "more than 32768 bytes" in problems(b"#" * (yaml_reader.LARGEST + 1))[0]


@pytest.mark.parametrize("part", ["[", "{a: ", "- ", "? ", "[[],", "a: [", "- - - "])
def test_depth_is_refused_before_it_costs_anything(part: str) -> None:
    """Thousands of levels end with a message: not with a recursion error, nor read to their end."""
    assert problems(part * 2000)


def test_no_more_problems_are_told_than_anybody_reads() -> None:
    """A file of ten thousand unknown keys says so in fifty lines and one."""
    said = problems("".join(f"key{number}: 1\n" for number in range(300)))
    assert len(said) == yaml_reader.MOST + 1
    assert said[-1] == "… and 250 more"


@hypothesis.settings(max_examples=80, deadline=None)
@hypothesis.given(strategies.binary() | strategies.text("{}[]:,-?!&*|>'\"%#~ \n\tab1.").map(str.encode))
def test_bytes_never_end_in_a_traceback(content: bytes) -> None:
    """Whatever a file holds, it is a lab or a LabError with at least one problem."""
    try:
        load.parse("mine", content, "labs/mine.yaml")
    except errors.LabError as problem:
        assert problem.details


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(strategies.dictionaries(strategies.sampled_from(KEYS[:5]), LIKELY | ANY))
def test_values_never_end_in_a_traceback(values: dict[str, object]) -> None:
    """Whatever stands where, the shape and the rules tell it; what they accept becomes a lab."""
    spec, flaws = schema.shape("mine", values)
    flaws += rules.flaws(rules.Draft(spec=spec, given=spec.network.machines))
    if not flaws:
        rules.Draft(spec=spec, given=spec.network.machines).machines  # noqa: B018 (must not raise)
    yaml_reader.problems(flaws, yaml_reader.Text())


def test_the_page_about_lab_files_tells_the_truth() -> None:
    """Its example is read, it names every key there is, and the message that it shows is what such a file yields."""
    page = (paths.ROOT / pages.LAB_FILE).read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert [machine.name for machine in made(example, "192.168.60.0/24").workers] == ["edge", "core"]
    for place in ((), ("machines",), ("machines", "worker")):
        assert [key for key in schema.keys(place) if f"`{key}`" not in page and f"`{key}." not in page] == []
    assert [key for key in schema.keys(("box",)) if f"`box.{key}`" not in page] == []
    assert [key for key in schema.keys(("network",)) if f"`network.{key}`" not in page] == []
    wrong = (
        "versions: 1.37\nprovider: docker\nnetwork:\n  machines: 192.168.60.1/24\n\n"
        "machines:\n  worker:\n    count: 2\n    memroy: 1\naddons: [dns, guestbook]\n"
    )
    shown = [line.removeprefix("  - ") for line in page.splitlines() if line.startswith("  - ")]
    assert problems(wrong) == shown


def test_a_box_of_others_is_flatcar_unless_its_file_says_so() -> None:
    """The lab knows system, name and address of the box; a lab without the key has none."""
    found = {
        text: made(f"provider: libvirt\n{text}").stock
        for text in ("", "box: {name: x}", "box: {name: x, url: 'file:///y', system: coreos}")
    }
    assert [*found.values()] == [
        None,
        model.StockBox(system=model.System.FLATCAR, name="x"),
        model.StockBox(system=model.System.COREOS, name="x", url="file:///y"),
    ]


def test_an_emulated_lab_has_no_dashboard_unless_it_asks_for_one() -> None:
    """With `driver: qemu` everything takes longer, and what a browser shows is left out; named, it is there."""
    network = IPv4Network("192.168.57.0/24")
    texts = {"qemu": "driver: qemu", "kvm": "driver: kvm", "asked": "driver: qemu\naddons: [dashboard]"}
    labs = {
        name: load.lab(load.parse("mine", f"provider: libvirt\n{text}\n".encode(), "mine.yaml"), network)
        for name, text in texts.items()
    }
    assert {name: model.Addon.DASHBOARD in lab.addons for name, lab in labs.items()} == {
        "qemu": False, "kvm": True, "asked": True
    }  # fmt: skip
    assert [lab.slowness for lab in labs.values()] == [model.EMULATION, 1.0, model.EMULATION]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of lab files, and an empty build/."""
    for name, place in (("LABS", tmp_path / "labs"), ("BUILD", tmp_path / "build")):
        place.mkdir()
        monkeypatch.setattr(paths, name, place)
    return tmp_path / "labs"


ALIKE = [
    ({"default": "", "kube": "machines: {control-plane: {name: master}}"}, "kube", "control-plane.name", "master-01"),
    (
        {"default": "", "kube": "machines: {worker: {names: [x, worker-02]}}"},
        "kube", "worker.names", "worker-02",
    ),
    ({"default": "machines: {etcd: {name: two-etcd}}", "two": ""}, "default", "etcd.name", "two-etcd-01"),
    ({"aw": "machines: {etcd: {names: [b-etcd-01]}}", "aw-b": ""}, "aw", "etcd.names", "b-etcd-01"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "lab", "place", "machine"), ALIKE)
def test_a_machine_that_vagrant_takes_for_another_labs_is_refused(
    files: dict[str, str], lab: str, place: str, machine: str, folder: Path
) -> None:
    """Two labs had one machine: `lab.halt --lab kube` stopped, and `lab.destroy --lab kube` removed, the other's.

    Of the two the one with names of its own is told, and the other one is read as before.
    """
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(errors.LabError) as refused:
        load.read(lab)
    (other,) = set(files) - {lab}
    assert refused.value.details[0].startswith(f"machines.{place} (line 1): Vagrant would take {machine} for ")
    assert refused.value.details[0].endswith(f" of lab {other}")
    load.read(other)


def test_of_two_labs_with_one_machine_the_one_that_exists_goes_on(folder: Path) -> None:
    """A lab that an older kubelab has made is not lost to a rule; the other one is then not brought up beside it."""
    (folder / "default.yaml").write_text("", encoding="utf-8")
    (folder / "kube.yaml").write_text("machines: {worker: {name: worker}}", encoding="utf-8")
    made = paths.LabPaths(name="kube").vagrantfile
    made.parent.mkdir(parents=True)
    made.touch()
    assert load.read("kube").name == "kube"
    with pytest.raises(errors.LabError) as refused:
        load.read("default")
    assert refused.value.details == tuple(
        f"'name of the file': Vagrant would take kube-worker-0{number} for worker-0{number} of lab kube"
        for number in (1, 2)
    )


def test_a_broken_file_beside_it_refuses_no_lab(folder: Path) -> None:
    """Its names cannot be read, and it cannot be brought up."""
    (folder / "default.yaml").write_text("machines: [kube-", encoding="utf-8")
    (folder / "kube.yaml").write_text("machines: {worker: {name: worker}}", encoding="utf-8")
    (folder / "kube-9.yaml").mkdir()
    assert load.read("kube").name == "kube"
