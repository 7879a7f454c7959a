"""Pages of a lab on this computer's loopback address: a forwarded port that follows the pods behind a service."""

from __future__ import annotations

import collections
import contextlib
import errno
import socket
import subprocess
import threading
import webbrowser
from dataclasses import dataclass

from kubelab import errors, model, paths
from kubelab.clients import doors, kube_api, procfs, program, surroundings
from kubelab.converge import session
from kubelab.ui import progress

LOOPBACK = "127.0.0.1"
GLANCE = 1.0
"""Seconds between two looks at the pods behind the service: a replaced pod interrupts its reader about that long."""
OPENING = 15.0
"""Seconds that kubectl may take to open the port; it takes under one."""
ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a lab: its name for people, its service, and its usual port here."""

    title: str
    addon: model.Addon
    namespace: str
    service: str
    port: int


GUESTBOOK = Page(title="guestbook", addon=model.Addon.GUESTBOOK, namespace="guestbook", service="frontend", port=8080)
DASHBOARD = Page(title="dashboard", addon=model.Addon.DASHBOARD, namespace="dashboard", service="dashboard", port=9090)
LOG_IN = "kubectl -n dashboard create token dashboard"
"""What makes a token that Headlamp takes: kube-web-view asks for none."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A ready pod behind a service, and its port."""

    pod: str
    port: int


def backends(door: kube_api.Api, page: Page) -> tuple[Backend, ...]:
    """Return the ready pods behind the page's service; raise `kube_api.Unanswered` or `kube_api.Refused`."""
    path = f"/apis/discovery.k8s.io/v1/namespaces/{page.namespace}/endpointslices"
    slices = door.items(path, labelSelector=f"kubernetes.io/service-name={page.service}")
    return tuple(
        Backend(pod=end["targetRef"]["name"], port=item["ports"][0]["port"])
        for item in slices
        for end in item.get("endpoints") or []
        if end["conditions"].get("ready") and end.get("targetRef")
    )


class Tunnel:
    """One `kubectl port-forward` from a loopback port to a pod: the lab's own kubectl, the lab's own kubeconfig."""

    def __init__(self, where: paths.LabPaths, page: Page, port: int, backend: Backend) -> None:
        """Start it; `opened` is called when the port is open."""
        self.backend = backend
        self.words: collections.deque[str] = collections.deque(maxlen=5)
        self._decided = threading.Event()
        self._opened = False
        self._process = subprocess.Popen(
            [
                str(where.bin / "kubectl"), "--kubeconfig", str(where.kubeconfig), "--namespace", page.namespace,
                "port-forward", "--address", LOOPBACK, f"pod/{backend.pod}", f"{port}:{backend.port}",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=surroundings.inside(), encoding="utf-8", errors="replace",
            start_new_session=True,  # the terminal's Ctrl-C is for us; we end it
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, name="kubectl port-forward", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.words.append(line.strip())
            if line.startswith("Forwarding from"):
                self._opened = True
                self._decided.set()
        self._decided.set()  # it has nothing more to say: it ends

    def opened(self) -> bool:
        """Wait until the port is open; False if kubectl ended or took too long."""
        return self._decided.wait(OPENING) and self._opened and not self.ended(within=0)

    def ended(self, *, within: float) -> bool:
        """Return whether kubectl ends in that many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within)
        return self._process.poll() is not None

    def close(self) -> None:
        """End kubectl and give the port back."""
        self._process.terminate()
        if not self.ended(within=3):
            self._process.kill()
            self._process.wait()
        self._reader.join(3)


class Forward:
    """A loopback port that leads to a page as long as any pod behind it is ready."""

    def __init__(
        self, where: paths.LabPaths, door: kube_api.Api, page: Page, port: int, report: progress.Progress
    ) -> None:
        """Open it; raises LabError `page-unready`, `api-silent` or `forward-failed`."""
        self._where, self._door, self._page, self._report = where, door, page, report
        self.port = port
        self._said = ""
        self._tunnel = self._first()

    @property
    def url(self) -> str:
        """Return the address to open in a browser."""
        return f"http://{LOOPBACK}:{self.port}/"

    def __enter__(self) -> Forward:
        """Return itself: it is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the port back."""
        self._tunnel.close()

    def follow(self) -> None:
        """Keep the port open, over changes of pods, until the lab is destroyed or the person interrupts."""
        while self._where.kubeconfig.exists():
            ended = self._tunnel.ended(within=GLANCE)
            ready = self._ready_ones()
            if ended or (ready and self._tunnel.backend not in ready):
                self._move(ready)
        raise errors.LabError("lab-absent", f"lab {self._where.name} was destroyed")

    def _first(self) -> Tunnel:
        tunnel = None
        for attempt in range(ATTEMPTS):
            ready = refuse_unready(self._door, self._page, self._where.name)
            tunnel = Tunnel(self._where, self._page, self.port, ready[attempt % len(ready)])
            if tunnel.opened():
                return tunnel
            tunnel.close()
        words = tunnel.words if tunnel else ()
        raise errors.LabError("forward-failed", f"kubectl did not open port {self.port}", details=tuple(words))

    def _ready_ones(self) -> tuple[Backend, ...]:
        try:
            found = backends(self._door, self._page)
        except doors.DoorError as problem:
            self._say_once(f"{problem}; trying again")
            return ()
        if not found:
            self._say_once(f"the {self._page.title} has no ready pod; waiting for one")
        return found

    def _move(self, ready: tuple[Backend, ...]) -> None:
        """Lead the port to a ready pod; without one, the next round tries again."""
        if not ready:
            return
        before = self._tunnel.backend.pod
        self._tunnel.close()
        self._tunnel = Tunnel(self._where, self._page, self.port, ready[0])
        if self._tunnel.opened():
            self._said = ""
            now = self._tunnel.backend.pod
            self._report.say(f"connected anew: {before} is gone, now {now}" if now != before else "connected anew")
        else:
            self._say_once(f"could not reach {ready[0].pod}: {' '.join(self._tunnel.words)}; trying again")

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._report.say(text)
            self._said = text


def keep(opened: session.Session, page: Page, *, port: int, browser: bool) -> None:
    """Open the page of a lab on a loopback port (0: any free one) and stay until Ctrl-C."""
    lab, report = opened.lab, opened.report
    if page.addon not in lab.addons:
        raise errors.LabError("addon-absent", f"lab {lab.name} has no {page.title}")
    chosen = free_port(port)
    with program.interruptible(), Forward(opened.where, opened.view.api, page, chosen, report) as forward:
        report.say(f"The {page.title} of lab {lab.name}: {forward.url}")
        if page is DASHBOARD and lab.dashboard is model.Dashboard.HEADLAMP:
            report.say(f"It asks for a token; one that may read: {LOG_IN}")
        report.say("It stays open until you press Ctrl-C here.")
        if browser and not webbrowser.open(forward.url):
            report.say("There is no browser to open here; type the address into yours.")
        with contextlib.suppress(KeyboardInterrupt):
            forward.follow()
        report.say(f"\nclosed; port {chosen} is free again")


def free_port(port: int) -> int:
    """Return the port if it is free here (any free one for 0); else raise with the likely holder."""
    if not 0 <= port <= 65535:
        raise errors.LabError("port-taken", f"{port} is no port", cause="ports go from 1 to 65535")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as problem:
            if problem.errno == errno.EACCES:
                raise errors.LabError("port-taken", f"port {port} is root's", cause="ports below 1024 are") from problem
            held = procfs.listener(port) or "a process that you may not see"
            raise errors.LabError("port-taken", f"port {port} is in use", details=[f"by {held}"]) from problem
        return int(probe.getsockname()[1])


def refuse_unready(door: kube_api.Api, page: Page, lab: str) -> tuple[Backend, ...]:
    """Return the ready pods behind the page; raise a LabError without any, or without an answer."""
    try:
        found = backends(door, page)
    except doors.DoorError as problem:
        raise errors.LabError("api-silent", f"lab {lab} cannot be asked for its pods", details=[problem]) from problem
    if not found:
        raise errors.LabError("page-unready", f"the {page.title} of lab {lab} has no ready pod")
    return found
