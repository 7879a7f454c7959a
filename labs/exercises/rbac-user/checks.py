"""Checks of rbac-user."""

import base64
import json
import shlex
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SIGNER = "kubernetes.io/kube-apiserver-client"
SIGNS = "system:serviceaccount:kube-system:certificate-controller"
"""As whom the controller manager writes a certificate into a request."""
USAGES = {"client auth", "digital signature", "key encipherment"}
"""Those that the signer grants; it signs nothing that asks for others."""
AGAIN = (
    "the request does not exist. The cluster removes a request an hour after its approval: make and approve it again"
)


def certificate_is_signed(scene: Scene) -> None:
    """The request {{ user }} is approved and signed, for the user {{ user }} in the group {{ group }}."""
    row = scene.find(f"{REQUESTS}/{scene.value('user')}")
    if row is None:
        _was_signed(scene)
        return
    signer, signed = row["spec"]["signerName"], row.get("status", {}).get("certificate")
    looks.wrong(signer != SIGNER, f"the request has the signer {signer}, not {SIGNER}")
    looks.wrong(not signed, "the request is not signed yet: is it approved?")
    certificate = identity.parsed("the request", base64.b64decode(str(signed)))
    _is_for(scene, certificate.subject)
    by_cluster = identity.signed(scene, certificate, certificate.issuer)
    looks.wrong(not by_cluster, "the request's certificate is not signed by the cluster's authority")


def _is_for(scene: Scene, subject: x509.Name) -> None:
    names = [str(item.value) for item in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = [str(item.value) for item in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    looks.wrong(names != [scene.value("user")], f"the CN is {', '.join(names) or 'empty'}, not {scene.value('user')}")
    looks.wrong(
        groups != [scene.value("group")], f"the O is {', '.join(groups) or 'empty'}, not {scene.value('group')}"
    )


def _was_signed(scene: Scene) -> None:
    """Raise `Wrong` unless the audit log shows a right request, made, approved and signed since the break.

    The cluster removes a request an hour after its approval, but its certificate stays valid.
    """
    made: Mapping[str, Any] = {}
    approved = signed = False
    for part, who, asked in _audit(scene):
        if not part and asked.get("spec", {}).get("request"):
            made, approved, signed = asked["spec"], False, False
        elif part == "approval":
            rows = asked.get("status", {}).get("conditions") or []
            approved = approved or any(item.get("type") == "Approved" for item in rows)
        elif part == "status" and who == SIGNS:
            signed = approved
    looks.wrong(not (made and signed), AGAIN)
    looks.wrong(
        made.get("signerName") != SIGNER, f"the removed request had the signer {made.get('signerName')}, not {SIGNER}"
    )
    usages = set(made.get("usages") or [])
    looks.wrong(
        "client auth" not in usages or usages - USAGES,
        f"the removed request had wrong usages: {', '.join(sorted(usages)) or 'none'}",
    )
    try:
        request = x509.load_pem_x509_csr(base64.b64decode(str(made["request"])))
    except ValueError:
        looks.wrong(True, AGAIN)
    else:
        _is_for(scene, request.subject)


def _audit(scene: Scene) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the allowed calls on the request since its namespace was made, oldest first: part, user, content."""
    user, begin = scene.value("user"), scene.get(f"/api/v1/namespaces/{scene.value('space')}")["metadata"]
    about = f"""grep -h -F '"resource":"certificatesigningrequests"' | grep -F '"name":"{user}"' | tail -n 200; true"""
    command = f"cat $(ls -tr /var/log/kubernetes/audit*.log) | {about}"
    found = []
    for line in scene.read(scene.value("control_plane"), f"sh -c {shlex.quote(command)}", 20).splitlines():
        row = _line(line)
        about_it, code = row.get("objectRef") or {}, (row.get("responseStatus") or {}).get("code", 500)
        late = str(row.get("requestReceivedTimestamp", ""))[:19] >= str(begin.get("creationTimestamp", ""))[:19]
        if late and code < 300 and about_it.get("name") == user and row.get("verb") != "delete":
            who = str((row.get("user") or {}).get("username", ""))
            found.append((str(about_it.get("subresource", "")), who, row.get("requestObject") or {}))
    return found


def _line(text: str) -> dict[str, Any]:
    """Return a line of the log as a mapping, empty for a line that was cut."""
    try:
        row = json.loads(text)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def user_may(scene: Scene) -> None:
    """{{ user }} has all rights of {{ role }} in {{ space }}."""
    found = looks.grants(scene, scene.value("user"), [scene.value("group")])
    may = {(item.verb, item.what, item.name) for item in found if item.namespace in ("", scene.value("space"))}
    lost = sorted(str(item) for item in _allowed(scene) if (item.verb, item.what, item.name) not in may)
    looks.wrong(
        lost,
        f"{scene.value('user')} may not {', '.join(lost[:3])}{f' and {len(lost) - 3} more' if len(lost) > 3 else ''}",
    )


def _allowed(scene: Scene) -> set[looks.rights.Grant]:
    """Return the rights that the cluster role gives by a binding in the namespace."""
    role = scene.get(f"{looks.rights.GROUP}/clusterroles/{scene.value('role')}")
    bound = {"metadata": {"namespace": scene.value("space")}, "rules": role["rules"]}
    return looks.rights.allowed(bound, looks.rights.kinds(scene))


def _beyond(scene: Scene) -> list[looks.rights.Grant]:
    allowed = {(item.verb, item.what) for item in _allowed(scene)}
    user, groups = scene.value("user"), [scene.value("group")]
    return looks.beyond(scene, user, allowed, namespace=scene.value("space"), groups=groups)


def no_master(scene: Scene, _: object) -> None:
    """No request asks for system:masters, and {{ user }} has no rights beyond {{ role }}."""
    for row in scene.items(REQUESTS):
        request = x509.load_pem_x509_csr(base64.b64decode(row["spec"]["request"]))
        groups = [item.value for item in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        looks.wrong("system:masters" in groups, f"the request {row['metadata']['name']} asks for system:masters")
    more = [str(item) for item in _beyond(scene) if item.namespace == scene.value("space")]
    looks.wrong(more, f"{scene.value('user')} may also {', '.join(more[:4])}")


def only_here(scene: Scene, _: object) -> None:
    """{{ user }} has no rights in other namespaces or in the whole cluster."""
    away = [str(item) for item in _beyond(scene) if item.namespace != scene.value("space")]
    looks.wrong(away, f"{scene.value('user')} may {', '.join(away[:4])}")
