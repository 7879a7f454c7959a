"""Cuts secrets out of text and objects for others; their place, kind and length stay."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from kubelab.pki import secret_scan

NAMES = (
    r"(?!initial-cluster-token\b)"  # etcd's name for a cluster
    r"(?:[\w.-]*?(?:passwords?|passwd|passphrase|tokens?|secrets?|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|credentials?|client-key-data)|[\w.-]*_key|auth|\.dockerconfigjson|\.dockercfg)"
)
"""Names whose values are secret: of a flag, a variable, a key of YAML or JSON."""
VALUE = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',\[\]{}|>]+)"""
NAMED = re.compile(rf"""(?i)(?P<head>(?<![\w.-]){NAMES}["']?[ \t]*[:=][ \t]*)(?P<value>{VALUE})""")
FLAG = re.compile(rf"(?i)(?P<head>--{NAMES}[ \t]+)(?P<value>{VALUE})")
NAME_OF = rf"""["']?name["']?[ \t]*:[ \t]*["']?{NAMES}\b["']?"""
VALUE_OF = r"""["']?value["']?[ \t]*:[ \t]*"""
NEXT = r"[ \t]*[,\n][ \t\n]*"
PAIR = re.compile(rf"(?i)(?P<head>(?<![\w.-]){NAME_OF}{NEXT}{VALUE_OF})(?P<value>{VALUE})")
RIAP = re.compile(rf"(?i)(?P<head>(?<![\w.-]){VALUE_OF})(?P<value>{VALUE})(?={NEXT}{NAME_OF})")
"""A variable of a container, its name first or last."""
BLOCK = re.compile(rf"""(?i)^(?P<indent>[ \t-]*)["']?{NAMES}["']?[ \t]*:[ \t]*[|>][-+0-9]*[ \t]*$""")
LOGIN = re.compile(r"(?P<head>\w://[^\s/:@]*:)(?P<value>[^\s/@]+)(?=@)")
BEGIN, END = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"), re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY-----")
PLAIN = re.compile(r"""["']?(?:true|false|null|none|~|\d{1,6}|/[\w./-]+|\$[\w({].*)["']?$""", re.IGNORECASE)
"""Values that are no secret under any name: a switch, a number, a path, a variable."""
MARK = re.compile(r"left-out-(?P<how>base64|text|own)-(?P<size>\d{1,6})-bytes(?:-(?P<digest>[0-9a-f]{16}))?")
SENSITIVE = re.compile(rf"(?i){NAMES}")
WORD = re.compile(rb"\s*[!-~]{16,}\s*")
TABLE = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\n)*[^\s,]{8,},[^,\n]+,[^,\n]+(?:,[^\n]*)?(?:\n|$)")
"""A file of static tokens or passwords: the secret, the user, the id, the groups."""
WHOLE = re.compile(
    rb"""(?m)["']auths["']\s*:|kind["']?\s*:\s*["']?Secret(?:List)?\b|^\S+:\$(?:2[aby]|[156]|apr1|y)\$"""
)
"""Contents that are secret as a whole: registry logins, Secrets, hashes of passwords."""
FILES = re.compile(r"(?i)\.(?:key|p12|pfx|jks|kdbx)$|^ssh_host_\w+_key$|^id_\w+$|token|passw|htpasswd")
"""Names of files that are secret as a whole, whatever their content."""


@dataclass(frozen=True, kw_only=True)
class Redactor:
    """Cuts secrets out. `own` are values of this lab, told apart; `digests` makes equal ones visible."""

    own: frozenset[str] = field(default=frozenset(), repr=False)
    digests: bool = True

    def mark(self, value: str) -> str:
        """Return the replacement of a value: its encoding, its length in bytes, and its digest if asked."""
        if MARK.fullmatch(value):
            return value
        plain = _decoded(value)
        how = "own" if value in self.own else "text" if plain is None else "base64"
        size = len(value.encode("utf-8", "replace") if plain is None else plain)
        digest = f"-{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:16]}" if self.digests else ""
        return f"left-out-{how}-{size}-bytes{digest}"

    def text(self, text: str) -> str:
        """Return a text without values of secret names, private keys and tokens."""
        lines, indent, inside = [], None, False
        for line in text.split("\n"):
            if indent is not None and (not line.strip() or len(line) - len(line.lstrip()) > indent):
                continue
            indent = None
            block = BLOCK.match(line)
            if block:
                indent = len(block["indent"])
                line = f"{line.rpartition(':')[0]}: {self.mark('')}"  # noqa: PLW2901 (the line as it is kept)
            if inside or BEGIN.search(line):
                inside = not END.search(line)
                continue
            lines.append(line)
        found = "\n".join(lines)
        for pattern in (PAIR, RIAP, NAMED, FLAG, LOGIN):
            found = pattern.sub(self._value, found)
        return secret_scan.masked(found.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def _value(self, match: re.Match[str]) -> str:
        value = match["value"]
        if PLAIN.match(value):
            return match[0]
        quote = value[0] if value[0] in "\"'" else ""
        return f"{match['head']}{quote}{self.mark(value[1:-1] if quote else value)}{quote}"

    def tree(self, value: Any, secret: bool = False) -> Any:
        """Return an object of the API without a Secret's data, values of secret names, keys and tokens."""
        if isinstance(value, dict):
            return self._object(value, secret)
        if isinstance(value, list):
            before = [None, *value]
            return [self.tree(item, secret or _flag(last)) for last, item in zip(before, value, strict=False)]
        if not isinstance(value, str):
            return value
        if secret or secret_scan.Scan(known=()).hidden(value.encode("utf-8", "replace")):
            return self.mark(value)
        return self.text(value)

    def _object(self, row: Mapping[str, Any], secret: bool) -> dict[str, Any]:
        kind = row.get("kind") == "Secret"
        variable = isinstance(row.get("name"), str) and SENSITIVE.fullmatch(str(row["name"]))
        found = {}
        for name, value in row.items():
            named = isinstance(value, str) and SENSITIVE.fullmatch(str(name)) and not PLAIN.match(value)
            if name.endswith("last-applied-configuration") and isinstance(value, str):
                found[name] = self._applied(value)
            else:
                inner = secret or (kind and name in ("data", "stringData")) or bool(variable and name == "value")
                found[name] = self.tree(value, inner or bool(named))
        return found

    def _applied(self, text: str) -> str:
        try:
            return json.dumps(self.tree(json.loads(text)))
        except (ValueError, RecursionError):
            return self.mark(text)

    def file(self, path: str, content: bytes) -> bytes | None:
        """Return a file's content without its secrets; None if it is secret as a whole, or no text."""
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return None if secret_scan.Scan(known=()).hidden(content) else content
        if FILES.search(PurePosixPath(path).name):
            return None
        if WHOLE.search(content) or WORD.fullmatch(content) or TABLE.match(content):
            return None
        if secret_scan.Scan(known=()).hidden(content):  # told as kept back: half a key is no use to a reader
            return None
        return self.text(text).encode()


def _flag(word: object) -> bool:
    """Return whether the next word of a command line is the value of a secret flag."""
    return isinstance(word, str) and word.startswith("-") and bool(SENSITIVE.fullmatch(word.lstrip("-")))


def _decoded(value: str) -> bytes | None:
    """Return the decoded base64 of a value, None if it is none: short words that could be either count as text."""
    if len(value) % 4 or len(value) < 4:
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
