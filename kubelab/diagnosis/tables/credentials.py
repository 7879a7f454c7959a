"""Causes between the API server, its clients and its store: certificates, and etcd itself."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, container, inside, journal

_ETCDCTL = "set -a; . /etc/etcd/etcdctl.env"

CERTIFICATES: Mapping[str, Cause] = {
    "kubelet-certificate-expired": Cause(
        probe="certificates",
        title="the client certificate of a kubelet has expired: the API server refuses the node",
        look=journal("kubelet"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "apiserver-certificate-name": Cause(
        probe="certificates",
        title="the API server's certificate lacks a name or address under which clients reach it",
        look=inside("openssl x509 -noout -ext subjectAltName -in {path}"),
        mend=causes.PUT,
        masks=causes.API,
    ),
    "etcd-client-foreign": Cause(
        probe="certificates",
        title="the API server shows etcd a certificate of another CA",
        look=container("kube-apiserver"),
        mend=causes.PUT,
        masks=causes.API,
    ),
    "scheduler-foreign-ca": Cause(
        probe="certificates",
        title="the scheduler trusts another CA than the one that signed the API server's certificate",
        look=container("kube-scheduler"),
        mend=causes.PUT,
        masks=("container-failing", "pods-pending", *causes.DNS),
    ),
    "certificate-expired": Cause(
        probe="certificates",
        title="a certificate in use has expired",
        look=inside("openssl x509 -noout -dates -subject -in {path}"),
        mend="./run lab.up{lab}",
        masks=causes.ETCD,
    ),
    "certificate-not-yet-valid": Cause(
        probe="certificates",
        title="a certificate in use is not valid yet",
        look=inside("date -u; openssl x509 -noout -dates -subject -in {path}"),
        mend="./run lab.up{lab}",
        masks=causes.ETCD,
    ),
    "certificate-foreign": Cause(
        probe="certificates",
        title="a certificate was signed by another CA than the one that its peers trust",
        look=inside("openssl x509 -noout -issuer -subject -in {path}"),
        mend=causes.PUT,
        masks=causes.ETCD,
    ),
    "certificate-names": Cause(
        probe="certificates",
        title="a server's certificate lacks a name or address under which it is reached",
        look=inside("openssl x509 -noout -ext subjectAltName -in {path}"),
        mend=causes.PUT,
        masks=causes.ETCD,
    ),
}

ETCD: Mapping[str, Cause] = {
    "etcd-client-url": Cause(
        probe="etcd",
        title="etcd does not listen at the address that its clients use",
        look=inside("sudo ss -ltnp"),
        mend=causes.PUT,
        masks=causes.ETCD,
    ),
    "etcd-quota": Cause(
        probe="etcd",
        title="etcd has reached its quota and refuses to write (alarm NOSPACE)",
        look=inside(f"{_ETCDCTL}; sudo -E etcdctl alarm list; sudo -E etcdctl endpoint status -w table"),
        mend=inside(f"{{put}}; {_ETCDCTL}; sleep 2; sudo -E etcdctl alarm disarm"),
        masks=causes.ETCD,
    ),
    "etcd-alarm": Cause(
        probe="etcd",
        title="etcd has raised an alarm",
        look=inside(f"{_ETCDCTL}; sudo -E etcdctl alarm list"),
        mend=inside(f"{_ETCDCTL}; sudo -E etcdctl alarm disarm"),
        masks=causes.ETCD,
    ),
    "etcd-config-broken": Cause(
        probe="etcd",
        title="etcd's configuration was changed, and it does not start or does not serve",
        look=journal("etcd"),
        mend=causes.PUT,
        masks=causes.ETCD,
    ),
    "etcd-silent": Cause(
        probe="etcd",
        title="etcd runs and does not answer its clients",
        look=journal("etcd"),
        mend=inside("sudo systemctl restart etcd"),
        masks=causes.API,
        symptom=True,
    ),
}

TABLE: Mapping[str, Cause] = {**CERTIFICATES, **ETCD}
