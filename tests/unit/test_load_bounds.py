"""The bounds of a lab file's rules: the last allowed value and the first refused one, found by mutating the rules."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import labs_data
import pydantic
import pytest

from kubelab import errors, model, paths
from kubelab.config import load, schema, strict, yaml_reader

MANY = 'machines: {worker: {count: 9}}\nnetwork: {pods: "%s"}\n'


@pytest.fixture(autouse=True)
def _own_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "VERSIONS", labs_data.DATA / "versions")


def told(text: str) -> list[str]:
    """Return what is said of a lab file's text; nothing if it is accepted."""
    try:
        load.parse("mine", text.encode(), "labs/mine.yaml")
    except errors.LabError as problem:
        return list(problem.details)
    return []


def test_ten_nodes_need_a_range_of_eleven_parts() -> None:
    """Each node takes a /24 and flannel keeps one: fifteen are enough, seven are not."""
    assert told(MANY % "10.8.0.0/20") == []
    (said,) = told(MANY % "10.8.0.0/21")
    assert said.startswith("network.pods (line 2): 10.8.0.0/21 is too small")


def test_a_range_that_only_looks_like_one_is_told() -> None:
    """Digits in the right places, and no address or no mask."""
    for text in ("300.1.1.1/8", "10.2.0.0/99"):
        assert told(f'network: {{pods: "{text}"}}\n') == [
            f"network.pods (line 1): '{text}' is no IPv4 range such as 10.2.0.0/16"
        ]


def test_problems_of_addresses_and_of_a_provider_are_at_their_place() -> None:
    """The very address is named, and the range that VirtualBox would refuse."""
    machines = 'machines: {worker: {count: 1, addresses: ["10.9.9.9"]}}\n'
    assert told(f'{machines}network: {{machines: "192.168.57.0/24"}}\n')[0].startswith(
        "machines.worker.addresses[0] (line 1): kube-worker-01 has 10.9.9.9"
    )
    (said,) = told('provider: virtualbox\nnetwork: {machines: "192.168.99.0/24"}\n')
    assert said.startswith("network.machines (line 2): 192.168.99.0/24: VirtualBox allows")


def test_add_ons_are_in_the_order_of_the_project() -> None:
    """In whatever order the file names them, and no other than those."""
    spec = load.parse("mine", b"addons: [storage, dns]\n", "labs/mine.yaml")
    assert load.lab(spec, IPv4Network("192.168.57.0/24")).addons == (model.Addon.DNS, model.Addon.STORAGE)


def test_a_file_may_have_as_many_bytes_as_are_read_and_no_more(tmp_path: Path) -> None:
    """The largest one is read to its end, and one byte more is refused instead of cut off."""
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"#" * (yaml_reader.LARGEST - 14) + b"\naddons: [dns]")
    assert load.read(file).addons == [model.Addon.DNS]
    file.write_bytes(b"#" * (yaml_reader.LARGEST - 13) + b"\naddons: [dns]")
    with pytest.raises(errors.LabError) as refused:
        load.read(file)
    assert f"more than {yaml_reader.LARGEST} bytes" in refused.value.details[0]


def test_a_file_that_gives_an_error_when_it_is_read_is_told() -> None:
    """The system's own word for it: no traceback."""
    with pytest.raises(errors.LabError) as refused:
        load.read(Path("/proc/self/mem"))
    assert refused.value.ident == "lab-file-invalid"
    assert refused.value.details == ("cannot be read: Input/output error",)


def test_a_version_set_without_components_is_told_with_its_other_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but an unknown key: both are said."""
    monkeypatch.setattr(paths, "VERSIONS", tmp_path)
    (tmp_path / "9.9.yaml").write_text("kubernetes: 9.9.9\n", encoding="utf-8")
    with pytest.raises(errors.LabError) as refused:
        load.versions("9.9")
    said = "\n".join(refused.value.details)
    assert "unknown key" in said
    assert "components: must be a mapping of component to version" in said


def test_the_yaml_that_is_read_is_1_2() -> None:
    """A file may say so; one that says that it is older is refused at its line."""
    assert told("%YAML 1.2\n---\naddons: [dns]\n") == []
    (said,) = told("%YAML 1.1\n---\naddons: [dns]\n")
    assert said.endswith("lab files are YAML 1.2")


def test_twenty_levels_are_read_and_no_more() -> None:
    """The mapping is the first; what is deeper is refused for that and nothing else."""
    assert not any("levels deep" in said for said in told(f"addons: {'[' * 19}{']' * 19}\n"))
    assert told(f"addons: {'[' * 20}{']' * 20}\n") == ["line 1: more than 20 levels deep"]


def test_a_wrong_item_of_a_list_is_told_with_its_own_line() -> None:
    """Not the line where the list begins, which may be a screen away."""
    (said,) = told("addons:\n  - dns\n  - storage\n  - nonsense\n")
    assert said.startswith("addons[2] (line 4): ")


@pytest.mark.parametrize(("length", "whole"), [(yaml_reader.LONGEST, True), (yaml_reader.LONGEST + 1, False)])
def test_a_value_is_repeated_as_far_as_a_line_goes(length: int, whole: bool) -> None:
    """The longest that is repeated whole is repeated whole, and one that is longer says that it goes on."""
    (said,) = told(f"addons: [{'a' * length}]\n")
    assert ("…" not in said) is whole
    assert "a" * yaml_reader.LONGEST in said


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('network: {machines: "172.16.0.0/16"}', 'network: {machines: "172.16.0.0/15"}', "from /16 to /24 is wanted"),
        ('network: {machines: "172.16.0.0/24"}', 'network: {machines: "172.16.0.0/25"}', "from /16 to /24 is wanted"),
        ('network: {services: "10.32.0.0/12"}', 'network: {services: "10.32.0.0/11"}', "from /12 to /24 is wanted"),
        ('network: {services: "10.3.0.0/24"}', 'network: {services: "10.3.0.0/25"}', "from /12 to /24 is wanted"),
        ('network: {pods: "10.8.0.0/22"}', 'network: {pods: "10.8.0.0/23"}', "is too small"),
        ("machines: {worker: {octet: 2}}", "machines: {worker: {octet: 1}}", "machines.worker.octet"),
        ("machines: {worker: {count: 1, octet: 254}}", "machines: {worker: {count: 1, octet: 255}}", "octet"),
        ("machines: {worker: {cpus: 256}}", "machines: {worker: {cpus: 257}}", "machines.worker.cpus"),
        ("machines: {worker: {memory: 1048576}}", "machines: {worker: {memory: 1048577}}", "machines.worker.memory"),
        ("machines: {control-plane: {memory: 1024}}", "machines: {control-plane: {memory: 1023}}", "memory"),
        ("machines: {worker: {memory: 1024}}", "machines: {worker: {memory: 1023}}", "memory"),
        ("machines: {etcd: {memory: 256}}", "machines: {etcd: {memory: 255}}", "memory"),
        (
            "machines: {worker: {names: [kubernete, a-b]}}",
            "machines: {worker: {names: [kubernetes, a-b]}}",
            "kubernetes",
        ),
    ],
)
def test_the_edge_of_each_rule_is_where_it_is_said_to_be(good: str, bad: str, said: str) -> None:
    """The last value that is allowed, and the first that is not."""
    assert told(f"{good}\n") == []
    assert any(said in line for line in told(f"{bad}\n")), told(f"{bad}\n")


@pytest.mark.parametrize("address", ["192.168.57.0", "192.168.57.1", "192.168.57.255"])
def test_a_machine_has_no_address_of_the_network_itself(address: str) -> None:
    """The network's own, the host's and the one for broadcast; their neighbours are free."""
    text = 'machines: {worker: {count: 1, addresses: ["%s"]}}\nnetwork: {machines: "192.168.57.0/24"}\n'
    assert any("the host's or for broadcast" in line for line in told(text % address))
    assert told(text % "192.168.57.2") == told(text % "192.168.57.254") == []


def test_addresses_without_a_network_are_told_at_their_place() -> None:
    """They would be outside of whichever network the lab is given."""
    (said,) = told('machines: {worker: {count: 1, addresses: ["192.168.57.9"]}}\n')
    assert said.startswith("machines.worker.addresses (line 1): addresses need a network")


@pytest.mark.parametrize("address", ["7", "[]", '"192.168.57"', '"192.168.57.300"'])
def test_what_is_no_address_is_told(address: str) -> None:
    """Of whatever type it is."""
    text = 'machines: {worker: {count: 1, addresses: [%s]}}\nnetwork: {machines: "192.168.57.0/24"}\n'
    assert "is no IPv4 address such as 192.168.56.101" in told(text % address)[0]


def test_as_many_problems_as_are_shown_are_shown_without_more() -> None:
    """`… and 1 more` instead of the last one would be longer than that one."""
    flaws = [f"{number}" for number in range(yaml_reader.MOST + 1)]
    assert yaml_reader.invalid("x", flaws[:-1]).details == tuple(flaws[:-1])
    assert yaml_reader.invalid("x", flaws).details == (*flaws[:-1], "… and 1 more")


def test_a_long_value_is_cut_where_it_is_said_to_be() -> None:
    """Sixty characters are repeated whole, of sixty-one the first sixty."""
    assert yaml_reader.shown("x" * 60) == repr("x" * 60)
    assert yaml_reader.shown("x" * 61) == repr("x" * 60 + "…")


WIDE = 'network: {machines: "172.16.0.0/16"}\n'


def test_no_machine_is_counted_beyond_the_last_octet() -> None:
    """In a wide network the 255th address is free, and is not a machine's unless the file names it."""
    (said,) = told(WIDE + "machines: {worker: {count: 2, octet: 254}}\n")
    assert said.startswith("machines.worker.octet (line 2): kube-worker-02 has 172.16.0.255: the last octet may be 254")
    assert told(WIDE + "machines: {worker: {count: 1, octet: 254}}\n") == []
    assert told(WIDE + 'machines: {worker: {count: 1, addresses: ["172.16.1.5"]}}\n') == []


def test_what_is_too_much_or_too_little_is_told_by_the_nearest_rule() -> None:
    """A machine with 1 MiB is too small for its kind; an octet of 255 is none at all."""
    assert told("machines: {worker: {memory: 1}}\n") == [
        "machines.worker.memory (line 1): 1 MiB is too little: at least 1024"
    ]
    assert told("machines: {worker: {octet: 255}}\n") == ["machines.worker.octet (line 1): must be at most 254"]


def test_a_wrong_number_of_addresses_is_told_at_the_addresses() -> None:
    """As of names, so of addresses there are as many as machines."""
    said = told(WIDE + 'machines: {worker: {count: 2, addresses: ["172.16.0.9"]}}\n')
    assert "machines.worker.addresses (line 2): has 1 entries; count is 2" in said


@pytest.mark.parametrize("value", ["2024-01-01", "=", "<<"])
def test_what_was_a_type_of_its_own_in_older_yaml_is_text(value: str) -> None:
    """A date, and the signs for a default and for merging: they are judged as the text that they are."""
    (said,) = told(f"machines: {{worker: {{name: {value}}}}}\n")
    assert said.startswith(f"machines.worker.name (line 1): '{value}': 1 to 40 small letters")


def test_a_mapping_with_a_tag_is_told() -> None:
    """A tag is refused wherever it stands: a reader that obeyed it would make something else of the mapping."""
    assert told("machines: !x {worker: {count: 1}}\n") == ["machines (line 1): tags (!) are not used in lab files"]


def test_the_line_of_a_forbidden_character_is_counted_from_the_top() -> None:
    """Also after a line that is empty."""
    assert told("\nprovider: docker\nversions: '\x07'\n")[0].startswith("line 3: a character that YAML does not allow")


def test_what_has_no_line_is_told_before_what_stands_in_the_first() -> None:
    """The name of the file is above all that is in it."""
    flaws = [yaml_reader.Flaw(place=(word,), message="bad") for word in ("inside", "name of the file")]
    text = yaml_reader.Text()
    text.lines[("inside",)] = 1
    assert [str(row.place) for row in yaml_reader.problems(flaws, text)] == ["'name of the file'", "inside (line 1)"]


def test_an_underscore_is_taken_for_a_dash_when_a_word_is_guessed() -> None:
    """And for nothing longer: what a person meant would no longer be near."""
    assert strict.did_you_mean("_a_", ["-a-"]) == "; did you mean '-a-'?"
    assert strict.did_you_mean("x_", ["-"]) == "; did you mean '-'?"


def test_the_name_of_a_lab_is_no_key_and_is_not_proposed_as_one() -> None:
    """It is the file's."""
    assert "name" not in schema.keys(())
    assert "name" in schema.keys(("machines", "worker"))


def test_a_shaped_lab_file_cannot_be_changed() -> None:
    """What rules were judged on is what is rendered."""
    spec, _ = schema.shape("mine", {})
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        spec.name = "other"


def test_a_version_set_without_components_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty, or no mapping at all: nothing could be built from it."""
    monkeypatch.setattr(paths, "VERSIONS", tmp_path)
    for text in ("components: {}\n", "components: 7\n", ""):
        (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(errors.LabError) as caught:
            load.versions("mine")
        assert "must be a mapping of component to version" in str(caught.value.details[0])
