"""Asks a server for a file over HTTP: proxies and authorities of the environment, redirects that lose no protection.

Only Python's own modules are imported: `./run` downloads the packages of its environment by this.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import IO, Any

from kubelab import errors
from kubelab.clients import patience, surroundings

SCHEMES = ("http", "https")
SILENCE = 20.0
"""Seconds on an idle computer in which a server must send something."""
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name a file of trusted authorities and that Python itself does not read."""
LATER = (408, 425, 429)
"""Refusals that another try may end, as those from 500 on."""
UNFIT = 416
"""The status of a server whose file ends before the part that was asked for."""
WHY: tuple[tuple[type[BaseException], str, str | None], ...] = (
    (socket.gaierror, "no name server here knows this host", "compare the address; then the same command again"),
    (
        ConnectionRefusedError,
        "nothing listens there: the server was stopped, or its port is another",
        "the same command again, once ./run components.serve or another server runs there",
    ),
    (
        ssl.SSLCertVerificationError,
        "its certificate is of an authority that is not trusted here, or of another host",
        "SSL_CERT_FILE=FILE ./run …, with the file of its authority",
    ),
    (TimeoutError, "it sent nothing for too long", None),
)
"""What ended a try: the likely cause, and what to type if that is not the same command again."""


class Broken(Exception):
    """A try that ended before the file was whole; another one may go on."""


class Unfit(Exception):
    """An answer that does not fit the part that was asked for."""


@contextlib.contextmanager
def answered(url: str, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
    """Yield a server's answer to GET, with the file or the part that was asked for.

    Raises `Broken` (also while the block reads), `Unfit`, `bundle-absent` and `bundle-redirect`.
    """
    known = {"User-Agent": "kubelab", "Accept-Encoding": "identity", **headers}
    request = urllib.request.Request(url, headers=known)  # noqa: S310 (http and https only: bundle_address looks)
    try:
        with _opener().open(request, timeout=patience.seconds(SILENCE)) as answer:
            yield answer
    except urllib.error.HTTPError as problem:
        raise _refused(url, problem) from problem
    except urllib.error.URLError as problem:
        reason = problem.reason
        raise Broken(str(reason)) from (reason if isinstance(reason, BaseException) else problem)
    except (http.client.HTTPException, OSError) as problem:
        raise Broken(str(problem) or type(problem).__name__) from problem


def unreachable(url: str, problem: Broken, kept: str = "") -> errors.LabError:
    """Return the error of a file that does not come; `kept` says what came and is kept."""
    ended = problem.__cause__
    cause, remedy = next(((cause, remedy) for kind, cause, remedy in WHY if isinstance(ended, kind)), (None, None))
    proxies = ", ".join(surroundings.proxies())
    details = [problem, *([f"asked by the proxy of {proxies}"] if proxies else []), *([kept] if kept else [])]
    what = f"{shown(url)} does not come whole" if kept else f"{shown(url)} cannot be reached"
    return errors.LabError("bundle-unreachable", what, details=details, cause=cause, remedy=remedy)


def shown(url: str) -> str:
    """Return an address without its query, which may hold a password."""
    return url.partition("?")[0]


def refuse_downgrade(url: str, other: str) -> None:
    """Refuse a redirect from https to http, or out of both: LabError `bundle-redirect`."""
    was, then = (urllib.parse.urlsplit(each).scheme.lower() for each in (url, other))
    if then not in SCHEMES or (was, then) == ("https", "http"):
        raise errors.LabError("bundle-redirect", f"{shown(url)} leads to {shown(other)!a}")


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        refuse_downgrade(req.full_url, newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Proxies(urllib.request.ProxyHandler):
    def proxy_open(self, req: urllib.request.Request, proxy: str, type: str) -> Any:
        if _exempt(urllib.parse.urlsplit(f"//{req.host}").hostname or ""):
            return None
        kind = proxy.partition("://")[0] if "://" in proxy else "http"
        if kind.lower() not in SCHEMES:
            raise Broken(f"the proxy is of kind {kind!a}; this download knows http proxies only")
        return super().proxy_open(req, proxy, type)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(http.client.HTTPSConnection, req, context=_trust())


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    for name in AUTHORITIES:
        with contextlib.suppress(OSError):  # no such file: the system's authorities are left
            context.load_verify_locations(os.environ.get(name) or os.devnull)
    return context


def _opener() -> urllib.request.OpenerDirector:
    found = urllib.request.getproxies_environment()
    proxies = {scheme: proxy for scheme in SCHEMES if (proxy := found.get(scheme) or found.get("all"))}
    return urllib.request.build_opener(_Proxies(proxies), _Redirects(), _Https())


def _exempt(host: str) -> bool:
    """Return whether no proxy leads to a host: this computer, and those of NO_PROXY, networks there included."""
    listed = surroundings.no_proxy(())
    if urllib.request.proxy_bypass_environment(host, {"no": listed}):  # type: ignore[attr-defined]
        return True
    for entry in listed.split(","):
        with contextlib.suppress(ValueError):
            if "/" in entry and ip_address(host) in ip_network(entry, strict=False):
                return True
    return False


def _refused(url: str, problem: urllib.error.HTTPError) -> Exception:
    with problem:
        said = f"{problem.code} {http.client.responses.get(problem.code, '')}".strip()
        if problem.code == UNFIT:
            return Unfit(problem.headers.get("Content-Range", ""))
        if problem.code >= 500 or problem.code in LATER:
            return Broken(f"the server answers {said}")
        if 300 <= problem.code < 400:
            return errors.LabError("bundle-redirect", f"{shown(url)} leads nowhere: {said}")
        login = "the proxy wants a name and a password: http_proxy=http://NAME:PASSWORD@HOST:PORT"
        cause = login if problem.code == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED else None
        return errors.LabError("bundle-absent", f"{shown(url)}: the server answers {said}", cause=cause)
