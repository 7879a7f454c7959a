"""Evidence and regrading: a student's evidence is read as untrusted and laid out exactly as it was."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import re
import tarfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import course_data
import labs_data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab import checks, errors, pages, paths
from kubelab.clients import kube_api
from kubelab.converge import session
from kubelab.course import (
    derived_objects,
    exports,
    keys,
    lab_diff,
    pack,
    pack_mode,
    regrade,
    regrade_limits,
    submission,
)
from kubelab.exercises import baseline_objects, commands, exercise_file, grade, library, register, setup
from kubelab.state import locks
from kubelab.ui import progress

MANIFEST = "/etc/kubernetes/manifests/kube-scheduler.yaml"
POLICY = {"path": "/apis/networking.k8s.io/v1/networkpolicies", "namespace": "guestbook", "name": "redis"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


def difference(**changed: Any) -> dict[str, Any]:
    """Return a difference as a student's computer keeps it."""
    files = {MANIFEST: {"content": base64.b64encode(b"kind: Pod\n").decode(), "link": None, "mode": "0600"}}
    box = {"files": files, "withheld": ["/etc/kubernetes/pki/x.key"], "stopped": ["flanneld.service"]}
    rows = [{**POLICY, "body": {"metadata": {"name": "redis"}, "spec": {}}}]
    return {"points": 8, "boxes": {"kube-master-01": box}, "objects": rows, "silent": False, **changed}


def handed_in(room: course_data.Class, tmp_path: Path, rows: Any) -> submission.Submission:
    """Return a submission with this evidence of its one attempt."""
    tried = room.tried("ada")
    results = submission.Results(
        schema=1, course="autumn", student="ada", lab="default", made="", digests=room.files, attempts=(tried,)
    )
    content = json.dumps({lab_diff.name(tried): rows}).encode()
    target = tmp_path / "ada.zip"
    target.write_bytes(submission.write(results, exports.junit(()), content, keys.signing(room.key, "ada")))
    return submission.read(target, room.key, "autumn", evidence=True)


def test_the_best_check_and_its_difference_are_chosen(room: course_data.Class, tmp_path: Path) -> None:
    """And told to the teacher before anything is done."""
    replay = regrade.choose(room.course, handed_in(room, tmp_path, difference()), "pods-pending")
    assert replay.claimed == room.tried("ada").checks[1]
    told = "\n".join(replay.difference.lines())
    for words in (f"{MANIFEST} as the student left it", "x.key' was kept back", "flanneld.service does not run"):
        assert words in told
    assert "networkpolicies/redis as the student left it" in told


def test_a_check_that_does_not_count_and_a_state_that_is_not_its_own_are_told(
    room: course_data.Class, tmp_path: Path
) -> None:
    """Confirmed points that came too late, and points of which the lab was not read, are nothing to grade by."""
    whole = difference(points=10)
    assert regrade.choose(room.course, handed_in(room, tmp_path, whole), "pods-pending").note == ""
    some = regrade.choose(room.course, handed_in(room, tmp_path, difference()), "pods-pending")
    assert "at a check of 8 points, not at that of 10" in "\n".join(some.lines())
    rows = tuple(dataclasses.replace(row, due=course_data.BEGIN) for row in room.course.assignments)
    course = dataclasses.replace(room.course, assignments=rows)
    late = regrade.choose(course, handed_in(room, tmp_path, whole), "pods-pending")
    assert "is after the deadline: its points do not count" in "\n".join(late.lines())


@pytest.mark.parametrize(
    "rows",
    [
        difference(boxes={"kube-master-01": {"files": {"/etc/shadow": {"content": ""}}}}),
        difference(boxes={"kube-master-01": {"files": {"/etc/kubernetes/../shadow": {"content": ""}}}}),
        difference(boxes={"kube-master-01": {"files": {"/etc/kubernetes/x\n/etc/y": {"content": ""}}}}),
        difference(boxes={"kube-master-01": {"stopped": ["x.service; rm -rf /"]}}),
        difference(boxes={"kube-master-01": {"files": {MANIFEST: {"content": "", "mode": "4777; x"}}}}),
        difference(objects=[{**POLICY, "path": "/api/v1/../../x", "body": None}]),
        difference(objects="all"),
        difference(objects=[{**POLICY, "name": "../../../secrets/x", "body": None}]),
        difference(objects=[{**POLICY, "namespace": "a/b?c", "body": None}]),
        difference(boxes={"kube-master-01": {"files": {MANIFEST: {"content": "no base64!"}}}}),
        difference(boxes={"kube-master-01": {"files": {MANIFEST: {"link": "x\n/etc/shadow\ty"}}}}),
        difference(
            boxes={"kube-master-01": {"files": {MANIFEST: {"link": "/root"}, f"{MANIFEST}/x": {"content": ""}}}}
        ),
        difference(boxes={"kube-master-01": {"files": {MANIFEST: {"content": "A" * (96 << 10)}}}}),
        [],
    ],
)
def test_evidence_that_reaches_elsewhere_is_refused(room: course_data.Class, tmp_path: Path, rows: Any) -> None:
    """Signed, but forged: another folder, a shell's words for a unit, a path of no kind of object."""
    with pytest.raises(errors.LabError) as problem:
        regrade.choose(room.course, handed_in(room, tmp_path, rows), "pods-pending")
    assert problem.value.ident == "regrade-impossible"


@settings(deadline=None, max_examples=80)
@given(content=st.binary(max_size=200) | st.text().map(lambda text: json.dumps({text: text}).encode()))
def test_no_evidence_makes_a_traceback(room: course_data.Class, content: bytes) -> None:
    """Anything is a difference, none, or unreadable."""
    try:
        assert lab_diff.read(content, room.tried("ada")) is None
    except submission.Unreadable:
        return


def test_an_exercise_that_was_not_checked_cannot_be_graded_anew(room: course_data.Class, tmp_path: Path) -> None:
    """Said, with an identifier."""
    with pytest.raises(errors.LabError) as problem:
        regrade.choose(room.course, handed_in(room, tmp_path, difference()), "node-away")
    assert problem.value.ident == "regrade-impossible"


def test_objects_keep_the_name_under_which_they_were_listed() -> None:
    """A body that calls itself otherwise makes no second object; one that was gone is gone."""
    known: kube_api.Json = {"metadata": {"name": "web", "namespace": "guestbook"}, "spec": {}}
    before = baseline_objects.Objects(
        found={("/api/v1/services", "guestbook", "web"): known, ("/api/v1/configmaps", "guestbook", "c"): known}
    )
    rows = [
        {"path": "/api/v1/services", "namespace": "guestbook", "name": "web", "body": {"metadata": {"name": "other"}}},
        {"path": "/api/v1/configmaps", "namespace": "guestbook", "name": "c", "body": None},
    ]
    found = regrade.target(before, lab_diff.Difference.model_validate(difference(objects=rows))).found
    assert list(found) == [("/api/v1/services", "guestbook", "web")]
    assert found["/api/v1/services", "guestbook", "web"]["metadata"] == {"name": "web", "namespace": "guestbook"}


def test_files_are_laid_out_as_put_back_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contents, what was gone, links, and the units that have to be restarted but for those that did not run."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    lab = labs_data.lab()
    where = paths.LabPaths(name=lab.name)
    master = lab.control_plane[0]
    where.box(master.name).mkdir(parents=True)
    row = "\t".join([40 * "0", "0644", "root:root", "flanneld.service,kubelet.service", "/etc/cni/net.d/x", ""])
    (where.box(master.name) / "files.tsv").write_text(f"{row}\n", encoding="utf-8")
    view = checks.View(lab=lab, where=where, api=None)  # type: ignore[arg-type]  # it is not asked
    files = {
        "/etc/cni/net.d/x": lab_diff.File(content=base64.b64encode(b"x").decode(), mode="4755"),
        "/opt/bin/gone": lab_diff.File(),
        "/opt/bin/linked": lab_diff.File(link="/opt/bin/x"),
    }
    packed = regrade.archive(view, master, lab_diff.Box(files=files, stopped=["flanneld.service"]))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        texts = {entry.name: content.read().decode() for entry in tar if (content := tar.extractfile(entry))}
        assert tar.getmember("files/etc/cni/net.d/x").mode == 0o755
    assert texts["remove"] == "/opt/bin/gone\n" and texts["links"] == "/opt/bin/linked\t/opt/bin/x\n"
    assert texts["restart"] == "kubelet.service\n" and texts["files/etc/cni/net.d/x"] == "x"


def test_the_outcome_says_whether_the_claim_holds(room: course_data.Class) -> None:
    """Points by the exercise's own numbers on both sides."""
    tried = room.tried("ada")
    outcome = regrade.Outcome(
        exercise="pods-pending", claimed=tried.checks[1], found=tried.checks[0], points=2, claimed_points=10
    )
    assert not outcome.confirmed
    assert outcome.lines()[-1] == "NOT confirmed: claimed 10, here 2 of 10 points, before hints"
    assert dataclasses.replace(outcome, points=10).confirmed


def test_in_a_pack_the_own_variant_is_begun_and_anything_else_is_practice(
    room: course_data.Class, tmp_path: Path
) -> None:
    """Another variant carries no course, so it is never handed in; outside a pack nothing changes."""
    with tarfile.open(room.course.file.with_name("packs") / "autumn-ada.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    root = tmp_path / "autumn-ada"
    own = pack_mode.variant_to_start("pods-pending", "", 0, root)
    assert (own.student, own.course, own.seed) == ("ada", "autumn", room.tried("ada").seed)
    assert pack_mode.variant_to_start("pods-pending", "ada", 0, root) == own, "who types the own name means the own"
    assert pack_mode.practice(own, "default", root) == ""
    told = {
        ("pods-pending", "", 2): "exercise.start --lab mine pods-pending begins your own",
        ("pods-pending", "Ada", 0): "begins your own",
        ("other", "", 0): "this is practice: it is not handed in",
    }
    for typed, said in told.items():
        wish = pack_mode.variant_to_start(*typed, root)
        assert wish.course == "" and said in pack_mode.practice(wish, "mine", root), "practised for hours, and not told"
    wish = pack_mode.variant_to_start("pods-pending", "eve", 0, tmp_path)
    assert (wish.student, pack_mode.practice(wish, "mine", tmp_path)) == ("eve", "")
    rows = json.loads((root / "pack" / pack.NAME).read_text(encoding="utf-8"))
    rows["exercises"][0]["opens"] = "2999-01-01T00:00:00+00:00"
    (root / "pack" / pack.NAME).write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(errors.LabError) as problem:
        pack_mode.variant_to_start("pods-pending", "", 0, root)
    assert problem.value.ident == "exercise-closed"


CSR = (derived_objects.REQUESTS, "", "amara")


def request(*conditions: str, **more: Any) -> dict[str, Any]:
    """Return a certificate request as the API returns it."""
    status = {"conditions": [{"type": name, "status": "True", "message": "x"} for name in conditions], **more}
    meta = {"name": "amara", "uid": "1", "resourceVersion": "5"}
    return {"kind": "CertificateSigningRequest", "metadata": meta, "spec": {"request": "x"}, "status": status}


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (request("Approved", certificate="secret"), True),
        (request(), False),
        (request("Approved", "Denied"), False),
        (request("Denied"), False),
    ],
)
def test_a_request_that_was_approved_is_approved_again(row: dict[str, Any], wanted: bool) -> None:
    """What of it was decided is kept, its certificate is not; and whether it is approved follows from it."""
    body = derived_objects.decided(derived_objects.REQUESTS, row)
    assert "certificate" not in json.dumps(body) and "uid" not in body["metadata"]
    assert derived_objects.approved({CSR: body}) == ([CSR] if wanted else [])
    assert baseline_objects.essence(CSR, {**row, "status": {}}) == baseline_objects.essence(CSR, row), (
        "what is not laid out is no difference"
    )


@pytest.mark.parametrize("status", [None, {}, {"conditions": "x"}, "x", {"conditions": [1, {}]}])
def test_what_evidence_says_of_a_request_makes_no_traceback(status: object) -> None:
    """Evidence of an older version has no status: it is taken for approved. A stranger's may be of any shape."""
    body = {"metadata": {}, "spec": {}, **({} if status is None else {"status": status})}
    found = derived_objects.approved({CSR: body})
    assert found == ([] if status == {"conditions": [1, {}]} else [CSR])
    assert derived_objects.approved({CSR: None, ("/api/v1/pods", "a", "b"): body}) == []


class Door:
    """An API server that has one request, signs what is approved, and refuses anything else."""

    def __init__(self, row: dict[str, Any] | None, *, signs: bool = True) -> None:
        """Keep what there is."""
        self.row, self.signs, self.asked = row, signs, list[tuple[str, str]]()

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Answer what is asked about the request."""
        self.asked.append((method, path))
        where = f"{derived_objects.REQUESTS}/amara"
        assert path in (where, f"{where}/approval")
        if method == "PUT" and self.row is not None:
            assert path.endswith("/approval") and body["spec"] == self.row["spec"]
            assert [item["type"] for item in body["status"]["conditions"]] == ["Approved"]
            self.row["status"] = {**body["status"], **({"certificate": "x"} if self.signs else {})}
        return types.SimpleNamespace(ok=self.row is not None, json=lambda: dict(self.row or {}))


def test_an_approval_is_asked_for_where_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the request's own approval, and its signer is waited for, but not for ever; one that is not there is left."""
    monkeypatch.setattr(derived_objects, "SIGNED", 0.5)
    for row, signs, puts in ((request(), True, 1), (request(), False, 1), (None, True, 0)):
        door: Any = Door(row, signs=signs)
        derived_objects.approve(door, [CSR])
        assert [method for method, _ in door.asked].count("PUT") == puts


def test_the_nodes_of_pods_are_chosen_anew_if_the_scheduler_chose_them() -> None:
    """One that was put on a node by hand stays there: that is what a guard looks for."""
    placed = {
        "metadata": {"name": "a"},
        "spec": {"nodeName": "n"},
        "status": {"conditions": [{"type": "PodScheduled"}]},
    }
    pinned = {**placed, "status": {}}
    assert derived_objects.decided(derived_objects.PODS, placed)["spec"] == {}
    assert derived_objects.decided(derived_objects.PODS, pinned)["spec"] == {"nodeName": "n"}
    assert placed["spec"] == {"nodeName": "n"}, "what was looked at stays as it is"


def test_volumes_are_made_and_addresses_given_anew() -> None:
    """A volume of the provisioner's, with its claim's bond, and an address that another service has here."""
    volume, own = (derived_objects.VOLUMES, "", "pvc-1"), (derived_objects.VOLUMES, "", "mine")
    claim, other = (derived_objects.CLAIMS, "a", "data"), (derived_objects.CLAIMS, "a", "other")
    taken, mine = (derived_objects.SERVICES, "a", "there"), (derived_objects.SERVICES, "a", "mine")
    before = {
        taken: {"spec": {"clusterIP": "10.3.0.9"}},
        (derived_objects.SERVICES, "a", "headless"): {"spec": {"clusterIP": "None"}},
    }
    note = {derived_objects.BOUND[0]: "yes", "mine": "x"}
    rows: dict[Any, Any] = {
        volume: {"metadata": {"annotations": {derived_objects.PROVISIONED: "p"}}, "spec": {}},
        own: {"metadata": {}, "spec": {}},
        claim: {"metadata": {"annotations": note}, "spec": {"volumeName": "pvc-1", "x": 1}},
        other: {"metadata": {"annotations": note}, "spec": {"volumeName": "mine"}},
        mine: {"metadata": {}, "spec": {"clusterIP": "10.3.0.9", "clusterIPs": ["10.3.0.9"], "ports": []}},
    }
    kept = json.dumps(list(rows.values()))
    found = derived_objects.laid(before, rows)
    assert volume not in found and own in found
    assert found[claim] == {"metadata": {"annotations": {"mine": "x"}}, "spec": {"x": 1}}
    assert found[other] == rows[other] and found[mine]["spec"] == {"ports": []}
    assert json.dumps(list(rows.values())) == kept
    assert derived_objects.laid({}, {mine: rows[mine]})[mine] == rows[mine]
    assert derived_objects.laid(before, {taken: rows[mine]})[taken] == rows[mine], "its own address is no other's"


SIGNS = {
    regrade_limits.Why.KEY: r"-keyout|genpkey|genrsa",
    regrade_limits.Why.DATA: r"encryption\.yaml|snapshot save|kubectl .*exec .*(>|tee|sh -c)|exec -i",
    regrade_limits.Why.ACT: r"kubectl drain|/eviction|kubectl .*\bdebug\b",
    regrade_limits.Why.LOG: r"certificate approve",
    regrade_limits.Why.RELEASE: r"\bhelm .*(install|upgrade|rollback)",
}
"""What in a reference solution does something that the evidence has not got."""
IN_A_BOX = re.compile(r"^box ", re.MULTILINE)


def limit_of(exercise: library.Exercise) -> set[regrade_limits.Why]:
    """Return what of an exercise's reference solution, or of its faults, leaves nothing that is handed in."""
    text = exercise.text("solution.sh")
    inside = (
        IN_A_BOX.search(text)
        or exercise.spec.runs.get("solution.sh", exercise_file.Place.KUBECTL) is not exercise_file.Place.KUBECTL
    )
    found = {why for why, words in SIGNS.items() if re.search(words, text)}
    faults = [paths.PROVISION / "faults" / str(row.fault) for row in exercise.spec.variants if row.fault]
    if any("iptables" in path.read_text(encoding="utf-8") for fault in faults for path in fault.glob("*.sh")):
        found.add(regrade_limits.Why.MEMORY)
    return found if inside else found - {regrade_limits.Why.KEY}


@pytest.mark.parametrize("name", library.names())
def test_every_exercise_that_cannot_be_confirmed_is_named(name: str) -> None:
    """Every shipped exercise: keys made in a box, data, evictions, firewall rules, requests; and no other is named."""
    found = limit_of(library.read(paths.LABS / "exercises" / name))
    why = regrade_limits.LIMITS.get(name)
    assert (why in found) if found else why is None
    text = (paths.ROOT / pages.COURSE).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and re.search(rf"\b{name}\b", line)]
    assert [bool(why and why in row) for row in rows] == ([True] if why else [])
    assert bool(regrade_limits.limit_of(name)) == bool(why)


def test_whoever_is_not_confirmed_is_told_of_the_limit(room: course_data.Class) -> None:
    """And who is, is not bothered with it."""
    check = room.tried("ada").checks[1]
    for points, more in ((10, 0), (8, 1)):
        outcome = regrade.Outcome(exercise="etcd-backup", claimed=check, found=check, points=points, claimed_points=10)
        assert len(outcome.lines()) == len(check.verdicts) + 1 + more


def test_an_exercise_that_was_changed_since_is_named_with_the_commit_that_has_it(
    room: course_data.Class, tmp_path: Path
) -> None:
    """Its break may be another: the teacher checks that commit out."""
    file = room.course.by_id["pods-pending"].exercise.folder / "task.md"
    kept, rows = file.read_text(encoding="utf-8"), difference(points=10)
    assert regrade.choose(room.course, handed_in(room, tmp_path, rows), "pods-pending").note == ""
    try:
        file.write_text("# Another\n", encoding="utf-8")
        note = regrade.choose(room.course, handed_in(room, tmp_path, rows), "pods-pending").note
    finally:
        file.write_text(kept, encoding="utf-8")
    assert "task.md" in note and room.given().records[-1].commit in note


def test_a_regrade_holds_the_lab_from_the_break_to_the_end(
    room: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other run can begin between its steps, and a check that reboots waits for no lock that is its own."""
    replay = regrade.choose(room.course, handed_in(room, tmp_path, difference()), "pods-pending")
    view = checks.View.of(labs_data.lab("default"), paths.LabPaths(name="default"))
    scene = types.SimpleNamespace(view=view, exercise=library.find("pods-pending"))
    steps: list[str] = []

    def step(name: str, result: object = None) -> Any:
        def act(*_: object, **__: object) -> object:
            with pytest.raises(errors.LabError, match="in use"), locks.lab("default"):
                pass
            steps.append(name)
            return result

        return act

    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(session, "open_lab", lambda name, **_: (labs_data.lab(name), paths.LabPaths(name=name)))
    with session.held("default", progress.Progress.silent()) as held:
        now: Any = commands.Sitting(session=held, scene=scene, attempt=dataclasses.replace(replay.tried, ready="x"))  # type: ignore[arg-type]
        monkeypatch.setattr(commands, "start", step("start", now))
        monkeypatch.setattr(commands, "shows", step("shows"))
        monkeypatch.setattr(regrade, "_lay", step("lay", ()))
        monkeypatch.setattr(regrade, "_settle", step("settle"))
        monkeypatch.setattr(grade, "acts", lambda _: True)
        monkeypatch.setattr(grade, "check", step("check", replay.claimed))
        monkeypatch.setattr(register, "still", lambda *_: None)
        monkeypatch.setattr(register, "update", step("keep", now.attempt))
        monkeypatch.setattr(setup, "stop", step("stop"))
        assert regrade.run(held, replay).found == replay.claimed
    assert list(dict.fromkeys(steps)) == ["start", "shows", "lay", "settle", "check", "keep", "stop"]
