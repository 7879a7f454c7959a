"""Add-ons that not every lab has: what they bring, that other labs have none of it, and how they are judged."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import components_data
import labs_data
import pytest
import requests
import why_data
import yaml
from cryptography import x509

from kubelab import artifact, checks, errors, model, paths
from kubelab.checks import more_addons as checked
from kubelab.clients import kube_api
from kubelab.components import cache_layout, pod_images, selection, software_catalogue
from kubelab.config import load
from kubelab.converge import apply
from kubelab.diagnosis import addon_probes, evidence, judge, object_probes
from kubelab.pki import certlist
from kubelab.render import addons, box_files

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
FACTS = model.HostFacts(memory=8192, cpus=4, cgroup_v2=True, resolvers=("9.9.9.9",))
METRICS = f"{addons.FOLDER}/50-metrics.yaml"


def lab(text: str) -> model.Lab:
    """Return the lab of a file's text, in the default lab's network."""
    found = load.lab(load.parse("some", text.encode(), "labs/some.yaml"), labs_data.NETWORK)
    return dataclasses.replace(found, versions=components_data.versions())


PLAIN, FULL = lab(""), lab("addons: [dns, storage, dashboard, guestbook, metrics]")
BALANCED = lab("addons: [dns, loadbalancer]")
ENTERED = lab("addons: [dns, gateway]")
BUNDLE = certlist.issue(lab("addons: [dns, metrics, gateway]"), {}, NOW)


def received(of: model.Lab, machine: model.Machine) -> dict[str, artifact.Artifact]:
    """Return the files of a machine by path."""
    software = cache_layout.software(of.versions, pod_images.of_lab(of))
    inputs = box_files.Inputs(lab=of, bundle=BUNDLE, facts=FACTS, software=software)
    found = box_files.receive(inputs, machine)
    return {item.path: item for item in found if isinstance(item, artifact.Artifact)}


def documents(of: model.Lab, path: str) -> dict[tuple[str, str], Any]:
    """Return the objects of a manifest by kind and name."""
    text = received(of, of.control_plane[0])[path].content.decode()
    return {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}


def test_a_lab_file_that_names_none_has_the_usual_ones() -> None:
    """What is new is in a lab only if its file names it."""
    assert PLAIN.addons == model.USUAL_ADDONS
    assert set(FULL.addons) - set(PLAIN.addons) == {model.Addon.METRICS}
    assert set(load.read("full").chosen_addons) == set(model.Addon)


def test_tools_are_for_the_labs_that_name_them() -> None:
    """Each is a program of this computer, in the bin folder beside kubectl; no box and no image has it."""
    found = lab("tools: [k9s, helm]")
    assert found.tools == (model.Tool.HELM, model.Tool.K9S)
    assert software_catalogue.tools(found) == ("kubectl", "helm", "k9s")
    assert software_catalogue.tools(PLAIN) == ("kubectl",)
    assert set(selection.of_lab(found)) - set(selection.usual()) == {"helm", "k9s"}
    assert set(load.read("full").tools) == set(model.Tool)
    for tool in model.Tool:
        family = software_catalogue.FAMILIES[tool]
        assert (family.extra, [binary.kinds for binary in family.binaries]) == (tool, [()])
    for machine in found.machines:
        plain = next(other for other in PLAIN.machines if other.name == machine.name)
        assert received(found, machine) == received(dataclasses.replace(PLAIN, name="some"), plain)


def test_a_tool_is_named_once_and_spelt_right() -> None:
    """As add-ons are."""
    with pytest.raises(errors.LabError) as caught:
        lab("tools: [helm, helm]")
    assert "tools (line 1): names helm 2 times" in caught.value.details
    with pytest.raises(errors.LabError, match="1 problem") as caught:
        lab("tools: [kustomise]")
    assert "did you mean 'kustomize'?" in caught.value.details[0]


def test_software_is_for_the_labs_that_name_it() -> None:
    """Other labs neither build nor import it, and the store of every lab's images stays the same."""
    assert selection.of_lab(PLAIN) == selection.usual()
    assert set(selection.of_lab(FULL)) - set(selection.usual()) == {"metrics-server"}
    every = {name for of in (FULL, BALANCED, ENTERED) for name in selection.of_lab(of)} | set(model.Tool)
    assert set(selection.of_file(load.read("full"))) == every
    plain, full = (cache_layout.software(of.versions, pod_images.of_lab(of)) for of in (PLAIN, FULL))
    assert plain.stores == full.stores
    assert set(full.images) - set(plain.images) == {"metrics-server"}
    archive = full.images["metrics-server"].archive
    steps = {
        of.name + machine.name: received(of, machine)[box_files.STEPS].content.decode()
        for of in (dataclasses.replace(PLAIN, name="plain"), FULL)
        for machine in of.machines
    }
    assert {name for name, text in steps.items() if archive in text} == {f"some{node.name}" for node in FULL.workers}


def test_an_image_stays_the_same_whichever_labs_import_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that becomes an add-on's, or everybody's, is not built anew: its address stays."""
    before = cache_layout.image_entry(FULL.versions, "coredns")
    changed = dataclasses.replace(pod_images.IMAGES["coredns"], addon=model.Addon.DNS, kinds=())
    monkeypatch.setattr(pod_images, "IMAGES", {**pod_images.IMAGES, "coredns": changed})
    assert cache_layout.image_entry(FULL.versions, "coredns") == before


def test_a_version_set_of_an_older_kubelab_names_none_of_them() -> None:
    """Its labs are rendered and built as before."""
    known = components_data.versions().components
    older = model.VersionSet(name="old", components={name: known[name] for name in known if name != "metrics-server"})
    assert "metrics-server" not in cache_layout.software(older).binaries
    assert "metrics-server" not in selection.everything(older)
    assert "metrics-server" in selection.everything(components_data.versions())
    cache_layout.check_pins(older)


def test_every_family_of_an_add_on_is_in_one_of_its_images() -> None:
    """A program that is built for an add-on and lies nowhere would be built for nothing."""
    inside = {name for image in pod_images.IMAGES.values() if image.addon for name in cache_layout.families_of(image)}
    assert inside == {
        family.name for family in software_catalogue.FAMILIES.values() if isinstance(family.extra, model.Addon)
    }


def test_other_labs_have_no_file_of_them() -> None:
    """A lab without them has neither their manifests nor their keys, and its units are as ever."""
    plain, full = (received(of, of.control_plane[0]) for of in (PLAIN, FULL))
    new = set(full) - set(plain)
    assert new == {
        *(METRICS, addons.BEFORE, "/opt/bin/kubelab-apply-secrets"),
        *(f"{addons.SECRETS}/metrics-server.metrics-server.{end}" for end in ("crt", "key")),
    }
    changed = {path for path in plain if plain[path].content != full[path].content}
    assert changed == {addons.OBJECTS}
    assert received(PLAIN, PLAIN.workers[0]).keys() == received(FULL, FULL.workers[0]).keys()


def test_the_key_of_a_server_is_private_and_in_no_manifest() -> None:
    """Manifests are shown, compared and archived: the key is a file for root, and becomes a secret in the cluster."""
    found = received(FULL, FULL.control_plane[0])
    key = found[f"{addons.SECRETS}/metrics-server.metrics-server.key"]
    assert (key.mode, key.restarts) == (0o600, addons.UNIT)
    assert ("Secret", "metrics-server") not in documents(FULL, METRICS)
    body = key.content.splitlines()[1]
    assert [path for path, item in found.items() if body in item.content] == [key.path]
    assert f"ExecStartPre=/opt/bin/kubelab-apply-secrets {addons.SECRETS}\n".encode() in found[addons.BEFORE].content


def test_the_api_server_trusts_the_authority_that_signed_the_server() -> None:
    """APIService, service and certificate fit together, and nothing skips a verification."""
    objects = documents(FULL, METRICS)
    registered = objects["APIService", "v1beta1.metrics.k8s.io"]["spec"]
    assert base64.b64decode(registered["caBundle"]) == BUNDLE.file("kubernetes/ca.crt")
    assert ("Service", registered["service"]["name"]) in objects
    leaf = x509.load_pem_x509_certificate(BUNDLE.file("kubernetes/metrics-server.crt"))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    host = f"{registered['service']['name']}.{registered['service']['namespace']}.svc"
    assert names.get_values_for_type(x509.DNSName) == [host]
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(BUNDLE.file("kubernetes/ca.crt")))
    (container,) = objects["Deployment", "metrics-server"]["spec"]["template"]["spec"]["containers"]
    assert "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" in container["args"]
    assert "insecure" not in received(FULL, FULL.control_plane[0])[METRICS].content.decode()


def test_its_namespace_allows_what_it_needs() -> None:
    """PodSecurity restricted; outwards only kubelets and API servers, inwards only its own port."""
    objects = documents(FULL, METRICS)
    labels = objects["Namespace", "metrics-server"]["metadata"]["labels"]
    assert labels == {"pod-security.kubernetes.io/enforce": "restricted"}
    policy = objects["NetworkPolicy", "metrics-server"]["spec"]
    assert policy["podSelector"] == {}
    assert policy["ingress"] == [{"ports": [{"protocol": "TCP", "port": 10250}]}]
    reached = {
        (peer["ipBlock"]["cidr"].removesuffix("/32"), row["ports"][0]["port"])
        for row in policy["egress"]
        for peer in row["to"]
    }
    nodes, planes = ({str(one.address) for one in some} for some in (FULL.nodes, FULL.control_plane))
    assert reached == {*((node, 10250) for node in nodes), *((plane, 6443) for plane in planes)}


KUBECTL = """#!/bin/sh
echo "$*" >> "$SEEN"
case "$*" in
  "get namespace metrics-server") test -e "$THERE" ;;
  *dry-run=client*) echo "kind: Secret" ;;
  "apply "*) cat >> "$SEEN" ;;
esac
"""


@pytest.mark.parametrize("there", [False, True])
def test_pairs_become_secrets(tmp_path: Path, *, there: bool) -> None:
    """Each pair is applied as the secret of its name; a namespace that exists is left as it is, with its labels."""
    (tmp_path / "kubectl").write_text(KUBECTL, encoding="utf-8")
    (tmp_path / "kubectl").chmod(0o755)
    if there:
        (tmp_path / "there").touch()
    (tmp_path / "pairs").mkdir()
    for end in ("crt", "key"):
        (tmp_path / f"pairs/metrics-server.web.{end}").touch()
    text = (paths.PROVISION / "apply-secrets.sh").read_text(encoding="utf-8")
    text = text.replace("PATH=/opt/bin:$PATH", f"PATH={tmp_path}:$PATH")
    env = {"PATH": "/usr/bin:/bin", "SEEN": str(tmp_path / "seen"), "THERE": str(tmp_path / "there")}
    subprocess.run(["bash", "-c", text, "apply", tmp_path / "pairs"], check=True, env=env, timeout=20)
    asked = (tmp_path / "seen").read_text(encoding="utf-8").splitlines()
    assert ("create namespace metrics-server --dry-run=client -o yaml" in asked) is not there
    pair = f"--cert {tmp_path}/pairs/metrics-server.web.crt --key {tmp_path}/pairs/metrics-server.web.key"
    assert f"create secret tls web --namespace metrics-server {pair} --dry-run=client -o yaml" in asked
    assert "apply --server-side --force-conflicts -f -" in asked
    assert asked[-1] == "kind: Secret"


class Door:
    """An API with an APIService, and with the metrics of some nodes."""

    def __init__(self, condition: Mapping[str, str], nodes: Iterator[str] | list[str]) -> None:
        """Answer with a condition `Available`, and with these nodes."""
        self.service = {"status": {"conditions": [{"type": "Available", **condition}] if condition else []}}
        self.nodes = [{"metadata": {"name": name}} for name in nodes]

    def get(self, path: str, **_: str) -> object:
        """Return the APIService."""
        assert path == checked.METRICS_API
        return self.service

    def items(self, path: str, **_: str) -> object:
        """Return the metrics."""
        assert path == checked.METRICS_OF_NODES
        return self.nodes


NAMES = [node.name for node in FULL.nodes]
GOOD = {"status": "True", "reason": "Passed", "message": "all checks passed"}


def view(condition: Mapping[str, str], nodes: list[str]) -> checks.View:
    """Return a view through such a door."""
    door = cast(kube_api.Api, Door(condition, nodes))
    return checks.View(lab=FULL, where=paths.LabPaths(name="some"), api=door)


def test_metrics_are_there_when_every_node_has_some() -> None:
    """An APIService that is available is not enough: it is so before anything was measured."""
    checked.metrics_served(view(GOOD, NAMES))
    with pytest.raises(checks.Wrong, match=f"no metrics of {NAMES[0]}"):
        checked.metrics_served(view(GOOD, NAMES[1:]))
    with pytest.raises(checks.Wrong, match="FailedDiscoveryCheck: x509"):
        checked.metrics_served(view({"status": "False", "reason": "FailedDiscoveryCheck", "message": "x509"}, NAMES))
    with pytest.raises(checks.Wrong, match="not been tried"):
        checked.metrics_served(view({}, NAMES))


def test_a_second_up_does_not_pass_over_an_add_on_that_is_not_well() -> None:
    """With nothing to change it looks at them as well, before it calls the lab up."""
    assert not apply._unwell(view(GOOD, NAMES))
    assert apply._unwell(view(GOOD, NAMES[1:]))


def test_only_a_lab_with_metrics_is_judged_by_them() -> None:
    """Another lab has neither the check nor the lists that the probe reads."""
    assert checked.wanted(PLAIN) == {}
    assert set(checked.wanted(FULL)) == {"metrics"}
    assert addon_probes.lists(PLAIN) == ()
    assert addon_probes.lists(FULL)


def seen(service: Mapping[str, Any] | None, said: str | None, **more: Any) -> evidence.Evidence:
    """Return the recorded evidence of a lab that is well, with metrics and this APIService in it."""
    well = why_data.record()
    found = {**documents(FULL, METRICS)}
    registered = found["APIService", "v1beta1.metrics.k8s.io"]
    live = [] if service is None else [{**registered, "spec": {**registered["spec"], **service}, **more}]
    lists = {**well.cluster.lists, addon_probes.LISTS[model.Addon.METRICS][0]: live}
    return dataclasses.replace(
        well,
        lab=dataclasses.replace(well.lab, addons=(*well.lab.addons, model.Addon.METRICS)),
        checks={**well.checks, "metrics": said},
        cluster=dataclasses.replace(well.cluster, lists=lists),
        manifests={**well.manifests, "50-metrics.yaml": [registered]},
    )


def test_why_names_the_way_in_which_metrics_fail() -> None:
    """Another authority or service, no APIService, a certificate that is refused, or only that they are silent."""
    said = "APIService v1beta1.metrics.k8s.io is not available"
    refused = {
        "type": "Available",
        "status": "False",
        "reason": "FailedDiscoveryCheck",
        "message": "tls: x509: unknown",
    }
    rows = {
        "metrics-foreign-ca": seen({"caBundle": "b3RoZXI="}, said),
        "metrics-service-name": seen({"service": {"name": "metrics", "namespace": "metrics-server"}}, said),
        "metrics-certificate": seen({}, said, status={"conditions": [refused]}),
        "metrics-silent": seen({}, "no metrics of kube-worker-01"),
    }
    assert {name: [found.cause for found in judge.judge(view).found] for name, view in rows.items()} == {
        name: [name] for name in rows
    }
    assert [found.cause for found in judge.judge(seen(None, said)).found] == ["metrics-service-name"]
    assert judge.judge(seen({}, None)).found == ()


POOL = f"{addons.FOLDER}/61-loadbalancer.yaml"


def test_the_last_addresses_of_the_network_are_for_services() -> None:
    """The pool is what the model says; it is announced, and its namespace's controller asks the API server alone."""
    assert [str(address) for address in BALANCED.network.balanced[:: model.BALANCED - 1]] == [
        *("192.168.56.240", "192.168.56.254"),
    ]
    objects = documents(BALANCED, POOL)
    assert objects["IPAddressPool", "machines"]["spec"]["addresses"] == ["192.168.56.240-192.168.56.254"]
    assert objects["L2Advertisement", "machines"]["spec"]["ipAddressPools"] == ["machines"]
    assert objects["NetworkPolicy", "metallb"]["spec"]["ingress"] == []
    kinds = documents(BALANCED, POOL.replace("61-loadbalancer", "60-loadbalancer-kinds"))
    served = {item["spec"]["names"]["kind"] for item in kinds.values()}
    assert {kind for kind, _ in objects if objects[kind, _]["apiVersion"].startswith("metallb.io")} <= served


@pytest.mark.parametrize(
    "text",
    [
        "network: {machines: 192.168.56.0/24}\nmachines: {worker: {octet: 239}}",
        "network: {machines: 192.168.56.0/24, api: 192.168.56.250}\nmachines: {control-plane: {count: 3}}",
    ],
)
def test_nobody_else_has_an_address_of_the_pool(text: str) -> None:
    """A machine, or the API, there would fight with a service for it; without the add-on they are free."""
    with pytest.raises(errors.LabError) as caught:
        lab(f"{text}\naddons: [dns, loadbalancer]")
    assert "loadbalancer needs 192.168.56.240 to 192.168.56.254 for services, but" in str(caught.value.details)
    assert lab(f"{text}\naddons: [dns]")


class Pools:
    """An API with these addresses in the pool, and a speaker's order to announce it or none."""

    def __init__(self, *addresses: str, announced: bool = True) -> None:
        """Answer with them."""
        pool = {"metadata": {"name": "machines"}, "spec": {"addresses": list(addresses)}}
        rows = [{"spec": {"ipAddressPools": ["machines"]}}] if announced else []
        self.known = {checked.POOLS: [pool] if addresses else [], checked.ADVERTISED: rows}

    def items(self, path: str, **_: str) -> object:
        """Return a list of objects."""
        return self.known[path]


def test_the_pool_is_known_and_announced() -> None:
    """A pool that is gone, has other addresses, or that no speaker announces, serves nobody."""
    good = "192.168.56.240-192.168.56.254"
    rows = {
        "": Pools(good),
        "has None; wanted": Pools(),
        "has \\['10.0.0.1-10.0.0.9'\\]": Pools("10.0.0.1-10.0.0.9"),
        "no L2Advertisement names it": Pools(good, announced=False),
    }
    for said, door in rows.items():
        view = checks.View(lab=BALANCED, where=paths.LabPaths(name="some"), api=cast(kube_api.Api, door))
        if not said:
            checked.pool_announced(view)
            continue
        with pytest.raises(checks.Wrong, match=said):
            checked.pool_announced(view)


def test_why_names_a_pool_that_is_gone_or_another_and_speakers_that_are_away() -> None:
    """Each is told from what the API lists; with all of it as rendered, only the silence is left to tell."""
    well, said = why_data.record(), "the pool machines has None"
    objects = documents(BALANCED, POOL)
    pool, daemons = objects["IPAddressPool", "machines"], objects["DaemonSet", "speaker"]
    other = {**pool, "spec": {"addresses": ["10.0.0.1-10.0.0.9"]}}
    rows = {
        "loadbalancer-pool": ([other], [daemons]),
        "loadbalancer-away": ([pool], []),
        "loadbalancer-silent": ([pool], [daemons]),
    }
    for cause, (pools, sets) in rows.items():
        path = addon_probes.LISTS[model.Addon.LOADBALANCER]
        lists = {**well.cluster.lists, path[0]: sets, path[1]: pools}
        seen = dataclasses.replace(
            well,
            lab=dataclasses.replace(well.lab, addons=(*well.lab.addons, model.Addon.LOADBALANCER)),
            checks={**well.checks, "load balancer": said},
            cluster=dataclasses.replace(well.cluster, lists=lists),
            manifests={**well.manifests, "61-loadbalancer.yaml": [pool, daemons]},
        )
        assert [found.cause for found in judge.judge(seen).found] == [cause]


DOOR = f"{addons.FOLDER}/71-gateway.yaml"
BOTH = lab("addons: [dns, loadbalancer, gateway]")


def test_the_gateway_has_an_address_of_its_own_where_services_have_some() -> None:
    """It is the last one, since a pool is used from its start; elsewhere the workers' ports lead to it."""
    plain, balanced = (documents(of, DOOR)["Service", "gateway"] for of in (ENTERED, BOTH))
    assert (plain["spec"]["type"], balanced["spec"]["type"]) == ("NodePort", "LoadBalancer")
    assert balanced["metadata"]["annotations"] == {"metallb.io/loadBalancerIPs": "192.168.56.254"}
    assert "annotations" not in plain["metadata"]
    assert [row["nodePort"] for row in plain["spec"]["ports"]] == [31080, 31443]
    assert (checked.gateway_url(ENTERED), checked.gateway_url(BOTH)) == (
        *("https://192.168.56.121:31443/", "https://192.168.56.254/"),
    )
    for of in (ENTERED, BOTH):
        (container,) = documents(of, DOOR)["Deployment", "traefik"]["spec"]["template"]["spec"]["containers"]
        said = [word for word in container["args"] if word.endswith(f"ip={of.entrance}")]
        assert len(said) == 2, "Ingresses and Gateways name the address"


def test_the_gateway_shows_a_certificate_of_the_labs_authority() -> None:
    """It holds for every address by which a person calls it and for the lab's names, and the listener names it."""
    server = certlist.ADDON_SERVERS[model.Addon.GATEWAY]
    assert server.sans(ENTERED) == ("gateway.gateway.svc", "*.some.test", "192.168.56.121", "192.168.56.122")
    assert server.sans(BOTH) == (*server.sans(ENTERED), "192.168.56.254")
    objects = documents(ENTERED, DOOR)
    listeners = {row["name"]: row for row in objects["Gateway", "gateway"]["spec"]["listeners"]}
    assert listeners["https"]["tls"]["certificateRefs"] == [{"name": server.name}]
    pod = objects["Deployment", "traefik"]["spec"]["template"]["spec"]
    assert pod["volumes"][0]["projected"]["sources"] == [
        *({"configMap": {"name": "traefik"}}, {"secret": {"name": server.name}}),
    ]
    args = pod["containers"][0]["args"]
    for name, row in listeners.items():
        assert f"--entrypoints.{name}.address=:{row['port']}" in args, "a listener's port is one of Traefik's own"


def test_the_gateway_s_namespace_allows_what_it_needs() -> None:
    """PodSecurity restricted; inwards its two ports, outwards pods and API servers; the kinds that it reads exist."""
    objects = documents(ENTERED, DOOR)
    labels = objects["Namespace", "gateway"]["metadata"]["labels"]
    assert labels == {"pod-security.kubernetes.io/enforce": "restricted"}
    policy = objects["NetworkPolicy", "gateway"]["spec"]
    assert [row["port"] for row in policy["ingress"][0]["ports"]] == [80, 443]
    reached = [peer["ipBlock"]["cidr"] for row in policy["egress"] for peer in row["to"]]
    assert reached == [str(ENTERED.network.pods), f"{ENTERED.control_plane[0].address}/32"]
    kinds = documents(ENTERED, DOOR.replace("71-gateway", "70-gateway-kinds"))
    (row,) = [row for row in objects["ClusterRole", "gateway:traefik"]["rules"] if "gateways" in row["resources"]]
    assert {item["spec"]["names"]["plural"] for item in kinds.values()} == set(row["resources"])
    annotations = [item["metadata"]["annotations"] for item in kinds.values()]
    assert all(row["api-approved.kubernetes.io"] for row in annotations), "the API server refuses it otherwise"


class Gateways:
    """An API in which the second form of the lab's Gateway has this condition, said of the second or of the first."""

    def __init__(self, status: str) -> None:
        """Answer with it."""
        self.row: dict[str, object] = {"type": "Programmed", "status": "False" if status == "False" else "True"}
        self.row["observedGeneration"] = 1 if status == "stale" else 2

    def get(self, path: str, **_: str) -> object:
        """Return the Gateway."""
        assert path == checked.GATEWAY
        return {"metadata": {"generation": 2}, "status": {"conditions": [self.row]}}


ANSWERS: Mapping[str, tuple[str, Exception | None, type[Exception] | None]] = {
    "it answers": ("True", None, None),
    "is not programmed": ("False", None, checks.Wrong),
    "taken it as it is now": ("stale", None, checks.Wrong),
    "did not sign": ("True", requests.exceptions.SSLError(), checks.Wrong),
    "ConnectionError": ("True", requests.ConnectionError(), checks.Silent),
}


@pytest.mark.parametrize("said", ANSWERS)
def test_the_gateway_is_programmed_and_answers(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """This computer is a caller: whatever answers under the lab's authority does, and no other certificate."""
    status, problem, wanted = ANSWERS[said]
    asked: list[tuple[str, object]] = []

    def get(_: requests.Session, url: str, *, verify: str, **_more: float) -> None:
        asked.append((url, verify))
        if problem:
            raise problem

    monkeypatch.setattr(requests.Session, "get", get)
    where = paths.LabPaths(name="some")
    of = checks.View(lab=BOTH, where=where, api=cast(kube_api.Api, Gateways(status)))
    if wanted is None:
        checked.gateway_answers(of)
        assert asked == [("https://192.168.56.254/", str(where.keys / "kubernetes/ca.crt"))]
        return
    with pytest.raises(wanted, match=said):
        checked.gateway_answers(of)


def test_why_names_the_way_in_which_the_gateway_fails() -> None:
    """Each object that is gone has its cause; with all as rendered, the certificate or the silence is left."""
    well, silent = why_data.record(), "https://192.168.56.254/: ConnectionError"
    objects = documents(BOTH, DOOR)
    shown = "https://192.168.56.254/ shows a certificate that the lab's authority did not sign for it"
    kinds = ("Gateway", "GatewayClass", "IngressClass", "NetworkPolicy", "Deployment", "ClusterRole")
    wanted = {"Gateway": "class", "GatewayClass": "class", "IngressClass": "class", "NetworkPolicy": "blocked"}
    for gone in (*kinds, shown, silent):
        live = [item for (kind, _), item in objects.items() if kind in kinds]
        lists = dict(well.cluster.lists)
        for item in live:
            path = object_probes.LISTS[item["kind"]]
            lists[path] = [*lists.get(path, []), *([] if item["kind"] == gone else [item])]
        seen = dataclasses.replace(
            well,
            lab=dataclasses.replace(well.lab, addons=(*well.lab.addons, model.Addon.GATEWAY)),
            checks={**well.checks, "gateway": shown if gone == shown else silent},
            cluster=dataclasses.replace(well.cluster, lists=lists),
            manifests={**well.manifests, "71-gateway.yaml": live},
        )
        cause = {shown: "certificate", silent: "silent"}.get(gone, wanted.get(gone, "away"))
        assert [found.cause for found in judge.judge(seen).found] == [f"gateway-{cause}"], gone
