"""components.serve: one bundle for a class, whole or in parts, to many at once, and none waits for another."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.client
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import bundle_data
import pytest
import site_data
from fakes import Answer, Computer

from kubelab import errors, paths
from kubelab.clients import bundle_address, bundle_fetch, kept_bundles
from kubelab.components import bundle_manifest, bundle_server, bundle_source, inventory, unbundle
from kubelab.config import load
from kubelab.host import outward
from kubelab.ui import web_server

CONTENT = hashlib.shake_256(b"served").digest(8_000_000)
"""More than a socket's buffers hold, so that a client that reads nothing stops its thread."""
PATH = "/my%20lab.tar.gz"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a student with an empty cache and no proxy."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a whole small bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as patch:
        return bundle_data.written(patch, folder / "cache", load.versions("1.37"), folder / "lab.bundle.tar.gz")


@contextlib.contextmanager
def serving(file: Path, said: list[str] | None = None) -> Iterator[tuple[bundle_server.Offer, web_server.Server]]:
    """Serve some bytes as if they were a bundle."""
    with file.open("rb") as content:
        whole = file.read_bytes()
        offer = bundle_server.Offer(name=file.name, content=content, size=len(whole), sha256=site_data.digest(whole))
        with bundle_server.server(offer, "127.0.0.1", 0, (said if said is not None else []).append) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            try:
                yield offer, server
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[bundle_server.Offer, web_server.Server]]:
    """Serve a large file whose name has a blank."""
    (tmp_path / "my lab.tar.gz").write_bytes(CONTENT)
    with serving(tmp_path / "my lab.tar.gz") as both:
        yield both


def ask(port: int, method: str = "GET", path: str = PATH, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Send one request; return status, headers, content."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    reply = link.getresponse()
    content = reply.read()
    link.close()
    return reply.status, dict(reply.headers), content


PARTS = {
    "bytes=0-": (0, None),
    "bytes=10-19": (10, 20),
    "bytes=7999999-": (7_999_999, None),
    "bytes=5-99999999": (5, None),
    "bytes=-3": (-3, None),
}
"""What is asked for, and where in the content it begins and ends."""


@pytest.mark.parametrize("asked", PARTS)
def test_a_part_is_given(served: tuple[bundle_server.Offer, web_server.Server], asked: str) -> None:
    """As every downloader asks for it, with where it belongs."""
    begin, end = PARTS[asked]
    status, headers, content = ask(served[1].server_port, Range=asked)
    assert (status, content) == (206, CONTENT[begin:end])
    first = begin % len(CONTENT)
    assert headers["Content-Range"] == f"bytes {first}-{first + len(content) - 1}/{len(CONTENT)}"


@pytest.mark.parametrize("asked", ["", "bytes=9-5", "bytes=-", "bytes=0-1,5-6", "rows=1-2", "bytes=x-"])
def test_what_is_no_part_gets_the_whole(served: tuple[bundle_server.Offer, web_server.Server], asked: str) -> None:
    """So does the rest of another file: If-Range has its mark."""
    status, headers, content = ask(served[1].server_port, Range=asked)
    assert (status, headers["Content-Length"]) == (200, str(len(CONTENT)))
    assert content == CONTENT
    assert ask(served[1].server_port, Range="bytes=5-", If_Range='"another"')[2] == CONTENT
    assert ask(served[1].server_port, Range="bytes=7999990-", If_Range=served[0].tag)[2] == CONTENT[-10:]


def test_what_lies_behind_the_end_and_elsewhere(served: tuple[bundle_server.Offer, web_server.Server]) -> None:
    """416 with the size, 404 for any other path, no content for HEAD; nothing of this computer's files is there."""
    port = served[1].server_port
    for asked in ("bytes=8000000-", "bytes=8000000-8000001", "bytes=-0"):
        status, headers, content = ask(port, Range=asked)
        assert (status, headers["Content-Range"], content) == (416, "bytes */8000000", b"")
    for path in ("/", "/../../etc/passwd", "/my%20lab.tar.gz/", "//etc/passwd"):
        assert ask(port, path=path)[0] == 404
    status, headers, content = ask(port, "HEAD")
    assert (status, headers["Content-Length"], content) == (200, "8000000", b"")
    assert headers["ETag"] == served[0].tag and headers["Accept-Ranges"] == "bytes"
    assert ask(port, "POST")[0] == 501


def test_a_client_that_reads_nothing_hinders_nobody(served: tuple[bundle_server.Offer, web_server.Server]) -> None:
    """Several stand still in the middle while two others get all of it at once."""
    port, slow = served[1].server_port, []
    for _ in range(20):
        link = socket.create_connection(("127.0.0.1", port))
        link.sendall(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
        slow.append(link)
    got: list[bytes] = []
    others = [threading.Thread(target=lambda: got.append(ask(port)[2])) for _ in range(2)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(20)
    assert got == [CONTENT, CONTENT]
    for link in slow:
        link.close()


def test_who_says_nothing_is_ended_and_who_takes_all_slowly_is_not(
    served: tuple[bundle_server.Offer, web_server.Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of a connection begins anew with each chunk."""
    monkeypatch.setattr(bundle_server._Server, "patience", 0.5)
    port = served[1].server_port
    with socket.create_connection(("127.0.0.1", port)) as mute, socket.create_connection(("127.0.0.1", port)) as slow:
        mute.sendall(b"GET / HTTP/1.0\r\nHost: ")
        slow.sendall(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
        mute.settimeout(5)
        slow.settimeout(5)
        count, begun = 0, time.monotonic()
        while data := slow.recv(1 << 20):
            count += len(data)
            time.sleep(0.05)
        assert mute.recv(100) == b""
    assert count > len(CONTENT) and time.monotonic() - begun > 0.5


def test_a_full_house_ends_who_stands_still(
    served: tuple[bundle_server.Offer, web_server.Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the one that has been taking its file for longest."""
    monkeypatch.setattr(web_server, "CONNECTIONS", 3)
    port, mute = served[1].server_port, []
    with socket.create_connection(("127.0.0.1", port)) as busy:
        busy.settimeout(5)
        busy.sendall(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
        for _ in range(6):
            mute.append(socket.create_connection(("127.0.0.1", port)))
            busy.recv(1 << 20, socket.MSG_WAITALL)
            time.sleep(0.02)
        left = 0
        while data := busy.recv(1 << 20):
            left += len(data)
    assert left + 6 * (1 << 20) > len(CONTENT)
    for link in mute:
        link.close()


def test_a_file_put_in_its_place_is_not_served(tmp_path: Path) -> None:
    """The line that was typed has the digest of the first; one that was cut breaks the connection off."""
    file = tmp_path / "my lab.tar.gz"
    file.write_bytes(CONTENT)
    with serving(file) as (_, server):
        (tmp_path / "new").write_bytes(b"new")
        (tmp_path / "new").replace(file)
        assert ask(server.server_port)[2] == CONTENT
    file.write_bytes(CONTENT)
    with serving(file) as (_, server):
        with file.open("r+b") as hurt:
            hurt.truncate(1000)
        with pytest.raises(http.client.IncompleteRead):
            ask(server.server_port)


def test_the_printed_line_brings_the_bundle_to_a_student(bundle: Path) -> None:
    """With the first half here already: only the rest is sent, and the teacher is told who has it all."""
    said: list[str] = []
    with serving(bundle, said) as (offer, server):
        line = offer.line("127.0.0.1", server.server_port)
        words = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
        wish = words.stdout.splitlines()[-1]
        draft = kept_bundles.place(offer.sha256).with_suffix(".part")
        draft.parent.mkdir(parents=True)
        draft.write_bytes(bundle.read_bytes()[: offer.size // 2])
        assert bundle_source.named(wish, bundle_data.quiet()).read_bytes() == bundle.read_bytes()
    assert bundle_source.named(wish, bundle_data.quiet()).is_file()
    assert [row.strip() for row in said] == ["127.0.0.1 has the last byte; computers so far: 1"]
    assert unbundle.read(bundle_source.named(wish, bundle_data.quiet())).members


def test_a_file_at_an_address_that_is_no_bundle_is_not_kept() -> None:
    """Its digest is right: the error says what it is not, and the next run asks again."""
    content = gzip.compress(b"hello")
    with site_data.site({"/b": [site_data.Reply(content=content)]}) as there:
        wish = f"{there.url}/b#sha256={site_data.digest(content)}"
        with pytest.raises(errors.LabError) as caught:
            bundle_source.named(wish, bundle_data.quiet())
    assert caught.value.ident == "bundle-damaged"
    assert f"{there.url}/b is no bundle" in caught.value.what and "components.serve" in caught.value.remedy
    assert bundle_fetch.kept(bundle_address.parse(wish)) is None


def test_a_computer_that_lacks_nothing_downloads_nothing(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may be gone; one lost program, or a lost box image, asks it. What cannot be an address is told."""
    versions = load.versions("1.37")
    engine = bundle_data.Docker(monkeypatch, has_box=False)
    with serving(bundle) as (offer, server):
        wish = f"http://127.0.0.1:{server.server_port}{offer.path}#sha256={offer.sha256}"
        assert bundle_source.bring(wish, versions, bundle_data.quiet()).box
    kept_bundles.forget(kept_bundles.place(offer.sha256))
    assert bundle_source.bring(wish, versions, bundle_data.quiet()) == unbundle.Taken(entries=(), box=False)
    with pytest.raises(errors.LabError) as caught:
        bundle_source.bring("ftp://host/b", versions, bundle_data.quiet())
    assert caught.value.ident == "bundle-address"
    engine.has_box = False
    with pytest.raises(errors.LabError) as caught:
        bundle_source.bring(wish, versions, bundle_data.quiet())
    assert caught.value.ident == "bundle-unreachable"


def test_a_kept_bundle_for_another_checkout_says_how_a_newer_one_comes(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address may have a newer file by now."""
    with serving(bundle) as (offer, server):
        file = bundle_source.named(
            f"http://127.0.0.1:{server.server_port}{offer.path}#sha256={offer.sha256}", bundle_data.quiet()
        )
    bundle_data.Docker(monkeypatch, has_box=False)
    monkeypatch.setattr("kubelab.components.box_image.box_image", lambda: "another")
    with pytest.raises(errors.LabError) as caught:
        unbundle.take(file, load.versions("1.37"), bundle_data.quiet())
    assert caught.value.ident == "bundle-foreign"
    assert caught.value.remedy.startswith(f"rm {file}, then the same command again")


def test_kept_bundles_are_listed_and_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`components.list` shows their size; `--all` frees them, and without it only drafts go."""
    computer = Computer.made(tmp_path, monkeypatch)
    computer.everything()
    computer.program("docker", {"ps --all": Answer()})  # the computer's own engine may be stopped
    home = kept_bundles.home()
    home.mkdir(parents=True)
    (home / "a.bundle").write_bytes(b"x" * 5000)
    (home / "b.part").write_bytes(b"x")
    assert {name: size for name, size in inventory.caches().items() if str(home) in name}
    inventory.clean([load.versions("1.37")])
    assert {path.name for path in home.iterdir()} == {"a.bundle", "lock"}
    inventory.clean([load.versions("1.37")], everything=True)
    assert not home.exists()


def test_a_bundle_is_written_with_its_digest_beside_it(bundle: Path) -> None:
    """As `sha256sum --check` reads it, and as an https server gives it to whoever types no digest."""
    done = subprocess.run(
        ["sha256sum", "--check", f"{bundle.name}.sha256"],
        cwd=bundle.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{bundle.name}: OK\n")


def test_half_a_bundle_is_not_served(bundle: Path, tmp_path: Path) -> None:
    """A full stick cut it: the digest beside it says so, before a whole class has downloaded it."""
    half = tmp_path / "it's half.tar.gz"
    half.write_bytes(bundle.read_bytes()[:-1000])
    beside = half.with_name(f"{half.name}.sha256")
    shutil.copy(bundle.with_name(f"{bundle.name}.sha256"), beside)
    with pytest.raises(errors.LabError) as caught, bundle_server.offered(half, bundle_data.quiet()):
        pass
    assert caught.value.ident == "bundle-damaged"
    assert shlex.join(["rm", str(beside)]) in caught.value.remedy
    for odd in ("", "nonsense\n"):
        beside.write_text(odd, encoding="utf-8")
        with bundle_server.offered(half, bundle_data.quiet()) as offer:
            assert offer.size == half.stat().st_size


def test_only_a_bundle_is_served(tmp_path: Path) -> None:
    """Any other file is refused before the port is open."""
    (tmp_path / "notes").write_text("hello", encoding="utf-8")
    with pytest.raises(errors.LabError) as caught:
        bundle_server.serve(tmp_path / "notes", "127.0.0.1", 0, "127.0.0.1", bundle_data.quiet())
    assert caught.value.ident == "bundle-damaged"


@pytest.mark.parametrize(
    ("bind", "port"), [("192.0.2.1", 0), ("127.0.0.1", 1 << 20), ("no.such.host.invalid", 0), ("127.0.0.1", -1)]
)
def test_a_place_that_cannot_be_listened_on_is_named(bind: str, port: int, bundle: Path) -> None:
    """Another computer's address, no port, no host."""
    with pytest.raises(errors.LabError, match=re.escape(f"{bind}:{port}")) as caught:
        bundle_server.serve(bundle, bind, port, bind, bundle_data.quiet())
    assert caught.value.ident == "serve-address"


def test_a_taken_port_is_named(bundle: Path) -> None:
    """The word is open in another terminal."""
    with serving(bundle) as (_, server), pytest.raises(errors.LabError) as caught:
        bundle_server.serve(bundle, "127.0.0.1", server.server_port, "127.0.0.1", bundle_data.quiet())
    assert caught.value.ident == "serve-address"


ADDRESSES = {
    "127.0.0.1": "lo", "172.17.0.1": "docker0", "192.168.57.1": "br-7c78550ee725", "10.8.0.2": "tun0",
    "192.168.1.7": "wlan0", "10.42.0.1": "enp3s0",
}  # fmt: skip


def test_the_address_of_the_class_is_the_one_that_leads_out() -> None:
    """Bridges of containers are no network of a class; without a default route the others are left."""
    found = {IPv4Address(address): device for address, device in ADDRESSES.items()}
    assert [str(one) for one in outward.ordered(found, ["wlan0"])] == ["192.168.1.7", "10.8.0.2", "10.42.0.1"]
    assert [str(one) for one in outward.ordered(found, [])] == ["10.8.0.2", "192.168.1.7", "10.42.0.1"]


def test_what_is_bound_and_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chosen address is both; for every address one of this computer's is printed; without one it is an error."""
    here, other = "192.168.1.7", "10.42.0.1"
    monkeypatch.setattr(outward, "addresses", lambda: [IPv4Address(here), IPv4Address(other)])
    assert outward.chosen("") == outward.Place(bind=here, reached=here, others=(other,))
    assert outward.chosen("10.0.0.1") == outward.Place(bind="10.0.0.1", reached="10.0.0.1")
    assert outward.chosen(outward.EVERY) == outward.Place(bind=outward.EVERY, reached=here, others=(other,))
    monkeypatch.setattr(outward, "addresses", list)
    with pytest.raises(errors.LabError) as caught:
        outward.chosen("")
    assert caught.value.ident == "serve-address"


def test_the_word_itself_serves_until_ctrl_c(bundle: Path) -> None:
    """As a teacher types it; what it prints brings the bundle to a student; Ctrl-C ends it with exit code 0."""
    typed = ["components.serve", str(bundle), "--bind", "127.0.0.1", "--port", "0"]
    words = [*site_data.HEEDFUL, sys.executable, str(paths.ROOT / "tasks.py"), *typed]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=paths.ROOT) as word:
        late = threading.Timer(60, word.kill)
        late.start()
        try:
            assert word.stdout
            line = next(row for row in iter(word.stdout.readline, "") if "lab.up --bundle 'http://127.0.0.1:" in row)
            assert bundle_source.named(line.split("'")[1], bundle_data.quiet()).read_bytes() == bundle.read_bytes()
            word.send_signal(signal.SIGINT)
            rest = word.stdout.read()
            assert word.wait(10) == 0 and rest.endswith("\nended\n") and "Traceback" not in rest
        finally:
            late.cancel()
            word.kill()


def checkout(root: Path) -> None:
    """Be a fresh checkout on a computer with a Python that makes no environment, so that ./run ends there."""
    root.mkdir()
    shutil.copy(paths.ROOT / "run", root)
    (root / "kubelab").symlink_to(paths.ROOT / "kubelab")
    (root / "requirements.lock").touch()
    (root / "bin").mkdir()
    look = 'ls "$(ls -td "$TMPDIR"/*/ | head -1)" >&2'
    lines = [
        "#!/bin/sh",
        f'[ "$1 $2" != "-m venv" ] || {{ {look}; exit 1; }}',
        f'exec {Path(sys.executable).resolve()} "$@"',
    ]
    (root / "bin/python3").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (root / "bin/python3").chmod(0o755)


def run(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type ./run with some words there."""
    (root / "tmp").mkdir(exist_ok=True)
    seen = {"PATH": f"{root}/bin:/usr/bin:/bin", "HOME": str(root), "TMPDIR": str(root / "tmp"), **environment}
    return subprocess.run(
        ["bash", str(root / "run"), *words], env=seen, cwd="/", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("way", ["--bundle", "--bundle=", "KUBELAB_BUNDLE"])
def test_the_first_run_takes_its_packages_from_the_address(bundle: Path, tmp_path: Path, way: str) -> None:
    """Before there is any package: the bundle comes into the cache where the word looks, and its packages are taken."""
    root = tmp_path / "a checkout"
    checkout(root)
    with serving(bundle) as (offer, server):
        wish = f"http://127.0.0.1:{server.server_port}{offer.path}#sha256={offer.sha256}"
        words = {"--bundle": ["--bundle", wish], "--bundle=": [f"--bundle={wish}"]}.get(way, [])
        done = run(root, "lab.up", *words, **({} if words else {"KUBELAB_BUNDLE": wish}))
    assert "making the Python environment" in done.stderr and "wheels" in done.stderr, done.stderr
    assert (root / f".cache/kubelab/bundles/{offer.sha256}.bundle").read_bytes() == bundle.read_bytes()


def test_the_first_run_says_what_is_wrong_with_an_address(tmp_path: Path) -> None:
    """It ends there, with the code of the error: no environment is made from elsewhere."""
    root = tmp_path / "checkout"
    checkout(root)
    done = run(root, "lab.up", "--bundle", "http://127.0.0.1:1/b")
    assert done.returncode == errors.Exit.USAGE
    assert "error bundle-undigested: " in done.stderr and "making" not in done.stderr


def test_a_bundle_of_this_test_has_wheels(bundle: Path) -> None:
    """Else the tests above would prove nothing."""
    with tarfile.open(bundle) as tar:
        assert [name for name in tar.getnames() if name.startswith(f"{bundle_manifest.WHEELS}/")]
