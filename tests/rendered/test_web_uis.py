"""The web UIs of the add-on dashboard: which one runs is the only difference, and neither reads what is secret."""

from __future__ import annotations

from typing import Any

import documents
import pytest
import rendering

from kubelab import model
from kubelab.components import pod_images
from kubelab.render import addons, web_uis

NAME = addons.MANIFESTS[model.Addon.DASHBOARD]
PLAIN, OTHER = "default", "headlamp"


def objects(rendered: rendering.Rendered) -> dict[tuple[str, str], Any]:
    """Return the objects of a lab's dashboard by kind and name."""
    folder = rendered.where.box(rendered.lab.control_plane[0].name) / f"files{addons.FOLDER}"
    rows = documents.objects(folder / NAME)
    return {(row["kind"], row["metadata"]["name"]): row for row in rows}


def container(rendered: rendering.Rendered) -> dict[str, Any]:
    """Return the one container of a lab's dashboard."""
    (found,) = objects(rendered)["Deployment", "dashboard"]["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_only_the_container_differs(labs: rendering.Labs) -> None:
    """Namespace, account, role, service and network policy have the same names and the same content."""
    plain, other = objects(labs[PLAIN]), objects(labs[OTHER])
    assert plain.keys() == other.keys()
    for key in plain:
        if key[0] not in ("Deployment", "NetworkPolicy"):
            assert plain[key] == other[key], key
    assert container(labs[PLAIN]).keys() == container(labs[OTHER]).keys()


def test_headlamp_is_upstreams_release(labs: rendering.Labs) -> None:
    """A tag that names one release, pulled only where it is missing, with its own port behind the service."""
    found = container(labs[OTHER])
    assert found["image"] == web_uis.HEADLAMP
    assert found["image"].rpartition(":")[2].count(".") == 2
    assert found["imagePullPolicy"] == "IfNotPresent"
    (port,) = found["ports"]
    assert (port["name"], found["readinessProbe"]["httpGet"]["port"]) == ("http", "http")
    (service,) = objects(labs[OTHER])["Service", "dashboard"]["spec"]["ports"]
    assert service["targetPort"] == "http"


@pytest.mark.parametrize("name", [PLAIN, OTHER])
def test_no_web_ui_may_do_more_than_read(name: str, labs: rendering.Labs) -> None:
    """Its role reads, sees no secret and no config map by any name, and is the only one that it has."""
    found = objects(labs[name])
    rules = found["ClusterRole", "dashboard-reader"]["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    named = {resource for rule in rules for resource in rule["resources"]}
    assert not named & {"secrets", "configmaps", "*"}
    assert "*" not in {group for rule in rules for group in rule["apiGroups"]}
    bindings = [row for (kind, _), row in found.items() if kind.endswith("Binding")]
    assert [row["roleRef"]["name"] for row in bindings] == ["dashboard-reader"]
    secured = container(labs[name])["securityContext"]
    assert secured["runAsNonRoot"] is True
    assert secured["runAsUser"] > 0
    assert secured["allowPrivilegeEscalation"] is False
    assert secured["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", [PLAIN, OTHER])
def test_no_pod_reaches_a_web_ui_and_it_reaches_the_api_alone(name: str, labs: rendering.Labs) -> None:
    """Its network policy lets nobody in, and it out to the API servers and to cluster DNS."""
    spec = objects(labs[name])["NetworkPolicy", "dashboard"]["spec"]
    assert spec["podSelector"]["matchLabels"] == {"app": "dashboard"}
    assert (sorted(spec["policyTypes"]), spec["ingress"]) == (["Egress", "Ingress"], [])
    masters, names = spec["egress"]
    assert [end["ipBlock"]["cidr"] for end in masters["to"]] == [
        f"{machine.address}/32" for machine in labs[name].lab.control_plane
    ]
    assert masters["ports"] == [{"protocol": "TCP", "port": model.API_PORT}]
    assert {row["port"] for row in names["ports"]} == {53}


def test_only_a_lab_that_says_so_pulls_an_image(rendered: rendering.Rendered) -> None:
    """Every other image of every lab is one that its boxes are given."""
    ours = {image.reference(rendered.lab.versions) for image in pod_images.IMAGES.values()}
    found = {
        box["image"]
        for path in rendered.every(".yaml") if "/addons/" in str(path)
        for item in documents.objects(path) if item["kind"] in ("Deployment", "DaemonSet", "StatefulSet")
        for box in item["spec"]["template"]["spec"]["containers"]
    } if rendered.lab.addons else set()  # fmt: skip
    asked = rendered.lab.dashboard is model.Dashboard.HEADLAMP
    assert found - ours == ({web_uis.HEADLAMP} if asked else set())
