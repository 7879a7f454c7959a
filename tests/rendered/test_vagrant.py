"""The rendered Vagrantfile parses as Ruby, and Vagrant accepts it through the committed Vagrantfile."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import ignition_runs
import pytest
import rendering

from kubelab import model
from kubelab.components import selection, software_disk


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
def cache(tmp_path: Path) -> Path:
    """Return a cache without anything in it: Vagrant looks for no file of a machine before it makes the machine."""
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


STOCK = ("flatcar", "coreos", "flatcar-virtualbox")
"""The labs whose machines are made of a box that others made."""
RECORDER = """
class Record
  def initialize(calls, path = []) = (@calls, @path = calls, path)
  def method_missing(name, *words, **options)
    path = [*@path, name.to_s.delete_suffix("=")]
    @calls << [path.last, [*words, *(options.empty? ? [] : [options])]]
    yield Record.new(@calls, path), nil if block_given? && name != :trigger && name != :ruby
    Record.new(@calls, path)
  end
  def respond_to_missing?(*) = true
end
module Vagrant
  def self.configure(_) = yield(Record.new($calls = []))
end
load ARGV[0]
require "json"
puts JSON.generate($calls)
"""
"""Writes down every call of a Vagrantfile: its last name and its words."""


def calls(rendered: rendering.Rendered) -> list[tuple[str, list[Any]]]:
    """Return the calls that Ruby makes of a rendered Vagrantfile."""
    said = rendering.said(["ruby", "-e", RECORDER, str(rendered.where.vagrantfile)])
    return [(name, words) for name, words in json.loads(said)]


@pytest.mark.parametrize("name", STOCK)
def test_a_stock_box_gets_each_machines_bootstrap(labs: rendering.Labs, name: str) -> None:
    """What Ruby passes on is the document itself: by QEMU's fw_cfg, in the file where that system looks, or by
    VirtualBox's guest property. Kubelab's own box and a disk for data are nowhere in it."""
    rendered = labs[name]
    lab, made = rendered.lab, calls(rendered)
    wanted = [ignition_runs.documents(rendered)[f"{machine.name}.bootstrap.ign"] for machine in lab.machines]
    if lab.provider is model.Provider.VIRTUALBOX:
        set_ = [words[0] for call, words in made if call == "customize" and words[0][0] == "guestproperty"]
        assert [words[:4] for words in set_] == [["guestproperty", "set", "id", "/Ignition/Config"]] * len(wanted)
        assert [words[4].encode() for words in set_] == wanted
    else:
        values = [words[0]["value"] for call, words in made if call == "qemuargs"]
        assert values[::2] == ["-fw_cfg"] * len(wanted)
        key = {"flatcar": "opt/org.flatcar-linux/config", "coreos": "opt/com.coreos/config"}[name]
        for value, document in zip(values[1::2], wanted, strict=True):
            start, _, text = value.partition(",string=")
            assert start == f"name={key}" and not set("'&<") & set(value)
            assert ",," in text and "," not in text.replace(",,", "")
            assert json.loads(text.replace(",,", ",")) == json.loads(document)
    boxes = {words[0] for call, words in made if call == "box"}
    urls = {words[0] for call, words in made if call == "box_url"}
    assert lab.stock and (boxes, urls) == ({lab.stock.name}, {lab.stock.url} - {""})
    text = rendered.where.vagrantfile.read_text(encoding="utf-8")
    assert not [word for word in ("kubelab-vm", ".vdi", "data.qcow2", "trigger") if word in text]
    disks = [str(words[-1]) for call, words in made if call in ("storage", "customize") and ".iso" in str(words[-1])]
    assert len(disks) == 2 * len(lab.machines)
    assert str(software_disk.path(lab.versions, selection.of_lab(lab), programs=True)) in disks[1]


@pytest.mark.parametrize("name", ["default", "libvirt", "virtualbox"])
def test_other_labs_get_no_document(labs: rendering.Labs, name: str) -> None:
    """Kubelab's own box reads its disks."""
    text = labs[name].where.vagrantfile.read_text(encoding="utf-8")
    assert "fw_cfg" not in text and "Ignition" not in text and "kubelab" in text
