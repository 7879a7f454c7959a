"""The rendered Vagrantfile parses as Ruby, and Vagrant accepts it through the committed Vagrantfile."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import rendering

from kubelab import model


def test_labs_were_rendered(labs: rendering.Labs) -> None:
    """The suite looked at something: the default lab, every provider, every machine of each."""
    assert "default" in labs
    assert {rendered.lab.provider for rendered in labs.values()} == set(model.Provider)
    for rendered in labs.values():
        assert rendered.where.vagrantfile.is_file()
        for machine in rendered.lab.machines:
            assert list(rendered.files(machine.name)), machine.name


def test_the_vagrantfile_is_ruby(rendered: rendering.Rendered) -> None:
    """Ruby itself parses it, without a warning."""
    assert rendering.said(["ruby", "-wc", str(rendered.where.vagrantfile)]).strip() == "Syntax OK"


@pytest.fixture(scope="session")
def vagrant_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home for Vagrant's own state: the person's is left alone."""
    return tmp_path_factory.mktemp("vagrant")


@pytest.fixture
def cache(rendered: rendering.Rendered, tmp_path: Path) -> Path:
    """Return a cache with an empty file for everything that is carried to a virtual machine: Vagrant looks for them."""
    text = rendered.where.vagrantfile.read_text(encoding="utf-8")
    for carried in re.findall(r'source: "#\{cache\}/(.+?)"', text):
        path = tmp_path / carried
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_vagrant_accepts_it_through_the_committed_file(
    rendered: rendering.Rendered, vagrant_home: Path, cache: Path
) -> None:
    """`vagrant validate` in the checkout's folder; VirtualBox and libvirt need not be installed for it."""
    option = [] if rendered.lab.provider is model.Provider.DOCKER else ["--ignore-provider"]
    own = {"KUBELAB_LAB": rendered.lab.name, "KUBELAB_CACHE": str(cache), "VAGRANT_HOME": str(vagrant_home)}
    environment = {**os.environ, **own, "VAGRANT_CHECKPOINT_DISABLE": "1"}
    assert "validated successfully" in rendering.said(["vagrant", "validate", *option], rendered.root, environment)


def test_every_machine_is_in_it_once(rendered: rendering.Rendered) -> None:
    """The machines are those of the lab, each with its own address."""
    text = rendered.where.vagrantfile.read_text(encoding="utf-8")
    assert re.findall(r'config\.vm\.define "(.+)" do', text) == [m.vagrant_name for m in rendered.lab.machines]
    assert re.findall(r'"private_network", ip: "(.+?)"', text) == [str(m.address) for m in rendered.lab.machines]
