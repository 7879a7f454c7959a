"""A second lab beside the first is rendered, brought up by plain `vagrant up`, and removed by `vagrant destroy`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from acts import OTHER, Home, word

from kubelab import checks, paths, providers
from kubelab.checks import wait
from kubelab.clients import patience, vagrant
from kubelab.converge import session

PATIENCE = 180.0
"""Seconds for a lab that only Vagrant has raised; 45 are usual."""


def run_vagrant(*words: str) -> subprocess.CompletedProcess[str]:
    """Run plain Vagrant from the root, for the second lab."""
    done = subprocess.run(
        ["vagrant", *words],
        cwd=paths.ROOT,
        env=vagrant.environment(OTHER),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done


@pytest.fixture(scope="module")
def other() -> Iterator[checks.View]:
    """Yield the view of the second lab, raised by `lab.render` and `vagrant up` alone."""
    word("lab.render", "--lab", OTHER)
    try:
        run_vagrant("up", "--provider", "docker")
        yield checks.View.of(*session.open_lab(OTHER))
    finally:
        word("lab.destroy", "--lab", OTHER)


def test_plain_vagrant_up_gives_a_whole_cluster(other: checks.View) -> None:
    """Boxes apply their folders by themselves: nothing but Vagrant has run, and every check of a healthy lab holds."""
    for _ in patience.polls(PATIENCE):
        seen = wait.ill(other)
        if not seen:
            break
    assert seen == {}


def test_two_labs_share_nothing(home: Home, other: checks.View) -> None:
    """Networks do not overlap, containers and volumes are each lab's own, and both are well at the same time."""
    assert not home.lab.network.machines.overlaps(other.lab.network.machines)
    assert not set(providers.volumes(home.name)) & set(providers.volumes(OTHER))
    assert home.seen() == {}
    assert wait.ill(other) == {}
    assert len(providers.boxes(OTHER)) == len(other.lab.machines)


def test_the_second_lab_is_proven(other: checks.View) -> None:
    """The live suite follows the lab file: other ranges, another domain, one worker, two add-ons."""
    said = word("lab.test", "--lab", OTHER)
    assert f"lab {OTHER}: {len(other.lab.machines)} hosts" in said.all


def test_plain_vagrant_destroy_leaves_nothing_to_trip_over(home: Home, other: checks.View) -> None:
    """After `vagrant destroy` no container and no volume is left, and the first lab is untouched."""
    run_vagrant("destroy", "--force")
    assert providers.boxes(OTHER) == ()
    assert providers.volumes(OTHER) == ()
    assert word("lab.status", "--lab", OTHER, codes=(4,)).code == 4
    assert len(providers.boxes(home.name)) == len(home.lab.machines)
    assert home.seen() == {}
    assert other.lab.name == OTHER
