"""The reader of every rendered document accepts it: no kind is unknown, no field is misspelt."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documents
import pytest
import rendering

from kubelab.components import selection, software_catalogue

PLACES = ("/etc/kubernetes/manifests/", "/etc/kubernetes/addons/")
"""Where Kubernetes' objects are; configuration files say their kind as well, but are no objects."""
NOT_SELF_SAYING = ("etcd.conf.yaml", "crictl.yaml")
"""YAML without apiVersion and kind."""


def saying(rendered: rendering.Rendered) -> Iterator[Path]:
    """Yield every rendered YAML file that says its kind."""
    yield from (path for path in rendered.every(".yaml") if path.name not in NOT_SELF_SAYING)
    yield from (path for path in rendered.every("kubeconfig"))


def test_every_object_and_configuration_has_a_kind_and_known_fields(rendered: rendering.Rendered) -> None:
    """Manifests, add-ons, the kubelet's, kube-proxy's, API server's configurations and kubeconfigs, strictly."""
    of = rendered.lab.versions.name
    found = [problem for path in saying(rendered) for problem in documents.judged(path, of)]
    assert not found, "\n".join(found)


def test_the_whole_lab_was_looked_at(labs: rendering.Labs) -> None:
    """The kinds of the default lab are those that it is made of: nothing was left out by its name."""
    seen = {documents.kind(item) for path in saying(labs["default"]) for item in documents.objects(path)}
    assert {"v1/Pod", "v1/Service", "apps/v1/Deployment", "v1/Config", "storage.k8s.io/v1/StorageClass"} <= seen
    assert {kind.rsplit("/", 1)[-1] for kind in seen} >= {
        "KubeletConfiguration",
        "KubeProxyConfiguration",
        "AdmissionConfiguration",
        "AuthenticationConfiguration",
        "EncryptionConfiguration",
        "Policy",
    }


def test_the_admission_plugins_configuration_is_judged_too(labs: rendering.Labs) -> None:
    """It is a document inside a document."""
    (path,) = labs["default"].every("admission.yaml")
    (document,) = documents.objects(path)
    inner = [plugin["configuration"] for plugin in document["plugins"]]
    assert inner
    assert not [problem for item in inner for problem in documents.problems(item, documents.kind(item))]


def test_etcds_configuration(rendered: rendering.Rendered) -> None:
    """etcd ignores a misspelt key: nothing would say that client certificates are not asked for."""
    for path in rendered.every("etcd.conf.yaml"):
        (document,) = documents.objects(path)
        assert not list(documents.problems(document, "etcd", rendered.lab.versions.name))
        for transport in ("client-transport-security", "peer-transport-security"):
            assert document[transport]["client-cert-auth"] is True


def test_containerds_configuration(rendered: rendering.Rendered) -> None:
    """TOML, with known keys at the top and in each plugin that is configured."""
    for path in rendered.every("etc/containerd/config.toml"):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        found = list(documents.problems(document, "containerd"))
        for name, plugin in document["plugins"].items():
            found += documents.problems(plugin, f"containerd/{name}")
        assert not found, "\n".join(found)


def test_the_cni_chain(rendered: rendering.Rendered) -> None:
    """JSON of the version that the plugins speak; every plugin of the chain is a program that nodes are given."""
    given = {
        Path(target).name for _, target in software_catalogue.for_kind(software_catalogue.NODES[0]) if "/cni/" in target
    }
    for path in rendered.every(".conflist"):
        document = json.loads(path.read_text(encoding="utf-8"))
        assert (document["name"], document["cniVersion"]) == ("kubelab", "0.3.1")
        plugins = [*document["plugins"], *(row["delegate"] for row in document["plugins"] if "delegate" in row)]
        assert {row["type"] for row in plugins} == {"flannel", "calico", "portmap"} <= given
        (calico,) = [row for row in plugins if row["type"] == "calico"]
        node = path.relative_to(rendered.where.box("")).parts[0]
        assert calico["nodename"] == node, "Calico looks for the pod under the node's name"


def test_flannels_network_is_the_labs(rendered: rendering.Rendered) -> None:
    """What is put into etcd, as the original lab had it, with the lab's own range."""
    for path in rendered.every("etc/flannel/network.json"):
        wanted = {"Network": str(rendered.lab.network.pods), "Backend": {"Type": "vxlan"}}
        assert json.loads(path.read_text(encoding="utf-8")) == wanted


def test_environment_files_have_a_value_in_every_row(rendered: rendering.Rendered) -> None:
    """systemd drops a row that is no assignment, and says so only in the journal."""
    for path in rendered.every(".env"):
        rows = path.read_text(encoding="utf-8").splitlines()
        assert rows
        assert not [row for row in rows if not re.fullmatch(r"[A-Za-z0-9_]+=\S+", row)], path.name


def test_selectors_find_their_pods(rendered: rendering.Rendered) -> None:
    """Each service and deployment of the add-ons selects labels that a pod template in the same files has."""
    items = [item for path in rendered.every(".yaml") if "/addons/" in str(path) for item in documents.objects(path)]
    templates = [item["spec"]["template"]["metadata"]["labels"] for item in items if item["kind"] == "Deployment"]
    for item in items:
        if item["kind"] in ("Service", "Deployment"):
            wanted = item["spec"]["selector"]
            labels = wanted.get("matchLabels", wanted)
            assert any(labels.items() <= found.items() for found in templates), item["metadata"]["name"]


def test_every_image_has_a_pinned_version(rendered: rendering.Rendered) -> None:
    """No image is pulled by a moving name: each has a tag, and none is `latest`."""
    objects = [item for path in saying(rendered) for item in documents.objects(path)]
    named = [name for item in objects for name in documents.images(item)]
    assert named
    assert not [name for name in named if not re.search(r":v?\d[\w.-]*$", name)]


def break_field(document: dict[str, Any]) -> None:
    """Misspell a field deep inside a pod."""
    container = document["spec"]["containers"][0]
    container["imagePullPolcy"] = container.pop("imagePullPolicy")


def break_type(document: dict[str, Any]) -> None:
    """Give text where a list is wanted."""
    document["spec"]["containers"][0]["command"] = "kube-proxy"


def break_kind(document: dict[str, Any]) -> None:
    """Take a kind that there is not."""
    document["kind"] = "Pood"


def break_version(document: dict[str, Any]) -> None:
    """Take a version that was removed."""
    document["apiVersion"] = "v1beta1"


def break_required(document: dict[str, Any]) -> None:
    """Leave out what there must be."""
    del document["spec"]["containers"][0]["name"]


@pytest.mark.parametrize("mistake", [break_field, break_type, break_kind, break_version, break_required])
def test_a_mistake_is_seen(labs: rendering.Labs, mistake: Any) -> None:
    """The judge is strict: what it is here for makes it red."""
    path = next(path for path in labs["default"].every("manifests/kube-proxy.yaml"))
    (document,) = documents.objects(path)
    assert not list(documents.problems(document, documents.kind(document)))
    broken = copy.deepcopy(document)
    mistake(broken)
    assert list(documents.problems(broken, documents.kind(broken)))


@pytest.mark.parametrize(
    ("root", "document"),
    [
        ("kubelet.config.k8s.io/v1beta1/KubeletConfiguration", {"authentication": {"anonymus": {"enabled": False}}}),
        ("kubelet.config.k8s.io/v1beta1/KubeletConfiguration", {"clusterDNS": "10.3.0.10"}),
        ("kubeproxy.config.k8s.io/v1alpha1/KubeProxyConfiguration", {"conntrack": {"maxPerCpu": 0}}),
        ("etcd", {"client-transport-security": {"client-cert-authentication": True}}),
        ("containerd", {"oom-score": 0}),
        ("containerd/io.containerd.cri.v1.runtime", {"restrict_oom_score": True}),
        ("audit.k8s.io/v1/Policy", {"rules": [{"lvl": "None"}]}),
        ("v1/Config", {"clusters": [{"name": "a", "cluster": {"serer": "https://x"}}]}),
    ],
)
def test_a_misspelt_key_of_a_configuration_is_seen(root: str, document: dict[str, Any]) -> None:
    """Most of these programs start with such a file and do something else than what was meant."""
    assert list(documents.problems(document, root))


def test_each_version_set_has_a_schema_of_its_version() -> None:
    """A new version set wants a new schema: see tests/data/schema/README.md."""
    sets = selection.sets()
    assert [documents.schemas(one.name)["version"] for one in sets] == [one.kubernetes for one in sets]
