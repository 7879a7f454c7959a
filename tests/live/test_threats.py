"""The promises of `pages.SECURITY` about a running lab: acts that a pod cannot do, and places without secrets."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import suite
import testinfra.host

from kubelab import checks, model, paths, providers
from kubelab.checks import probes
from kubelab.clients import docker, patience
from kubelab.lab import log_archive
from kubelab.pki import secret_scan
from kubelab.ui import progress

pytestmark = pytest.mark.xdist_group("threats")  # a pod here shows its token to `ps` while another test looks for one
ASK = "wget -q -T 5 -O - --no-check-certificate {header} https://{address}{path}"
BEARER = '--header "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)"'
ARGUMENTS = (
    "for folder in /proc/[0-9]*; do printf '\\n@@%s ' ${folder#/proc/}; "
    "tr '\\0' ' ' < $folder/cmdline; done 2> /dev/null"
)
OPEN_FILES = "find /etc /opt/kubelab/box /var/lib/kubelab /var/log /home /root /run /tmp -xdev -type f -perm -o=r"


@pytest.fixture(scope="module")
def scan(view: checks.View) -> secret_scan.Scan:
    """Give the scan that knows every private key and the encryption key of the lab."""
    found = secret_scan.Scan.of(view.where)
    assert len(found.known) > 30
    return found


@pytest.fixture(scope="module")
def pod(view: checks.View, namespace: str) -> probes.Probe:
    """Give a pod as a student runs one: an ordinary namespace, a service account of its own with its token."""
    worker = view.lab.workers[0]
    item = probes.pod(view.lab, suite.fresh("student"), ["/agnhost", "pause"], node=worker.name)
    item["spec"]["automountServiceAccountToken"] = True
    return suite.run_pod(view, namespace, item, worker)


def asked(view: checks.View, probe: probes.Probe, address: str, path: str, header: str = "") -> str:
    """Return what a pod was answered over HTTPS, or wget's words for why it was not."""
    command = ASK.format(address=address, path=path, header=header)
    return probes.inside(view, probe, f"{command} 2>&1 || true")


@pytest.mark.red_by("anonymous-may-ask", depends_on="policy")
def test_a_pod_can_ask_the_api_server(view: checks.View, pod: probes.Probe) -> None:
    """The measure of what follows: this pod does speak HTTPS, and its token is good."""
    address = f"{view.lab.network.api_service}:443"
    assert "APIGroupList" in asked(view, pod, address, "/apis", BEARER)
    assert "403" in asked(view, pod, address, "/api/v1/nodes", BEARER)
    assert "401" in asked(view, pod, address, "/apis")


@pytest.mark.addon(model.Addon.DASHBOARD)
@pytest.mark.red_by("dashboard-open", depends_on="dashboard")
def test_a_pod_cannot_use_the_dashboard(view: checks.View, pod: probes.Probe) -> None:
    """It shows the whole cluster to whoever reaches it: no pod does, its own node alone."""
    (shown, *_) = view.api.items("/api/v1/namespaces/dashboard/pods", labelSelector="app=dashboard")
    said = probes.inside(view, pod, f"wget -q -T 3 -O - http://{shown['status']['podIP']}:8080/health 2>&1 || true")
    assert "timed out" in said, said[:200]
    checks.dashboard_shows(view)


@pytest.mark.addon(model.Addon.DASHBOARD)
@pytest.mark.parametrize("kind", ["configmaps", "secrets"])
@pytest.mark.red_by("dashboard-reads-all", depends_on="dashboard")
def test_dashboard_reads_no_config(view: checks.View, kind: str) -> None:
    """People keep passwords in both; asked of the API server, for every namespace."""
    account = "system:serviceaccount:dashboard:dashboard"
    for verb in ("get", "list", "watch"):
        asked_for = {"verb": verb, "resource": kind, "group": ""}
        spec = {"user": account, "groups": ["system:serviceaccounts"], "resourceAttributes": asked_for}
        body = {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}
        reply = view.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body).json()
        assert reply["status"].get("allowed") is False, (verb, kind)


@pytest.mark.red_by("pods-unlimited", depends_on="policy")
def test_a_fork_bomb_ends_in_its_pod(view: checks.View, namespace: str) -> None:
    """A pod that starts 1200 processes is refused some of them, and its node does not notice."""
    worker = view.lab.workers[0]
    pod = suite.run_pod(
        view, namespace, probes.pod(view.lab, suite.fresh("bomb"), ["/agnhost", "pause"], node=worker.name), worker
    )
    life = patience.whole(15)  # the first must still be there when the last is started
    count = f"i=0; while [ $i -lt 1200 ]; do sleep {life} > /dev/null 2>&1 & i=$((i + 1)); done; echo all were started"
    said = probes.inside(view, pod, f"sh -c '{count}' 2>&1; true")
    assert "all were started" not in said, "nothing ended it"
    assert "fork" in said.lower(), said[:200]
    checks.node_ready(view, pod.worker.name)


@pytest.mark.red_by("etcd-open", depends_on="policy")
def test_a_pod_cannot_use_etcd(view: checks.View, pod: probes.Probe, member: model.Machine) -> None:
    """Without a certificate of etcd's own authority there is no answer, not even a version."""
    for path in ("/version", "/health", "/v3/kv/range"):
        said = asked(view, pod, f"{member.address}:2379", path, BEARER)
        assert "etcdserver" not in said
        assert "health" not in said
        assert "wget" in said or "ssl" in said.lower(), said


@pytest.mark.red_by("kubelet-open", depends_on="policy")
def test_a_pod_cannot_use_a_kubelet(view: checks.View, pod: probes.Probe, node: model.Machine) -> None:
    """Neither as nobody nor with its token: no pods, no logs, no commands in other pods, on any node."""
    for path in ("/pods", "/runningpods/", "/logs/", "/metrics", "/containerLogs/kube-system/x/y"):
        assert "401" in asked(view, pod, f"{node.address}:10250", path)
        assert "403" in asked(view, pod, f"{node.address}:10250", path, BEARER)


@pytest.mark.red_by("argument-tells", depends_on="files")
def test_no_secret_is_in_a_box_s_process_list(
    view: checks.View, scan: secret_scan.Scan, machine: model.Machine, host: testinfra.host.Host
) -> None:
    """Whoever may run `ps` in a box sees no key of the lab's, and no token but a guest's own."""

    def looked() -> None:  # a pod of another test shows its own token until its last request has ended
        visiting = suite.guests(view, host)
        rows = [row.partition(" ") for row in host.run(ARGUMENTS).stdout.split("\n@@")]
        said = "\n".join(row[2] for row in rows if row[0] not in visiting)
        assert len(said) > 200, machine.name
        assert "systemd" in said
        if found := scan.found(said.encode()):
            raise checks.Wrong(f"{machine.name}: {', '.join(found)}")

    suite.soon(looked)


@pytest.mark.red_by("key-for-everybody", depends_on="files")
def test_no_file_that_others_may_read_holds_a_secret(
    scan: secret_scan.Scan, machine: model.Machine, host: testinfra.host.Host
) -> None:
    """In the box, pod logs and journals included: every file that is readable by all is read."""
    said = host.run(f"{OPEN_FILES} -exec cat {{}} + 2> /dev/null").stdout_bytes
    assert len(said) > 10_000
    found = set(scan.found(said)) - {"a token"}  # a pod's own, in the pod's own folder, is looked at below
    assert found == set(), machine.name


@pytest.mark.red_by("pods-folder-open", depends_on="files")
def test_no_token_of_a_pod_is_readable_by_others(node: model.Machine, host: testinfra.host.Host) -> None:
    """Projected tokens lie under folders that only root enters."""
    assert host.file("/var/lib/kubelet/pods").mode & 0o007 == 0, node.name


def files_here(where: paths.LabPaths) -> Iterator[Path]:
    """Yield every file of the lab on this computer that is not under keys/, and what else runs write."""
    for root in (where.root, paths.ROOT / ".vagrant", paths.cache() / "logs", paths.cache() / "locks"):
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and where.keys not in path.parents:
                yield path


@pytest.mark.red_by("log-tells", "kubeconfig-open", depends_on="files")
def test_here_only_files_of_ones_own_hold_secrets(view: checks.View, scan: secret_scan.Scan) -> None:
    """Rendered files, logs, state: a file with a secret in it is 0600, and no log and no Vagrantfile is such a file."""
    looked = 0
    for path in files_here(view.where):
        found = scan.found(path.read_bytes())
        looked += 1
        if found:
            assert path.stat().st_mode & 0o077 == 0, f"{path}: {found}"
            assert path.suffix != ".log", f"{path}: {found}"
            assert path.name != "Vagrantfile", found
    assert looked > 100
    assert view.where.root.stat().st_mode & 0o077 == 0
    assert view.where.keys.stat().st_mode & 0o077 == 0


@pytest.mark.red_by("docker-shows", depends_on="files")
def test_no_secret_is_in_what_the_provider_shows(view: checks.View, scan: secret_scan.Scan) -> None:
    """Arguments, environment, labels, mounts and disks of the boxes; whoever may ask their provider is root anyhow."""
    provider = providers.of(view.lab)
    boxes = provider.boxes(view.lab.name)
    assert len(boxes) == len(view.lab.machines)
    whole = view.lab.provider is model.Provider.DOCKER
    shown = (
        docker.run("container", "inspect", *(box.ident for box in boxes)) if whole else provider.described(boxes[0].lab)
    )
    assert [box.name for box in boxes if box.name not in shown] == []
    assert scan.found(shown.encode()) == ()


@pytest.mark.red_by("argument-tells", depends_on="files")
def test_no_secret_is_in_this_computer_s_process_list(scan: secret_scan.Scan) -> None:
    """No command of ours has a key among its words; what others run here is not ours to judge."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = path.read_bytes()
        except OSError:
            continue  # it has ended
        assert [what for what in scan.found(said) if what.startswith("keys/")] == []


@pytest.mark.red_by("log-tells", "docker-shows", depends_on="files")
def test_no_secret_is_in_the_archive_of_logs(view: checks.View, scan: secret_scan.Scan, tmp_path: Path) -> None:
    """`lab.logs` of this very lab: every member is read again, and whoever is not the owner reads none."""
    report = progress.Progress(progress.Style.JSON, out=(tmp_path / "said").open("w", encoding="utf-8"))
    done = log_archive.collect(view.where, view, report, tmp_path / "logs.tar.gz")
    assert done.files > 50
    assert done.path.stat().st_mode & 0o077 == 0
    with tarfile.open(done.path) as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert scan.found(file.read() if file else b"") == (), member.name
            assert ".." not in member.name
