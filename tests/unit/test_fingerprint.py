"""The fingerprint stays equal when a cluster changes by itself and differs after a change by hand."""

from __future__ import annotations

import labs_data

from kubelab.clients import kube_api
from kubelab.proofs import fingerprint

LAB = labs_data.lab()


def firewall(*rules: str, box: str = "box") -> set[str]:
    """Return what is kept of a box's rules."""
    said = "".join(f"firewall\tfilter {rule}\n" for rule in rules)
    return {key for _, key, _ in fingerprint._rows(said, LAB, box=box)}


def test_pods_that_were_made_anew_leave_the_firewall_alike() -> None:
    """Addresses, interfaces, digests of both and counters change with every pod."""
    before = firewall(
        "-A KUBE-SEP-ABCDEFGHIJ -s 10.2.14.3/32 -j KUBE-MARK-MASQ",
        "-A cali-to-wl-dispatch -o cali0123456789a -j cali-tw-cali0123456789a",
        ":KUBE-SVC-TCOU7JCQXEZGVUNU - [12:345]",
    )
    after = firewall(
        "-A KUBE-SEP-QRSTUVWXYZ -s 10.2.7.211/32 -j KUBE-MARK-MASQ",
        "-A cali-to-wl-dispatch -o calibbbbbbbbbbb -j cali-tw-calibbbbbbbbbbb",
        "-A cali-to-wl-dispatch -o caliccccccccccc -j cali-tw-caliccccccccccc",
        "-A cali-to-wl-dispatch -o cali8+ -g cali-to-wl-dispatch-8",
        ":KUBE-SVC-TCOU7JCQXEZGVUNU - [0:0]",
    )
    assert before == after


def test_a_rule_of_somebody_elses_is_seen() -> None:
    """One line in a thousand is what a firewall fault is."""
    rule = "-A INPUT -p udp -m udp --dport 8472 -j DROP"
    assert firewall(rule) - firewall() == {f"box filter {rule}"}


def test_a_rule_of_somebody_elses_for_all_pods_is_seen() -> None:
    """Only Felix's own chains have rules that depend on the names of interfaces."""
    assert firewall("-A FORWARD -i cali+ -j DROP") and firewall("-A INPUT -i cali8+ -j DROP")


def test_a_pod_that_moved_takes_its_rules_along() -> None:
    """Felix writes a namespace's rules where its pods are; a rule more is seen, and any in a chain of the host."""
    rule = '-A cali-pro-kns.dashboard -m comment --comment "cali:Wxyz0123abcd" -m comment --comment "{} egress" -j {}'
    chain = ":cali-pro-kns.dashboard - [0:0]"
    profile, drop = rule.format("Profile kns.dashboard", "MARK"), rule.format("mine", "DROP")
    assert firewall(chain, profile, box="one") == firewall(chain, profile, box="two")
    assert firewall(chain, profile, drop) - firewall(chain, profile)
    host = "-A cali-FORWARD -i cali+ -j DROP"
    assert firewall(host, box="one") != firewall(host, box="two")


def test_the_virtual_address_may_move() -> None:
    """kube-proxy writes the rule of node ports where the address is; a rule of somebody else's about it is seen."""
    lab = labs_data.lab(planes=3)
    rule = f"nat -A KUBE-SERVICES -d {lab.virtual}/32 -m comment -j KUBE-NODEPORTS"
    drop = f"filter -A INPUT -d {lab.virtual}/32 -j DROP"
    found = [key for _, key, _ in fingerprint._rows(f"firewall\t{rule}\nfirewall\t{drop}\n", lab, box="one")]
    assert found == [f"one {drop}"]


def test_services_of_tests_are_left_out_with_their_chains() -> None:
    """kube-proxy may write their rules after the first look; those of all others count, also with a like name."""
    kept = '-A KUBE-SERVICES -d 10.3.0.9/32 -m comment --comment "mine/kubelab-x:http cluster IP" -j KUBE-SVC-MINE'
    assert firewall(
        ":KUBE-SVC-PROBES - [0:0]",
        '-A KUBE-SERVICES -d 10.3.0.8/32 -m comment --comment "kubelab-probe/probe:http cluster IP" -j KUBE-SVC-PROBES',
        '-A KUBE-EXTERNAL-SERVICES -m comment --comment "kubelab-probe/probe:http has no endpoints" -j REJECT',
        ":KUBE-SVC-MINE - [0:0]",
        kept,
    ) == {"box filter :KUBE-SVC-MINE -", f"box filter {kept}"}


def test_policies_of_tests_are_left_out_with_their_chains() -> None:
    """Felix may write their rules after the first look (seen: `Policy kubelab-probe/…` once); those of others count."""
    rule = '-A {} -p tcp -m comment --comment "cali:abcdefgh" -m comment --comment "{}" -j MARK'
    kept = rule.format("cali-pi-_MineMine", "Policy mine/knp.default.kubelab-x ingress")
    assert firewall(
        ":cali-pi-_Probe123 - [0:0]",
        rule.format("cali-pi-_Probe123", "Policy kubelab-probe/knp.default.only-8080 ingress"),
        '-A cali-tw-cali0123456789a -m comment --comment "cali:abcdefgh" -j cali-pi-_Probe123',
        rule.format("cali-pri-kns.kubelab-probe", "Profile kns.kubelab-probe ingress"),
        kept,
    ) == firewall(kept)


def test_what_docker_writes_at_each_start_is_left_out() -> None:
    """Its name server's ports and a box's address on its bridge change with every start of the box."""
    assert (
        firewall("-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp --dport 53 -j DNAT --to-destination 127.0.0.11:40123")
        == set()
    )
    said = "".join(f"entries\tff\t644\troot:root\t/etc/{name}\t\n" for name in ("hosts", "hosts.allow"))
    assert [key for _, key, _ in fingerprint._rows(said, LAB, box="box")] == ["box /etc/hosts.allow"]


def files(kind: str = "ff", mode: str = "644", owner: str = "root:root", target: str = "", digest: str = "a") -> str:
    """Return what is kept of a file of a box."""
    said = f"entries\t{kind}\t{mode}\t{owner}\t/etc/x\t{target}\ndigests\t{digest * 64}  /etc/x\n"
    ((part, key, state),) = fingerprint._rows(said, LAB, box="box")
    assert (part, key) == ("files", "box /etc/x")
    return state


def test_whatever_is_changed_of_a_file_is_seen() -> None:
    """Content, mode, owner, and that it is a link, a folder, or leads elsewhere."""
    looks = (
        files(), files(digest="b"), files(mode="600"), files(owner="root:core"), files("dd"),
        files("lf", target="/a"), files("lf", target="/b"),
    )  # fmt: skip
    assert len(set(looks)) == len(looks)


def test_a_slice_of_endpoints_is_its_services() -> None:
    """A service that led to another port for a while has another slice afterwards."""
    kind = "/apis/discovery.k8s.io/v1/endpointslices"
    one, two = (
        {
            "metadata": {
                "name": name,
                "uid": name,
                "namespace": "g",
                "labels": {"kubernetes.io/service-name": "frontend"},
            }
        }
        for name in ("frontend-abc", "frontend-xyz")
    )
    assert fingerprint._row(kind, one) == fingerprint._row(kind, two)


def pod(name: str, uid: str, image: str = "redis:8") -> kube_api.Json:
    """Return a replica as the API gives it."""
    owner = {"kind": "ReplicaSet", "name": "redis-7b9", "uid": "1"}
    return {
        "metadata": {"name": name, "namespace": "guestbook", "uid": uid, "ownerReferences": [owner]},
        "spec": {
            "nodeName": f"worker-{uid}",
            "containers": [{"image": image}],
            "volumes": [{"name": f"kube-api-access-{name}"}],
        },
        "status": {"podIP": f"10.2.0.{uid}"},
    }


def test_a_replica_is_the_same_under_another_name() -> None:
    """A pod that was deleted comes back with another name, UID, node and address: nobody decided those."""
    assert fingerprint._row("/api/v1/pods", pod("aaaaa", "1")) == fingerprint._row("/api/v1/pods", pod("bbbbb", "2"))
    assert fingerprint._row("/api/v1/pods", pod("aaaaa", "1")) != fingerprint._row(
        "/api/v1/pods", pod("aaaaa", "1", "x")
    )


def test_a_pod_of_a_daemonset_is_the_same_under_another_name() -> None:
    """A speaker of the load balancer that was deleted comes back on its node; one of another node is another one."""
    kind = "/api/v1/pods"

    def speaker(name: str, node: str) -> kube_api.Json:
        found = pod(name, "1")
        found["metadata"]["ownerReferences"] = [{"kind": "DaemonSet", "name": "speaker", "uid": "1"}]
        found["spec"]["affinity"] = {"nodeAffinity": {"matchFields": [{"values": [node]}]}}
        return found

    assert fingerprint._row(kind, speaker("aaaaa", "north")) == fingerprint._row(kind, speaker("bbbbb", "north"))
    assert fingerprint._row(kind, speaker("aaaaa", "north")) != fingerprint._row(kind, speaker("aaaaa", "south"))


def test_an_object_that_was_made_anew_is_another_one() -> None:
    """Deleting a role and creating it again is no repair that leaves everything as it was."""
    role = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "5", "generation": 1}, "rules": []}
    later = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "9", "generation": 3}, "rules": []}
    anew = {"metadata": {"name": "a", "uid": "2", "resourceVersion": "5", "generation": 1}, "rules": []}
    kind = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    assert fingerprint._row(kind, role) == fingerprint._row(kind, later) != fingerprint._row(kind, anew)


def test_a_layer_that_was_built_anew_is_the_same_without_identities() -> None:
    """With UIDs left out, an object and what it owns are what they were; one whose content differs is not."""
    kind = "/apis/apps/v1/replicasets"

    def row(uid: str, replicas: int) -> tuple[str, str]:
        owner = {"kind": "Deployment", "name": "coredns", "uid": f"owner of {uid}"}
        meta = {"name": "coredns-1", "namespace": "kube-system", "uid": uid, "ownerReferences": [owner]}
        return fingerprint._row(kind, fingerprint.without_identity({"metadata": meta, "spec": {"replicas": replicas}}))

    assert row("one", 2) == row("two", 2)
    assert row("one", 2) != row("two", 3)


def test_a_node_that_registered_again_is_the_same_node() -> None:
    """Nobody can give a deleted node its UID back; its labels and taints are what somebody decides."""
    kind = "/api/v1/nodes"
    one, two = ({"metadata": {"name": "a", "uid": uid}, "spec": {"taints": []}} for uid in "xy")
    mirrors = [
        {"metadata": {"name": "p", "ownerReferences": [{"kind": "Node", "uid": uid}]}, "spec": {}} for uid in "xy"
    ]
    cordoned = {"metadata": {"name": "a", "uid": "x"}, "spec": {"taints": [], "unschedulable": True}}
    assert fingerprint._row(kind, one) == fingerprint._row(kind, two) != fingerprint._row(kind, cordoned)
    assert fingerprint._row("/api/v1/pods", mirrors[0]) == fingerprint._row("/api/v1/pods", mirrors[1])


def test_differences_name_the_thing_and_both_states() -> None:
    """Whoever reads that a lab was not put back wants to know what."""
    one = fingerprint.Fingerprint(
        parts={"files": {"a /x": "1", "a /y": "1"}, "units": {}, "firewall": {}, "objects": {}}
    )
    two = fingerprint.Fingerprint(parts={"files": {"a /x": "2"}, "units": {}, "firewall": {}, "objects": {"p q": "3"}})
    assert fingerprint.differences(one, two) == (
        "files: a /x: 1 -> 2",
        "files: a /y: 1 -> absent",
        "objects: p q: absent -> 3",
    )
    assert fingerprint.differences(one, one) == ()
    assert one.digests["files"] != two.digests["files"]
    assert one.digests["units"] == two.digests["units"]
