"""The words for a running lab: each does what its help says and reports errors clearly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
import yaml
from acts import LAB, Home, word

from kubelab import checks, paths
from kubelab.clients import docker, patience, ssh, vagrant
from kubelab.pki import secret_scan

MINE = """\
apiVersion: v1
kind: Config
current-context: work
clusters: [{name: work, cluster: {server: "https://work.example:6443"}}]
users: [{name: me, user: {token: not-a-real-one}}]
contexts: [{name: work, context: {cluster: work, user: me}}]
"""


def test_status_has_an_exit_code_for_every_state(home: Home) -> None:
    """0 for a lab that is well, 4 for one that is not there; as JSON every check is a row."""
    said = home.word("lab.status", "--json")
    rows = json.loads(said.out)["checks"]
    assert [row["check"] for row in rows] == list(checks.healthy(home.lab))
    assert all(row["ok"] for row in rows)
    assert "no boxes" in word("lab.status", "--lab", "selftest-two", codes=(4,)).out


def test_status_answers_while_the_api_is_down(home: Home) -> None:
    """With the API server's process stopped, status tells what is well and what is not. It never says well.

    Exit code 3, or 5: a process that is stopped answers as late as one on a busy computer, and silence is no proof.
    """
    plane = home.lab.control_plane[0]
    stop, go = ("sudo pkill -STOP -x kube-apiserver", "sudo pkill -CONT -x kube-apiserver")
    ssh.run(home.where, plane, stop)
    try:
        said = home.word("lab.status", "--json", codes=(3, 5))
        seen = {row["check"]: row for row in json.loads(said.out)["checks"]}
        assert not seen["API server"]["ok"]
        assert seen["boxes"]["ok"]
        assert seen["etcd"]["ok"]
    finally:
        ssh.run(home.where, plane, go)
    any(home.seen() == {} for _ in patience.polls(90))
    assert home.seen() == {}


def test_kubectl_uses_the_lab_whatever_the_person_uses(home: Home, tmp_path: Path) -> None:
    """`lab.kubectl` talks to the lab, also when KUBECONFIG names another cluster."""
    foreign = tmp_path / "config"
    foreign.write_text(MINE, encoding="utf-8")
    said = word(
        *("lab.kubectl", "--lab", home.name, "--", "get", "nodes", "-o", "name"), env={"KUBECONFIG": str(foreign)}
    )
    assert said.out.split() == sorted(f"node/{node.name}" for node in home.lab.nodes)
    assert foreign.read_text(encoding="utf-8") == MINE


def test_ssh_opens_every_box(home: Home) -> None:
    """`lab.ssh` lands as user core; an unknown box is an error that names those that there are."""
    for machine in home.lab.machines:
        said = word("lab.ssh", machine.name, "--lab", home.name, "--command", "id -un; hostname")
        assert said.out.split() == ["core", machine.name]
    said = word("lab.ssh", "kube-worker-77", "--lab", home.name, codes=(2,))
    assert "machine-unknown" in said.err
    assert home.lab.workers[0].name in said.err


def test_plain_vagrant_works_from_the_root(home: Home) -> None:
    """`vagrant status` and `vagrant ssh NAME` know the lab's boxes by the committed Vagrantfile."""
    environment = vagrant.environment(home.name)
    status = subprocess.run(
        ["vagrant", "status"], cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=True
    )
    for machine in home.lab.machines:
        assert any(line.split()[:2] == [machine.vagrant_name, "running"] for line in status.stdout.splitlines())
    words = ["vagrant", "ssh", home.lab.control_plane[0].vagrant_name, "-c", "hostname"]
    inside = subprocess.run(words, cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=True)
    assert home.lab.control_plane[0].name in inside.stdout


def test_kubeconfig_is_merged_and_the_rest_is_kept(home: Home, tmp_path: Path) -> None:
    """`lab.kubeconfig` prints; `--merge` adds the lab's context and keeps the person's own, and what is current."""
    printed = yaml.safe_load(home.word("lab.kubeconfig").out)
    assert printed["current-context"] == home.lab.context
    target = tmp_path / "config"
    target.write_text(MINE, encoding="utf-8")
    word("lab.kubeconfig", "--lab", home.name, "--merge", env={"KUBECONFIG": str(target)})
    merged = yaml.safe_load(target.read_text(encoding="utf-8"))
    assert {row["name"] for row in merged["contexts"]} == {"work", home.lab.context}
    assert merged["current-context"] == "work"


def test_env_makes_kubectl_work_in_a_shell(home: Home) -> None:
    """What `lab.env` prints is all that a shell needs."""
    script = f'eval "$({sys.executable} -m invoke lab.env --lab {home.name})" && kubectl get --raw /readyz'
    done = subprocess.run(["bash", "-c", script], cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "ok", done.stderr


def test_logs_hold_what_helps_and_no_key(home: Home, tmp_path: Path) -> None:
    """One archive has every box's journal and the cluster's events; no key of the lab is in it."""
    archive = tmp_path / "logs.tar.gz"
    home.word("lab.logs", "--out", str(archive))
    scan = secret_scan.Scan.of(home.where)
    assert len(scan.known) > 20, "the scan knows no keys: it would find none"
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        found = {member.name: scan.found(file.read()) for member in tar if (file := tar.extractfile(member))}
    for machine in home.lab.machines:
        assert any(machine.name in name and "journal" in name for name in names), names[:50]
    assert any(name.endswith("events.txt") for name in names)
    assert {name: what for name, what in found.items() if what} == {}


def test_load_puts_an_image_on_every_worker(home: Home, tmp_path: Path) -> None:
    """An archive of an image that no registry has is on the workers afterwards, under its own name."""
    docker.run("build", "--quiet", "--tag", "kubelab.test/loaded:1", str(_context(tmp_path)), timeout=120)
    try:
        home.word("lab.load", "kubelab.test/loaded:1")
    finally:
        docker.run("rmi", "kubelab.test/loaded:1")
    for worker in home.lab.workers:
        listed = ssh.run(home.where, worker, "sudo crictl images -o json")
        assert "kubelab.test/loaded:1" in {tag for image in json.loads(listed)["images"] for tag in image["repoTags"]}
    assert "load-image" in word("lab.load", "kubelab.test/none:1", "--lab", home.name, codes=(1, 2)).err


def _context(folder: Path) -> Path:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY hello /hello\n", encoding="utf-8")
    (folder / "hello").write_text("hello\n", encoding="utf-8")
    return folder


def test_two_runs_at_once_are_told_apart(home: Home) -> None:
    """While one run holds the lab, another that would change or judge it stops within seconds and says who does."""
    words = [sys.executable, "-c", _HOLD.format(name=home.name)]
    holder = subprocess.Popen(words, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        for name in ("lab.up", "lab.halt", "lab.test"):
            said = home.word(name, codes=(1,))
            assert "lab-locked" in said.err
            assert f"process {holder.pid}" in said.err
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    home.word("lab.up")


_HOLD = """
import time
from kubelab.state import locks
with locks.lab({name!r}):
    print("held", flush=True)
    time.sleep(60)
"""


def test_interrupted_up_goes_on(home: Home) -> None:
    """Ctrl-C in the middle of `lab.up` on a halted lab says so and ends; the next `lab.up` makes the lab whole."""
    home.word("lab.halt")
    # A suite that runs in the background of a script ignores Ctrl-C, and so would what it starts.
    words = ["env", "--default-signal=INT", sys.executable, "-m", "invoke", "lab.up", "--lab", home.name]
    run = subprocess.Popen(
        words, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    home.await_boundary(run, "begin boxes")
    time.sleep(1)
    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert "Traceback" not in err
    home.word("lab.up")
    assert home.seen() == {}


@pytest.mark.parametrize("words", [("lab.up", "--lab", "no-such-lab"), ("lab.show", "--lab", "../x"), ("lab.nothing",)])
def test_mistyped_words_are_usage_errors(words: tuple[str, ...]) -> None:
    """A lab, a path or a word that does not exist is told without a traceback; exit code 1 or 2."""
    said = word(*words, codes=(1, 2))
    assert "Traceback" not in said.all
    assert said.err


def test_list_and_show_name_the_lab(home: Home) -> None:
    """`lab.list` has the lab with its running boxes; `lab.show --json` its addresses."""
    row = next(line.split() for line in word("lab.list").out.splitlines() if line.split()[:1] == [home.name])
    assert row[-1] == str(len(home.lab.machines))
    shown = json.loads(home.word("lab.show", "--json").out)
    assert [machine["address"] for machine in shown["machines"]] == [str(m.address) for m in home.lab.machines]
    assert shown["name"] == LAB
