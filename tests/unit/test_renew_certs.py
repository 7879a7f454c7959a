"""lab.certs: the table has every certificate, and --renew changes the chosen ones only."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any, cast

import labs_data
import pytest

from kubelab import checks, errors, paths
from kubelab.clients import kube_api
from kubelab.converge import compose
from kubelab.lab import renew_certs
from kubelab.pki import certificates, certlist
from kubelab.providers import docker
from kubelab.render import roles

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
LAB = labs_data.lab()
ISSUED = certlist.issue(LAB, {}, NOW)
LEAVES = {wanted.path for wanted in certlist.leaves(LAB)}
AUTHORITIES = {f"{name}/ca" for name in certlist.AUTHORITIES}


def test_the_table_has_every_certificate_and_where_it_is_used() -> None:
    """Each has its row, none has a flaw, and each is used on a box that the lab has, or here."""
    rows = {row.path: row for row in renew_certs.table(LAB, ISSUED.files, NOW)}
    assert set(rows) == LEAVES | AUTHORITIES
    assert [row.path for row in rows.values() if row.flaw] == []
    names = {machine.name for machine in LAB.machines} | {renew_certs.HERE}
    for row in rows.values():
        assert row.boxes, row.path
        assert set(row.boxes) <= names
    assert rows["nodes/kube-worker-01/kubelet-client"].boxes == ("kube-worker-01",)
    assert rows["kubernetes/kube-proxy"].boxes == tuple(node.name for node in LAB.nodes)
    assert rows["kubernetes/admin"].boxes == (renew_certs.HERE,)
    assert rows["etcd/etcd-01/server"].left == 364 * DAY


def test_the_table_says_what_the_next_up_would_issue() -> None:
    """Expired, damaged and missing ones are rows with the reason, and the table does not stop at them."""
    kept = {**ISSUED.files, "kubernetes/admin.crt": b"x"}
    del kept["kubernetes/scheduler.key"]
    rows = {row.path: row for row in renew_certs.table(LAB, kept, NOW)}
    assert (rows["kubernetes/admin"].flaw, rows["kubernetes/scheduler"].flaw) == ("damaged", "missing")
    late = {row.path: row.flaw for row in renew_certs.table(LAB, ISSUED.files, NOW + 400 * DAY)}
    assert {late[path] for path in LEAVES} == {"expired"}
    assert {late[path] for path in AUTHORITIES} == {None}


def test_the_table_and_issue_agree() -> None:
    """Whatever the table calls flawed is what `pki.issue` issues anew, for the same reason."""
    for days in (0, 100, 340, 400):
        now = NOW + days * DAY
        flawed = {row.path: row.flaw for row in renew_certs.table(LAB, ISSUED.files, now) if row.flaw}
        assert flawed == certlist.issue(LAB, ISSUED.files, now).reasons


def test_a_row_is_json() -> None:
    """Times are ISO 8601, the life is in seconds, also for a certificate that is not there."""
    for kept in (ISSUED.files, {}):
        text = json.dumps([row.plain() for row in renew_certs.table(LAB, kept, NOW)])
        assert {row["path"] for row in json.loads(text)} == LEAVES | AUTHORITIES
    admin = next(row for row in renew_certs.table(LAB, ISSUED.files, NOW) if row.path == "kubernetes/admin").plain()
    assert (admin["left"], admin["not_after"]) == (364 * 86400, "2027-11-22T09:00:00+00:00")


def test_renewal_issues_all_leaves_and_no_authority_and_no_secret() -> None:
    """What data was written under stays: authorities, the encryption key, the service accounts' key."""
    bundle = certlist.issue(LAB, ISSUED.files, NOW + DAY, certlist.Terms(renew=("*",)))
    assert bundle.reasons == dict.fromkeys(LEAVES, "asked for")
    same = {path for path in ISSUED.files if bundle.files[path] == ISSUED.files[path]}
    assert same == {f"{path}{end}" for path in AUTHORITIES for end in (".crt", ".key")} | {
        "encryption.key", "service-account.key", "service-account.pub",
    }  # fmt: skip


def test_renewal_of_some_issues_these_only() -> None:
    """A glob chooses; what is wrong anyhow is issued as well, with its own reason."""
    kept = {**ISSUED.files, "kubernetes/admin.crt": b"x"}
    bundle = certlist.issue(LAB, kept, NOW, certlist.Terms(renew=("nodes/kube-worker-01/*",)))
    mine = {path for path in LEAVES if path.startswith("nodes/kube-worker-01/")}
    assert bundle.reasons == {**dict.fromkeys(mine, "asked for"), "kubernetes/admin": "damaged"}
    assert len(mine) == 4


def test_a_life_of_seconds_is_for_tests_and_counts_from_a_day_ago() -> None:
    """Ninety seconds from now: valid now, expired in two minutes, and issued anew by the usual terms at once."""
    life = certificates.BACKDATE + datetime.timedelta(seconds=90)
    bundle = certlist.issue(LAB, ISSUED.files, NOW, certlist.Terms(renew=("*",), life=life))
    rows = [row for row in renew_certs.table(LAB, bundle.files, NOW) if row.path in LEAVES]
    assert {row.left for row in rows} == {datetime.timedelta(seconds=90)}
    assert set(certlist.issue(LAB, bundle.files, NOW).reasons) == LEAVES


def test_every_leaf_lands_on_a_box_whose_role_names_it() -> None:
    """The other way round: no role asks for a certificate that is not in the table."""
    known = {row.path for row in renew_certs.table(LAB, ISSUED.files, NOW)} | {"service-account"}
    assert set(renew_certs.boxes(LAB)) <= known


def test_a_pattern_that_fits_nothing_is_an_error_with_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is issued, nothing is applied, and the names are there to choose from."""
    monkeypatch.setattr(compose, "render", lambda *_: pytest.fail("issued"))
    with pytest.raises(errors.LabError) as caught:
        renew_certs.renew(labs_data.held(LAB), ["kubernetes/admn"])
    assert (caught.value.ident, caught.value.code) == ("certs-unknown", errors.Exit.USAGE)
    assert "kubernetes/admin" in caught.value.details


def test_a_stopped_box_refuses_before_anything_is_issued(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that its box cannot take is not issued: nothing begins."""
    where = paths.LabPaths(name="default")
    monkeypatch.setattr(docker.Docker, "boxes", lambda *_: ())
    monkeypatch.setattr(compose, "render", lambda *_: pytest.fail("issued"))
    with pytest.raises(errors.LabError) as caught:
        renew_certs.reissue(checks.View.of(LAB, where), None, certlist.Terms(renew=("*",)))  # type: ignore[arg-type]
    assert caught.value.ident == "boxes-down"


def test_an_old_static_pod_is_not_taken_for_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kubelet needs a moment to see a manifest; until then the pod that runs still has the old certificate."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    where = paths.LabPaths(name="default")
    names = []
    for node in LAB.nodes:
        for pod in roles.pods_of(node):
            manifest = where.box(node.name) / f"files/etc/kubernetes/manifests/{pod.name}.yaml"
            manifest.parent.mkdir(parents=True, exist_ok=True)
            manifest.write_text('metadata:\n  annotations:\n    kubelab/inputs: "abc123"\n', encoding="utf-8")
            names.append(f"{pod.name}-{node.name}")
    values = dict.fromkeys(names, "abc123")

    class Door:
        def items(self, _: str) -> list[kube_api.Json]:
            rows = values.items()
            return [
                {
                    "metadata": {"name": name, "annotations": {"kubelab/inputs": value}},
                    "spec": {"nodeName": next(node.name for node in LAB.nodes if name.endswith(f"-{node.name}"))},
                }
                for name, value in rows
            ]

    view = checks.View(lab=LAB, where=where, api=cast(Any, Door()))
    checks.static_pods_current(view)
    values["kube-apiserver-kube-master-01"] = "old"
    with pytest.raises(checks.Wrong, match="before its files changed: kube-apiserver-kube-master-01"):
        checks.static_pods_current(view)
