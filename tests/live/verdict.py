"""The closing line of a run: the lab, the numbers of judged hosts and checks, and the missing ones.

pytest alone passes a run that looked at nothing of a machine. Here a machine of the lab file that no test reached,
a check without a verdict, a container that restarted meanwhile and a namespace that stays behind are failures.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import functools
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import suite

from kubelab import checks, errors
from kubelab.checks import probes, user_workloads
from kubelab.clients import doors, kube_api

OLD = datetime.timedelta(hours=1)


def pytest_configure(config: pytest.Config) -> None:
    """Let one process judge: the only one, or the one that hands out the tests."""
    try:
        suite.opened()
    except errors.LabError as problem:
        raise pytest.UsageError(f"{problem.what}: {'; '.join(map(str, problem.details))}") from problem
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        os.environ[suite.RUN] = uuid.uuid4().hex[:8]
        config.pluginmanager.register(Verdict(config), "kubelab-verdict")


class Verdict:
    """Counts what was judged, looks at restarts before and after, and cleans up."""

    def __init__(self, config: pytest.Config) -> None:
        """Begin with nothing judged."""
        self.view = checks.View.of(*suite.opened())
        self.narrowed = _narrowed(config)
        self.expected: set[str] = set()
        self.judged: set[str] = set()
        self.hosts: set[str] = set()
        self.before: dict[str, int] = {}
        self.complaints: list[str] = []
        self.remarks: list[str] = []

    def pytest_sessionstart(self) -> None:
        """Keep how often containers have restarted so far, and let the probes start while tests are collected."""
        if not self.view.where.kubeconfig.exists():
            name = self.view.lab.name
            pytest.exit(f"lab {name} has not been brought up; type: ./run lab.up --lab {name}", returncode=1)
        self._guarded(lambda: self.before.update(checks.restarts(self.view)))
        self._guarded(lambda: probes.wake(self.view))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know which checks there are, in a run of one process."""
        self.expected |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Know which checks there are, in a run of several."""
        self.expected |= set(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a check that came to a verdict, and the host that it reached."""
        if report.when == "call" and report.outcome in ("passed", "failed"):
            self.judged.add(report.nodeid)
            self.hosts |= {str(value) for name, value in report.user_properties if name == "host"}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Clean up, then fail a run that is good only because nobody looked."""
        self._clean()
        self._guarded(self._look_for_restarts)
        with contextlib.suppress(checks.Wrong, checks.Silent):  # said for a person's sake: no verdict hangs on it
            self.remarks = user_workloads.seen(self.view)
        if not self.judged:
            self.complaints.append("no check was judged")
        if not self.narrowed:
            lost = [machine.name for machine in self.view.lab.machines if machine.name not in self.hosts]
            if lost:
                self.complaints.append(f"not judged: {', '.join(lost)}")
        unjudged = len(self.expected - self.judged)
        if unjudged:
            self.complaints.append(f"{unjudged} checks without a verdict")
        if self.complaints and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say it in one line, and each complaint in one more."""
        for complaint in self.complaints:
            terminalreporter.write_line(f"FAILED {complaint}", red=True)
        for remark in self.remarks:
            terminalreporter.write_line(remark)
        terminalreporter.write_line(self.line(), bold=True, red=bool(self.complaints))

    def line(self) -> str:
        """Return the closing line."""
        wanted = 0 if self.narrowed else len(self.view.lab.machines)
        missing = len(self.expected - self.judged) + max(0, wanted - len(self.hosts))
        part = " (a part of the suite)" if self.narrowed else ""
        hosts, count = len(self.hosts), len(self.judged)
        return f"lab {self.view.lab.name}: {hosts} hosts and {count} checks judged, {missing} missing{part}"

    def _look_for_restarts(self) -> None:
        for name, count in sorted(checks.restarts(self.view).items()):
            if not name.startswith(suite.OWN) and count > self.before.get(name, count):
                self.complaints.append(f"{name} was restarted while the tests ran")

    def _clean(self) -> None:
        """Take away the run's namespaces, and those of a run that was killed long ago, all at the same time."""
        names: list[str] = [probes.NAMESPACE]
        with contextlib.suppress(doors.DoorError):
            found = self.view.api.items("/api/v1/namespaces", labelSelector=suite.MARK)
            names += [item["metadata"]["name"] for item in found if _ours(item) or _old(item)]
        with concurrent.futures.ThreadPoolExecutor(max_workers=len(names)) as pool:
            jobs = [functools.partial(suite.held, self._gone(name), probes.GONE) for name in names]
            list(pool.map(self._guarded, jobs))

    def _gone(self, name: str) -> Callable[[], None]:
        """Return what takes a namespace away: its own limit is an idle computer's, and may be begun again."""
        return functools.partial(probes.gone, self.view, name)

    def _guarded(self, look: Callable[[], None]) -> None:
        """Do it; what goes wrong fails the run at its end, and stops nothing before."""
        try:
            look()
        except (checks.Wrong, checks.Silent) as problem:
            self.complaints.append(str(problem))


def _ours(namespace: kube_api.Json) -> bool:
    return bool(namespace["metadata"]["labels"][suite.MARK] == os.environ[suite.RUN])


def _old(namespace: kube_api.Json) -> bool:
    made = datetime.datetime.fromisoformat(namespace["metadata"]["creationTimestamp"])
    return datetime.datetime.now(datetime.UTC) - made > OLD


def _narrowed(config: pytest.Config) -> bool:
    """Return whether the person asked for a part of the suite: then machines may stay unjudged."""
    chosen = config.option.keyword or config.option.markexpr or getattr(config.option, "lf", False)
    return bool(chosen) or not all(Path(config.invocation_params.dir, arg).is_dir() for arg in config.args)
