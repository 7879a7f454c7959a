"""Makes the mutants of a module: texts that differ from it in one place each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

ENCODING = "utf-8"
"""Left out of the mutants: Python accepts other spellings of this name."""
COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
COMPUTED: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Pow: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
    ast.LShift: ">>",
    ast.RShift: "<<",
}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A module's text with one change: the number of its line, and that line as it is now, without its indent."""

    number: int
    line: str
    source: bytes = field(repr=False)


def of(source: bytes) -> list[Mutant]:
    """Return every mutant of a module's text, in the order of its lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for node, text in _changes(ast.parse(source), source):
        begin, end = (starts[row - 1] + col for row, col in _span(node))
        changed = source[:begin] + text.encode() + source[end:]
        number = int(getattr(node, "lineno", 1))
        found[changed] = Mutant(number=number, line=changed.splitlines()[number - 1].decode().strip(), source=changed)
    return sorted(found.values(), key=lambda mutant: mutant.number)


def _span(node: ast.AST) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return line and byte of a node's beginning and of its end."""
    place = [int(getattr(node, name)) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")]
    return (place[0], place[1]), (place[2], place[3])


def _changes(tree: ast.AST, source: bytes) -> Iterator[tuple[ast.AST, str]]:
    """Yield each node to change and its new text. Annotations, docstrings and messages are left out."""
    for child in _children(tree):
        yield from _change(child, source)
        yield from _changes(child, source)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            # Python 3.11 does not know the places of an f-string's parts; a text that stands alone is documentation.
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr) and not _documents(child):
                yield child


def _documents(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _change(node: ast.AST, source: bytes) -> Iterator[tuple[ast.AST, str]]:
    def text(part: ast.AST) -> str:
        return f"({ast.get_source_segment(source.decode(), part)})"

    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield node, f"({text(left)} {COMPARED[type(op)]} {text(right)})"
        case ast.BoolOp(op=op, values=values):
            yield node, f"({(' or ' if isinstance(op, ast.And) else ' and ').join(map(text, values))})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, text(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in COMPUTED:
            yield node, f"({text(left)} {COMPUTED[type(op)]} {text(right)})"
        case ast.Constant(value=bool() as value):
            yield node, str(not value)
        case ast.Constant(value=int() as number):
            yield node, f"({number + 1})"
        case ast.Constant(value=str() as words) if " " not in words and words != ENCODING:
            yield node, repr(f"{words}~")
        case ast.If(test=ast.Name() | ast.Call() | ast.Attribute() as test):
            yield test, f"(not {text(test)})"
        case ast.IfExp(test=test, body=body, orelse=other):
            yield node, f"({text(other)} if {text(test)} else {text(body)})"
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield value, "None"
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue():
            yield node, "pass"
