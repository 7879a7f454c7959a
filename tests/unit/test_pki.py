"""The lab's certificates: openssl accepts them; they are kept while valid and issued anew when an input changes."""

from __future__ import annotations

import base64
import datetime
import subprocess
import time
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path

import hypothesis
import labs_data
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import strategies

from kubelab.pki import certificates, certlist

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
LAB = labs_data.lab()
ISSUED = certlist.issue(LAB, {}, NOW)
LEAVES = {wanted.path: wanted for wanted in certlist.leaves(LAB)}
CERTIFICATES = [*(f"{name}/ca" for name in certlist.AUTHORITIES), *LEAVES]


def parsed(path: str, bundle: certlist.Bundle = ISSUED) -> x509.Certificate:
    """Return a certificate of a bundle."""
    return x509.load_pem_x509_certificate(bundle.pair(path).certificate)


def again(now: datetime.datetime = NOW, kept: Mapping[str, bytes] | None = None, workers: int = 2) -> certlist.Bundle:
    """Return what a later run issues, given the files of the first with some replaced."""
    return certlist.issue(labs_data.lab(workers=workers), {**ISSUED.files, **(kept or {})}, now)


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Return what openssl said."""
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every file that was issued."""
    root = tmp_path_factory.mktemp("keys")
    for path, content in ISSUED.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def verify(folder: Path, authority: str, path: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Return openssl's verdict, at the time of issue and with its strict reading of RFC 5280."""
    when = ("-attime", str(int(NOW.timestamp())), "-x509_strict")
    return openssl("verify", *when, *more, "-CAfile", folder / f"{authority}/ca.crt", folder / f"{path}.crt")


def test_openssl_verifies_every_certificate_for_its_use_and_no_other(folder: Path) -> None:
    """A client's certificate is no server's and the other way round; a strict verifier finds nothing to say."""
    purposes = {"sslserver": certificates.SERVER, "sslclient": certificates.CLIENT}
    for path, wanted in LEAVES.items():
        for purpose, usage in purposes.items():
            done = verify(folder, wanted.authority, path, "-purpose", purpose)
            assert (done.returncode == 0) == (usage in wanted.usages), f"{path} {purpose}: {done.stderr}"
    for name in certlist.AUTHORITIES:
        assert verify(folder, name, f"{name}/ca").returncode == 0


def test_openssl_refuses_a_certificate_under_another_authority(folder: Path) -> None:
    """Three authorities: what is good for etcd opens nothing in Kubernetes."""
    assert verify(folder, "kubernetes", "etcd/apiserver-etcd-client").returncode != 0
    assert verify(folder, "etcd", "kubernetes/admin").returncode != 0
    assert verify(folder, "kubernetes", "front-proxy/front-proxy-client").returncode != 0


@pytest.mark.parametrize(
    ("path", "option", "name"),
    [
        ("kubernetes/apiserver", "-verify_hostname", "kubernetes.default.svc.cluster.local"),
        ("kubernetes/apiserver", "-verify_hostname", "kube-master-01"),
        ("kubernetes/apiserver", "-verify_ip", "10.3.0.1"),
        ("kubernetes/apiserver", "-verify_ip", "192.168.56.111"),
        ("kubernetes/apiserver", "-verify_ip", "127.0.0.1"),
        ("etcd/etcd-01/server", "-verify_ip", "192.168.56.101"),
        ("etcd/etcd-01/peer", "-verify_hostname", "etcd-01"),
        ("nodes/kube-worker-02/kubelet-server", "-verify_ip", "192.168.56.122"),
        ("nodes/kube-worker-02/kubelet-server", "-verify_hostname", "kube-worker-02"),
        ("kubernetes/scheduler-server", "-verify_hostname", "localhost"),
    ],
)
def test_a_server_is_believed_under_its_names(folder: Path, path: str, option: str, name: str) -> None:
    """Names and addresses are those that clients dial, and openssl agrees."""
    assert verify(folder, LEAVES[path].authority, path, option, name).returncode == 0
    wrong = "192.168.56.250" if option == "-verify_ip" else "elsewhere"
    assert verify(folder, LEAVES[path].authority, path, option, wrong).returncode != 0


def test_identities_are_those_that_kubernetes_gives_rights_to() -> None:
    """Node and RBAC authorization go by these subjects: a node's certificate has exactly the node's name."""
    subjects = {path: loaded(path).subject.rfc4514_string() for path in CERTIFICATES}
    wanted = {
        "etcd/ca": "CN=kubelab-etcd-ca",
        "etcd/apiserver-etcd-client": "CN=apiserver-etcd-client",
        "etcd/kube-controllers": "CN=kube-controllers",
        "etcd/etcd-01/server": "CN=etcd-01",
        "etcd/etcd-01/peer": "CN=etcd-01",
        "etcd/etcd-01/client": "CN=etcdctl-etcd-01",
        "front-proxy/ca": "CN=kubelab-front-proxy-ca",
        "front-proxy/front-proxy-client": "CN=front-proxy-client",
        "kubernetes/ca": "CN=kubelab-kubernetes-ca",
        "kubernetes/apiserver": "CN=kube-apiserver",
        "kubernetes/apiserver-kubelet-client": "CN=kube-apiserver-kubelet-client,O=kubelab:kubelet-clients",
        "kubernetes/controller-manager": "CN=system:kube-controller-manager",
        "kubernetes/controller-manager-server": "CN=kube-controller-manager",
        "kubernetes/scheduler": "CN=system:kube-scheduler",
        "kubernetes/scheduler-server": "CN=kube-scheduler",
        "kubernetes/kube-proxy": "CN=system:kube-proxy,O=system:node-proxier",
        "kubernetes/calico-cni": "CN=calico-cni",
        "kubernetes/kube-controllers": "CN=calico-kube-controllers",
    }
    for name in ("admin", "addons", "grader"):
        wanted[f"kubernetes/{name}"] = f"CN=kubelab-{name},O=system:masters"
    for node in LAB.nodes:
        for name in ("calico", "flannel"):
            wanted[f"nodes/{node.name}/{name}"] = f"CN={name}-{node.name}"
        for name in ("kubelet-client", "kubelet-server"):
            wanted[f"nodes/{node.name}/{name}"] = f"CN=system:node:{node.name},O=system:nodes"
    assert subjects == wanted


@pytest.mark.parametrize("path", CERTIFICATES)
def test_every_certificate_is_made_as_one_expects(path: str) -> None:
    """P-256, PKCS#8, own serial, backdated a day, a year or ten, never outside its authority's life."""
    found, signs = parsed(path), path.endswith("/ca")
    key = serialization.load_pem_private_key(ISSUED.pair(path).key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert (key.curve.name, found.public_key()) == ("secp256r1", key.public_key())
    assert ISSUED.pair(path).key.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert found.not_valid_before_utc == NOW - DAY
    assert found.not_valid_after_utc - found.not_valid_before_utc == (3650 if signs else 365) * DAY
    constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = found.extensions.get_extension_for_class(x509.KeyUsage)
    assert (constraints.critical, constraints.value.ca, usage.critical) == (True, signs, True)
    assert (usage.value.digital_signature, usage.value.key_cert_sign) == (True, signs)


def test_no_key_and_no_serial_number_is_used_twice() -> None:
    """Every certificate has its own; the service accounts' key is nobody else's (the original shared one)."""
    assert len({parsed(path).serial_number for path in CERTIFICATES}) == len(CERTIFICATES)
    keys = [content for path, content in ISSUED.files.items() if path.endswith(".key")]
    assert len(set(keys)) == len(keys) == len(CERTIFICATES) + len(certlist.SECRETS)


def test_a_server_without_names_cannot_be_asked_for() -> None:
    """The row itself refuses: a client would believe no name of it."""
    with pytest.raises(ValueError, match="needs SANs"):
        certificates.Wanted(path="x", authority="etcd", name="x", usages=(certificates.SERVER,))


def test_a_first_run_misses_everything_and_a_second_keeps_it() -> None:
    """Not a byte changes as long as nothing requires it."""
    assert set(ISSUED.reasons) == {*CERTIFICATES, *certlist.SECRETS}
    assert set(ISSUED.reasons.values()) == {"missing"}
    assert again().reasons == {}
    assert again().files == ISSUED.files
    assert again(NOW + 200 * DAY).files == ISSUED.files


def test_an_authority_of_ones_own_is_used() -> None:
    """Whatever its name is: what it did not sign is issued anew, by it."""
    own = certificates.authority("my own", NOW)
    kept = {"etcd/ca.crt": own.pair.certificate, "etcd/ca.key": own.pair.key}
    bundle = again(kept=kept)
    assert bundle.pair("etcd/ca") == own.pair
    assert set(bundle.reasons) == {path for path, wanted in LEAVES.items() if wanted.authority == "etcd"}
    assert set(bundle.reasons.values()) == {"issued by another CA"}


def test_a_new_machine_gets_its_own_and_nothing_else_changes() -> None:
    """A third worker: four certificates, all of them in its folder; without it they are gone again."""
    bundle = again(workers=3)
    assert set(bundle.reasons.values()) == {"missing"}
    assert {path.rsplit("/", 1)[0] for path in bundle.reasons} == {"nodes/kube-worker-03"}
    assert certlist.issue(LAB, bundle.files, NOW).files == ISSUED.files


def test_another_network_changes_the_names_and_so_the_certificates() -> None:
    """The original never renewed a file that was there: here the reason names what came and what went."""
    moved = labs_data.lab(network=IPv4Network("192.168.60.0/24"))
    reasons = certlist.issue(moved, ISSUED.files, NOW).reasons
    assert reasons["kubernetes/apiserver"] == "SAN list changed: + 192.168.60.111, - 192.168.56.111"
    assert set(reasons) == {path for path, wanted in LEAVES.items() if "192.168" in "".join(wanted.sans)}


def swapped(path: str, other: str) -> dict[str, bytes]:
    """Return the files of `path` with the content of another certificate and its key."""
    pair = ISSUED.pair(other)
    return {f"{path}.crt": pair.certificate, f"{path}.key": pair.key}


def resigned(path: str, **changes: object) -> dict[str, bytes]:
    """Return the files of `path`, rightly signed but with another content than is wanted."""
    wanted = certificates.Wanted(**{**vars(LEAVES[path]), **changes})
    authority = certificates.found(ISSUED.files, f"{wanted.authority}/ca")
    assert isinstance(authority, certificates.Signed)
    pair = certificates.leaf(wanted, authority, NOW).pair
    return {f"{path}.crt": pair.certificate, f"{path}.key": pair.key}


def rsa_key() -> bytes:
    """Return a good key of a kind that is not ours."""
    key = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


ADMIN = "kubernetes/admin"
FLAWS: dict[str, tuple[dict[str, bytes], str]] = {
    "the certificate is cut off": ({f"{ADMIN}.crt": ISSUED.file(f"{ADMIN}.crt")[:200]}, "damaged"),
    "the certificate is empty": ({f"{ADMIN}.crt": b""}, "damaged"),
    "the key is cut off": ({f"{ADMIN}.key": ISSUED.file(f"{ADMIN}.key")[:100]}, "damaged"),
    "the key is of another kind": ({f"{ADMIN}.key": rsa_key()}, "damaged"),
    "the key is another's": ({f"{ADMIN}.key": ISSUED.file("kubernetes/scheduler.key")}, "key does not match"),
    "the certificate is another's": (swapped(ADMIN, "kubernetes/scheduler"), "subject changed"),
    "it is of another authority": (swapped(ADMIN, "etcd/kube-controllers"), "issued by another CA"),
    "it is the authority's own": (swapped(ADMIN, "front-proxy/ca"), "issued by another CA"),
    "it is for servers": (resigned(ADMIN, usages=(certificates.SERVER,), sans=("x",)), "usages changed"),
    "it has names too many": (resigned(ADMIN, sans=("x",)), "SAN list changed: - x"),
    "it has another group": (resigned(ADMIN, groups=("system:nodes",)), "subject changed"),
}


@pytest.mark.parametrize("what", FLAWS)
def test_one_flaw_reissues_one_certificate(what: str) -> None:
    """Whatever is wrong with one, the reason says it, that one is new and good, and all others are kept."""
    kept, reason = FLAWS[what]
    bundle = again(kept=kept)
    assert bundle.reasons == {ADMIN: reason}
    assert certlist.issue(LAB, bundle.files, NOW).reasons == {}
    unchanged = [path for path in ISSUED.files if not path.startswith(ADMIN)]
    assert all(bundle.files[path] == ISSUED.files[path] for path in unchanged)


@pytest.mark.parametrize("end", [".crt", ".key"])
def test_half_a_pair_is_none(end: str) -> None:
    """A certificate without its key, or a key without its certificate, is made anew."""
    kept = {path: content for path, content in ISSUED.files.items() if path != ADMIN + end}
    assert certlist.issue(LAB, kept, NOW).reasons == {ADMIN: "missing"}


def test_certificates_are_renewed_before_they_expire_and_authorities_are_not() -> None:
    """A leaf within its last thirty days; an authority, with which all that it signed would go, when it has expired."""
    assert again(NOW + 333 * DAY).reasons == {}
    late = again(NOW + 335 * DAY)
    assert set(late.reasons) == set(LEAVES)
    assert set(late.reasons.values()) == {"expires in 29 days"}
    assert set(again(NOW + 400 * DAY).reasons.values()) == {"expired"}
    assert set(again(NOW + 3640 * DAY).reasons) == set(LEAVES)
    ten_years = again(NOW + 3650 * DAY)
    assert {ten_years.reasons[f"{name}/ca"] for name in certlist.AUTHORITIES} == {"expired"}
    assert set(ten_years.reasons) == set(CERTIFICATES)


def test_a_clock_that_went_back_reissues_what_is_not_valid_yet() -> None:
    """A certificate from the future is refused everywhere: it is issued anew, its authority as well."""
    assert again(NOW - 2 * DAY).reasons["kubernetes/ca"] == "not yet valid"
    assert again(NOW - 12 * datetime.timedelta(hours=1)).reasons == {}


@hypothesis.settings(max_examples=15, deadline=None)
@hypothesis.given(strategies.integers(-400, 4000))
def test_whenever_it_is_issued_all_is_valid_then_and_within_its_authority(days: int) -> None:
    """At any time, from any kept state: every certificate is valid now, inside its authority, and kept next time."""
    now = NOW + days * DAY
    bundle = again(now)
    for path, wanted in LEAVES.items():
        found, by = parsed(path, bundle), parsed(f"{wanted.authority}/ca", bundle)
        assert by.not_valid_before_utc <= found.not_valid_before_utc <= now < found.not_valid_after_utc
        assert found.not_valid_after_utc <= by.not_valid_after_utc
        found.verify_directly_issued_by(by)
    assert certlist.issue(LAB, bundle.files, now).reasons == {}


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(
    strategies.sampled_from(sorted(ISSUED.files)), strategies.integers(0, 5000), strategies.binary(max_size=3)
)
def test_damage_of_any_file_never_ends_in_a_traceback(path: str, place: int, new: bytes) -> None:
    """Bytes replaced anywhere: what comes out is whole again and kept next time."""
    content = ISSUED.files[path]
    place %= len(content)
    bundle = again(kept={path: content[:place] + new + content[place + 1 + len(new) :]})
    assert certlist.issue(LAB, bundle.files, NOW).reasons == {}
    assert set(bundle.files) == set(ISSUED.files)


def test_a_certificate_lives_only_while_its_authority_does() -> None:
    """Issued before its authority's first day is a day old, or in its last year, it gets as much as there is."""
    early = again(NOW - DAY / 2, workers=3)
    late = again(NOW + 3300 * DAY)
    assert not {"kubernetes/ca"} & {*early.reasons, *late.reasons}
    authority = parsed("kubernetes/ca")
    kubelet = parsed("nodes/kube-worker-03/kubelet-server", early)
    assert kubelet.not_valid_before_utc == authority.not_valid_before_utc
    assert parsed(ADMIN, late).not_valid_after_utc == authority.not_valid_after_utc


@pytest.mark.parametrize("place", ["signature", "extension"])
def test_an_authority_that_can_be_read_but_is_damaged_is_made_anew(place: str) -> None:
    """Only its own signature, or a look into its extensions, shows that it is not what was issued."""
    content = parsed("etcd/ca").public_bytes(serialization.Encoding.DER)
    constraints = bytes.fromhex("30060101ff020100")
    assert content.count(constraints) == 1
    broken = content.replace(constraints, bytes.fromhex("30060101ff020500"))
    if place == "signature":
        broken = content[:-1] + bytes([content[-1] ^ 1])
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(broken) + b"-----END CERTIFICATE-----\n"
    assert again(kept={"etcd/ca.crt": pem}).reasons["etcd/ca"] == "damaged"


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\xff", base64.b64encode(b"short"), b"!" + base64.b64encode(bytes(32))]
)
@pytest.mark.parametrize("path", certlist.SECRETS)
def test_a_damaged_secret_is_said_to_be(path: str, content: bytes) -> None:
    """A caller that sees these reasons knows that what was written under the old key is lost."""
    bundle = again(kept={path: content})
    assert bundle.reasons == {path: "damaged"}
    assert bundle.file(path) not in (content, ISSUED.file(path))


def test_the_secrets_are_of_the_form_that_the_api_server_reads() -> None:
    """32 bytes for secretbox; the public half belongs to the service accounts' key."""
    assert len(base64.b64decode(ISSUED.file("encryption.key"), validate=True)) == 32
    public = serialization.load_pem_public_key(ISSUED.file("service-account.pub"))
    assert public == certificates.load_key(ISSUED.file("service-account.key")).public_key()


def loaded(path: str) -> x509.Certificate:
    """Return a certificate that was issued."""
    return x509.load_pem_x509_certificate(ISSUED.pair(path).certificate)


def test_a_certificate_says_who_signed_it_for_which_names_and_how_long() -> None:
    """Every certificate is there; the API server's has its authority, the names that clients dial, and a year."""
    assert sorted(path.removesuffix(".crt") for path in ISSUED.files if path.endswith(".crt")) == sorted(CERTIFICATES)
    server, authority = loaded("kubernetes/apiserver"), loaded("kubernetes/ca")
    assert server.issuer.rfc4514_string() == "CN=kubelab-kubernetes-ca"
    assert certificates.names(server) == LAB.api_sans
    assert certificates.names(authority) == ()
    assert (server.not_valid_before_utc, server.not_valid_after_utc) == (NOW - DAY, NOW + 364 * DAY)
    assert certificates.signed(server, authority)
    assert not certificates.signed(server, loaded("etcd/ca"))


def test_keys_do_not_show_in_tracebacks() -> None:
    """The repr of what holds keys is short and has none: it ends up in logs."""
    for shown in (repr(ISSUED), repr(ISSUED.pair(ADMIN))):
        assert "PRIVATE" not in shown


def test_issuing_is_quick() -> None:
    """A lab's thirty certificates take less than half a second of this processor, keeping them less."""
    started = time.process_time()
    bundle = certlist.issue(LAB, {}, NOW)
    issued = time.process_time()
    certlist.issue(LAB, bundle.files, NOW)
    assert issued - started < 0.5
    assert time.process_time() - issued < 0.25


def test_what_is_dialled_on_loopback_is_certified_for_it() -> None:
    """By name and by address: etcd dials itself there, and so do the control plane's parts."""
    for path in ("etcd/etcd-01/server", "etcd/etcd-01/peer", "kubernetes/scheduler-server"):
        names = parsed(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert "localhost" in names.get_values_for_type(x509.DNSName), path
        assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress)), path
