"""Checks of build-control-plane."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubelab.exercises import identity, looks
from kubelab.exercises.looks import Scene

NAMES = ("kube-controller-manager", "kube-scheduler")
SPACE = "kube-system"
TRUTHS = {
    **dict.fromkeys(("true", "True", "TRUE", "t", "T", "1"), True),
    **dict.fromkeys(("false", "False", "FALSE", "f", "F", "0"), False),
}


def identities_are_signed(scene: Scene) -> None:
    """Step 1: both kubeconfigs hold a certificate for the right name, signed by the cluster's authority."""
    authority = x509.load_pem_x509_certificate((scene.view.where.keys / "kubernetes/ca.crt").read_bytes())
    for name in NAMES:
        path = _path(name)
        found, key = identity.inside(path, looks.file(scene, scene.value("control_plane"), path))
        who = identity.who(found)
        looks.wrong(
            who != {f"CN=system:{name}"},
            f"{path} has the subject {', '.join(sorted(who)) or '(empty)'}, not CN=system:{name}",
        )
        looks.wrong(not identity.fits(found, key), f"in {path} the certificate does not fit the key")
        looks.wrong(
            not identity.signed(scene, found, authority.subject), f"{path} is not signed by the cluster's authority"
        )
        usages = identity.names(found, x509.ExtendedKeyUsage)
        looks.wrong(ExtendedKeyUsageOID.CLIENT_AUTH not in usages, f"{path} lacks the usage clientAuth")


def manager_runs(scene: Scene) -> None:
    """Step 2: the controller manager runs as a static pod of {{ control_plane }}, Ready, with its flags."""
    _runs(scene, "kube-controller-manager")


def scheduler_runs(scene: Scene) -> None:
    """Step 3: the scheduler runs as a static pod of {{ control_plane }}, Ready, with its flags."""
    _runs(scene, "kube-scheduler")


def work_is_done(scene: Scene) -> None:
    """Step 4: the pods of till in {{ space }} are created, have nodes, and run."""
    looks.deployment_ready(scene, scene.value("space"), "till")


def keys_are_private(scene: Scene, _: object) -> None:
    """Only root can read the kubeconfigs."""
    looks.private(scene, scene.value("control_plane"), [_path(name) for name in NAMES])


def _path(name: str) -> str:
    return f"/etc/kubernetes/{name}/kubeconfig"


def _runs(scene: Scene, name: str) -> None:
    looks.static_pod(scene, name)
    row = scene.get(f"/api/v1/namespaces/{SPACE}/pods/{name}-{scene.value('control_plane')}")
    given = looks.manifest.options(row)
    for option, wanted in _options(name, scene.value("rate")).items():
        said = looks.manifest.last(given, option)
        same = said == wanted or (wanted in TRUTHS and TRUTHS.get(said) == TRUTHS[wanted])
        looks.wrong(not same, f"{name} runs without --{option}={wanted}")


def _options(name: str, rate: str) -> dict[str, str]:
    """Return the options that the task demands of a component."""
    kubeconfigs = dict.fromkeys(("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"), _path(name))
    both = {**kubeconfigs, "bind-address": "127.0.0.1", "leader-elect": "false", "kube-api-qps": rate}
    folder = f"/etc/kubernetes/{name}"
    own = {
        "kube-api-burst": "400", "root-ca-file": f"{folder}/ca.crt", "client-ca-file": f"{folder}/ca.crt",
        "cluster-signing-cert-file": f"{folder}/ca.crt", "cluster-signing-key-file": f"{folder}/ca.key",
        "service-account-private-key-file": f"{folder}/service-account.key", "use-service-account-credentials": "true",
        "requestheader-client-ca-file": f"{folder}/front-proxy-ca.crt", "allocate-node-cidrs": "false",
    }  # fmt: skip
    return both | (own if name == NAMES[0] else {})
