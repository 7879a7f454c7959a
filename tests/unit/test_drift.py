"""Hand-made changes: looks at boxes and objects find them, and a repair puts them back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import labs_data
import pytest
import requests

from kubelab import paths
from kubelab.clients import kube_api
from kubelab.converge import box_state, drift_files, drift_objects
from kubelab.render import files_tsv, objects_tsv

WORKER = labs_data.lab().workers[0]
A, B = "a" * 64, "b" * 64
CONFIG, LINK = "/etc/kubernetes/kubelet/config.yaml", "/opt/bin/kubelet"
PROXY = "/etc/kubernetes/kube-proxy/config.yaml"
RECORD = f"""\
{A}\t0644\troot:root\tkubelet.service\t{CONFIG}\t-
link\t-\t-\tkubelet.service\t{LINK}\t/opt/kubelab/components/kubelet
{A}\t0644\troot:root\t-\t{PROXY}\t-
"""


def said(files: str = "", digests: str = "", extra: str = "", units: str = "") -> str:
    """Return what look.sh says; what is left out is as it was applied, and `extra` are paths that nobody applied."""
    files = files or f"ff\t644\troot:root\t{CONFIG}\t\nlf\t777\troot:root\t{LINK}\t/opt/kubelab/components/kubelet\n"
    files += f"ff\t644\troot:root\t{PROXY}\t\n"
    digests = digests or f"{A}  {CONFIG}\n"
    units = units or "Id=kubelet.service\nActiveState=active\n\nActiveState=active\nId=containerd.service\n"
    files += "".join(f"ff\t644\troot:root\t{path}\t\n" for path in extra.splitlines())
    return f"# record\n{RECORD}# files\n{files}# digests\n{digests}{A}  {PROXY}\n# units\n{units}"


def changes(text: str) -> list[tuple[str, str, str]]:
    """Return the hand-made changes that a look shows: verb, thing, reason."""
    return [(change.verb, change.what, change.reason) for change in drift_files.changes(WORKER, box_state.parse(text))]


def test_untouched_box_has_no_drift() -> None:
    """A box that is as it applied its folder has nothing to tell; links and units are looked at too."""
    now = box_state.parse(said())
    assert set(now.record or ()) == set(now.files) == {CONFIG, LINK, PROXY}
    assert {unit: shown["ActiveState"] for unit, shown in now.units.items()} == {
        "kubelet.service": "active",
        "containerd.service": "active",
    }
    assert drift_files.changes(WORKER, now) == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (said(digests=f"{B}  {CONFIG}\n"), ("put", CONFIG, "content differs")),
        (
            said(
                files=f"ff\t600\troot:core\t{CONFIG}\t\nlf\t777\troot:root\t{LINK}\t/opt/kubelab/components/kubelet\n"
            ),
            ("put", CONFIG, "mode or owner: 0644 root:root -> 0600 root:core"),
        ),
        (said(files=f"ff\t644\troot:root\t{CONFIG}\t\n"), ("put", LINK, "was removed")),
        (
            said(files=f"ff\t644\troot:root\t{CONFIG}\t\nlf\t777\troot:root\t{LINK}\t/bin/true\n"),
            ("put", LINK, "points to /bin/true"),
        ),
        (
            said(files=f"ff\t644\troot:root\t{CONFIG}\t\nff\t755\troot:root\t{LINK}\t\n"),
            ("put", LINK, "is no link any more"),
        ),
        (
            said(extra="").replace("# digests", "dd\t700\troot:root\t/etc/kubernetes\t\n# digests"),
            ("folder", "/etc/kubernetes", "mode or owner: 0755 root:root -> 0700 root:root"),
        ),
        (said(extra="/etc/cni/net.d/00-mine.conf\n"), ("remove", "/etc/cni/net.d/00-mine.conf", "was put there")),
        (said(units="Id=kubelet.service\nActiveState=inactive\n"), ("start", "kubelet.service", "is inactive")),
    ],
)
def test_each_kind_of_change_is_seen(text: str, wanted: tuple[str, str, str]) -> None:
    """Content, mode, owner, a link's target, what is gone, what was added, what was stopped: each by itself."""
    assert changes(text) == [wanted]


def test_a_persons_own_folder_is_no_change() -> None:
    """One in which nothing of the lab's is may have any mode."""
    text = said().replace("# digests", "dd\t700\tcore:core\t/etc/kubernetes/mine\t\n# digests")
    assert changes(text) == []


def test_orders_put_back_and_restart_the_users() -> None:
    """A repair forgets what was changed, removes what was added, and restarts unit and static pod that read it."""
    look = said(
        digests=f"{A}  {CONFIG}\n",
        extra="/etc/systemd/system/kubelet.service.d/99-mine.conf\n",
        units="Id=containerd.service\nActiveState=failed\n",
    ).replace(f"{A}  {PROXY}", f"{B}  {PROXY}")
    found = drift_files.changes(WORKER, box_state.parse(look))
    assert drift_files.orders(found).splitlines() == [
        f"put {PROXY}",
        "remove /etc/systemd/system/kubelet.service.d/99-mine.conf",
        "restart kubelet.service",
        "pod kube-proxy",
    ]


def test_lines_of_a_strange_record_are_passed_over() -> None:
    """A record that was cut short or written by another version costs a rewrite, never a crash."""
    text = f"nonsense\n{A}\t0644\n{A}\tx\troot:root\t-\t/a\t-\n{A}\t0644\troot:root\t-\t/a\t-\n"
    assert set(files_tsv.parse(text)) == {"/a"}


def test_object_that_is_as_applied_has_no_difference() -> None:
    """What the server adds, and how it writes quantities, is no difference."""
    wanted = {"spec": {"cpu": "0.5", "memory": "1024Mi", "ports": [{"port": 80}], "empty": {}}}
    live = {"spec": {"cpu": "500m", "memory": "1Gi", "ports": [{"port": 80, "protocol": "TCP"}], "more": 1}}
    assert list(drift_objects.differing(wanted, live)) == []


@pytest.mark.parametrize(
    ("live", "place"),
    [
        ({"spec": {"replicas": 0, "list": [1, 2]}}, ("spec", "replicas")),
        ({"spec": {"replicas": 2, "list": [1]}}, ("spec", "list")),
        ({"spec": {"replicas": 2, "list": [1, 3]}}, ("spec", "list")),
        ({"spec": {"list": [1, 2]}}, ("spec", "replicas")),
    ],
)
def test_difference_has_its_place(live: dict[str, Any], place: tuple[str, ...]) -> None:
    """A changed, shortened or missing value is named by the keys that lead to it; a list is one place."""
    assert list(drift_objects.differing({"spec": {"replicas": 2, "list": [1, 2]}}, live)) == [place]


class Door:
    """An API server that has one object, says where, and refuses to be asked for another."""

    def __init__(self, path: str, live: dict[str, Any]) -> None:
        """Hold the object under its path."""
        self._path, self._live = path, live

    def get(self, path: str) -> dict[str, Any]:
        """Return the object, or where its kind is."""
        if path == "/apis/apps/v1":
            return {"resources": [{"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": []}]}
        assert path == self._path
        return self._live


MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template: {spec: {containers: [{name: web, image: "web:1"}]}}
"""


def look(live: dict[str, Any]) -> tuple[drift_objects.Change, ...]:
    """Return what was changed by hand in the object of `MANIFEST`."""
    door: Any = Door("/apis/apps/v1/namespaces/shop/deployments/web", live)
    return drift_objects.find_changes(door, {"x.yaml": MANIFEST}, objects_tsv.of({"x.yaml": MANIFEST}))


def live(manager: str, fields: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return the object as the API has it, with fields that somebody else set."""
    containers = [{"name": "web", "image": "web:1", "imagePullPolicy": "Always"}]
    entry = {"manager": manager, "operation": "Update", "fieldsV1": fields}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "managedFields": [entry]},
        "spec": {"replicas": 2, "template": {"spec": {"containers": containers}}, **spec},
    }


ADDED: dict[str, Any] = {"f:spec": {"f:template": {"f:spec": {"f:nodeSelector": {".": {}, "f:disk": {}}}}}}


def test_added_field_is_seen_and_taken_out() -> None:
    """What a person added with kubectl edit is named, and the patch that repairs takes out just that."""
    (change,) = look(live("kubectl-edit", ADDED))
    assert change.reason == "differs at spec.template.spec.nodeSelector.disk"
    assert change.patch == {"spec": {"template": {"spec": {"nodeSelector": None}}}}


@pytest.mark.parametrize("manager", ["kube-controller-manager", "before-first-apply"])
def test_controllers_change_nothing_by_hand(manager: str) -> None:
    """What the cluster's own controllers add to an object, or the server to one that was put back, is not by hand."""
    assert look(live(manager, ADDED)) == ()


def test_scaled_object_is_put_back_by_its_value() -> None:
    """A changed value goes back to the manifest's."""
    (change,) = look(live("kubectl", {}, replicas=0))
    assert (change.reason, change.patch) == ("differs at spec.replicas", {"spec": {"replicas": 2}})


def test_changed_objects_are_found_by_the_box(tmp_path: Path) -> None:
    """The box picks the documents that are new or differ, in order, and names the objects that are gone, last first."""
    texts = ["kind: A\n", "# why\nkind: B\n", "kind: C\n"]
    (tmp_path / "x.yaml").write_text("---\n".join(texts), encoding="utf-8")
    rows = [f"d{number}\tv1\tPod\tns\tp{number}\tx.yaml\t{number}\n" for number in (1, 2, 3)]
    (tmp_path / "objects.tsv").write_text("".join(rows), encoding="utf-8")
    applied = [rows[0], rows[1].replace("d2", "old"), rows[2].replace("p3", "p8"), rows[2].replace("p3", "p9")]
    (tmp_path / "applied").write_text("".join(applied), encoding="utf-8")
    script = paths.PROVISION / "object-changes.sh"
    subprocess.run([script, tmp_path, tmp_path], check=True)
    assert (tmp_path / "changed.yaml").read_text(encoding="utf-8") == f"{texts[1]}---\n{texts[2]}\n---\n"
    gone = (tmp_path / "gone.yaml").read_text(encoding="utf-8")
    assert [line for line in gone.splitlines() if "name:" in line] == [
        'metadata: {name: "p9", namespace: "ns"}',
        'metadata: {name: "p8", namespace: "ns"}',
    ]


class Without:
    """An API server that has no such group any more."""

    def get(self, path: str) -> dict[str, Any]:
        """Refuse."""
        reply = requests.Response()
        reply.status_code, reply.request = 404, requests.Request("GET", f"http://lab{path}").prepare()
        raise kube_api.Refused(reply)


def test_object_of_a_kind_that_is_gone_was_deleted() -> None:
    """Whoever deletes a kind deletes its objects: the look says so, and does not end there."""
    door: Any = Without()
    (change,) = drift_objects.find_changes(door, {"x.yaml": MANIFEST}, objects_tsv.of({"x.yaml": MANIFEST}))
    assert (change.reason, change.path, change.patch) == ("was deleted", "", {})
