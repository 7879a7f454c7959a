"""A lab in use goes to the next minor version of Kubernetes; killed in between, it goes on; no entry is lost.

It runs on `labs/selftest-older.yaml`: `./run test --only upgrade`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from acts import Home, word
from test_converge import copy_of_labs

from bench.survive import stage, watching
from kubelab import paths
from kubelab.config import load
from kubelab.converge import plan, upgrade_parts

PAUSE = 60.0
"""Seconds for which nothing is written at once: the drain of the leader's worker, its upgrade, the leader's start. Some
nine are usual; the computer may be busy."""
READ_PAUSE = 5.0
"""Seconds for which nothing is read at once, through any worker. None are usual: followers have the entries, too."""


@pytest.fixture(autouse=True)
def _older(home: Home) -> None:
    assert home.lab.versions.name == "1.36", "this file is for a lab of the older set: KUBELAB_LAB=selftest-older"


def versions(home: Home) -> set[str]:
    """Return what the kubelets and the API server say."""
    nodes = home.view.api.items("/api/v1/nodes")
    return {
        home.view.api.get("/version")["gitVersion"],
        *(node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes),
    }


def killed(home: Home, env: dict[str, str], boundary: str) -> None:
    """Kill a run of `lab.up` at a boundary of its journal."""
    words = [sys.executable, "-m", "invoke", "lab.up", "--lab", home.name]
    process = subprocess.Popen(
        words, cwd=paths.ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    home.await_boundary(process, boundary)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_lab_in_use_is_upgraded(home: Home, tmp_path: Path) -> None:
    """Each part in its order, around a kill while a node is drained; nothing is lost, and the way back is refused."""
    assert home.seen() == {}
    assert versions(home) == {f"v{load.versions('1.36').kubernetes}"}
    env = copy_of_labs(tmp_path, home, ('versions: "1.36"', 'versions: "1.37"'))
    planned = json.loads(word("lab.plan", "--lab", home.name, "--json", codes=(10,), env=env).out)
    steps = [item["what"] for item in planned["items"] if item["action"] == plan.Action.UPGRADE]
    assert steps == [part.title for part in upgrade_parts.parts(home.lab)]
    with stage.Stage.open(home.name) as on, watching.Watch(on.ways()) as watch:
        time.sleep(4)
        begin = time.monotonic()
        killed(home, env, f"end drain {on.other.name}")
        word("lab.up", "--lab", home.name, env=env)
        end = time.monotonic()
        on.wait_whole(watch)
        lost = on.lost()
    ways = {name: [f"{name} {worker.name}" for worker in home.lab.workers] for name in ("reads", "writes")}
    seen = {name: watch.outage(names, begin, end) for name, names in {**ways, "API": ["API"]}.items()}
    sys.stdout.write(f"upgraded in {end - begin:.0f} s, {len(on.book.acknowledged)} entries acknowledged\n")
    sys.stdout.write("".join(f"{name}: {outage.words}\n" for name, outage in seen.items()))
    assert lost == ([], {})
    assert versions(home) == {f"v{load.versions('1.37').kubernetes}"}
    assert seen["writes"].longest <= PAUSE
    assert seen["reads"].longest <= READ_PAUSE
    assert {outage.ended is None for outage in seen.values()} == {False}
    assert not [node for node in home.view.api.items("/api/v1/nodes") if node["spec"].get("unschedulable")]
    assert home.seen() == {}
    word("lab.plan", "--lab", home.name, env=env)
    refused = word("lab.plan", "--lab", home.name, codes=range(1, 10))
    assert "upgrade-refused" in refused.all
