"""A lab with several control planes: each serves, one has the virtual address, and etcd is one cluster.

No fault of a lab with one control plane can redden these; tests/life/test_ha.py sees them red.
"""

from __future__ import annotations

import pytest

from kubelab import checks, model
from kubelab.checks import high_availability
from kubelab.clients import kube_api

pytestmark = pytest.mark.several


def test_etcd_members_agree(view: checks.View) -> None:
    """Each member lists exactly the lab's members, and all of them vote."""
    high_availability.members_agree(view)


def test_every_api_server_is_ready(view: checks.View) -> None:
    """None of them leans on another: each answers at its machine's own address."""
    high_availability.servers_ready(view)


def test_every_api_server_is_behind_the_service(view: checks.View, lab: model.Lab) -> None:
    """Pods reach the API through all of them: the endpoints of the service `kubernetes` are the control planes."""
    slice_ = view.api.get("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")
    found = {address for row in slice_["endpoints"] for address in row["addresses"]}
    assert found == {str(machine.address) for machine in lab.control_plane}


def test_one_control_plane_has_the_virtual_address(view: checks.View, lab: model.Lab) -> None:
    """Exactly one has it, its API server is ready, and the lab's own kubeconfig leads there."""
    high_availability.address_held(view)
    high_availability.servers_ready(view)
    assert kube_api.Api.of(view.where, f"https://{lab.virtual}:{model.API_PORT}").ready()
    assert f"https://{lab.virtual}:{model.API_PORT}" in view.where.kubeconfig.read_text(encoding="utf-8")


def test_one_of_each_controller_works(view: checks.View, lab: model.Lab) -> None:
    """Controller-manager and scheduler each have one holder of their lease, which is a control plane's."""
    for name in ("kube-controller-manager", "kube-scheduler"):
        lease = view.api.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/{name}")
        holder = lease["spec"]["holderIdentity"].partition("_")[0]
        assert holder in {machine.name for machine in lab.control_plane}
