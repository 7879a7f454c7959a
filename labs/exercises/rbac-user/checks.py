"""Checks of rbac-user."""

import base64

from cryptography import x509
from cryptography.x509.oid import NameOID

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

KINDS = {"view": "get", "edit": "create"}


def certificate_is_signed(scene: Scene) -> None:
    """The request {{ user }} is approved and signed, for the user {{ user }} in the group {{ group }}."""
    row = scene.find(f"/apis/certificates.k8s.io/v1/certificatesigningrequests/{scene.value('user')}")
    looks.wrong(row is None, "there is no such request")
    signer, signed = (row or {})["spec"]["signerName"], (row or {})["status"].get("certificate")
    looks.wrong(signer != "kubernetes.io/kube-apiserver-client", f"its signer is {signer}")
    looks.wrong(not signed, "nobody has signed it yet: is it approved?")
    subject = x509.load_pem_x509_certificate(base64.b64decode(str(signed))).subject
    names = [str(item.value) for item in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = [str(item.value) for item in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    looks.wrong(names != [scene.value("user")], f"its CN is {', '.join(names)}")
    looks.wrong(groups != [scene.value("group")], f"its O is {', '.join(groups) or 'empty'}")


def user_may(scene: Scene) -> None:
    """{{ user }} may do in {{ space }} what {{ role }} allows."""
    verb = KINDS[scene.value("role")]
    looks.wrong(not _may(scene, verb, "deployments.apps", scene.value("space")), f"no right to {verb} deployments")
    looks.wrong(_may(scene, "create", "roles.rbac.authorization.k8s.io", scene.value("space")), "may even make roles")


def no_master(scene: Scene, _: object) -> None:
    """{{ user }} is nobody's master: no request asks for system:masters, and there are no rights beyond {{ role }}."""
    for row in scene.items("/apis/certificates.k8s.io/v1/certificatesigningrequests"):
        request = x509.load_pem_x509_csr(base64.b64decode(row["spec"]["request"]))
        groups = [item.value for item in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        looks.wrong("system:masters" in groups, f"{row['metadata']['name']} asks for system:masters")
    more = scene.value("role") == "view" and _may(scene, "delete", "pods", scene.value("space"))
    looks.wrong(more, "may delete pods")


def only_here(scene: Scene, _: object) -> None:
    """{{ user }} has no rights in other namespaces."""
    for space in ("default", "guestbook", "kube-system"):
        looks.wrong(_may(scene, "get", "pods", space), f"may look into {space}")


def _may(scene: Scene, verb: str, what: str, space: str) -> bool:
    return looks.can(scene, scene.value("user"), verb, what, namespace=space, groups=[scene.value("group")])
