"""The evidence of a lab and its expectation: values only, so that recorded evidence can be judged again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kubelab import model
from kubelab.clients import kube_api, systemctl
from kubelab.converge import box_state
from kubelab.render import belongings, files_tsv

HEAD = re.compile(r"^@@ (\S+) ?(.*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The rendered folder of one box: its rows, and the texts of files without a key."""

    rows: Mapping[str, files_tsv.Row] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Box:
    """One machine: its container's state, the output of its looks, or why the login failed."""

    machine: model.Machine
    state: str = "running"
    """In Docker's words: running, exited, paused, missing; running for a provider that is not asked."""
    text: str | None = None
    problem: str | None = None
    late: bool = False
    """Whether the problem is that time was up."""
    asked: tuple[float, float] = (0.0, 0.0)
    """This computer's clock when the looks were started, and when they had answered."""
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def name(self) -> str:
        """Return the machine's name."""
        return self.machine.name

    @cached_property
    def _sections(self) -> Mapping[tuple[str, str], str]:
        text = self.text or ""
        heads = list(HEAD.finditer(text))
        ends = [*(head.start() for head in heads[1:]), len(text)]
        return {
            (head[1], head[2]): text[head.end() + 1 : end].rstrip("\n") for head, end in zip(heads, ends, strict=False)
        }

    @property
    def cut(self) -> bool:
        """Return whether the looks did not end in their time."""
        return self.text is not None and not self.has("end")

    def has(self, name: str) -> bool:
        """Return whether a section was printed whole: a cut one says nothing."""
        names = [found for found, _ in self._sections]
        return name in names and (name != names[-1] or name == "end")

    def section(self, name: str, words: str = "") -> list[str]:
        """Return the lines of one section; none if it was not printed."""
        text = self._sections.get((name, words), "")
        return text.split("\n") if text else []

    def words(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield (words, text) of every section of that name."""
        return ((words, text) for (found, words), text in self._sections.items() if found == name)

    @cached_property
    def units(self) -> Mapping[str, Mapping[str, str]]:
        """Return unit to its state in systemd."""
        return systemctl.shown("\n".join(self.section("units")))

    @cached_property
    def files(self) -> Mapping[str, box_state.Entry]:
        """Return path to what was found, for every wanted path."""
        return box_state.entries(self.section("files"), box_state.digests(self.section("digests")))

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Return path to text, for files that differ from the rendered ones; keys are left out."""
        return dict(self.words("file"))

    def last_words(self, unit: str, count: int = 3) -> list[str]:
        """Return the last lines of a unit in the journal."""
        return [line for line in self.section("journal", unit) if line][-count:]

    def log(self, container: str, count: int = 3) -> list[str]:
        """Return the last lines of a static pod's container, from its log file on the node."""
        found = [text for words, text in self.words("log") if words.rstrip("/").rpartition("/")[2] == container]
        lines = [line for text in found for line in text.split("\n") if line]
        return [line.split(" ", 3)[-1] for line in lines[-count:]]


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The API server's answers: path to items; refusals by path; the problem if it did not answer."""

    lists: Mapping[str, Sequence[kube_api.Json]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    late: bool = False
    """Whether the problem is that time was up."""
    logs: Mapping[str, str | None] = field(default_factory=dict)
    """Node to the problem of reaching its kubelet through the API server: None if it answered."""

    def items(self, path: str) -> Sequence[kube_api.Json]:
        """Return the items of a list; none if it is missing."""
        return self.lists.get(path, ())

    def pods(self, namespace: str | None = None) -> list[kube_api.Json]:
        """Return the pods of a namespace, or all."""
        found = self.items("/api/v1/pods")
        return [pod for pod in found if namespace in (None, pod["metadata"]["namespace"])]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All evidence of one moment."""

    lab: model.Lab
    now: float
    boxes: Mapping[str, Box]
    cluster: Cluster
    checks: Mapping[str, str | None]
    """Name of a check of a healthy lab to None, or to what it saw."""
    late: Sequence[str] = ()
    """Checks that had not ended in time."""
    docker: str | None = None
    """Why Docker did not answer; None if it did or was not asked."""
    moved: str | None = None
    """How this computer's name servers differ from the lab's rendered ones; None if they do not."""
    manifests: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Rendered manifest file (on the host, relative to the checkout) to its objects."""

    @cached_property
    def own(self) -> belongings.Belongings:
        """Return the lab's own objects of the cluster: those of the rendered manifests."""
        rows = [(row, path) for path, items in self.manifests.items() for row in items]
        return belongings.of(self.lab, {
            (row["kind"], row["metadata"].get("namespace", ""), row["metadata"]["name"]): path.rpartition("/")[2]
            for row, path in rows
        })  # fmt: skip

    def of_kind(self, *kinds: model.Kind) -> list[Box]:
        """Return the boxes of some kinds."""
        return [box for box in self.boxes.values() if box.machine.kind in kinds]

    @property
    def nodes(self) -> list[Box]:
        """Return the boxes that run a kubelet."""
        return [box for box in self.boxes.values() if box.machine.is_node]
