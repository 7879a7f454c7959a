"""The answers of a check, and the doors that it may use."""

from __future__ import annotations

import concurrent.futures
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from kubelab import model, paths
from kubelab.clients import doors, kube_api, patience, ssh


class Wrong(Exception):
    """The answer is not that of a healthy lab."""


class Hopeless(Wrong):
    """Wrong in a way that waiting does not mend; `what` names each thing that must be mended first."""

    def __init__(self, words: str, what: Iterable[str]) -> None:
        """Keep the words, and the things that they are about."""
        super().__init__(words)
        self.what = frozenset(what)


class Silent(Exception):
    """No answer came: it cannot be told whether it is right.

    `late` says that time was up, which says nothing about the lab at all.
    """

    def __init__(self, words: str, *, late: bool = False) -> None:
        """Keep the words that describe what came instead of an answer."""
        super().__init__(words)
        self.late = late


@dataclass(frozen=True, kw_only=True)
class View:
    """The lab as it should be, and the doors to the lab as it is."""

    lab: model.Lab
    where: paths.LabPaths
    api: kube_api.Api

    @classmethod
    def of(cls, lab: model.Lab, where: paths.LabPaths) -> View:
        """Return the view of the lab's administrator."""
        return cls(lab=lab, where=where, api=kube_api.Api.of(where, lab.api_endpoint))

    def lab_machine(self, name: str) -> model.Machine:
        """Return the machine of that name."""
        return next(machine for machine in self.lab.machines if machine.name == name)


Check = Callable[[View], None]
Answer = TypeVar("Answer")


def asked(ask: Callable[[], Answer]) -> Answer:
    """Return a door's answer in this vocabulary: no answer is `Silent`, a refusal is `Wrong`."""
    try:
        return ask()
    except doors.NoAnswer as problem:
        raise Silent(str(problem), late=problem.late) from problem
    except doors.Refusal as problem:
        raise Wrong(str(problem)) from problem


def told(view: View, machine: model.Machine, command: str, *, timeout: float = 20, named: str = "") -> str:
    """Return the output of a command in a box: a refused login is `Silent`, a failed command is `Wrong`.

    `named` stands for the command in the error, where the whole is not shown.
    """
    try:
        return ssh.run(view.where, machine, command, timeout=timeout)
    except ssh.Unreachable as problem:
        raise Silent(str(problem), late=problem.late) from problem
    except ssh.Failed as problem:
        seen = problem.output.strip()[-500:] or "no word"
        raise Wrong(f"{machine.name}: `{named or command}` ended with {problem.code}: {seen}") from problem


def all_of(looks: Iterable[Callable[[], None]]) -> None:
    """Look at everything at the same time; report all that is wrong, or else all that is silent."""
    wrong: list[Wrong] = []
    silent: list[Silent] = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        for seen in [pool.submit(patience.carried(_looked), look) for look in looks]:
            try:
                seen.result()
            except Wrong as problem:
                wrong.append(problem)
            except Silent as problem:
                silent.append(problem)
    if wrong:
        raise together(wrong)
    if silent:
        raise Silent("; ".join(map(str, silent)), late=all(problem.late for problem in silent))


def _looked(look: Callable[[], None]) -> None:
    look()


def together(problems: Iterable[Wrong]) -> Wrong:
    """Return several as one: hopeless if any of them is."""
    listed = list(problems)
    words = "; ".join(map(str, listed))
    what = [name for problem in listed if isinstance(problem, Hopeless) for name in problem.what]
    return Hopeless(words, what) if what else Wrong(words)


def everywhere(view: View, machine: model.Machine | None, look: Callable[[View, model.Machine], None]) -> None:
    """Look at one machine, or at every one of the lab if none is named."""
    chosen = [machine] if machine else view.lab.machines
    all_of([functools.partial(look, view, one) for one in chosen])
