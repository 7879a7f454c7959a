"""Checks of ingress-to-gateway."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from requests import adapters

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

API = "/apis/gateway.networking.k8s.io/v1"
MANIFEST = "files/etc/kubernetes/addons/71-gateway.yaml"
SECONDS = 3.0
"""Seconds for a page on an idle computer."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a client asks for, and the application that answers; without one the gateway refuses it."""

    host: str
    path: str
    schemes: tuple[str, ...]
    app: str = ""


BOTH, PLAIN, SAFE = ("http", "https"), ("http",), ("https",)


def _pages(scene: Scene) -> list[Page]:
    """Return what the Ingress of the variant has served, and what it has refused."""
    space, lab = scene.value("space"), scene.value("lab")
    own, zone = f"{space}.example", f"{lab}.test"
    shop = f"{space}.{zone}"
    rows: Mapping[str, Sequence[tuple[str, tuple[str, ...], str, str]]] = {
        "paths": [
            (shop, BOTH, "front", "/ /till /till/open/today /till/opened"), (shop, BOTH, "till", "/till/open"),
            (f"other.{zone}", BOTH, "", "/ /till/open"), (f"www.{space}.example", BOTH, "", "/till/open"),
        ],
        "tls": [
            (own, SAFE, "front", "/ /menu /tills"), (own, SAFE, "till", "/till /till/today"),
            (own, PLAIN, "", "/ /till"), (f"other.{own}", BOTH, "", "/ /till"),
        ],
        "hosts": [
            (own, PLAIN, "front", "/ /menu /till"), (f"west.{own}", PLAIN, "till", "/till /till/today"),
            (f"east.{own}", PLAIN, "till", "/till"), (f"west.{own}", PLAIN, "", "/ /tills"), (own, SAFE, "", "/ /till"),
            (f"west.{own}", SAFE, "", "/till"), ("other.example", BOTH, "", "/ /till"),
        ],
    }  # fmt: skip
    return [
        Page(host=host, path=path, schemes=schemes, app=app)
        for host, schemes, app, paths in rows[scene.value("carry")]
        for path in paths.split()
    ]


def front_is_served(scene: Scene) -> None:
    """Routes serve every address of front that the Ingress has served, and the Ingress is gone."""
    _served(scene, "front")


def till_is_served(scene: Scene) -> None:
    """Routes serve every address of till that the Ingress has served, and the Ingress is gone."""
    _served(scene, "till")


def _served(scene: Scene, app: str) -> None:
    _no_ingress(scene)
    pods = {row["metadata"]["name"] for row in looks.pods_ready(scene, scene.value("space"), f"app={app}", 1)}
    for page in _pages(scene):
        for scheme in page.schemes if page.app == app else ():
            reply, said = _asked(scene, scheme, page), f"{scheme}://{page.host}{page.path}"
            text = reply.text.strip()
            looks.wrong(not reply.ok, f"{said}: {reply.status_code} {text[:100]}")
            looks.wrong(text not in pods, f"{said}: {text[:60]!r} answers, which is no pod of {app}")


def nothing_more_is_served(scene: Scene) -> None:
    """A route is accepted, and what the Ingress has refused is refused with 404; the Ingress is gone."""
    _no_ingress(scene)
    routes = scene.items(f"{API}/namespaces/{scene.value('space')}/httproutes")
    looks.wrong(not any(_accepted(row) for row in routes), f"no HTTPRoute in {scene.value('space')} is accepted")
    for page in _pages(scene):
        for scheme in () if page.app else page.schemes:
            reply = _asked(scene, scheme, page, strict=False)
            said = f"{scheme}://{page.host}{page.path}: {reply.status_code}"
            looks.wrong(reply.status_code != 404, f"{said}, and the Ingress has not served it")


def _accepted(route: Mapping[str, Any]) -> bool:
    parents = (route.get("status") or {}).get("parents") or []
    return any(checks.condition({"status": parent}, "Accepted") for parent in parents)


def _no_ingress(scene: Scene) -> None:
    rows = scene.items(f"/apis/networking.k8s.io/v1/namespaces/{scene.value('space')}/ingresses")
    names = ", ".join(row["metadata"]["name"] for row in rows)
    looks.wrong(names, f"there is still an Ingress in {scene.value('space')}: {names}")


class Named(adapters.HTTPAdapter):
    """Speaks with a server by its address, and wants its certificate for a name."""

    def __init__(self, name: str, *, strict: bool) -> None:
        """Keep the name; without `strict` any certificate will do."""
        self.names = {"server_hostname": name, "assert_hostname": name if strict else False}
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Name the server in the handshake, and hold its certificate against that name."""
        super().init_poolmanager(*args, **more, **self.names)


def _asked(scene: Scene, scheme: str, page: Page, *, strict: bool = True) -> requests.Response:
    """Return what the gateway answers this computer at a node's port, whatever the status; `Wrong` without an answer.

    With `strict` the certificate must be of the lab's authority and for the host. Asked again if it takes too long.
    """
    service = scene.get("/api/v1/namespaces/gateway/services/gateway")
    ports = {row["name"]: row["nodePort"] for row in service["spec"]["ports"]}
    url, said = f"{scheme}://{scene.target.address}:{ports[scheme]}{page.path}", f"{scheme}://{page.host}{page.path}"
    authority = str(scene.view.where.keys / "kubernetes/ca.crt")
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", Named(page.host, strict=strict))
        more: dict[str, Any] = {"headers": {"Host": page.host}, "verify": authority, "allow_redirects": False}
        try:
            try:
                return session.get(url, timeout=looks.patience.seconds(SECONDS), **more)
            except requests.Timeout:
                with looks.patience.more(2):
                    return session.get(url, timeout=looks.patience.seconds(SECONDS), **more)
        except requests.exceptions.SSLError as problem:
            raise checks.Wrong(f"{said}: the certificate is not one of the lab's authority for this host") from problem
        except requests.RequestException as problem:
            raise checks.Wrong(f"{said}: no answer ({type(problem).__name__})") from problem


def labs_gateway_stays(scene: Scene, _: object) -> None:
    """The lab's own Gateway is as the lab made it."""
    machine = scene.lab.control_plane[0].name
    text = (scene.view.where.box(machine) / MANIFEST).read_text(encoding="utf-8")
    parts = [looks.parsed_yaml(part) for part in text.split("---\n") if "\nkind: Gateway\n" in part]
    wanted = parts[0]["spec"]
    found = scene.find(f"{API}/namespaces/gateway/gateways/gateway")
    looks.wrong(found is None, "the lab's Gateway is gone")
    spec = (found or {})["spec"]
    looks.wrong(not _holds(wanted, spec), "the lab's Gateway was changed")
    rest = set(spec) - set(wanted)
    looks.wrong(rest, f"the lab's Gateway has {', '.join(sorted(rest))}, too")


def _holds(wanted: Any, found: Any) -> bool:
    """Return whether all that is wanted is found; the API server fills in more keys, and no more rows of a list."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_holds(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        same = isinstance(found, Sequence) and len(found) == len(wanted)
        return same and all(_holds(*pair) for pair in zip(wanted, found, strict=True))
    return bool(wanted == found)
