"""Checks of rbac-user."""

import base64

from cryptography import x509
from cryptography.x509.oid import NameOID

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


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
    """{{ user }} may do in {{ space }} what {{ role }} allows, all of it."""
    found = looks.grants(scene, scene.value("user"), [scene.value("group")])
    may = {(item.verb, item.what, item.name) for item in found if item.namespace in ("", scene.value("space"))}
    lost = sorted(str(item) for item in _allowed(scene) if (item.verb, item.what, item.name) not in may)
    looks.wrong(
        lost, f"no right to {', '.join(lost[:3])}{f' and {len(lost) - 3} things more' if len(lost) > 3 else ''}"
    )


def _allowed(scene: Scene) -> set[looks.rights.Grant]:
    """Return what the cluster role allows to whom it is bound in the namespace."""
    role = scene.get(f"{looks.rights.GROUP}/clusterroles/{scene.value('role')}")
    bound = {"metadata": {"namespace": scene.value("space")}, "rules": role["rules"]}
    return looks.rights.allowed(bound, looks.rights.kinds(scene))


def _beyond(scene: Scene) -> list[looks.rights.Grant]:
    allowed = {(item.verb, item.what) for item in _allowed(scene)}
    user, groups = scene.value("user"), [scene.value("group")]
    return looks.beyond(scene, user, allowed, namespace=scene.value("space"), groups=groups)


def no_master(scene: Scene, _: object) -> None:
    """{{ user }} is nobody's master: no request asks for system:masters, and there are no rights beyond {{ role }}."""
    for row in scene.items("/apis/certificates.k8s.io/v1/certificatesigningrequests"):
        request = x509.load_pem_x509_csr(base64.b64decode(row["spec"]["request"]))
        groups = [item.value for item in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        looks.wrong("system:masters" in groups, f"{row['metadata']['name']} asks for system:masters")
    more = [str(item) for item in _beyond(scene) if item.namespace == scene.value("space")]
    looks.wrong(more, f"may also {', '.join(more[:4])}")


def only_here(scene: Scene, _: object) -> None:
    """{{ user }} has no rights in other namespaces, or everywhere."""
    away = [str(item) for item in _beyond(scene) if item.namespace != scene.value("space")]
    looks.wrong(away, f"may {', '.join(away[:4])}")
