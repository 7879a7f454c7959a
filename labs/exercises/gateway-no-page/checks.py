"""Checks of gateway-no-page."""

from collections.abc import Mapping, Sequence
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


class Named(adapters.HTTPAdapter):
    """Speaks with a server by its address, and wants its certificate for a name."""

    def __init__(self, name: str) -> None:
        """Keep the name."""
        self.name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Name the server in the handshake, and hold its certificate against that name."""
        super().init_poolmanager(*args, **more, server_hostname=self.name, assert_hostname=self.name)


def menu_is_served(scene: Scene) -> None:
    """/menu and what is below are answered by a pod of menu, over HTTP and over HTTPS."""
    _served(scene, "menu", scene.value("space"))


def orders_are_served(scene: Scene) -> None:
    """/orders and what is below are answered by a pod of orders, over HTTP and over HTTPS."""
    _served(scene, "orders", scene.value("elsewhere"))


def _served(scene: Scene, page: str, namespace: str) -> None:
    pods = {row["metadata"]["name"] for row in looks.pods_ready(scene, namespace, f"app={page}", 1)}
    for scheme in ("http", "https"):
        for path in (f"/{page}", f"/{page}/today"):
            reply = _page(scene, scheme, f"{scene.value('space')}.example", path)
            said = reply.text.strip()
            looks.wrong(not reply.ok, f"{scheme}, {path}: {reply.status_code} {said[:100]}")
            looks.wrong(said not in pods, f"{scheme}, {path}: {said[:60]!r} answers, which is no pod of {page}")


def _page(scene: Scene, scheme: str, host: str, path: str) -> requests.Response:
    """Return what the gateway answers this computer at a node's port, whatever the status; `Wrong` without an answer.

    Over HTTPS the certificate must be of the lab's authority and for the host. Asked again if it takes too long.
    """
    ports = {
        row["name"]: row["nodePort"]
        for row in scene.get("/api/v1/namespaces/gateway/services/gateway")["spec"]["ports"]
    }
    url = f"{scheme}://{scene.target.address}:{ports[scheme]}{path}"
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", Named(host))
        more: dict[str, Any] = {
            "headers": {"Host": host},
            "verify": str(scene.view.where.keys / "kubernetes/ca.crt"),
            "allow_redirects": False,
        }
        try:
            try:
                return session.get(url, timeout=looks.patience.seconds(SECONDS), **more)
            except requests.Timeout:
                with looks.patience.more(2):
                    return session.get(url, timeout=looks.patience.seconds(SECONDS), **more)
        except requests.exceptions.SSLError as problem:
            raise checks.Wrong(
                f"{scheme}, {path}: the certificate is not one of the lab's authority for {host}"
            ) from problem
        except requests.RequestException as problem:
            raise checks.Wrong(f"{scheme}, {path}: no answer ({type(problem).__name__})") from problem


def grants_are_narrow(scene: Scene, _: object) -> None:
    """{{ elsewhere }} lets {{ space }} use the secret door and the service orders, nothing else and nobody else."""
    space = scene.value("space")
    for row in scene.items(f"{API}/namespaces/{scene.value('elsewhere')}/referencegrants"):
        name = row["metadata"]["name"]
        others = [item["namespace"] for item in row["spec"].get("from") or [] if item["namespace"] != space]
        looks.wrong(others, f"the ReferenceGrant {name} is for {', '.join(others)}, too")
        wide = [item["kind"] for item in row["spec"].get("to") or [] if not _meant(item)]
        looks.wrong(wide, f"the ReferenceGrant {name} gives another {', '.join(wide)}, or every one")


def _meant(item: Mapping[str, Any]) -> bool:
    return (item.get("group") or "", item["kind"], item.get("name")) in (
        ("", "Secret", "door"),
        ("", "Service", "orders"),
    )


def key_stays(scene: Scene, _: object) -> None:
    """The key of the certificate is in no other namespace."""
    rows = scene.items("/api/v1/secrets")
    here = scene.value("elsewhere")
    keys = {(row.get("data") or {}).get("tls.key") for row in rows if _place(row) == (here, "door")} - {None}
    looks.wrong(not keys, f"there is no secret door with a key in {here}")
    for row in rows:
        copied = row["metadata"]["namespace"] != here and keys & set((row.get("data") or {}).values())
        looks.wrong(copied, f"the secret {'/'.join(_place(row))} has the same key")


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["metadata"]["namespace"], row["metadata"]["name"]


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
