"""What a student did to the lab, as far as files, units and objects tell it: kept there, read here as a stranger's.

It is the difference between the lab's known state and the moment of the best check. Whoever has the known state and
this difference can make the same lab again, and grade it anew. What is only in memory (firewall rules, processes),
what is inside etcd without being an object, and files that hold keys are not in it.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import posixpath
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import pydantic

from kubelab import checks, model, paths
from kubelab.clients import doors, ssh
from kubelab.config import strict
from kubelab.course import derived, envelope, submission
from kubelab.exercises import attempt, baseline_files, baseline_objects, register, setup
from kubelab.files import atomic, strictjson, tars
from kubelab.pki import redact
from kubelab.ui import foreign

LARGEST = 64 << 10
"""Bytes of one file that is kept; a manifest has a few thousand."""
DIGITS = 16
"""Hex digits of a digest that are kept of a file that is not: enough to see whether two are equal."""
WHOLE = 1 << 20
"""Bytes of the evidence of one attempt."""
MOST = 2000
"""Files of one box; an exercise changes a few."""
OBJECTS, UNITS = 1000, 100
"""Objects, and units of one box."""
LONGEST = 4096
"""Characters of a link's target: more no kernel takes."""
VALUES = 300_000
"""Values in the evidence of a whole submission."""
NAME = re.compile(r"[A-Za-z0-9:][A-Za-z0-9:._-]{0,252}")
"""What the API lets an object be called: a DNS name, or an RBAC name with colons."""
UNIT = re.compile(r"[A-Za-z0-9@._:-]{1,100}\.(service|socket|timer|path|mount|target)")
LISTED = frozenset(baseline_objects.PATHS)


def _path(value: str) -> str:
    inside = value.startswith(tuple(f"{folder}/" for folder in baseline_files.WATCHED))
    if not inside or posixpath.normpath(value) != value or not value.isprintable():
        raise ValueError("no path under a watched folder")
    return value


def _unit(value: str) -> str:
    if not UNIT.fullmatch(value):
        raise ValueError("no unit")
    return value


Watched = Annotated[str, pydantic.AfterValidator(_path)]
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
    """What differed in one box. `withheld` held keys, or was too large: `digests`. `stopped` units did not run."""

    files: Annotated[dict[Watched, File], pydantic.Field(max_length=MOST)] = {}
    withheld: Annotated[list[str], FIRST, pydantic.Field(max_length=MOST)] = []
    digests: Annotated[dict[str, str], pydantic.Field(max_length=MOST)] = {}
    stopped: Annotated[list[Unit], FIRST, pydantic.Field(max_length=UNITS)] = []

    @pydantic.model_validator(mode="after")
    def _stays(self) -> Box:
        """Refuse a file below a link: it would be written where the link leads."""
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
    """What one attempt's lab differed in at its best check. `silent` says that the API did not answer."""

    points: int
    boxes: Annotated[dict[str, Box], pydantic.Field(max_length=MOST)] = {}
    objects: Annotated[list[Object], FIRST, pydantic.Field(max_length=OBJECTS)] = []
    silent: bool = False

    @property
    def size(self) -> int:
        """Return how many things differ."""
        files = sum(len(box.files) + len(box.withheld) + len(box.stopped) for box in self.boxes.values())
        return files + len(self.objects)

    def lines(self) -> list[str]:
        """Return it as a person reads it."""
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


def keep(view: checks.View, one: attempt.Attempt) -> None:
    """Keep the difference of a running attempt beside the attempts, in place of an earlier one of it.

    Looking takes seconds: what was seen of an attempt that ended meanwhile, or won more meanwhile, is not kept.
    """
    target, taken = attempt.folder(view.where) / submission.EVIDENCE, take(view, one)
    with register.locked(view.where):
        running = attempt.load(view.where)
        rows = kept(target)
        if running is None or running.ended or not register.same(running, one) or _points(rows, one) >= taken.points:
            return
        atomic.write(target, json.dumps({**rows, name(one): taken.model_dump()}))


def known(where: paths.LabPaths, one: attempt.Attempt) -> int:
    """Return the points of the check whose evidence is kept of an attempt, -1 if none is.

    The first check that won most is the one that is claimed: what a lab is like after lunch does not replace it.
    """
    with register.locked(where):
        return _points(kept(attempt.folder(where) / submission.EVIDENCE), one)


def _points(rows: Mapping[str, Mapping[str, Any]], one: attempt.Attempt) -> int:
    points = rows.get(name(one), {}).get("points", -1)
    return points if isinstance(points, int) else -1


def kept(target: Path) -> dict[str, dict[str, Any]]:
    """Return the evidence that a file holds; one that cannot be read is put aside, and none of it lost."""
    most = envelope.LARGEST[envelope.EVIDENCE]
    try:
        rows = strictjson.table(strictjson.content(target, most=most), most=most, deepest=64)
        return {str(key): dict(value) for key, value in rows.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        with contextlib.suppress(OSError):
            target.replace(target.with_name(f"{target.name}.damaged"))
        return {}


def name(one: attempt.Attempt) -> str:
    """Return under which name an attempt's evidence is kept."""
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


def take(view: checks.View, one: attempt.Attempt) -> Difference:
    """Return what the lab differs in now from what was kept when the exercise began."""
    folder = attempt.folder(view.where)
    listing = setup.listed(folder)
    looked = baseline_files.look(view)
    found = {}
    for machine in view.lab.machines:
        box = looked[machine.name]
        work = baseline_files.work(view, machine, box, set(listing.get(machine.name, [])))
        if work.any or work.remove:
            found[machine.name] = _box(view, machine, box, work)
    points = max((check.points for check in one.checks), default=0)
    try:
        differing = _objects(view, baseline_objects.load(folder / baseline_objects.FILE))
    except doors.DoorError:
        return Difference(points=points, boxes=found, silent=True)
    return Difference(points=points, boxes=found, objects=differing)


def _box(view: checks.View, machine: model.Machine, box: baseline_files.Box, work: baseline_files.Work) -> Box:
    linked = [line.partition("\t")[0] for line in work.links]
    changed = [path for path in dict.fromkeys([*work.put, *work.remove, *linked]) if _watched(path)]
    there = [path for path in changed if path in box.entries and not box.entries[path].target]
    contents = _contents(view, machine, there)
    files, withheld, redactor = {}, [], own(view.where)
    for path in changed:
        entry = box.entries.get(path)
        if entry is None:
            files[path] = File()
        elif entry.target:
            files[path] = File(link=entry.target)
        elif (kept := _without_secrets(redactor, path, contents.get(path))) is not None:
            files[path] = File(content=base64.b64encode(kept).decode(), mode=entry.mode)
        else:
            withheld.append(path)
    digests = {path: box.entries[path].digest[:DIGITS] for path in withheld}
    return Box(
        files=files, withheld=withheld, digests=digests, stopped=[unit for unit in work.start if UNIT.fullmatch(unit)]
    )


def own(where: paths.LabPaths) -> redact.Redactor:
    """Return what cuts secrets out, and tells this lab's encryption key from others: a regrade has one of its own."""
    key = where.keys / "encryption.key"
    return redact.Redactor(own=frozenset([key.read_text(encoding="ascii").strip()] if key.is_file() else []))


def _without_secrets(redactor: redact.Redactor, path: str, content: bytes | None) -> bytes | None:
    return None if content is None or len(content) > LARGEST else redactor.file(path, content)


def _watched(path: str) -> bool:
    try:
        return bool(_path(path))
    except ValueError:
        return False


def _contents(view: checks.View, machine: model.Machine, names: list[str]) -> dict[str, bytes]:
    """Return the content of files in a box, those that are small enough to be kept."""
    if not names:
        return {}
    command = f"sudo tar -c -C / --ignore-failed-read --exclude-from /dev/null -T - 2>/dev/null | head -c {4 * WHOLE}"
    given = "".join(f"{path.lstrip('/')}\n" for path in names).encode()
    found = {}
    try:
        packed = ssh.fetch(view.where, machine, command, given=given)
        with tarfile.open(fileobj=io.BytesIO(packed), tarinfo=tars.Header) as tar:
            for entry in tars.members(tar):
                content = tar.extractfile(entry) if entry.isreg() and entry.size <= LARGEST else None
                if content:
                    found[f"/{entry.name}"] = content.read()
    except (doors.DoorError, *tars.DAMAGED):
        return found
    return found


def _objects(view: checks.View, before: baseline_objects.Objects) -> list[Object]:
    now = baseline_objects.take(view.api)
    rows = []
    for key, how in baseline_objects.differences(before, now).items():
        body = None if how == "missing" else own(view.where).tree(derived.decided(key[0], now.found[key]))
        rows.append(Object(path=key[0], namespace=key[1], name=key[2], body=body))
    return rows
