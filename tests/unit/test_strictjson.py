"""JSON from strangers and from disks: bounded before it is parsed, strict in form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kubelab.files import strictjson

MOST = 8 << 20
SCALARS = (
    some.none() | some.booleans() | some.integers(-(2**63), 2**64) | some.floats(allow_nan=False, allow_infinity=False)
)
TEXT = some.text(some.characters(exclude_categories=["Cs"]))
TREES = some.recursive(SCALARS | TEXT, lambda tree: some.lists(tree) | some.dictionaries(TEXT, tree), max_leaves=30)

HOSTILE = {
    "a million empty lists": (b"[" + b"[]," * 1_000_000 + b"[]]", "values"),
    "a million ones": (b"[" + b"1," * 1_000_000 + b"1]", "values"),
    "a million keys": (b"{" + b",".join(b'"%d":1' % n for n in range(500_000)) + b"}", "values"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
    "deep and open": (b"[" * 100_000, "levels deep"),
    "deep objects": (b'{"a":' * 1000 + b"1" + b"}" * 1000, "levels deep"),
    "a long number": (b'{"points": ' + b"9" * 5000 + b"}", "a number of more than"),
    "a long fraction": (b"[0." + b"1" * 5000 + b"]", "a number of more than"),
    "not a number": (b'{"seconds": NaN}', "NaN"),
    "infinity": (b"[-Infinity]", "Infinity"),
    "an overflow": (b"[1e999]", "too large"),
    "a lone surrogate": (rb'{"says": "\ud800"}', "surrogate"),
    "a lone surrogate as key": (rb'{"\uDC00": 1}', "surrogate"),
    "a key twice": (b'{"a": 1, "b": 2, "a": 3}', "names the key 'a' twice"),
    "a key twice within": (b'[{"x": {"a": 1, "a": 1}}]', "twice"),
    "not UTF-8": (b'{"a": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "no JSON"),
    "nothing": (b"", "no JSON"),
    "cut": (b'{"a": [1, 2', "no JSON"),
    "an open string": (b'{"a": "' + b"x" * 1000, "no JSON"),
    "a NUL": (b'{"a": "\0"}', "no JSON"),
    "more than one": (b"{} {}", "no JSON"),
    "larger than allowed": (b'"' + b"x" * MOST + b'"', "bytes"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_with_one_sentence(name: str) -> None:
    """Each is refused as what it is, in one line that a terminal can show."""
    content, why = HOSTILE[name]
    with pytest.raises(strictjson.Refused, match=why) as refusal:
        strictjson.read(content, most=MOST)
    said = str(refusal.value)
    assert len(said) < 200 and said.isprintable()


@given(TREES)
def test_what_json_writes_is_read_as_it_was(tree: object) -> None:
    """Strictness refuses nothing that json.dumps makes of plain values, escaped or not."""
    for escaped in (True, False):
        content = json.dumps(tree, ensure_ascii=escaped).encode()
        assert strictjson.read(content, most=MOST) == json.loads(content)


def test_brackets_and_commas_within_strings_cost_nothing() -> None:
    """Only structure is counted: a log full of brackets is one value."""
    text = '[{"a":1},' * 100_000 + '\\" \\\\'
    assert strictjson.read(json.dumps([text]).encode(), most=MOST, deepest=1, values=2) == [text]


def test_the_bounds_are_exact() -> None:
    """A list in a list has two levels; [1, 2] has three values with the list itself."""
    assert strictjson.read(b"[[]]", most=4, deepest=2) == [[]]
    assert strictjson.read(b"[1, 2]", most=6, values=3) == [1, 2]
    for bound in ({"most": 3}, {"most": 4, "deepest": 1}, {"most": 4, "values": 1}):
        with pytest.raises(strictjson.Refused):
            strictjson.read(b"[[]]", **bound)


def test_a_table_is_an_object_and_rows_are_a_list() -> None:
    """The top of a text has the type that its reader asks for."""
    assert strictjson.table(b'{"a": 1}', most=10) == {"a": 1}
    assert strictjson.rows(b"[1]", most=10) == [1]
    for reader, content in ((strictjson.table, b"[]"), (strictjson.rows, b"{}"), (strictjson.table, b"null")):
        with pytest.raises(strictjson.Refused, match="is no JSON"):
            reader(content, most=10)


CHILD = """
import re, resource, sys
from kubelab.files import strictjson
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
try:
    strictjson.read(eval(sys.argv[2]), most=32 << 20)
except strictjson.Refused as refusal:
    print(refusal, re.search("VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.parametrize(
    "attack",
    [
        "b'{\"a\":[' + b'[],' * 7_900_000 + b'[]]}'",
        "b'[' + b'1,' * 12_000_000 + b'1]'",
        "b'[' * (24 << 20)",
        "b'\"' * (24 << 20)",
        "b'\"' + b'\\\\\\\\\"' * (8 << 20)",
        "b'9' * (24 << 20)",
    ],
)
def test_an_attack_of_24_mib_is_refused_in_little_memory(attack: str) -> None:
    """What became 800 MB and more as a tree is refused within the text's own size, few times over."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(400 << 20), attack], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and done.stdout, done.stderr[-500:]
    assert int(done.stdout.split()[-1]) < 120 << 10, "KiB at the peak"


def test_what_is_no_regular_file_is_refused_unread(tmp_path: Path) -> None:
    """A FIFO does not make its reader wait; a folder, a link to nothing and a large file have their own words."""
    plain, fifo, large, link = (tmp_path / name for name in ("plain", "fifo", "large", "link"))
    plain.write_bytes(b"{}")
    os.mkfifo(fifo)
    large.write_bytes(b"x" * 11)
    link.symlink_to(plain)
    assert strictjson.content(plain, most=10) == strictjson.content(link, most=10) == b"{}"
    for file, why in ((fifo, "no regular"), (tmp_path, "no regular"), (large, "more than 10 bytes")):
        with pytest.raises(strictjson.Refused, match=why):
            strictjson.content(file, most=10)
    with pytest.raises(strictjson.Refused, match="symbolic link"):
        strictjson.content(link, most=10, follow=False)
    with pytest.raises(FileNotFoundError):
        strictjson.content(tmp_path / "absent", most=10)


def test_the_peak_that_is_measured_is_the_readers() -> None:
    """The measure tells: json.loads does not get by with that memory, so the bound above can fail."""
    code = CHILD.replace(
        "strictjson.read(eval(sys.argv[2]), most=32 << 20)", "__import__('json').loads(eval(sys.argv[2]))"
    )
    attack = "b'[' + b'[],' * 7_900_000 + b'[]]'"
    done = subprocess.run(
        [sys.executable, "-c", code, str(400 << 20), attack], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "MemoryError" in done.stderr
