"""A lab that is harmed while a client writes to it becomes whole again with every acknowledged entry.

Runs some scenarios of `./run lab.survive`; KUBELAB_SURVIVE names others, with commas between, or `all`.
"""

from __future__ import annotations

import json
import os
import sys

import pytest
from acts import Home

from bench.survive import run, stage, table
from kubelab import errors
from kubelab.converge import session
from kubelab.lab import checkpoint_transfer, checkpoints, renew_certs
from kubelab.pki import certificates
from kubelab.state import checkpoint_files

USUAL = ("kill-kube-apiserver", "kill-kubelet", "power-worker", "lose-worker", "lose-etcd")


def chosen() -> list[str]:
    """Return the scenarios of this run."""
    named = os.environ.get("KUBELAB_SURVIVE", ",".join(USUAL))
    return list(table.TABLE) if named == "all" else [name for name in named.split(",") if name]


@pytest.mark.parametrize("name", chosen())
def test_the_lab_survives(home: Home, name: str) -> None:
    """It comes back whole; what must go on went on; no entry that was acknowledged is missing anywhere."""
    with stage.Stage.open(home.name) as on:
        result = run.run(name, on)
    sys.stdout.write(f"{result}\n")
    assert result.problems == []
    assert result.acknowledged > 5
    assert result.whole is not None


def test_what_is_lost_is_seen_to_be_lost(home: Home) -> None:
    """The measure itself: an entry that is said to be acknowledged and was never written is reported as missing."""
    with stage.Stage.open(home.name) as on:
        on.book.acknowledged |= {999_999}
        missing, behind = on.lost()
    assert missing == [999_999]
    assert set(behind.values()) == {1}


def test_certificates_are_renewed_with_the_lab_running(home: Home) -> None:
    """`lab.certs --renew --only`: these are new, all others are the old ones, and their users use them."""
    before = {row.path: row.not_after for row in renew_certs.rows(session.opened(home.name))}
    home.word("lab.certs", "--renew", "--only", "kubernetes/apiserver,nodes/*")
    after = {row.path: row.not_after for row in renew_certs.rows(session.opened(home.name))}
    renewed = {path for path in before if before[path] != after[path]}
    assert renewed == {path for path in before if path == "kubernetes/apiserver" or path.startswith("nodes/")}
    assert home.seen() == {}
    assert certificates.LEAF_LIFE.days == 365


def test_a_checkpoint_puts_back_objects_files_and_volumes(home: Home) -> None:
    """What was made after it is gone and named, what was deleted is back, and so is a file that was changed by hand."""
    view, maps = home.view, "/api/v1/namespaces/default/configmaps"
    for name in ("old", "new"):
        view.api.delete(f"{maps}/{name}")
    view.api.create(maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old"}})
    with session.held(home.name, stage.quiet()) as held:
        checkpoints.save(held, "life", force=True)
    view.api.delete(f"{maps}/old")
    view.api.create(maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}})
    with session.held(home.name, stage.quiet()) as held:
        newer = checkpoints.restore(held, "life")
    assert {("new", "configmaps", "default", "new"), ("deleted", "configmaps", "default", "old")} <= set(newer)
    names = {item["metadata"]["name"] for item in view.api.items(maps)}
    assert "old" in names
    assert "new" not in names
    home.word("checkpoint.delete", "life")
    assert json.loads(home.word("lab.plan", "--drift", "--json").out)["by_hand"] == []  # the restore is no such hand
    assert home.seen() == {}


def test_a_checkpoint_of_another_shape_is_refused_before_anything_is_touched(home: Home) -> None:
    """The lab goes on as it was: the error names what differs."""
    with session.held(home.name, stage.quiet()) as held:
        checkpoints.save(held, "shape", force=True)
    manifest = checkpoint_files.folder(home.where, "shape") / checkpoint_files.MANIFEST
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("kube-worker-02 (worker", "kube-worker-09 (worker"), encoding="utf-8")
    with pytest.raises(errors.LabError) as caught, session.held(home.name, stage.quiet()) as held:
        checkpoints.restore(held, "shape", [checkpoint_transfer.Part.ETCD])
    assert caught.value.ident == "checkpoint-shape"
    assert "kube-worker-09" in caught.value.details[0]
    checkpoint_files.delete(home.where, "shape")
    assert home.seen() == {}
