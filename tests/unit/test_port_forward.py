"""guestbook.open and dashboard.open: the port is on the loopback and follows the pods; every failure is reported."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import re
import shlex
import socket
import subprocess
import sys
import textwrap
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import labs_data
import pytest

from kubelab import errors, model, paths
from kubelab.clients import kube_api, procfs
from kubelab.lab import port_forward
from kubelab.ui import progress

KUBECTL = """\
    import pathlib, sys, time
    home = pathlib.Path(__file__).parent
    with (home / "calls").open("a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\\n")
    if (home / "refuse").exists():
        sys.exit("error: unable to forward port because pod is not running")
    print("Forwarding from 127.0.0.1:8080 -> 8080", flush=True)
    while not (home / "die").exists():
        time.sleep(0.02)
    (home / "die").unlink()
    sys.exit("error: lost connection to pod")
"""


class Door:
    """An API that knows endpoint slices only; `pods` are ready, `starting` are not."""

    def __init__(self, *pods: str, starting: tuple[str, ...] = ()) -> None:
        """Answer with these pods."""
        self.pods, self.starting = pods, starting
        self.silent = False

    def items(self, path: str, **query: str) -> list[kube_api.Json]:
        """Return one slice; refuse every other path."""
        assert path == "/apis/discovery.k8s.io/v1/namespaces/guestbook/endpointslices"
        assert query == {"labelSelector": "kubernetes.io/service-name=frontend"}
        if self.silent:
            raise kube_api.Unanswered("GET: Connection refused")
        ends = [(name, True) for name in self.pods] + [(name, False) for name in self.starting]
        rows = [{"targetRef": {"name": name}, "conditions": {"ready": ready}} for name, ready in ends]
        return [{"ports": [{"name": "http", "port": 8080}], "endpoints": rows}, {"ports": None, "endpoints": None}]


def door(fake: Door) -> kube_api.Api:
    """Return the fake as what it stands for."""
    return cast(kube_api.Api, fake)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Give a rendered lab whose kubectl is a script that keeps what it was called with."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(port_forward, "GLANCE", 0.05)
    found = paths.LabPaths(name="default")
    found.bin.mkdir(parents=True)
    found.kubeconfig.touch()
    script = found.bin / "kubectl"
    program = script.with_suffix(".py")
    program.write_text(textwrap.dedent(KUBECTL), encoding="utf-8")
    # Not Python's own path in the first line: a checkout's may have spaces.
    script.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, str(program)])} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return found


@pytest.fixture
def screen() -> io.StringIO:
    """Give what a person sees."""
    return io.StringIO()


@pytest.fixture
def report(screen: io.StringIO) -> progress.Progress:
    """Give progress that prints to `screen`."""
    return progress.Progress(progress.Style.PLAIN, out=screen)


def opened(where: paths.LabPaths, fake: Door, report: progress.Progress) -> port_forward.Forward:
    """Return an open forward to the guestbook."""
    return port_forward.Forward(where, door(fake), port_forward.GUESTBOOK, 8080, report)


def calls(where: paths.LabPaths) -> list[str]:
    """Return every command line that kubectl was given."""
    return (where.bin / "calls").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def follow(where: paths.LabPaths, report: progress.Progress) -> Iterator[Callable[[Door], None]]:
    """Give a function that opens the guestbook and follows it in the background; after the test nothing runs."""
    stack = contextlib.ExitStack()

    def begin(fake: Door) -> None:
        found = stack.enter_context(opened(where, fake, report))

        def until_gone() -> None:
            with pytest.raises(errors.LabError):
                found.follow()

        thread = threading.Thread(target=until_gone)
        thread.start()
        stack.callback(thread.join, 10)  # before the forward is closed: it would connect anew
        stack.callback(where.kubeconfig.unlink)

    with stack:
        yield begin
    left = subprocess.run(["pgrep", "--full", str(where.root)], capture_output=True, text=True, check=False)
    assert left.stdout == "", "a kubectl outlived the page"


def wait_for(what: Callable[[], object]) -> None:
    """Wait until `what()` is true, ten seconds at most."""
    tick = threading.Event()
    for _ in range(500):
        if what():
            return
        tick.wait(0.02)
    raise AssertionError("it never came")


def test_only_ready_pods_are_backends() -> None:
    """A pod that is still starting gets no visitor; a slice without ports or endpoints is no trouble."""
    found = port_forward.backends(door(Door("a", starting=("b",))), port_forward.GUESTBOOK)
    assert found == (port_forward.Backend(pod="a", port=8080),)


def test_the_port_is_on_the_loopback_and_the_cluster_is_the_labs(
    where: paths.LabPaths, report: progress.Progress
) -> None:
    """Nobody else on the network sees the page, and the person's own kubeconfig is never read."""
    with opened(where, Door("a"), report) as found:
        assert found.url == "http://127.0.0.1:8080/"
    expected = f"--kubeconfig {where.kubeconfig} --namespace guestbook port-forward --address 127.0.0.1 pod/a 8080:8080"
    assert calls(where) == [expected]


def test_kubectl_is_gone_after_the_page_is_closed(where: paths.LabPaths, report: progress.Progress) -> None:
    """Ctrl-C gives the port back: the forwarder is ended and waited for."""
    with opened(where, Door("a"), report) as found:
        process = found._tunnel._process
        assert process.poll() is None
    assert process.poll() is not None


def test_connects_anew_when_kubectl_dies(
    where: paths.LabPaths, screen: io.StringIO, follow: Callable[[Door], None]
) -> None:
    """A lost connection costs a moment, not the page."""
    follow(Door("a"))
    (where.bin / "die").touch()
    wait_for(lambda: "connected anew" in screen.getvalue())
    assert len(calls(where)) == 2


def test_moves_to_a_ready_pod_when_its_pod_is_replaced(
    where: paths.LabPaths, screen: io.StringIO, follow: Callable[[Door], None]
) -> None:
    """A pod that is gone or no longer ready is left before a visitor meets an error."""
    fake = Door("a")
    follow(fake)
    fake.pods, fake.starting = ("b",), ("a",)
    wait_for(lambda: "a is gone, now b" in screen.getvalue())
    assert "pod/b" in calls(where)[-1]


def test_waits_while_nothing_is_ready_and_says_so_once(
    where: paths.LabPaths, screen: io.StringIO, follow: Callable[[Door], None]
) -> None:
    """With no pod ready it says that it waits, once, and goes on when there is one."""
    fake = Door("a")
    follow(fake)
    fake.pods = ()
    (where.bin / "die").touch()
    wait_for(lambda: "no ready pod" in screen.getvalue())
    fake.pods = ("c",)
    wait_for(lambda: "now c" in screen.getvalue())
    assert screen.getvalue().count("no ready pod") == 1


def test_a_silent_api_does_not_close_a_page_that_works(
    where: paths.LabPaths, screen: io.StringIO, follow: Callable[[Door], None]
) -> None:
    """While the API server is away the open connection stays as it is."""
    fake = Door("a")
    follow(fake)
    fake.silent = True
    wait_for(lambda: "trying again" in screen.getvalue())
    assert len(calls(where)) == 1


def test_ends_when_the_lab_is_destroyed(where: paths.LabPaths, report: progress.Progress) -> None:
    """It does not wait for ever for a lab that is gone."""
    with opened(where, Door("a"), report) as found:
        where.kubeconfig.unlink()
        with pytest.raises(errors.LabError) as caught:
            found.follow()
    assert caught.value.ident == "lab-absent"


@pytest.mark.parametrize(("silent", "ident"), [(False, "page-unready"), (True, "api-silent")])
def test_no_page_to_open_is_an_error_that_says_which(silent: bool, ident: str, where: paths.LabPaths) -> None:
    """No ready pod and no answer are two things, with two exit codes."""
    fake = Door(starting=("a",))
    fake.silent = silent
    with pytest.raises(errors.LabError) as caught:
        opened(where, fake, progress.Progress(progress.Style.PLAIN, out=io.StringIO()))
    assert caught.value.ident == ident


def test_a_refusing_kubectl_is_an_error_with_its_words(where: paths.LabPaths, report: progress.Progress) -> None:
    """After a few attempts it gives up with what kubectl said."""
    (where.bin / "refuse").touch()
    with pytest.raises(errors.LabError) as caught:
        opened(where, Door("a"), report)
    assert caught.value.ident == "forward-failed"
    assert "pod is not running" in caught.value.details[0]
    assert len(calls(where)) == port_forward.ATTEMPTS


def test_a_taken_port_names_its_holder_and_the_way_out() -> None:
    """Who listens there is said, and that --port takes another."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(errors.LabError) as caught:
            port_forward.free_port(other.getsockname()[1])
    assert f"process {os.getpid()}" in caught.value.details[0]
    assert "--port" in caught.value.remedy


def test_port_0_is_any_free_one_and_a_strange_port_is_refused() -> None:
    """0 gives a port that can be listened on; 70000 is no port."""
    assert 1024 <= port_forward.free_port(0) <= 65535
    with pytest.raises(errors.LabError):
        port_forward.free_port(70000)


def test_a_holder_that_cannot_be_seen_is_none(tmp_path: Path) -> None:
    """A port that somebody else's process holds has no name here, and reading on is no error."""
    (tmp_path / "net").mkdir()
    row = "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 777 1"
    (tmp_path / "net/tcp").write_text(f"header\n{row}\n", encoding="ascii")
    (tmp_path / "17").mkdir()
    assert procfs.listener(8080, tmp_path) is None


def test_a_lab_without_the_addon_is_told_so(report: progress.Progress) -> None:
    """A lab file that leaves the guestbook out is no failure of the lab."""
    lab = labs_data.lab()
    without = type(lab)(**{**vars(lab), "addons": ()})
    with pytest.raises(errors.LabError) as caught:
        port_forward.keep(labs_data.held(without, report), port_forward.GUESTBOOK, port=0, browser=False)
    assert caught.value.ident == "addon-absent"


@pytest.mark.usefixtures("where")
def test_says_the_address_and_ends_well_with_ctrl_c(
    report: progress.Progress, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address and how to end it are printed; Ctrl-C is the good end; no browser opens unasked."""
    monkeypatch.setattr(kube_api.Api, "of", lambda *_: Door("a"))
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser was opened unasked"))
    monkeypatch.setattr(port_forward.Forward, "follow", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    port_forward.keep(labs_data.held(said=report), port_forward.GUESTBOOK, port=0, browser=False)
    assert re.search(r"http://127\.0\.0\.1:\d+/\n.*Ctrl-C", screen.getvalue())
    assert "is free again" in screen.getvalue()


@pytest.mark.usefixtures("where")
@pytest.mark.parametrize("chosen", model.Dashboard)
def test_headlamp_asks_for_a_token_and_the_word_says_how_to_make_one(
    chosen: model.Dashboard, report: progress.Progress, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kube-web-view asks for none, and nothing is said about one there."""
    ready = port_forward.Backend(pod="a", port=4466)
    monkeypatch.setattr(port_forward, "refuse_unready", lambda *_: (ready,))
    monkeypatch.setattr(port_forward.Forward, "follow", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    lab = dataclasses.replace(labs_data.lab(), dashboard=chosen)
    port_forward.keep(labs_data.held(lab, report), port_forward.DASHBOARD, port=0, browser=False)
    assert ("create token dashboard" in screen.getvalue()) is (chosen is model.Dashboard.HEADLAMP)
