"""lab.destroy leaves nothing of a lab, also when build/ is gone; a second lab.destroy is no error."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml
from acts import Home, word

from kubelab import paths, providers
from kubelab.clients import docker
from kubelab.tasks import namespace


def left(name: str) -> list[str]:
    """Return everything that Docker still has of a lab."""
    boxes = [box.name for box in providers.boxes(name)]
    return [*boxes, *(network.name for network in providers.networks(name)), *providers.volumes(name)]


def test_destroy_leaves_nothing(home: Home, tmp_path: Path) -> None:
    """No container, volume, network, rendered file or kubeconfig entry of the lab is left; the person's own stay."""
    config = tmp_path / "config"
    mine = {"apiVersion": "v1", "kind": "Config", "contexts": [{"name": "work", "context": {"cluster": "w"}}]}
    config.write_text(yaml.safe_dump(mine), encoding="utf-8")
    word("lab.kubeconfig", "--lab", home.name, "--merge", env={"KUBECONFIG": str(config)})
    assert home.lab.context in config.read_text(encoding="utf-8")
    assert left(home.name)
    word("lab.destroy", "--lab", home.name)
    assert left(home.name) == []
    assert not home.where.root.exists()
    text = config.read_text(encoding="utf-8")
    assert home.lab.context not in text
    assert [row["name"] for row in yaml.safe_load(text)["contexts"]] == ["work"]
    assert paths.cache().exists()


def test_second_destroy_is_no_error(home: Home) -> None:
    """There is nothing to do, and it says so."""
    assert "nothing to destroy" in word("lab.destroy", "--lab", home.name).out


def test_destroy_works_without_the_rendered_files(home: Home) -> None:
    """A lab whose build folder was deleted is found by its labels."""
    word("lab.render", "--lab", home.name)
    volume = f"kubelab-{home.name}-orphan"
    docker.run("volume", "create", "--label", f"kubelab.lab={home.name}", volume)
    shutil.rmtree(home.where.root)
    word("lab.destroy", "--lab", home.name)
    assert left(home.name) == []


def test_the_words_that_act_on_labs_are_known() -> None:
    """The suite acts with the words that a person has: a renamed one fails here, not in the middle."""
    assert {"lab", "components", "host", "guestbook", "dashboard", "test"} <= set(namespace.known())
