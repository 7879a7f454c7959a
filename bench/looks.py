"""Reads at one moment how many CPU seconds a run has taken so far: in each box, and in each part outside of boxes."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

from bench import cgroups, procs

VAGRANT = "Vagrant"
ENGINE = "Docker engine"
COMMANDS = "other commands"
OUTSIDE = (VAGRANT, ENGINE, COMMANDS)
DAEMONS = ("dockerd", "containerd")
SHIM = "containerd-shim"
YOUNG = 20
"""Looks in which a new box's shim is charged for ended children: they are runc. Later ones (`docker exec`) belong to
the box, whose group has counted them."""


def of_ended_children() -> float:
    """Return the CPU seconds of this process's children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Look:
    """What a run has taken: it begins with the processes that were not there before, and the engine's next seconds.

    A look reads what is tracked, and each new process twice: between fork and exec it has its parent's name.
    """

    def __init__(
        self,
        proc: Path = procs.PROC,
        groups: Path = cgroups.ROOT,
        me: int | None = None,
        ended: Callable[[], float] = of_ended_children,
    ) -> None:
        """Begin now; `me` is the process whose new children are the run, `ended` its ended children's CPU seconds."""
        self._proc, self._root, self._me = proc, groups, os.getpid() if me is None else me
        self._ended = ended
        self._ended_before = ended()
        self._known = self._last = procs.pids(proc)
        self._tree: dict[int, int] = {}
        self._engine = {pid: 0.0 for pid in self._known if self._is_engine(pid)}
        self._engine = self._now(self._engine)
        self._vagrants: dict[int, float] = {}
        self._shims: dict[int, str] = {}
        self._made: dict[int, tuple[int, float]] = {}
        self._groups: dict[str, cgroups.Group] = {}
        self._most: dict[str, float] = {}

    def seconds(self) -> dict[str, float]:
        """Return part to CPU seconds since the begin: a container's identifier, or one of `OUTSIDE`."""
        ended = self._ended() - self._ended_before
        there = procs.pids(self._proc)
        for pid in sorted(there - self._known):
            self._meet(pid)
        self._known, self._last = there & self._last, there
        self._find_groups(there)
        found = {ident: cgroups.cpu_seconds(group) for ident, group in self._groups.items()}
        found |= self._commands(ended)
        if self._engine:
            found[ENGINE] = self._of_engine()
        # A process that ends between two reads is missed once; no part ever gives seconds back.
        self._most = {part: max(value, self._most.get(part, 0.0)) for part, value in found.items()}
        return dict(self._most)

    def _is_engine(self, pid: int) -> bool:
        process = procs.read(pid, self._proc)
        return process is not None and process.name in DAEMONS and not procs.in_a_container(pid, self._proc)

    def _meet(self, pid: int) -> None:
        """Track a new process if it is of the run: a command by its parent, a box's shim by its name."""
        process = procs.read(pid, self._proc)
        if process is None:
            return
        if process.parent == self._me or process.parent in self._tree:
            above = self._tree.get(process.parent, 0)
            self._tree[pid] = above or (pid if process.name in ("vagrant", "ruby") else 0)
        elif process.name == SHIM:
            words = procs.words(pid, self._proc)
            if "moby" in words and "-id" in words[:-1]:
                self._shims[pid] = words[words.index("-id") + 1]

    def _find_groups(self, there: set[int]) -> None:
        """Find the group of each new box by its first process, which is its shim's child."""
        missing = {pid: ident for pid, ident in self._shims.items() if ident not in self._groups}
        for pid in there if missing else ():
            process = procs.read(pid, self._proc)
            if process and process.parent in missing:
                ident = missing[process.parent]
                group = cgroups.of_process(pid, ident, "cpuacct", proc=self._proc, root=self._root)
                self._groups |= {ident: group} if group else {}

    def _commands(self, ended: float) -> dict[str, float]:
        """Return what Vagrant and all other commands took; a Vagrant that has ended keeps its last sum."""
        now = self._now(self._tree)
        self._tree = {pid: self._tree[pid] for pid in now}
        sums: dict[int, float] = {}
        for pid, value in now.items():
            sums[self._tree[pid]] = sums.get(self._tree[pid], 0.0) + value
        whole = ended + sum(sums.values())
        sums.pop(0, None)
        for root, value in sums.items():
            self._vagrants[root] = max(value, self._vagrants.get(root, 0.0))
        vagrant = sum(self._vagrants.values())
        return {VAGRANT: vagrant, COMMANDS: max(0.0, whole - vagrant)}

    def _of_engine(self) -> float:
        now = self._now(self._engine)
        for pid in self._shims:
            process = procs.read(pid, self._proc)
            if process:
                looks, made = self._made.get(pid, (0, 0.0))
                made = process.waited if looks < YOUNG else made
                self._made[pid] = (looks + 1, made)
                now[pid] = process.own + made
        return sum(value - self._engine.get(pid, 0.0) for pid, value in now.items())

    def _now(self, pids: dict[int, float] | dict[int, int]) -> dict[int, float]:
        """Return the CPU seconds of those processes that are still there."""
        found = {pid: procs.read(pid, self._proc) for pid in pids}
        return {pid: process.seconds for pid, process in found.items() if process}
