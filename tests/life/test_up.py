"""The lab comes up and passes its test; a second lab.up changes nothing; after a halt it comes back whole."""

from __future__ import annotations

import json
import re
import sys
import uuid

import requests
from acts import Home, word

from kubelab import checks, providers
from kubelab.clients import ssh
from kubelab.converge import etcd_clients

PROCESSES = "sudo sh -c 'ps -eo pid,lstart,comm --no-headers | grep -E \"{names}\" | sort'"
LONG_LIVED = "etcd|kube-|kubelet|containerd$|flanneld|calico|coredns|redis|guestbook"
WRITTEN = "sudo find /etc /opt /var/lib/kubelab -xdev -type f -newer /tmp/kubelab-mark -not -path '*/volumes/*'"


def guestbook(home: Home) -> str:
    """Return the address of the guestbook on the first worker."""
    return f"http://{home.lab.workers[0].address}:{checks.GUESTBOOK_PORT}"


def processes(home: Home) -> dict[str, str]:
    """Return machine name to its long-lived processes with their ids and start times."""
    command = PROCESSES.format(names=LONG_LIVED)
    found = ssh.each(home.lab.machines, lambda machine: ssh.run(home.where, machine, command))
    assert all(isinstance(rows, str) and rows for rows in found.values()), found
    return {name: str(rows) for name, rows in found.items()}


def restarts(home: Home) -> dict[str, int]:
    """Return every container of every pod to how often it was restarted."""
    return {
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}/{row['name']}": row["restartCount"]
        for pod in home.view.api.items("/api/v1/pods")
        for row in pod["status"].get("containerStatuses", [])
    }


def prove(home: Home) -> None:
    """Run the whole live suite as a person does; it has to name every host of the lab."""
    said = home.word("lab.test")
    judged = re.search(rf"lab {home.name}: (\d+) hosts and (\d+) checks judged", said.all)
    assert judged, said.all[-3000:]
    assert int(judged[1]) == len(home.lab.machines)
    assert int(judged[2]) > 100
    sys.stdout.write(said.out[-1500:])


def test_up_says_what_a_person_needs(home: Home) -> None:
    """The end of `lab.up` has every machine with its address, the kubeconfig, the PATH of kubectl, what to type."""
    for machine in home.lab.machines:
        assert re.search(rf"{machine.name}\s+{re.escape(str(machine.address))}\s+{machine.memory} MiB", home.first_up)
    assert f"export KUBECONFIG={home.where.kubeconfig}" in home.first_up
    assert f"export PATH={home.where.bin}:" in home.first_up
    assert "Next:" in home.first_up


def test_the_lab_is_proven(home: Home) -> None:
    """`lab.test` judges every host of the new lab, and all of it is well."""
    prove(home)


def test_programs_without_a_connection_to_etcd_are_found(home: Home) -> None:
    """None in a lab that is well; every one if no connection is seen: each has its process, and would be woken.

    What `lab.up` and the end of an exercise do after a long outage of etcd rests on this look.
    """
    script = etcd_clients.SCRIPT.read_bytes()
    for blind, controllers in ((b"", []), (b"ss() { :; }\n", ["kube-controllers"])):
        for machine in home.lab.nodes:
            wanted = ["calico-node", "flanneld", *(controllers if machine in home.lab.control_plane else [])]
            said = ssh.run(home.where, machine, "sudo bash -s look", given=blind + script)
            assert sorted(said.split()) == (wanted if blind else []), machine.name


def test_second_up_changes_nothing(home: Home) -> None:
    """A second `lab.up` writes no file in any box, restarts no process and no container, and says so."""
    ssh.each(home.lab.machines, lambda machine: ssh.run(home.where, machine, "touch /tmp/kubelab-mark"))
    before = (processes(home), restarts(home), [box.since for box in providers.boxes(home.name)])
    said = home.word("lab.up", "--json")
    up = [json.loads(line) for line in said.out.splitlines() if line.startswith("{")][-1]
    assert up["event"] == "up"
    assert set(up["boxes"]) == {machine.name for machine in home.lab.machines}
    assert set(up["boxes"].values()) == {"nothing"}
    after = (processes(home), restarts(home), [box.since for box in providers.boxes(home.name)])
    assert after == before
    written = ssh.each(home.lab.machines, lambda machine: ssh.run(home.where, machine, WRITTEN))
    assert written == {machine.name: "" for machine in home.lab.machines}


def test_halted_lab_comes_back_with_its_entries(home: Home) -> None:
    """After `lab.halt` nothing runs; `lab.up` brings all back, the guestbook's old entry too; it is proven anew."""
    entry = f"written before the halt, {uuid.uuid4()}"
    written = requests.post(f"{guestbook(home)}/api/entries", json={"message": entry}, timeout=10)
    assert written.ok, written.text
    home.word("lab.halt")
    states = {item["Name"]: item["State"] for item in json.loads(providers.described(home.name))}
    assert len(states) == len(home.lab.machines)
    assert not any(state["Running"] for state in states.values())
    assert {state["ExitCode"] for state in states.values()} <= {0, 130}, "a box was killed instead of halted"
    said = home.word("lab.status", codes=(3, 5))
    assert "boxes" in said.out
    home.word("lab.up")
    assert home.seen() == {}
    assert entry in requests.get(f"{guestbook(home)}/api/entries", timeout=10).text
    prove(home)


def test_removed_container_is_made_again(home: Home) -> None:
    """A box that was deleted behind Vagrant's back is made anew by `lab.up`; the others are left alone."""
    victim = home.lab.workers[-1]
    before = {box.name: box.ident for box in providers.boxes(home.name)}
    providers.of(home.lab).remove_boxes([victim.container])
    assert word("lab.status", "--lab", home.name, codes=(3, 5)).out.count("✗") > 0
    home.word("lab.up")
    after = {box.name: box.ident for box in providers.boxes(home.name)}
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == {victim.container}
    assert home.seen() == {}
