"""Graders read a box's files as its programs do: options, manifests, a Corefile, kubelets, etcd's listeners."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import graders_data
import pytest

from kubelab import checks
from kubelab.exercises import manifests

POD = {
    "kind": "Pod",
    "metadata": {"name": "kube-apiserver"},
    "spec": {"containers": [{"command": ["kube-apiserver", "--a=1"], "args": ["--b", "2", "--c"]}]},
}


def test_options_are_read_in_every_form() -> None:
    """With `=`, as two words, alone, in command or args, with underscores; the last one counts."""
    given = manifests.options(POD)
    assert {name: manifests.last(given, name) for name in given} == {"a": "1", "b": "2", "c": "true"}
    twice = manifests.words(["--etcd_servers=a,b", "--etcd-servers", "c", "--x=1", "--x=2", "word"])
    assert manifests.listed(twice, "etcd-servers") == {"a", "b", "c"}
    assert manifests.last(twice, "x") == "2"
    assert manifests.last(twice, "none") == ""


def test_lists_have_no_order_and_words_do_not_change() -> None:
    """Two ways to name the same modes differ in nothing; another mode does."""
    one, two = (
        manifests.words(["--authorization-mode=Node,RBAC"]),
        manifests.words(["--authorization-mode", "RBAC,Node"]),
    )
    assert manifests.differing(one, two, ["authorization-mode", "profiling"]) == []
    assert manifests.differing(one, manifests.words(["--authorization-mode=Node"]), ["authorization-mode"])


@pytest.mark.parametrize(
    "text", [json.dumps(POD), "\n---\n# kind: Other\nkind: Pod\nmetadata: {name: kube-apiserver}\n"]
)
def test_a_static_pod_is_found_in_any_file(text: str) -> None:
    """By what its manifest says, beside others that are broken or about something else."""
    said = f"{manifests.MARK}/a.yaml\n[\n{manifests.MARK}/b.yaml\nkind: Pod\n{manifests.MARK}/any.json\n{text}"
    assert manifests.named(said, "kube-apiserver")["metadata"]["name"] == "kube-apiserver"
    with pytest.raises(checks.Wrong, match="cannot be read"):
        manifests.named(said, "etcd")


def test_a_file_is_where_the_machine_has_it() -> None:
    """The innermost mount counts; what is not mounted from the machine is told."""
    volumes = [{"name": "out", "hostPath": {"path": "/srv"}}, {"name": "in", "hostPath": {"path": "/opt/keys"}}]
    mounts = [{"name": "out", "mountPath": "/etc"}, {"name": "in", "mountPath": "/etc/keys/"}]
    pod = {"spec": {"containers": [{"volumeMounts": mounts}], "volumes": volumes}}
    assert manifests.on_host(pod, "/etc/keys/a/b.yaml") == "/opt/keys/a/b.yaml"
    assert manifests.on_host(pod, "/etc/c.yaml") == "/srv/c.yaml"
    with pytest.raises(checks.Wrong, match="not mounted"):
        manifests.on_host(pod, "/var/c.yaml")


COREFILE = """\
.:53 {
    errors
    health :8080
    kubernetes lab.example in-addr.arpa ip6.arpa {
        pods insecure
        ttl 7
    }
}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("ttl 7", "ttl 7 # seconds", ""),
        ("ttl 7", '"ttl"   "7"', ""),
        ("kubernetes lab.example", "kubernetes in-addr.arpa lab.example.", ""),
        ("errors", "# forward . 1.2.3.4", ""),
        ("ttl 7", "# ttl 7", "the ttl is not set, expected 7"),
        ("ttl 7", "ttl 70", "the ttl is 70, expected 7"),
        ("errors", "cache {\n        ttl 7\n    }", ""),
        ("        ttl 7\n    }", "    }\n    cache {\n        ttl 7\n    }", "the ttl is not set, expected 7"),
        ("lab.example", "lab.example.org", "no kubernetes plugin of the Corefile answers for lab.example"),
        ("errors", "forward . 1.2.3.4", "has the plugin forward"),
        ("    }\n}", "    }\n", "leaves a block open"),
        ("    errors", "}\n}", "closes a block"),
    ],
)
def test_a_corefile_is_read_by_its_blocks(old: str, new: str, said: str) -> None:
    """Comments and quotes say nothing; a ttl of another plugin, or in a comment, is none."""
    path = "/api/v1/namespaces/kube-system/configmaps/coredns"
    lab = graders_data.Lab({path: {"data": {"Corefile": COREFILE.replace(old, new, 1)}}}, domain="lab.example", ttl="7")
    found = graders_data.verdict(graders_data.check("build-dns", "corefile_is_there"), lab)
    assert (said in found) if said else not found


CLOSED = {"authentication": {"anonymous": {"enabled": False}}, "authorization": {"mode": "Webhook"}}


@pytest.mark.parametrize(
    ("config", "text", "said"),
    [
        (CLOSED, "", ""),
        ({**CLOSED, "authorization": {"mode": "AlwaysAllow"}}, "", "mode is AlwaysAllow, not Webhook"),
        ({**CLOSED, "authentication": {"anonymous": {"enabled": True}}}, "", "allows anonymous access"),
        (None, "authentication: {anonymous: {enabled: false}}\nauthorization:\n  mode: 'Webhook'\n", ""),
        (None, json.dumps(CLOSED), ""),
        (None, "kind: KubeletConfiguration\n", ""),
        (
            None,
            "authentication: {anonymous: {enabled: true}}\n# anonymous: enabled: false\n",
            "allows anonymous access",
        ),
    ],
)
def test_a_kubelet_is_judged_by_what_it_runs_with(config: dict[str, Any] | None, text: str, said: str) -> None:
    """By what it answers; where it does not run, by its file in any style, with what Kubernetes takes for granted."""

    class Lab(graders_data.Lab):
        def get(self, path: str, **query: str) -> Any:
            assert path.endswith("/configz"), (path, query)
            if config is None:
                raise checks.Wrong("the kubelet does not answer")
            return {"kubeletconfig": config}

    lab = Lab(prints={"cat /etc/kubernetes/kubelet/config.yaml": text})
    found = graders_data.verdict(graders_data.check("worker-not-ready", "kubelet_asks"), lab, [])
    assert (said in found) if said else not found


@pytest.mark.parametrize(
    ("doors", "said"),
    [
        ("http://1.2.3.4:2379 000 000\nhttps://1.2.3.4:2379 000 000\nhttp://127.0.0.1:2381 404 404\n", ""),
        ("https://1.2.3.4:2379 200 404\n", "answers without a client certificate at https://1.2.3.4:2379"),
        ("https://1.2.3.4:2380 404 200\n", "answers without a client certificate at https://1.2.3.4:2380"),
        ("http://0.0.0.0:9999 200 000\n", "answers without a client certificate at http://0.0.0.0:9999"),
        ("", "listens nowhere"),
    ],
)
def test_etcd_is_tried_at_every_door(doors: str, said: str) -> None:
    """However its configuration is written: whoever shows no certificate gets no answer, at any port."""
    asks = {"client-cert-auth": True, "trusted-ca-file": "ca.crt"}
    config = json.dumps({"client-transport-security": asks, "peer-transport-security": asks})
    lab = graders_data.Lab(prints={"ss -Htlnp": doors, "cat /etc/etcd/etcd.conf.yaml": config})
    found = graders_data.verdict(graders_data.check("etcd-unreachable", "etcd_asks_for_certificates"), lab, [])
    assert (said in found) if said else not found


UID = "0f1e"
SYSTEM = ("/api/v1/namespaces", "", "kube-system")


@pytest.mark.parametrize(
    ("running", "counted", "said"),
    [("/var/lib/etcd/data/member/snap/db\n", "3", ""), ("/srv/new/member/snap/db\n", "0", "/srv/new/member/snap/db is"),
     ("", "1", "")],
)  # fmt: skip
def test_data_is_the_old_one_wherever_it_lies(running: str, counted: str, said: str) -> None:
    """A moved folder has the cluster's identity in it, a new one has not; a stopped etcd is judged by the file."""
    config = '{"data-dir": "/srv/old/"}'
    counts = {f"-F {UID} /srv/old/": "1", f"-F {UID} ": counted}
    prints = {"member/snap/db$": running, "cat /etc/etcd/etcd.conf.yaml": config, **counts}
    lab = graders_data.Lab(prints=prints, before={SYSTEM: {"metadata": {"uid": UID}}})
    found = graders_data.verdict(graders_data.check("etcd-unreachable", "data_kept"), lab, [])
    assert (said in found) if said else not found


ENABLED = "active\nenabled\nmulti-user.target\n\n"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (ENABLED, ""),
        ("active\nstatic\nmulti-user.target\n\n", ""),
        ("active\ndisabled\n\nmulti-user.target\n", ""),
        ("active\ndisabled\nflannel-config.service\n\n", "does not start at boot: it is disabled"),
        ("active\nenabled-runtime\nmulti-user.target\n\n", "does not start at boot"),
        ("failed\nenabled\nmulti-user.target\n\n", "is failed"),
        ("", "is unknown"),
    ],
)
def test_a_unit_starts_at_boot_by_whatever_makes_it(states: str, said: str) -> None:
    """Enabled, or wanted by a target through a link or a drop-in; until the next boot is not for good."""
    look = graders_data.check("build-etcd", "unit_is_enabled")
    found = graders_data.verdict(look, graders_data.Lab(prints={"systemctl": states}))
    assert (said in found) if said else not found


def line(user: str, verb: str, name: str = "till-1", at: str = "2026-01-01T00:00:05.1Z", code: int = 200) -> str:
    """Return a line of an audit log about a pod of shop."""
    about = {"resource": "pods", "namespace": "shop", **({"name": name} if name else {})}
    row = {"user": {"username": user}, "verb": verb, "objectRef": about, "requestReceivedTimestamp": at}
    return json.dumps({**row, "responseStatus": {"code": code}}, separators=(",", ":"))


@pytest.mark.skipif(not shutil.which("jq"), reason="the boxes have jq, this computer has not")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        (line("kubelab-admin", "create"), ""),
        (line("system:kube-controller-manager", "delete"), ""),
        (line("kubelab-grader", "delete"), ""),
        (line("kubelab-admin", "delete", at="2025-12-31T23:00:00Z"), ""),
        (line("kubelab-admin", "delete", name="guest"), ""),
        (line("kubelab-admin", "delete", code=429), ""),
        (line("kubelab-admin", "delete"), "kubelab-admin till-1"),
        (line("kubelab-admin", "deletecollection", name=""), "kubelab-admin all of them"),
        ('{"namespace":"shop", cut', ""),
    ],
)
def test_who_deleted_a_pod_stands_in_the_audit_log(written: str, said: str, tmp_path: Path) -> None:
    """A delete asks no budget; controllers, the grader, other pods, what was refused and what is older do not count."""
    log = tmp_path / "audit-1.log"
    log.write_text(f"{written}\n", encoding="utf-8")

    class Lab(graders_data.Lab):
        def read(self, machine: object, command: str, timeout: float = 10) -> str:
            assert machine == self.value("control_plane"), timeout
            words = [word.replace("/var/log/kubernetes/audit*.log", str(log)) for word in shlex.split(command)]
            return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    made = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}
    lab = Lab({"/api/v1/namespaces/shop": made}, space="shop", app="till")
    found = graders_data.verdict(graders_data.check("drain-with-budget", "nobody_deleted"), lab, [])
    assert (said in found) if said else not found
