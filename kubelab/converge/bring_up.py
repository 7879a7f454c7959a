"""Brings boxes up: applied, started, made, made anew, and watched until the lab is healthy."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from kubelab import checks, errors, model, providers
from kubelab.checks import wait
from kubelab.clients import doors, procfs, ssh, vagrant
from kubelab.converge import boot_progress, observed, pod_network, rolling
from kubelab.ui import progress

TIMEOUT = 300.0
"""Seconds for a lab of containers to become healthy; 40 are usual on two cores."""
APPLY = "sudo systemctl restart kubelab-apply.service"
LAST_WORDS = "sudo journalctl --unit kubelab-apply.service --lines 10 --output cat --no-pager"
FAILED = f"systemctl is-failed --quiet kubelab-apply.service && {LAST_WORDS} || true"
FIRST_LOOK, NEXT_LOOK = 45.0, 10.0
"""Seconds of waiting after which boxes are asked whether they failed, and between two such looks."""


def timeout(lab: model.Lab) -> float:
    """Return the seconds for a lab to become healthy once its boxes have been asked for."""
    return TIMEOUT * lab.slowness


def begin(view: checks.View, wanted: Mapping[str, observed.State], report: progress.Progress) -> BringUp:
    """Bring each box to its target state; return the handle that waits for health."""
    providers.of(view.lab).fill(view.lab, view.where)
    anew = [view.lab_machine(name) for name, state in wanted.items() if state is observed.State.RECREATE]
    alone, together = rolling.turns(view, anew, whole=True)
    for machine in alone:
        _make_anew(view, machine, report)
    if together:
        with report.phase("remove old boxes") as phase:
            left = _left_addresses(view, together)
            providers.of(view.lab).remove_boxes([machine.container for machine in together])
            _give_back(view, left)
            phase.done(", ".join(machine.name for machine in together))
    apply = [view.lab_machine(name) for name, state in wanted.items() if state is observed.State.APPLY]
    if apply:
        with report.phase("apply folders") as phase:
            folders(view, apply)
            phase.done(", ".join(machine.name for machine in apply))
    still = (observed.State.EQUAL, observed.State.APPLY)
    done = {machine.name for machine in alone}
    rising = any(state not in still and name not in done for name, state in wanted.items())
    return BringUp(view, report, starting=_Vagrant(view, report) if rising else None)


def _make_anew(view: checks.View, machine: model.Machine, report: progress.Progress) -> None:
    """Make the box of one of several machines anew, and wait until it serves: the others serve meanwhile."""
    with report.phase(f"make {machine.name} anew"):
        providers.of(view.lab).remove_boxes([machine.container])
        vagrant.Machines(view.lab, view.where).up(lambda line: report.log(f"vagrant: {line}"), only=machine)
        rolling.await_again(view, machine)


def _left_addresses(view: checks.View, anew: Sequence[model.Machine]) -> list[str]:
    """Return the addresses that boxes of workers have now and no machine of the lab file has; others never move."""
    workers = {machine.name for machine in anew if machine.kind is model.Kind.WORKER}
    boxes = providers.of(view.lab).boxes(view.lab.name) if workers else ()
    kept = {machine.address for machine in view.lab.machines}
    return [str(box.address) for box in boxes if box.machine in workers and box.address and box.address not in kept]


def _give_back(view: checks.View, addresses: Sequence[str]) -> None:
    """Give parts of the pod network back that go by addresses: a network with none to spare has none for a moved node.

    An etcd that does not answer keeps them, for a day: of a lab that was halted, or whose etcd is made anew as well.
    """
    if addresses:
        with contextlib.suppress(doors.DoorError):
            pod_network.release(view, "of", addresses)


def await_vagrant(view: checks.View, report: progress.Progress) -> None:
    """Wait for the Vagrant of a killed run: its further changes to boxes would be part of no plan."""
    if procfs.vagrants(view.lab.name):
        wait.wait(view, {"an earlier Vagrant is done": no_other_vagrant}, report, timeout(view.lab))


def no_other_vagrant(view: checks.View) -> None:
    """No Vagrant works on the lab: a killed run leaves its own behind, which ends by itself."""
    found = procfs.vagrants(view.lab.name)
    if found:
        raise checks.Wrong(f"process {', '.join(map(str, found))} of another run is still at work")


def boxes_answer(view: checks.View) -> None:
    """Every box lets one in by ssh."""
    done = ssh.each(view.lab.machines, lambda machine: ssh.run(view.where, machine, "true", timeout=5))
    silent = [f"{name}: {problem}" for name, problem in done.items() if isinstance(problem, Exception)]
    if silent:
        raise checks.Wrong("; ".join(silent))


def folders(view: checks.View, boxes: Sequence[model.Machine]) -> None:
    """Let running boxes apply their folders: all at once, but for several machines that serve in each other's place.

    LabError `apply-failed` has the last words of each that failed; boxes after it are as they were.
    """
    alone, together = rolling.turns(view, boxes)
    for machine in alone:
        _apply(view, [machine])
        rolling.await_again(view, machine)
    _apply(view, together)


def _apply(view: checks.View, boxes: Sequence[model.Machine]) -> None:
    provider = providers.of(view.lab)

    def given(machine: model.Machine) -> str:
        provider.send(view.lab, machine, view.where)
        return ssh.run(view.where, machine, APPLY, timeout=240)

    done = ssh.each(boxes, given)
    failed = [view.lab_machine(name) for name, result in done.items() if isinstance(result, Exception)]
    if failed:
        said = ssh.each(failed, lambda machine: ssh.run(view.where, machine, LAST_WORDS))
        raise _apply_failed({name: str(words) for name, words in said.items()})


def _apply_failed(said: Mapping[str, str]) -> errors.LabError:
    rows = [f"{name}: {line}" for name, words in said.items() for line in words.strip().splitlines()[-10:]]
    names = ", ".join(said)
    remedy = f"./run lab.ssh {next(iter(said))} --command 'sudo journalctl -u kubelab-apply -n 30'; then ./run lab.up"
    return errors.LabError("apply-failed", f"{names}: provision.sh did not succeed", details=rows, remedy=remedy)


class BringUp:
    """Boxes that are coming up: a context that ends when Vagrant has ended, and the wait for health."""

    def __init__(self, view: checks.View, report: progress.Progress, starting: _Vagrant | None) -> None:
        """Watch `view`; `starting` is the Vagrant at work on it, or None if no box had to be started."""
        self._view = view
        self._report = report
        self._vagrant = starting
        self._next_look = time.monotonic() + FIRST_LOOK

    def __enter__(self) -> BringUp:
        """Let Vagrant begin."""
        if self._vagrant:
            self._vagrant.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for Vagrant, however this ends: it must not go on by itself."""
        if self._vagrant:
            self._vagrant.wait()

    def watched(self) -> contextlib.AbstractContextManager[None]:
        """Return the watch of each box's progress, if any box had to be started."""
        return boot_progress.boxes(self._view, self._report) if self._vagrant else contextlib.nullcontext()

    def wait(self, wanted: Mapping[str, checks.Check], more: Callable[[], None] = lambda: None) -> dict[str, float]:
        """Wait for checks; `more` is called between looks and may raise, as a failed box or Vagrant does."""

        def alive() -> None:
            self._raise_if_failed()
            more()

        return wait.wait(self._view, wanted, self._report, timeout(self._view.lab), alive)

    def finish(self) -> None:
        """Wait for Vagrant to end well: the boxes run then, and may not answer yet."""
        if self._vagrant:
            with self._report.phase("vagrant is done"):
                self._vagrant.wait()
                self._vagrant.raise_if_failed()

    @property
    def settled(self) -> bool:
        """Return whether Vagrant has finished."""
        return self._vagrant is None or not self._vagrant.working

    def _raise_if_failed(self) -> None:
        if self._vagrant:
            self._vagrant.raise_if_failed()
        if time.monotonic() < self._next_look:
            return
        done = ssh.each(self._view.lab.machines, lambda machine: ssh.run(self._view.where, machine, FAILED, timeout=5))
        failed = {name: said for name, said in done.items() if isinstance(said, str) and said.strip()}
        if failed:
            raise _apply_failed(failed)
        self._next_look = time.monotonic() + NEXT_LOOK


class _Vagrant:
    """`vagrant up` in a thread: boxes come up while Vagrant still waits for ssh."""

    def __init__(self, view: checks.View, report: progress.Progress) -> None:
        self._machines = vagrant.Machines(view.lab, view.where)
        self._report = report
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="vagrant up")

    def _run(self) -> None:
        try:
            self._machines.up(lambda line: self._report.log(f"vagrant: {line}"))
        except BaseException as problem:
            self._problem = problem

    @property
    def working(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def raise_if_failed(self) -> None:
        if self._problem:
            raise self._problem

    def wait(self) -> None:
        self._thread.join()
