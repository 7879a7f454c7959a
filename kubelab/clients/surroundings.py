"""The environment of every program that kubelab starts: only listed variables of the person's.

Vagrant, Docker, kubectl, ssh, git, Go and Python all obey variables. One that was set for another project would make a
right call act on that project's machines.
"""

from __future__ import annotations

import fnmatch
import os
import shlex
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from pathlib import Path

from kubelab import paths

PERSON = ("HOME", "LOGNAME", "PATH", "SHELL", "TMPDIR", "USER", "XDG_*")
TERMINAL = ("COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "TERM")
WINDOWS = ("BROWSER", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY")
AUTHORITIES = ("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NIX_SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_*")
"""Trust for downloads: for example a company's own authority."""
SOURCES = (
    *("GOAUTH", "GOINSECURE", "GONOPROXY", "GONOSUMDB", "GOPRIVATE", "GOPROXY", "GOSUMDB", "GOVCS", "NETRC"),
    *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT", "PIP_EXTRA_INDEX_URL"),
    *("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_PROXY", "PIP_RETRIES", "PIP_TRUSTED_HOST"),
)
"""Sources of modules and packages."""
STRENGTH = ("GOGC", "GOMAXPROCS", "GOMEMLIMIT")
"""How much of this computer a build uses; the result is the same."""
PROXIES = ("all_proxy", "http_proxy", "https_proxy")
EXEMPT = ("NO_PROXY", "no_proxy")
"""Both spellings: programs read either."""
OURS = ("KUBELAB_*",)
KEPT = (*PERSON, *TERMINAL, *WINDOWS, *AUTHORITIES, *SOURCES, *STRENGTH, *EXEMPT, *OURS)
EDITORS = ("EDITOR", "KUBE_EDITOR", "PAGER", "VISUAL")
"""The kubeconfig of the person's own kubectl; no call of kubelab's reads it."""
FIXED = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "DOCKER_CONTEXT": "default", "KUBERC": "off", "PYTHONUTF8": "1"}
"""Plain English in UTF-8, because kubelab reads it; this computer's own Docker engine, because boxes mount this
computer's folders; no settings of the person's kubectl."""
STEERING = (
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "VAGRANT_CWD",
    "VAGRANT_DOTFILE_PATH",
    "VAGRANT_HOME",
    "VAGRANT_VAGRANTFILE",
)
"""Variables that are dropped and would have led another program to other machines: host.doctor and Docker's errors name
them."""


def child(*more: Mapping[str, str], exempt: Iterable[IPv4Network] = ()) -> dict[str, str]:
    """Return a program's environment: the kept variables, the fixed ones, then `more`; the last one wins.

    No proxy is used for `exempt` networks and for this computer itself.
    """
    kept = {name: value for name, value in os.environ.items() if _kept(name)}
    kept.setdefault("PATH", os.defpath)
    kept["HOME"] = str(Path(kept.get("HOME") or Path.home()).absolute())
    _settle_temporary(kept)
    found = {**kept, **FIXED}
    if any(name.lower() in PROXIES for name in found):
        found |= dict.fromkeys(EXEMPT, no_proxy(exempt))
    for rows in more:
        found |= rows
    return found


def inside(*more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that talks to a lab alone: no proxy leads there."""
    reached = {name: value for name, value in child().items() if name.lower() not in (*PROXIES, "no_proxy")}
    for rows in more:
        reached |= rows
    return reached


def bare(*more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a script that sees only what it is given, with another home."""
    found = {name: value for name, value in child().items() if name in ("PATH", "TERM", "USER", *FIXED)}
    for rows in more:
        found |= rows
    return found


def by_hand(*more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that a person uses in a lab, with their language and editor."""
    own = (*EDITORS, "LANG", "LC_*", "LANGUAGE", "TZ")
    theirs = {name: value for name, value in os.environ.items() if _named(name, own)}
    fixed = {name: value for name, value in inside().items() if name not in ("LANG", "LC_ALL", "KUBERC")}
    for rows in more:
        theirs |= rows
    return fixed | theirs


def exports(where: paths.LabPaths, reached: IPv4Network | None) -> tuple[str, ...]:
    """Return the variables that lead a person's shell to a lab: its kubeconfig, its kubectl, and no proxy on the
    way."""
    rows = [f"export KUBECONFIG={shlex.quote(str(where.kubeconfig))}"]
    rows.append(f'export PATH={shlex.quote(str(where.bin))}:"$PATH"')
    if reached and proxies():
        value = shlex.quote(no_proxy([reached]))
        rows += [f"export {name}={value}" for name in EXEMPT]
    return tuple(rows)


def no_proxy(networks: Iterable[IPv4Network]) -> str:
    """Return the person's NO_PROXY with this computer and some networks added."""
    had = [part.strip() for name in EXEMPT for part in os.environ.get(name, "").split(",")]
    return ",".join(dict.fromkeys(filter(None, [*had, "localhost", "127.0.0.1", *map(str, networks)])))


def proxies() -> tuple[str, ...]:
    """Return the names of the set proxy variables, without their values: those may hold passwords."""
    return tuple(name for name, value in os.environ.items() if name.lower() in PROXIES and value)


def set_aside() -> tuple[str, ...]:
    """Return the set variables that would lead Vagrant or Docker elsewhere; kubelab passes them to no program."""
    return tuple(name for name in STEERING if os.environ.get(name))


def _kept(name: str) -> bool:
    return _named(name, KEPT) or name.lower() in PROXIES


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _settle_temporary(kept: dict[str, str]) -> None:
    """Drop a TMPDIR that is no folder, and make others absolute: a program may run in another folder."""
    folder = kept.pop("TMPDIR", "")
    if folder and Path(folder).is_dir():
        kept["TMPDIR"] = str(Path(folder).absolute())


def vagrant_home() -> Path:
    """Return Vagrant's own folder for boxes that are containers: without the person's Vagrantfile and plug-ins."""
    return paths.cache() / "vagrant"
