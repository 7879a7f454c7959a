"""back.sh, run by bash, puts files, units, pods and the firewall back to their kept state after any change."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from kubelab import paths
from kubelab.faults import fault_scripts, undo

STUBS = {
    "systemctl": """
        echo "systemctl $*" >> "$CALLS"
        [[ $1 != is-active ]] || { grep -qx "$2" "$DOWN" && echo failed || echo active; }""",
    "crictl": 'echo "crictl $*" >> "$CALLS"',
    "kubectl": 'echo "kubectl $*" >> "$CALLS"',
    "iptables": """
        shift # -w
        case $1 in
          -S) echo "-P $2 ACCEPT"; grep -e "^-A $2 " "$RULES" || true ;;
          -D) shift; grep -vxF -e "-A $*" "$RULES" > "$RULES.new" || true; mv "$RULES.new" "$RULES" ;;
        esac""",
}
OWN = '-A INPUT -j KUBE-FIREWALL\n-A FORWARD -m comment --comment "cali:x y" -j cali-FORWARD\n'
KEPT = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
BROKEN = "-A INPUT -p udp -m udp --dport 8472 -j DROP\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Return a folder with commands that write down how they are called, and a firewall that is a file."""
    for name, body in STUBS.items():
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(f"#!/usr/bin/env bash\n{body}\n", encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("calls", "down"):
        (tmp_path / name).touch()
    (tmp_path / "rules").write_text(OWN + KEPT + BROKEN, encoding="utf-8")
    return tmp_path


def run(box: Path, files: dict[str, bytes], **values: str) -> list[str]:
    """Run back.sh with an archive of what was kept; return what was called."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, content in {"rules": KEPT.encode(), **files}.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    text = "".join((paths.PROVISION / "faults" / name).read_text(encoding="utf-8") for name in undo.PARTS)
    names = ("FILES", "OBJECTS", "STARTS", "RESTARTS", "PODS", "UNITS", "MACHINES")
    given = fault_scripts.text(text, {**dict.fromkeys(names, ""), **values}, stream.getvalue())
    given = given.replace(b"/run/kubelab-", f"{box}/kubelab-".encode()).replace(b"/opt/bin", f"{box}/bin".encode())
    environment = {**os.environ, "CALLS": str(box / "calls"), "DOWN": str(box / "down"), "RULES": str(box / "rules")}
    subprocess.run(["bash", "-c", ". /dev/stdin"], input=given, env=environment, check=True, timeout=30)
    return (box / "calls").read_text(encoding="utf-8").splitlines()


def test_files_are_what_was_kept_and_what_reads_them_begins_anew(box: Path) -> None:
    """One that was changed, one that is gone, one that was not there before; units, pods and a unit that is down."""
    changed, gone, new = (box / name for name in ("changed", "gone", "new"))
    changed.write_text("broken", encoding="utf-8")
    new.write_text("broken", encoding="utf-8")
    (box / "down").write_text("flannel-config.service\n", encoding="utf-8")
    kept = {str(changed): b"right", str(gone): b"there"}
    words = " ".join(map(str, (changed, gone, new)))
    calls = run(box, kept, FILES=words, RESTARTS="kubelet", PODS="kube-proxy", UNITS="etcd flannel-config")
    assert changed.read_text() == "right" and gone.read_text() == "there" and not new.exists()
    assert "systemctl restart --no-block kubelet.service" in calls
    assert "systemctl restart --no-block flannel-config.service" in calls, "it was down"
    assert "systemctl restart --no-block etcd.service" not in calls, "it was up"
    assert any("container.name=kube-proxy" in line for line in calls)
    assert not [path for path in box.iterdir() if path.name.startswith("kubelab-")], "nothing of it stays"


def test_a_rule_that_was_not_there_goes_and_the_labs_own_stay(box: Path) -> None:
    """Twice, too: what is right already is left alone."""
    (box / "rules").write_text(OWN + KEPT + BROKEN * 2 + "-A OUTPUT -d 10.0.0.0/8 -j DROP\n", encoding="utf-8")
    for _ in range(2):
        run(box, {})
        assert (box / "rules").read_text(encoding="utf-8") == OWN + KEPT


def test_a_unit_whose_start_was_taken_away_is_started(box: Path) -> None:
    """Its failures are forgotten first: systemd would not try it again."""
    calls = run(box, {}, STARTS="containerd")
    assert calls[-3:] == [
        "systemctl daemon-reload",
        "systemctl reset-failed containerd.service",
        "systemctl start --no-block containerd.service",
    ]
