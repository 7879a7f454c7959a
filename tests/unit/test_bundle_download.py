"""A bundle from an address: it goes on after an interruption, and only the file of the digest is ever kept."""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import os
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_data
from site_data import Reply, digest, site

from kubelab import errors, paths
from kubelab.clients import bundle_address, bundle_fetch, download, kept_bundles, patience, web_client

CONTENT, OTHER = (hashlib.shake_256(name).digest(400_000) for name in (b"content", b"other"))
HALF = 200_000


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be an idle computer without a proxy, with an empty cache, that does not pause between two tries."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(patience, "factor", lambda: 1.0)
    monkeypatch.setattr(download, "PAUSE", 0.01)
    monkeypatch.setattr(download, "TOLD", 0.0)
    for name in [*os.environ]:
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name)


def quiet(_: str) -> None:
    """Show no progress."""


def got(url: str, content: bytes = CONTENT, said: list[str] | None = None) -> bytes:
    """Fetch an address with the digest of some bytes; return the kept file's."""
    wanted = bundle_address.parse(f"{url}#sha256={digest(content)}")
    return bundle_fetch.fetched(wanted, (said if said is not None else []).append).read_bytes()


def refused(url: str, ident: str, content: bytes = CONTENT) -> errors.LabError:
    """Fetch what must fail; return the error."""
    with pytest.raises(errors.LabError) as caught:
        got(url, content)
    assert caught.value.ident == ident, (caught.value.what, caught.value.details)
    assert caught.value.code and caught.value.cause and caught.value.remedy
    return caught.value


def drafts() -> list[int]:
    """Return the sizes of the drafts in the cache."""
    return [path.stat().st_size for path in kept_bundles.home().glob("*.part")]


def test_a_bundle_comes_whole_is_kept_and_asked_for_once() -> None:
    """The second time, and under another address of the same digest, no server is needed; no draft is left."""
    said: list[str] = []
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        assert got(f"{there.url}/b", said=said) == CONTENT
        assert there.ranges() == [""]
    assert any(" of 400 KB, " in line and "/s, about " in line for line in said)
    for url in (f"{there.url}/b", "http://another.invalid/name"):
        kept = bundle_fetch.kept(bundle_address.parse(f"{url}#sha256={digest(CONTENT).upper()}"))
        assert kept and kept.read_bytes() == CONTENT
    assert {path.suffix for path in kept_bundles.home().iterdir()} == {".bundle", ".json", ""}


def test_a_connection_that_breaks_off_is_taken_up_where_it_ended() -> None:
    """In the same run, with the range of what is missing and the mark of the same file."""
    rows = [Reply(content=CONTENT, tag='"1"', until=HALF), Reply(content=CONTENT, tag='"1"')]
    with site({"/b": rows}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == ["", f"bytes={HALF}-"]
        assert there.asked[1][1]["If-Range"] == '"1"'


def test_what_came_is_kept_for_the_next_run() -> None:
    """The server ends for good in the middle: an error that says so, and the next run asks for the rest alone."""
    with site({"/b": [Reply(content=CONTENT, until=HALF), Reply(status=503)]}) as there:
        problem = refused(f"{there.url}/b", "bundle-unreachable")
        assert len(there.asked) == 2 + download.AGAIN
    assert drafts() == [HALF] and "200 KB came and are kept" in problem.details
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == [f"bytes={HALF}-"]


def test_a_draft_that_was_whole_already_is_only_checked() -> None:
    """The power went before its digest was looked at: the server says that nothing is left to send."""
    (kept_bundles.home()).mkdir(parents=True)
    kept_bundles.place(digest(CONTENT)).with_suffix(".part").write_bytes(CONTENT)
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == [f"bytes={len(CONTENT)}-"]


def test_a_draft_longer_than_the_file_begins_anew() -> None:
    """It was of another file."""
    (kept_bundles.home()).mkdir(parents=True)
    kept_bundles.place(digest(CONTENT)).with_suffix(".part").write_bytes(CONTENT + b"x")
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges()[1:] == [""]


def test_a_server_that_knows_no_range_sends_all_again() -> None:
    """The whole file takes the place of the half; nothing of it stands twice."""
    rows = [Reply(content=CONTENT, until=HALF), Reply(content=CONTENT, knows_range=False)]
    with site({"/b": rows}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == ["", f"bytes={HALF}-"]


def test_a_server_that_always_breaks_off_at_the_same_place_is_given_up() -> None:
    """Without ranges it brings nothing new: the tries have an end, and what came is kept."""
    with site({"/b": [Reply(content=CONTENT, until=HALF, knows_range=False)]}) as there:
        refused(f"{there.url}/b", "bundle-unreachable")
        assert len(there.asked) == 2 + download.AGAIN
    assert drafts() == [HALF]


def test_a_file_that_changes_between_two_tries_is_taken_from_its_begin() -> None:
    """Its mark is another one, so that the server sends all of it."""
    rows = [Reply(content=OTHER, tag='"1"', until=HALF), Reply(content=CONTENT, tag='"2"')]
    with site({"/b": rows}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert len(there.asked) == 2


def test_a_change_that_the_server_does_not_tell_is_found_by_the_digest() -> None:
    """Half of each file came: the digest is wrong, and the file is asked for once more as a whole."""
    rows = [Reply(content=OTHER, until=HALF), Reply(content=CONTENT, is_heedless=True)]
    with site({"/b": rows}) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == ["", f"bytes={HALF}-", ""]


def test_a_part_that_was_not_asked_for_is_not_taken() -> None:
    """A server that answers a whole request with a part, or lies about where it begins, is given up."""
    with site({"/b": [Reply(content=CONTENT, status=206)]}) as there:
        refused(f"{there.url}/b", "bundle-unreachable")
    said: list[str] = []
    with site({"/b": [Reply(content=CONTENT, until=HALF), Reply(content=CONTENT, places=1)]}) as there:
        assert got(f"{there.url}/b", said=said) == CONTENT
        assert there.ranges() == ["", f"bytes={HALF}-", ""]
    assert not [line for line in said if "several parts" in line]


@pytest.mark.parametrize("measured", [True, False])
def test_another_file_is_not_kept(measured: bool) -> None:
    """Told by its digest, also from a server that does not say how long it is; asked for once only."""
    with site({"/b": [Reply(content=OTHER, measured=measured)]}) as there:
        problem = refused(f"{there.url}/b", "bundle-other")
        assert len(there.asked) == 1
    assert digest(OTHER) in problem.details[0] and digest(CONTENT) in problem.what
    assert drafts() == [] and not [*kept_bundles.home().glob("*.bundle")]


def test_a_server_without_a_length_is_fine() -> None:
    """The digest says whether all came."""
    with site({"/b": [Reply(content=CONTENT, measured=False)]}) as there:
        assert got(f"{there.url}/b") == CONTENT


@pytest.mark.parametrize(
    ("says", "ident", "left"), [(50_000, "bundle-unreachable", [400_000]), (-7, "bundle-other", [])]
)
def test_a_lie_about_the_length(says: int, ident: str, left: list[int]) -> None:
    """More than there is never comes; with less the digest is another one."""
    with site({"/b": [Reply(content=CONTENT, says=says, knows_range=False)]}) as there:
        refused(f"{there.url}/b", ident)
    assert drafts() == left


@pytest.mark.parametrize(
    ("status", "ident"), [(404, "bundle-absent"), (403, "bundle-absent"), (500, "bundle-unreachable")]
)
def test_a_refusal_is_told_at_once(status: int, ident: str) -> None:
    """With its number; it is not asked again and again."""
    with site({"/b?token=secret": [Reply(status=status)]}) as there:
        problem = refused(f"{there.url}/b?token=secret", ident)
        assert len(there.asked) == 1
    told = " ".join([problem.what, *problem.details])
    assert str(status) in told and "secret" not in told and f"{there.url}/b" in problem.what


def test_a_redirect_is_followed_and_a_circle_is_not() -> None:
    """With a typed digest it does not matter which server gives the file; the rest is asked for there as well."""
    rows = {
        "/b": [Reply(status=302, to="/there")],
        "/there": [Reply(content=CONTENT, until=HALF), Reply(content=CONTENT)],
        "/circle": [Reply(status=302, to="/circle")],
        "/file": [Reply(status=302, to="file:///etc/passwd")],
    }
    with site(rows) as there:
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == ["", "", f"bytes={HALF}-", f"bytes={HALF}-"]
        refused(f"{there.url}/circle", "bundle-redirect", OTHER)
        refused(f"{there.url}/file", "bundle-redirect", OTHER)


@pytest.mark.parametrize("to", ["http://other/b", "HTTP://other/b", "file:///b", "ftp://other/b", "//x", "b"])
def test_a_redirect_that_loses_protection_is_refused(to: str) -> None:
    """From https only to https, from http to either."""
    with pytest.raises(errors.LabError) as caught:
        web_client.refuse_downgrade("https://host/b", to)
    assert caught.value.ident == "bundle-redirect"
    for was, then in (("http", "http"), ("http", "https"), ("https", "https")):
        web_client.refuse_downgrade(f"{was}://host/b", f"{then}://other/b")


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without an address, a port on which nobody listens, a server that says nothing: each with its cause."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{silent.getsockname()[1]}/b"
        assert "nothing listens there" in refused(place, "bundle-unreachable").cause
        silent.listen()
        monkeypatch.setattr(web_client, "SILENCE", 0.1)
        assert "sent nothing" in refused(place, "bundle-unreachable").cause
    assert "no name server" in refused("http://kubelab.invalid/b", "bundle-unreachable").cause


def test_a_full_disk_is_told_before_and_while_it_fills() -> None:
    """What came is kept, and the next run goes on behind it."""
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
            problem = refused(f"{there.url}/b", "bundle-unwritable")
            assert "1 KB are free, 400 KB are to come" in problem.details[0] and "goes on" in problem.remedy
        with largest_file(HALF):
            refused(f"{there.url}/b", "bundle-unwritable")
        assert drafts() == [HALF]
        there.asked.clear()
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == [f"bytes={HALF}-"]


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse larger files in this process: what a full disk does, for real."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize(
    ("wish", "flaw"),
    [
        ("ftp://host/b#sha256=" + "a" * 64, "ftp:// is not known"),
        ("file:///b#sha256=" + "a" * 64, "a path without ://"),
        ("http:///b#sha256=" + "a" * 64, "no host"),
        ("http://host:0/b#sha256=" + "a" * 64, "no host"),
        ("http://host:x/b#sha256=" + "a" * 64, "ort"),
        ("http://…/b#sha256=" + "a" * 64, "letters"),
        ("https://host/b#sha256=" + "a" * 63, "no digest"),
        ("https://host/b#sha512=" + "a" * 64, "no digest"),
        ("https://host/b#" + "a" * 64, "no digest"),
        ("https://ada:secret@host/b", "password"),
        ("http://[::1/b#sha256=" + "a" * 64, "IPv6"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_unasked(wish: str, flaw: str) -> None:
    """With what is wrong with it, and without a password that stands in it."""
    with pytest.raises(errors.LabError) as caught:
        bundle_address.parse(wish)
    assert (caught.value.ident, caught.value.code) == ("bundle-address", errors.Exit.USAGE)
    assert flaw in caught.value.details[0] and "secret" not in caught.value.what


def test_http_without_a_digest_is_refused_with_the_line_to_type() -> None:
    """Nothing is asked for; blanks and letters of a file's name do no harm."""
    with pytest.raises(errors.LabError) as caught:
        bundle_address.parse("http://host/b.tar.gz")
    assert caught.value.ident == "bundle-undigested"
    assert "'http://host/b.tar.gz#sha256=DIGEST'" in caught.value.remedy
    assert bundle_address.parse(f"http://host/ü b#sha256={'A' * 64}") == bundle_address.Address(
        url="http://host/%C3%BC%20b", sha256="a" * 64
    )


def test_the_line_to_type_is_one_word_whatever_the_address() -> None:
    """A file's name may have an apostrophe: typed as printed the shell would wait for the next one."""
    with pytest.raises(errors.LabError) as caught:
        bundle_address.parse("http://host/it's.tar.gz")
    typed = caught.value.remedy.removeprefix("the same command with ").partition("; ")[0]
    assert [word.partition("#")[0] for word in shlex.split(typed)] == ["http://host/it's.tar.gz"]


def test_over_https_the_digest_may_stand_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for once: later runs need no network, and a mirror of the same file is not downloaded from."""
    pem = site_data.certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    beside = f"{digest(OTHER)}  other\n{digest(CONTENT)} *b\n".encode()
    with site({"/b?k=1": [Reply(content=CONTENT)], "/b.sha256?k=1": [Reply(content=beside)]}, pem) as there:
        address = bundle_address.parse(f"{there.url}/b?k=1")
        assert bundle_fetch.fetched(address, quiet).read_bytes() == CONTENT
        assert [path for path, _ in there.asked] == ["/b.sha256?k=1", "/b?k=1"]
    kept = bundle_fetch.kept(address)
    assert kept and kept.read_bytes() == CONTENT
    assert bundle_fetch.kept(bundle_address.parse(f"{there.url}/another")) is None
    with site({"/b.sha256": [Reply(content=beside)]}, pem) as mirror:
        assert bundle_fetch.fetched(bundle_address.parse(f"{mirror.url}/b"), quiet) == kept
        assert [path for path, _ in mirror.asked] == ["/b.sha256"]
    assert bundle_fetch.kept(address) == kept == bundle_fetch.kept(bundle_address.parse(f"{mirror.url}/b"))


@pytest.mark.parametrize("beside", [b"", b"<html>", b"%s\n%s\n" % (b"a" * 64, b"b" * 64), b"a" * 63])
def test_a_digest_file_that_says_none_is_refused(
    beside: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is a missing one; the bundle itself is not asked for."""
    pem = site_data.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    rows = {"/b": [Reply(content=CONTENT)], "/c": [Reply(content=CONTENT)], "/b.sha256": [Reply(content=beside)]}
    with site(rows, pem) as there:
        for name in ("b", "c"):
            with pytest.raises(errors.LabError) as caught:
                bundle_fetch.fetched(bundle_address.parse(f"{there.url}/{name}"), quiet)
            assert caught.value.ident == "bundle-undigested"
            assert f"'{there.url}/{name}#sha256=DIGEST'" in caught.value.remedy
        assert {path for path, _ in there.asked} == {"/b.sha256", "/c.sha256"}


def test_https_is_checked_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown authority is refused with what to type; a real redirect to plain http is not followed."""
    pem = site_data.certificate(tmp_path)
    with (
        site({"/b": [Reply(content=CONTENT)]}) as plain,
        site({"/b": [Reply(status=301, to=f"{plain.url}/b")]}, pem) as there,
    ):
        assert "SSL_CERT_FILE" in refused(f"{there.url}/b", "bundle-unreachable").remedy
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        refused(f"{there.url}/b", "bundle-redirect")
        assert plain.asked == []


def test_the_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for this computer, nor for what NO_PROXY names, as a name or as a network; its errors name the variable."""
    with (
        site({"http://kubelab.invalid/b": [Reply(content=CONTENT)]}) as proxy,
        site({"/b": [Reply(content=OTHER)]}) as there,
    ):
        monkeypatch.setenv("http_proxy", proxy.url)
        assert got("http://kubelab.invalid/b") == CONTENT
        assert got(f"{there.url}/b", OTHER) == OTHER
        assert [path for path, _ in proxy.asked] == ["http://kubelab.invalid/b"]
    monkeypatch.setenv("NO_PROXY", ".lan,192.0.2.0/24")
    exempt = {"teacher.lan": True, "192.0.2.7": True, "localhost": True, "198.51.100.1": False, "lan.org": False}
    assert {host: web_client._exempt(host) for host in exempt} == exempt
    assert "asked by the proxy of http_proxy" in " ".join(
        refused("http://kubelab.invalid/b", "bundle-unreachable", b"").details
    )


def test_https_goes_through_a_proxy_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy is asked for a way to the server alone; the certificate is the server's."""
    pem = site_data.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setattr(web_client, "_exempt", lambda _: False)
    with site({}) as proxy, site({"/b": [Reply(content=CONTENT)]}, pem) as there:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert got(f"{there.url}/b") == CONTENT
        assert [path for path, _ in proxy.asked] == [there.url.removeprefix("https://")]


def test_a_proxy_that_wants_a_login_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the proxy that refuses, not the server."""
    with site({"http://kubelab.invalid/b": [Reply(status=407)]}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert "NAME:PASSWORD" in refused("http://kubelab.invalid/b", "bundle-absent").cause


def test_a_proxy_of_another_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going past it in silence would be another network than the person wants."""
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    assert "socks5h" in refused("http://kubelab.invalid/b", "bundle-unreachable").details[0]


def test_two_at_once_download_once() -> None:
    """The second waits for the first, and finds the file kept."""
    with site({"/b": [Reply(content=CONTENT)]}) as there, concurrent.futures.ThreadPoolExecutor() as pool:
        assert list(pool.map(lambda _: got(f"{there.url}/b"), range(4))) == [CONTENT] * 4
        assert len(there.asked) == 1


def test_a_kept_bundle_that_was_changed_is_downloaded_again() -> None:
    """One that only has another time is read, and is as good as before."""
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        got(f"{there.url}/b")
        file = kept_bundles.place(digest(CONTENT))
        os.utime(file, (1, 1))
        assert got(f"{there.url}/b") == CONTENT and len(there.asked) == 1
        file.write_bytes(OTHER)
        assert got(f"{there.url}/b") == CONTENT and len(there.asked) == 2


@pytest.mark.parametrize("record", [b"", b"[]", b'{"addresses": 1}', b'{"addresses": [1, {}]}'])
def test_a_damaged_record_costs_a_reading(record: bytes) -> None:
    """Not a traceback, and not another download."""
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        got(f"{there.url}/b")
        kept_bundles.place(digest(CONTENT)).with_suffix(".json").write_bytes(record)
        assert [*kept_bundles.digests_of("https://host/b")] == []
        assert got(f"{there.url}/b") == CONTENT and len(there.asked) == 1


def test_leftovers_are_those_of_nobody() -> None:
    """`components.clean` leaves the draft of a download that is under way."""
    with site({"/b": [Reply(content=CONTENT, until=HALF), Reply(status=404)]}) as there:
        refused(f"{there.url}/b", "bundle-absent")
    assert [path.suffix for path in kept_bundles.leftovers()] == [".part", ".mark"]
    with kept_bundles.alone(quiet):
        assert kept_bundles.leftovers() == []


def alone(wish: str) -> subprocess.Popen[str]:
    """Start the module as ./run does, by a Python without any package."""
    words = [*site_data.HEEDFUL, sys.executable, "-S", "-P", "-m", "kubelab.clients.bundle_for_run", wish]
    there = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
    return subprocess.Popen(words, env=there, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(word: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a program; return its exit code, output and errors."""
    out, err = word.communicate(timeout=60)
    return word.returncode, out, err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_came_before_it_was_stopped_is_not_sent_again(how: signal.Signals) -> None:
    """Ctrl-C in the middle, or worse: the next run asks for the rest alone, and no lock is left."""
    rows = [Reply(content=CONTENT, tag='"1"', until=HALF, holds=1), Reply(content=CONTENT, tag='"1"')]
    with site({"/b": rows}) as there:
        with alone(f"{there.url}/b#sha256={digest(CONTENT)}") as word:
            for _ in patience.polls(30, 0.02):
                if drafts() == [HALF]:
                    break
            word.send_signal(how)
            assert ended(word)[0] == (130 if how is signal.SIGINT else -signal.SIGKILL)
        assert got(f"{there.url}/b") == CONTENT
        assert there.ranges() == ["", f"bytes={HALF}-"]
        assert there.asked[1][1]["If-Range"] == '"1"'


def test_python_alone_can_fetch_it() -> None:
    """`./run` has no packages yet: it gets the file's path, or an error in the words of all others, and its code."""
    with site({"/b": [Reply(content=CONTENT)]}) as there:
        code, out, err = ended(alone(f"{there.url}/b#sha256={digest(CONTENT)}"))
        assert (code, err) == (0, "")
        assert Path(out.strip()).read_bytes() == CONTENT
        code, out, err = ended(alone(f"{there.url}/b"))
    assert (code, out) == (errors.Exit.USAGE, "")
    assert "error bundle-undigested: " in err and "  type:   the same command with 'http://" in err
