"""The difference that a student made to a lab, in files, units and objects; read as foreign.

It is the difference between the lab's known state and the moment of the best check. From the known state and this
difference the same lab can be made again, and graded anew. It lacks what is only in memory (firewall rules, processes),
data inside etcd that is no object, and files that hold keys.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

import pydantic

from kubelab.config import strict
from kubelab.converge import box_state
from kubelab.course import envelope, submission
from kubelab.exercises import attempt, baseline_files, baseline_objects
from kubelab.files import strictjson
from kubelab.ui import foreign

LARGEST = box_state.LARGEST
"""Bytes of one kept file; a manifest has a few thousand."""
DIGITS = 16
"""Hex digits of the digest of a file that is not kept: enough to see whether two are equal."""
MOST = 2000
"""Files of one box; an exercise changes a few."""
OBJECTS, UNITS = 1000, 100
"""Objects, and units of one box."""
LONGEST = 4096
"""Characters of a link's target: the kernel's limit."""
VALUES = 300_000
"""Values in the evidence of a whole submission."""
NAME = re.compile(r"[A-Za-z0-9:][A-Za-z0-9:._-]{0,252}")
"""The names that the API allows: a DNS name, or an RBAC name with colons."""
UNIT = re.compile(r"[A-Za-z0-9@._:-]{1,100}\.(service|socket|timer|path|mount|target)")
LISTED = frozenset(baseline_objects.PATHS)


def watched(value: str) -> str:
    """Return a path under a folder that exercises watch; raise ValueError for any other."""
    inside = value.startswith(tuple(f"{folder}/" for folder in baseline_files.WATCHED))
    if not inside or posixpath.normpath(value) != value or not value.isprintable():
        raise ValueError("no path under a watched folder")
    return value


def _unit(value: str) -> str:
    if not UNIT.fullmatch(value):
        raise ValueError("no unit")
    return value


Watched = Annotated[str, pydantic.AfterValidator(watched)]
Unit = Annotated[str, pydantic.AfterValidator(_unit)]


def _packed(value: str) -> str:
    if len(base64.b64decode(value, validate=True)) > LARGEST:
        raise ValueError("larger than what is kept")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable() or len(value) > LONGEST:
        raise ValueError("no path")
    return value


def _named(value: str) -> str:
    if not NAME.fullmatch(value) or ".." in value:
        raise ValueError("no object's name")
    return value


Packed = Annotated[str, pydantic.AfterValidator(_packed)]
Line = Annotated[str, pydantic.AfterValidator(_one_line)]
Name = Annotated[str, pydantic.AfterValidator(_named)]
FIRST = pydantic.FailFast()


class File(strict.Strict):
    """A file as it was: content in base64, or the link's target; neither: it was gone."""

    content: Packed | None = None
    link: Line | None = None
    mode: Annotated[str, pydantic.Field(pattern=r"\A[0-7]{4}\z")] = "0644"


class Box(strict.Strict):
    """The difference of one box. `withheld` held keys, or was too large: `digests`. `stopped` units did not run."""

    files: Annotated[dict[Watched, File], pydantic.Field(max_length=MOST)] = {}
    withheld: Annotated[list[str], FIRST, pydantic.Field(max_length=MOST)] = []
    digests: Annotated[dict[str, str], pydantic.Field(max_length=MOST)] = {}
    stopped: Annotated[list[Unit], FIRST, pydantic.Field(max_length=UNITS)] = []

    @pydantic.model_validator(mode="after")
    def _stays(self) -> Box:
        """Refuse a file below a link: it would be written to the link's target."""
        links = {path for path, file in self.files.items() if file.link is not None}
        for path in self.files:
            if links.intersection(str(above) for above in PurePosixPath(path).parents):
                raise ValueError("a file below a link")
        return self


class Object(strict.Strict):
    """An object as it was; None: it was gone."""

    path: str
    namespace: Name | Literal[""]
    name: Name
    body: dict[str, Any] | None

    @property
    def key(self) -> baseline_objects.Key:
        """Return its key."""
        return self.path, self.namespace, self.name


class Difference(strict.Strict):
    """The difference of one attempt's lab at its best check. `silent` says that the API did not answer."""

    points: int
    boxes: Annotated[dict[str, Box], pydantic.Field(max_length=MOST)] = {}
    objects: Annotated[list[Object], FIRST, pydantic.Field(max_length=OBJECTS)] = []
    silent: bool = False

    @property
    def size(self) -> int:
        """Return the number of differences."""
        files = sum(len(box.files) + len(box.withheld) + len(box.stopped) for box in self.boxes.values())
        return files + len(self.objects)

    def lines(self) -> list[str]:
        """Return it in words."""
        found = []
        for name, box in sorted(self.boxes.items()):
            found += [f"{name}: {path} {_how(file)}" for path, file in sorted(box.files.items())]
            found += [f"{name}: {path[:200]!r} was kept back: it holds a key, or is too large" for path in box.withheld]
            found += [f"{name}: {unit} does not run" for unit in box.stopped]
        for row in self.objects:
            found.append(
                f"object {baseline_objects.address(row.key)} {'as the student left it' if row.body else 'gone'}"
            )
        found = [foreign.line(line) for line in found]
        return [*found, *(["the API did not answer: objects are unknown"] if self.silent else [])]


def _how(file: File) -> str:
    return "as the student left it" if file.content is not None else f"-> {file.link}" if file.link else "gone"


def name(one: attempt.Attempt) -> str:
    """Return the name under which an attempt's evidence is kept."""
    return f"{one.started} {one.exercise}"


def read(content: bytes, one: attempt.Attempt) -> Difference | None:
    """Return an attempt's difference, None if none was kept; raises `submission.Unreadable`."""
    try:
        found = strictjson.table(content, most=envelope.LARGEST[envelope.EVIDENCE], values=VALUES).get(name(one))
        difference = Difference.model_validate_json(json.dumps(found)) if found is not None else None
    except strictjson.Refused as problem:
        raise submission.Unreadable(f"its evidence {problem}") from problem
    except ValueError as problem:
        raise submission.Unreadable("its evidence has another shape") from problem
    strange = [row.path for row in difference.objects if row.path not in LISTED] if difference else []
    if strange:
        raise submission.Unreadable(f"its evidence names objects that no exercise is about: {strange[0][:60]!r}")
    return difference
