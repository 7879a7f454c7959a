"""keepalived itself, from the image that a lab of several control planes gets, reads the configuration of each."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
import rendering

from kubelab.clients import docker
from kubelab.components import cache_layout, pod_images, store

FOLDER = "etc/kubernetes/keepalived"
TEST = 'echo "interface eth0" > /run/interface.conf && exec keepalived --config-test --use-file="$1"'


@pytest.fixture(scope="module")
def image(labs: rendering.Labs) -> Iterator[str]:
    """Give the image's reference; Docker has it for the time of these tests."""
    entry = cache_layout.image_entry(labs["ha"].lab.versions, "keepalived")
    if store.state(entry) is not store.State.READY:
        rendering.not_built("keepalived")
    reference = pod_images.IMAGES["keepalived"].reference(labs["ha"].lab.versions)
    docker.run("load", "--input", str(entry.paths[0]), timeout=120)
    yield reference
    docker.run("rmi", reference)


def read(image: str, folder: str) -> subprocess.CompletedProcess[str]:
    """Return what keepalived says of the configuration in a folder; without its capabilities, and with an eth0."""
    words = ["docker", "run", "--rm", "--read-only", "--tmpfs", "/run", "--volume", f"{folder}:/{FOLDER}:ro"]
    words += ["--entrypoint", "sh", image, "-c", TEST, "sh", f"/{FOLDER}/keepalived.conf"]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["kube-master-01", "kube-master-02", "kube-master-03"])
def test_keepalived_accepts_the_configuration(labs: rendering.Labs, image: str, name: str) -> None:
    """Every line of it has a meaning to the program that runs."""
    done = read(image, str(labs["ha"].where.box(name) / "files" / FOLDER))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_mistake_in_it_is_seen(labs: rendering.Labs, image: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The look above is a real one: a misspelt word is refused."""
    folder = tmp_path_factory.mktemp("wrong")
    text = (labs["ha"].where.box("kube-master-01") / "files" / FOLDER / "keepalived.conf").read_text(encoding="utf-8")
    (folder / "keepalived.conf").write_text(text.replace("nopreempt", "nopreempted"), encoding="utf-8")
    done = read(image, str(folder))
    assert done.returncode != 0
    assert "nopreempted" in done.stdout + done.stderr
