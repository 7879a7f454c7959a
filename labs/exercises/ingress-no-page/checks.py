"""Checks of ingress-no-page."""

from typing import Any

import requests
from requests import adapters

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

API = "/apis/networking.k8s.io/v1"
CONTROLLER = "traefik.io/ingress-controller"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
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
    _served(scene, "menu")


def tables_are_served(scene: Scene) -> None:
    """/tables and what is below are answered by a pod of tables, over HTTP and over HTTPS."""
    _served(scene, "tables")


def _served(scene: Scene, page: str) -> None:
    pods = {row["metadata"]["name"] for row in looks.pods_ready(scene, scene.value("space"), f"app={page}", 1)}
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


def classes_stay(scene: Scene, _: object) -> None:
    """traefik is the lab's controller's only class, and the default one."""
    rows = {row["metadata"]["name"]: row for row in scene.items(f"{API}/ingressclasses")}
    served = sorted(name for name, row in rows.items() if row["spec"].get("controller") == CONTROLLER)
    looks.wrong(served != ["traefik"], f"the lab's controller serves the classes {', '.join(served) or '(none)'}")
    default = sorted(
        name for name, row in rows.items() if (row["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
    )
    looks.wrong(default != ["traefik"], f"default classes: {', '.join(default) or 'none'}")


def hosts_are_named(scene: Scene, _: object) -> None:
    """No Ingress of {{ space }} serves another host, or every one."""
    host = f"{scene.value('space')}.example"
    for row in scene.items(f"{API}/namespaces/{scene.value('space')}/ingresses"):
        name, spec = row["metadata"]["name"], row["spec"]
        looks.wrong(spec.get("defaultBackend"), f"the Ingress {name} serves every host and path that is left")
        foreign = sorted({rule.get("host") or "every host" for rule in spec.get("rules") or []} - {host})
        looks.wrong(foreign, f"the Ingress {name} serves {', '.join(foreign)}")
