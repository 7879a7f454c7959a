"""Certificates in the boxes and as servers present them: issuer, subject, usage and validity."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
from pathlib import Path

import pytest
import suite
import testinfra.host
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubelab import checks, model
from kubelab.checks import certificates

PORTS = {
    model.Kind.ETCD: (2379, 2380),
    model.Kind.CONTROL_PLANE: (6443, 10250),
    model.Kind.WORKER: (10250,),
}
"""Ports of a kind of machine that speak TLS to others."""
LOOPBACK = {10257: "kube-controller-manager", 10259: "kube-scheduler"}
"""Ports of the control plane that speak TLS to their own box, and the folder with their files."""


@pytest.mark.red_by("kubelet-certificate-expired", depends_on="nodes")
def test_certificates_in_the_box(view: checks.View, machine: model.Machine, host: testinfra.host.Host) -> None:
    """Each certificate and kubeconfig is of this lab's CA, for the right name, SANs and usages, with time left."""
    found = certificates.identities(view, machine)
    assert len(found) >= 4
    assert {path: flaw for path, flaw in found.items() if flaw} == {}


def ca(view: checks.View, port: int) -> Path:
    """Return the CA that the server at a port should be of."""
    return view.where.keys / ("etcd/ca.crt" if port in (2379, 2380) else "kubernetes/ca.crt")


def served(address: str, port: int, authority: Path) -> x509.Certificate:
    """Return the certificate that a server shows, once it has been verified for that address against the authority."""
    context = ssl.create_default_context(cafile=str(authority))
    with socket.create_connection((address, port), timeout=5) as plain:
        tls = context.wrap_socket(plain, server_hostname=address)
        shown = tls.getpeercert(binary_form=True)
        with contextlib.suppress(OSError):  # etcd hangs up on who shows no certificate, after it has shown its own
            tls.close()
    assert shown
    return x509.load_der_x509_certificate(shown)


@suite.each("port", lambda machine: PORTS[machine.kind])
@pytest.mark.red_by("apiserver-certificate-name", depends_on="nodes")
def test_served_certificate(view: checks.View, machine: model.Machine, port: int) -> None:
    """Who asks at the machine's address is shown a certificate for it, of the right CA, for servers, with time left."""
    shown = served(str(machine.address), port, ca(view, port))
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert machine.name in names.get_values_for_type(x509.DNSName)
    assert machine.address in names.get_values_for_type(x509.IPAddress)
    usages = shown.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.SERVER_AUTH in usages
    assert (ExtendedKeyUsageOID.CLIENT_AUTH in usages) == (machine.kind is model.Kind.ETCD)
    assert shown.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=30)


@suite.each("port", lambda machine: PORTS[machine.kind])
@pytest.mark.red_by("kubelet-stopped", depends_on="nodes")
def test_served_certificate_is_of_no_other_ca(view: checks.View, machine: model.Machine, port: int) -> None:
    """The other authority does not vouch for it: the two are apart, and the look above is a real one."""
    other = view.where.keys / ("kubernetes/ca.crt" if machine.kind is model.Kind.ETCD else "etcd/ca.crt")
    with pytest.raises(ssl.SSLCertVerificationError):
        served(str(machine.address), port, other)


@pytest.mark.red_by("apiserver-certificate-name", depends_on="nodes")
def test_api_server_s_names(view: checks.View, lab: model.Lab, control: model.Machine) -> None:
    """The API server's certificate has every name and address under which it is reached, and no other."""
    shown = served(str(control.address), model.API_PORT, ca(view, model.API_PORT))
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    assert found == set(lab.api_sans)
    assert {f"kubernetes.default.svc.{lab.network.domain}", "kubernetes", "localhost"} <= found


@pytest.mark.parametrize("port", LOOPBACK)
@pytest.mark.red_by("scheduler-gone", "controller-manager-gone", depends_on="nodes")
def test_loopback_certificate(control: model.Machine, host: testinfra.host.Host, port: int) -> None:
    """Controller-manager and scheduler show a certificate of the cluster's CA to their own box."""
    authority = "/etc/kubernetes/kube-controller-manager/ca.crt"
    said = host.check_output(f"curl --silent --show-error --cacert {authority} https://localhost:{port}/healthz")
    assert said == "ok"
    assert host.run(f"curl --silent --cacert /etc/flannel/pki/ca.crt https://localhost:{port}/healthz").rc == 60
