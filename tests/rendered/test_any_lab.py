"""Whatever lab file the rules accept: all of it can be rendered, and its pieces fit together."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

import documents
import hypothesis
import rendering
import yaml
from cryptography import x509
from hypothesis import strategies

from kubelab import model, paths
from kubelab.components import pod_images
from kubelab.config import load, rules, schema
from kubelab.converge import compose
from kubelab.render import ignition, web_uis

Values = dict[str, Any]
NAMES = strategies.from_regex(rules.LABEL, fullmatch=True) | strategies.sampled_from(["n", "on", "kube-x", "a-" * 19])
DOMAINS = strategies.from_regex(rules.DOMAIN, fullmatch=True) | strategies.sampled_from(["lab", "12", "1.5", "9lives"])
MACHINES = ("192.168.56.0/21", "192.168.62.0/24", "10.9.0.0/16", "172.31.255.0/24", "10.0.0.0/23", "100.127.255.0/24")
PODS = ("10.64.0.0/10", "100.64.0.0/14", "172.20.252.0/22", "192.168.128.0/20", "172.16.0.0/13")
SERVICES = ("10.96.0.0/12", "192.168.100.0/24", "172.30.0.0/16")
OCTETS = (2, 30, 60, 90, 140, 200, 246, 254)
COUNTS = {"etcd": (1, 3, 5), "control-plane": (1, 1, 2, 5), "worker": (1, 2, 3, 9)}
BOXES = strategies.fixed_dictionaries(
    {"name": strategies.sampled_from(["a", "me/x"])},
    optional={
        "url": strategies.sampled_from(["https://e.org/a'b.box?x=$(1)&y=1,2", "file:///x#y%20"]),
        "system": strategies.sampled_from([*map(str, model.System)]),
    },
)


def subset(words: type[model.Addon] | type[model.Tool]) -> strategies.SearchStrategy[list[str]]:
    """Return lists of some of these words."""
    return strategies.lists(strategies.sampled_from([*map(str, words)]), unique=True)


def maybe(key: str, values: strategies.SearchStrategy[Any]) -> strategies.SearchStrategy[Values]:
    """Return one key with a value, or nothing."""
    return strategies.just({}) | values.map(lambda value: {key: value})


@strategies.composite
def files(draw: strategies.DrawFn) -> Values:
    """Return the values of a lab file; every key may be there, and the rules accept about half of them."""
    one = strategies.sampled_from
    found: Values = {"provider": draw(one(["docker", "docker", *map(str, model.Provider)]))}
    if found["provider"] != "docker":
        found |= draw(maybe("box", BOXES))
    if found["provider"] == "libvirt":
        found |= draw(maybe("driver", one([*map(str, model.Driver)])))
    network: Values = {}
    for key, values in (("machines", MACHINES), ("pods", PODS), ("services", SERVICES)):
        network |= draw(maybe(key, one(values)))
    network |= draw(maybe("domain", DOMAINS))
    inside = IPv4Network(network.get("machines", MACHINES[1]))
    addresses = one([str(inside[at]) for at in (*range(2, 40), *range(-30, -1))])
    machines = {}
    for kind, counts in COUNTS.items():
        count = draw(one(counts))
        many = strategies.lists(NAMES, min_size=count, max_size=count, unique=True)
        kept = {"count": count, **draw(maybe("memory", one([1024, 1 << 20]))), **draw(maybe("cpus", one([1, 256])))}
        kept |= draw(maybe("name", NAMES) | maybe("names", many))
        given = strategies.lists(addresses, min_size=count, max_size=count, unique=True)
        placed = [maybe("octet", one(OCTETS)), *([maybe("addresses", given)] if "machines" in network else [])]
        kept |= draw(strategies.one_of(placed))
        machines[kind] = kept
    if machines["control-plane"]["count"] > 1 and "machines" in network:
        network |= draw(maybe("api", addresses))
    found |= {"network": network, "machines": machines, **draw(maybe("versions", one(["1.36", "1.37"])))}
    found |= {**draw(maybe("addons", subset(model.Addon))), **draw(maybe("tools", subset(model.Tool)))}
    return found | draw(maybe("dashboard", one([*map(str, model.Dashboard)])))


def made(values: Values) -> model.Lab:
    """Return the lab of a file that breaks no rule; other files are no examples."""
    spec, flaws = schema.shape("any", values)
    hypothesis.assume(not flaws and not rules.flaws(rules.Draft(spec=spec, given=spec.network.machines)))
    assert load.parse("any", json.dumps(values).encode(), "labs/any.yaml") == spec
    return load.lab(spec, spec.network.machines or rendering.GIVEN)


def sans(keys: Mapping[str, bytes], path: str) -> set[str]:
    """Return every name and address of a certificate."""
    found = x509.load_pem_x509_certificate(keys[f"{path}.crt"])
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def addresses_are_used_once(lab: model.Lab) -> None:
    """Machines, the virtual address, the host's and those for services: all different, and inside the network."""
    found = [lab.network.gateway, *(machine.address for machine in lab.machines)]
    found += [lab.virtual] if lab.virtual else []
    found += lab.network.balanced if model.Addon.LOADBALANCER in lab.addons else ()
    network = lab.network.machines
    assert len(found) == len({*found})
    assert all(address in network and address not in (network[0], network[-1]) for address in found)


def certificates_name_all(lab: model.Lab, keys: Mapping[str, bytes]) -> None:
    """What clients call a server by is in its certificate."""
    server = sans(keys, "kubernetes/apiserver")
    for machine in lab.machines:
        own = {machine.name, str(machine.address)}
        if machine.kind is model.Kind.ETCD:
            assert own <= sans(keys, f"etcd/{machine.name}/server") & sans(keys, f"etcd/{machine.name}/peer")
        else:
            assert own == sans(keys, f"nodes/{machine.name}/kubelet-server")
        assert own <= server or machine.kind is not model.Kind.CONTROL_PLANE
    called = lab.api_endpoint.removeprefix("https://").rpartition(":")[0]
    assert {called, str(lab.network.api_service), f"kubernetes.default.svc.{lab.network.domain}"} <= server
    if model.Addon.GATEWAY in lab.addons:
        assert {str(lab.entrance), f"*.{lab.name}.test"} <= sans(keys, "kubernetes/gateway")


def documents_are_read(rendered: compose.Rendering) -> None:
    """Every YAML file has known fields of the right types, and its images are those that the lab's boxes are given."""
    lab = rendered.lab
    ours = {pod_images.IMAGES[name].reference(lab.versions) for name in pod_images.of_lab(lab)}
    ours |= {web_uis.HEADLAMP} if lab.dashboard is model.Dashboard.HEADLAMP else set()
    for path, file in rendered.files.items():
        if not path.endswith((".yaml", "kubeconfig")) or path.endswith("crictl.yaml"):
            continue
        for item in yaml.load_all(file.content, documents.StrictLoader):
            root = "etcd" if path.endswith("etcd.conf.yaml") else documents.kind(item)
            assert not list(documents.problems(item, root, lab.versions.name)), path
            assert root.endswith("CustomResourceDefinition") or {*documents.images(item)} <= ours, path


@hypothesis.settings(max_examples=12, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(files())
@hypothesis.example({"machines": {"worker": {"names": ["n", "s"]}}, "network": {"domain": "12"}})
@hypothesis.example(
    {"network": {"machines": "10.9.0.0/16", "api": "10.9.1.0"}, "machines": {"control-plane": {"count": 5}}}
)
def test_what_the_rules_accept_is_rendered_and_fits_together(values: Values) -> None:
    """No address is used twice, certificates have every name, programs can read every document.

    A worker `n` was accepted, and kube-proxy refused the file in which that is no name but a truth value.
    """
    lab = made(values)
    rendered = compose.compose(lab, paths.LabPaths(name=lab.name))
    addresses_are_used_once(lab)
    certificates_name_all(lab, rendered.keys)
    documents_are_read(rendered)
    for path, file in rendered.files.items():
        if path.endswith("keepalived.conf"):
            (router,) = [row.split()[1] for row in file.content.decode().splitlines() if "virtual_router_id" in row]
            assert 1 <= int(router) <= 255
    for name, document in ignition.documents(lab, rendered.files).items():
        assert len(document) <= ignition.LIMIT or "bootstrap" not in name, name
    vagrantfile = rendered.files["Vagrantfile"].content
    done = subprocess.run(["ruby", "-wc"], input=vagrantfile, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
