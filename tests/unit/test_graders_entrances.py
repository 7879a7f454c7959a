"""Graders of load balancers, Ingresses and the Gateway API: a client's answers count, in any spelling."""

from __future__ import annotations

import contextlib
import copy
import datetime
import http.server
import ssl
import subprocess
import threading
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import graders_data
import labs_data
import pytest
import test_addons
import yaml

from kubelab import checks
from kubelab.exercises import library, looks
from kubelab.pki import certificates

METALLB = "/apis/metallb.io/v1beta1/namespaces/metallb-system"
API = "/apis/gateway.networking.k8s.io/v1"
ENTRANCE = "/api/v1/namespaces/gateway/services/gateway"
DOOR = "71-gateway.yaml"
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
FIRST, *_, LAST = (str(address) for address in labs_data.lab().network.balanced)


def manifest(name: str) -> str:
    """Return a manifest of a lab with load balancer and gateway, as its control plane has it."""
    plane = test_addons.BOTH.control_plane[0]
    return test_addons.received(test_addons.BOTH, plane)[f"/etc/kubernetes/addons/{name}"].content.decode()


def pods(*names: str) -> list[dict[str, Any]]:
    """Return pods that are Ready."""
    return [{"metadata": {"name": name}, "spec": {}, "status": READY} for name in names]


def service(*addresses: str, kind: str = "LoadBalancer") -> dict[str, Any]:
    """Return a service with the addresses that it was given."""
    given = [{"ip": address} for address in addresses]
    return {"spec": {"type": kind}, "status": {"loadBalancer": {"ingress": given} if given else {}}}


def says(monkeypatch: pytest.MonkeyPatch, **answers: str) -> None:
    """Let this computer see these pods at the last number of an address, and nobody at others."""

    def http(_: object, url: str) -> str:
        number = url.rstrip("/").rpartition(".")[2]
        if f"at{number}" not in answers:
            raise checks.Wrong(f"{url}: ConnectTimeout")
        return answers[f"at{number}"] + "\n"

    monkeypatch.setattr(looks, "http", http)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (service("192.168.56.241"), ""),
        (service(LAST), ""),
        (service(), "waits for an address"),
        ({"spec": {"type": "LoadBalancer"}}, "waits for an address"),
        (service("192.168.56.121"), "192.168.56.121, which is not of the pool"),
        (service("192.168.56.241", "192.168.56.9"), "192.168.56.9, which is not of the pool"),
        (service("192.168.56.241", kind="NodePort"), "is of type NodePort"),
        (service("192.168.56.242"), "'hops-1' answers, which is no pod of honey"),
        (service("192.168.56.243"), "ConnectTimeout"),
        (None, "there is no service honey"),
    ],
)
def test_an_address_counts_if_it_is_of_the_pool_and_the_stall_answers(
    monkeypatch: pytest.MonkeyPatch, row: Mapping[str, Any] | None, said: str
) -> None:
    """Whatever the status says: this computer asks at the address, and a pod of the stall tells its name."""
    says(monkeypatch, at241="honey-1", at242="hops-1", at254="honey-1", at121="honey-1", at9="honey-1")
    found = {"/api/v1/namespaces/fair/services/honey": row, "/api/v1/namespaces/fair/pods": pods("honey-1", "honey-2")}
    lab = graders_data.Lab(found, space="fair", shop="honey")
    seen = graders_data.verdict(graders_data.check("loadbalancer-pending", "shop_answers"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("now", "said"),
    [("192.168.56.241", ""), ("192.168.56.244", "has lost its address 192.168.56.241"), ("", "waits for an address")],
)
def test_an_open_stall_keeps_its_address(monkeypatch: pytest.MonkeyPatch, now: str, said: str) -> None:
    """A service that was deleted and made anew may be given another one, which its customers do not know."""
    says(monkeypatch, at241="a-1", at242="a-1", at244="a-1")
    place = "/api/v1/namespaces/fair"
    given = {"hops": "192.168.56.242", "kale": "192.168.56.241"}
    before = {("/api/v1/services", "fair", name): service(address) for name, address in given.items()}
    found = {
        f"{place}/services/hops": service(given["hops"]),
        f"{place}/services/kale": service(*([now] if now else [])),
        f"{place}/pods": pods("a-1"),
    }
    lab = graders_data.Lab(found, before=before, space="fair")
    seen = graders_data.verdict(graders_data.check("loadbalancer-pending", "stalls_stay"), lab, [])
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("spec", "good"),
    [
        ({"addresses": [f"{FIRST}-{LAST}"]}, True),
        ({"addresses": [f"{FIRST}-{LAST}"], "autoAssign": True, "avoidBuggyIPs": False}, True),
        ({"addresses": [f"{FIRST}-{LAST}"], "autoAssign": False}, False),
        ({"addresses": [f"{FIRST}-{LAST}"], "serviceAllocation": {"namespaces": ["fair"]}}, False),
        ({"addresses": [f"192.168.56.238-{LAST}"]}, False),
        ({"addresses": [f"{FIRST}-{LAST}", "192.168.56.121/32"]}, False),
    ],
)
def test_the_pool_has_the_labs_addresses_for_everybody(spec: Mapping[str, Any], good: bool) -> None:
    """More addresses are a machine's, or will be; a pool for one namespace leaves the others without."""
    lab = graders_data.Lab({f"{METALLB}/ipaddresspools/machines": {"spec": spec}}, space="fair")
    look = graders_data.check("loadbalancer-pending", "pool_stays")
    assert (graders_data.verdict(look, lab, []) == "") is good
    assert graders_data.verdict(look, graders_data.Lab({}, space="fair"), [])


@pytest.mark.parametrize(
    ("specs", "good"),
    [
        ([{"ipAddressPools": ["machines"]}], True),
        ([{"ipAddressPools": ["nodes"]}, {"ipAddressPools": ["own", "machines"]}], True),
        ([{}], True),
        ([None], True),
        ([{"ipAddressPools": ["nodes"]}], False),
        ([{"ipAddressPoolSelectors": [{"matchLabels": {"a": "b"}}]}], False),
        ([{"ipAddressPools": ["machines"], "nodeSelectors": [{"matchLabels": {"a": "b"}}]}], False),
        ([{"interfaces": ["eth0"]}], False),
        ([], False),
    ],
)
def test_every_node_may_announce_the_pool(specs: Sequence[Mapping[str, Any] | None], good: bool) -> None:
    """By one advertisement that names the pool or none, and that leaves out no node."""
    rows = [{"metadata": {"name": f"l-{number}"}, "spec": spec} for number, spec in enumerate(specs)]
    lab = graders_data.Lab({f"{METALLB}/l2advertisements": rows}, space="fair")
    look = graders_data.check("loadbalancer-pending", "every_node_may_announce")
    assert (graders_data.verdict(look, lab, []) == "") is good


class Gate(http.server.BaseHTTPRequestHandler):
    """Answers as a gateway: `pages` has a text by scheme, host and path; 404 for the rest."""

    pages: ClassVar[dict[tuple[str, str, str], str]] = {}

    def do_GET(self) -> None:
        """Answer one request."""
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        text = self.pages.get((scheme, self.headers["Host"], self.path))
        self.send_response(404 if text is None else 200)
        self.end_headers()
        self.wfile.write((text or "404 page not found").encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(certificate: Path | None) -> Iterator[int]:
    """Serve at a free port of this computer, over HTTPS with a certificate; yields the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Here(graders_data.Lab):
    """A lab whose nodes' ports are this computer's."""

    @property
    def target(self) -> Any:
        """Return this computer."""
        return types.SimpleNamespace(address="127.0.0.1")


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Here]]:
    """Return how a lab is made whose gateway this computer is, with a certificate for shop.example."""
    monkeypatch.setattr(Gate, "pages", {})
    now = datetime.datetime.now(datetime.UTC)
    by = certificates.authority("kubernetes", now)
    wanted = certificates.Wanted(
        path="gate", authority="kubernetes", name="gate", usages=(certificates.SERVER,), sans=("shop.example",)
    )
    pair = certificates.leaf(wanted, by, now).pair
    (tmp_path / "gate.pem").write_bytes(pair.certificate + pair.key)
    authority = tmp_path / "keys/kubernetes/ca.crt"
    authority.parent.mkdir(parents=True)
    authority.write_bytes(by.pair.certificate)
    where: Any = types.SimpleNamespace(keys=tmp_path / "keys")
    with serving(None) as plain, serving(tmp_path / "gate.pem") as safe:
        ports = [{"name": "http", "nodePort": plain}, {"name": "https", "nodePort": safe}]

        def made(found: Mapping[str, Any], **values: Any) -> Here:
            return Here({ENTRANCE: {"spec": {"ports": ports}}, **found}, root=where, **values)

        yield made


def served(app: str, *pages: str) -> None:
    """Let the gateway serve pages: `https://host/path`."""
    for page in pages:
        scheme, _, rest = page.partition("://")
        host, slash, path = rest.partition("/")
        Gate.pages[scheme, host, slash + path] = app


MENU = [f"{scheme}://shop.example/menu{rest}" for scheme in ("http", "https") for rest in ("", "/today")]


@pytest.mark.parametrize(
    ("space", "pages", "app", "said"),
    [
        ("shop", MENU, "menu-1", ""),
        ("shop", MENU[:3], "menu-1", "https, /menu/today: 404"),
        ("shop", MENU[:1] + MENU[2:], "menu-1", "http, /menu/today: 404"),
        ("shop", MENU, "orders-1", "'orders-1' answers, which is no pod of menu"),
        ("bar", [page.replace("shop.", "bar.") for page in MENU], "menu-1", "the certificate is not one of"),
    ],
)
def test_a_page_counts_over_both_with_the_certificate_of_its_host(
    gate: Callable[..., Here], space: str, pages: Sequence[str], app: str, said: str
) -> None:
    """All paths, both schemes, the right pods, and a certificate for the name, not the address."""
    served(app, *pages)
    lab = gate({f"/api/v1/namespaces/{space}/pods": pods("menu-1")}, space=space)
    for exercise in ("gateway-no-page", "ingress-no-page"):
        seen = graders_data.verdict(graders_data.check(exercise, "menu_is_served"), lab)
        assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    "check", ["gateway-no-page/menu_is_served", "ingress-no-page/menu_is_served", "ingress-to-gateway/front_is_served"]
)
def test_a_gateway_without_an_answer_is_red(gate: Callable[..., Here], check: str) -> None:
    """No server at the port is no page, and no error of the grader."""
    values = {"space": "shop", "lab": "default", "carry": "paths"}
    found: dict[str, Any] = {
        "/api/v1/namespaces/shop/pods": pods("menu-1"), "/apis/networking.k8s.io/v1/namespaces/shop/ingresses": [],
    }  # fmt: skip
    lab = gate(found, **values)
    lab.found[ENTRANCE] = {"spec": {"ports": [{"name": "http", "nodePort": 1}, {"name": "https", "nodePort": 1}]}}
    assert "no answer (ConnectionError)" in graders_data.verdict(graders_data.check(*check.split("/")), lab)


@pytest.mark.parametrize(
    ("sources", "targets", "said"),
    [
        (["shop"], [("Secret", "door")], ""),
        (["shop", "shop"], [("Secret", "door"), ("Service", "orders")], ""),
        (["shop", "bar"], [("Secret", "door")], "is for bar, too"),
        (["shop"], [("Secret", None)], "gives another Secret, or every one"),
        (["shop"], [("Service", "orders"), ("Service", "books")], "gives another Service"),
    ],
)
def test_a_grant_is_for_one_namespace_and_what_it_needs(
    sources: Sequence[str], targets: Sequence[tuple[str, str | None]], said: str
) -> None:
    """A grant without a name is one for every object of its kind."""
    to = [{"group": "", "kind": kind, **({"name": name} if name else {})} for kind, name in targets]
    spec = {"from": [{"kind": "Gateway", "namespace": name} for name in sources], "to": to}
    found = {f"{API}/namespaces/office/referencegrants": [{"metadata": {"name": "g"}, "spec": spec}]}
    lab = graders_data.Lab(found, space="shop", elsewhere="office")
    seen = graders_data.verdict(graders_data.check("gateway-no-page", "grants_are_narrow"), lab, [])
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], ""),
        ([("shop", "door", {"tls.key": "b3RoZXI="})], ""),
        ([("office", "copy", {"tls.key": "a2V5"})], ""),
        ([("shop", "any", {"k": "a2V5"})], "the secret shop/any has the same key"),
    ],
)
def test_a_key_stays_in_its_namespace(others: Sequence[tuple[str, str, Mapping[str, str]]], said: str) -> None:
    """Under any name and any key of a secret; without the secret it cannot be said."""
    rows = [
        {"metadata": {"namespace": space, "name": name}, "data": data}
        for space, name, data in [("office", "door", {"tls.key": "a2V5", "tls.crt": "Yw=="}), *others]
    ]
    look = graders_data.check("gateway-no-page", "key_stays")
    lab = graders_data.Lab({"/api/v1/secrets": rows}, space="shop", elsewhere="office")
    seen = graders_data.verdict(look, lab, [])
    assert (said in seen) if said else not seen
    gone = graders_data.Lab({"/api/v1/secrets": rows[1:]}, space="shop", elsewhere="office")
    assert "no secret door with a key" in graders_data.verdict(look, gone, [])


def the_labs_gateway() -> dict[str, Any]:
    """Return the lab's Gateway with what the API server fills in."""
    found = {row["kind"]: row for row in yaml.safe_load_all(manifest(DOOR))}["Gateway"]
    for row in found["spec"]["listeners"]:
        for ref in row.get("tls", {}).get("certificateRefs", []):
            ref.update(group="", kind="Secret")
    return dict(found)


@pytest.mark.parametrize("exercise", ["gateway-no-page", "ingress-to-gateway"])
def test_the_labs_own_gateway_is_as_it_was_rendered(tmp_path: Path, exercise: str) -> None:
    """What the API server fills in is no change; a listener more, another port, another part of the spec is one."""
    path = tmp_path / "files/etc/kubernetes/addons" / DOOR
    path.parent.mkdir(parents=True)
    path.write_text(manifest(DOOR), encoding="utf-8")
    where: Any = types.SimpleNamespace(box=lambda _: tmp_path)
    look, place = graders_data.check(exercise, "labs_gateway_stays"), f"{API}/namespaces/gateway/gateways/gateway"

    def seen(change: Callable[[dict[str, Any]], object]) -> str:
        row = copy.deepcopy(the_labs_gateway())
        change(row["spec"])
        return graders_data.verdict(look, graders_data.Lab({place: row}, root=where, space="shop"), [])

    assert not seen(lambda spec: spec)
    assert "was changed" in seen(lambda spec: spec["listeners"].append({"name": "web"}))
    assert "was changed" in seen(lambda spec: spec["listeners"][0].update(port=81))
    assert "was changed" in seen(lambda spec: spec.update(gatewayClassName="nginx"))
    assert "has addresses, too" in seen(lambda spec: spec.update(addresses=[{"value": "192.0.2.1"}]))
    gone = graders_data.Lab({}, root=where, space="shop")
    assert "is gone" in graders_data.verdict(look, gone, [])


CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ({"traefik": ("traefik.io/ingress-controller", True)}, ""),
        ({"traefik": ("traefik.io/ingress-controller", True), "other": ("example.com/other", False)}, ""),
        (
            {"traefik": ("traefik.io/ingress-controller", True), "nginx": ("traefik.io/ingress-controller", False)},
            "nginx",
        ),
        ({"traefik": ("traefik.io/ingress-controller", False)}, "default classes: none"),
        ({"nginx": ("traefik.io/ingress-controller", True)}, "serves the classes nginx"),
        ({}, "serves the classes (none)"),
    ],
)
def test_the_labs_class_is_the_only_one_that_is_served(classes: Mapping[str, tuple[str, bool]], said: str) -> None:
    """Another name for the same controller would serve Ingresses that were meant for another."""
    rows = [
        {
            "metadata": {
                "name": name,
                "annotations": {"ingressclass.kubernetes.io/is-default-class": str(first).lower()},
            },
            "spec": {"controller": controller},
        }
        for name, (controller, first) in classes.items()
    ]
    look = graders_data.check("ingress-no-page", "classes_stay")
    seen = graders_data.verdict(look, graders_data.Lab({CLASSES: rows}, space="inn"), [])
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"rules": [{"host": "inn.example"}, {"host": "inn.example"}]}, ""),
        ({"rules": [{"host": "inn.example"}, {}]}, "serves every host"),
        ({"rules": [{"host": "*.example"}]}, "serves *.example"),
        ({"defaultBackend": {"service": {"name": "menu"}}}, "every host and path that is left"),
    ],
)
def test_an_ingress_serves_its_host_alone(spec: Mapping[str, Any], said: str) -> None:
    """A rule without a host, a wildcard and a default backend serve more than was asked for."""
    path = "/apis/networking.k8s.io/v1/namespaces/inn/ingresses"
    lab = graders_data.Lab({path: [{"metadata": {"name": "both"}, "spec": spec}]}, space="inn")
    seen = graders_data.verdict(graders_data.check("ingress-no-page", "hosts_are_named"), lab, [])
    assert (said in seen) if said else not seen


def migrated(gate: Callable[..., Here], carry: str, *, ingress: bool = False, accepted: bool = True) -> Here:
    """Return a lab in which an HTTPRoute serves what the gate does."""
    conditions = [{"type": "Accepted", "status": "True" if accepted else "False"}]
    names = pods("front-1") if carry == "front" else pods("till-1", "front-1")
    found: dict[str, Any] = {
        "/api/v1/namespaces/shop/pods": names,
        "/apis/networking.k8s.io/v1/namespaces/shop/ingresses": [{"metadata": {"name": "shop"}}] if ingress else [],
        f"{API}/namespaces/shop/httproutes": [{"status": {"parents": [{"conditions": conditions}]}}],
    }
    return gate(found, space="shop", lab="shop", carry=carry)


TLS = {
    "front-1": [f"https://shop.example{path}" for path in ("/", "/menu", "/tills")],
    "till-1": ["https://shop.example/till", "https://shop.example/till/today"],
}


@pytest.mark.parametrize(
    ("lost", "more", "red"),
    [
        ("", "", {}),
        ("https://shop.example/menu", "", {"front_is_served": "/menu: 404"}),
        ("https://shop.example/till/today", "", {"till_is_served": "/till/today: 404"}),
        ("", "http://shop.example/", {"nothing_more_is_served": "200, and the Ingress has not served it"}),
        ("", "https://other.shop.example/till", {"nothing_more_is_served": "other.shop.example/till: 200"}),
    ],
)
def test_what_the_ingress_served_is_served_and_nothing_more(
    gate: Callable[..., Here], lost: str, more: str, red: Mapping[str, str]
) -> None:
    """Each address of each application, over HTTPS alone; another scheme or host is refused."""
    for app, pages in TLS.items():
        served(app, *(page for page in pages if page != lost))
    served("front-1", *([more] if more else []))
    lab = migrated(gate, "tls")
    seen = {name: graders_data.verdict(graders_data.check("ingress-to-gateway", name), lab) for name in GOALS}
    assert {name for name, said in seen.items() if said} == set(red)
    assert all(words in seen[name] for name, words in red.items())


GOALS = [row.check for row in library.find("ingress-to-gateway").spec.goals]


@pytest.mark.parametrize("check", GOALS)
def test_a_migration_ends_without_the_ingress(gate: Callable[..., Here], check: str) -> None:
    """While it serves nobody can tell what the routes do; nothing at all is no migration either."""
    for app, pages in TLS.items():
        served(app, *pages)
    look = graders_data.check("ingress-to-gateway", check)
    assert "still an Ingress in shop: shop" in graders_data.verdict(look, migrated(gate, "tls", ingress=True))
    Gate.pages.clear()
    assert graders_data.verdict(look, migrated(gate, "tls", accepted=False))


def test_every_variant_of_the_migration_asks_for_both_and_refuses_something() -> None:
    """Addresses of front, of till and of nobody; of one host and path one answer for each scheme."""
    exercise = library.find("ingress-to-gateway")
    pages = library.functions(exercise)._pages
    for row in exercise.spec.variants:
        lab = graders_data.Lab({}, space="shop", lab="some", carry=str(row.set["carry"]))
        found = [(page.host, page.path, scheme, page.app) for page in pages(lab) for scheme in page.schemes]
        assert {app for *_, app in found} == {"front", "till", ""}
        assert len({place[:3] for place in found}) == len(found)


@pytest.mark.parametrize(
    ("exercise", "name", "kinds"),
    [
        ("loadbalancer-pending", "61-loadbalancer.yaml", ["IPAddressPool", "L2Advertisement"]),
        ("gateway-no-page", DOOR, ["IngressClass", "GatewayClass", "Gateway"]),
        ("ingress-to-gateway", DOOR, ["IngressClass", "GatewayClass", "Gateway"]),
        ("ingress-no-page", DOOR, ["IngressClass"]),
    ],
)
def test_an_undo_puts_back_what_no_list_of_objects_has(exercise: str, name: str, kinds: list[str]) -> None:
    """It takes the lab's own objects of these kinds out of the manifest, whole, and no other."""
    script = (library.find(exercise).folder / "undo.sh").read_text(encoding="utf-8")
    (line,) = [row for row in script.splitlines() if row.strip().startswith("awk ")]
    program = line.partition("'")[2].rpartition("'")[0]
    done = subprocess.run(
        ["awk", program], input=manifest(name), capture_output=True, encoding="utf-8", check=True
    )  # fmt: skip
    found = [row for row in yaml.safe_load_all(done.stdout) if row]
    assert [row["kind"] for row in found] == kinds
    everything = [row for row in yaml.safe_load_all(manifest(name)) if row and row["kind"] in kinds]
    assert found == everything
