"""The catalogue, the addresses in the cache and the version pins agree with each other."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import components_data
import pytest

from kubelab import errors, model, paths
from kubelab.components import cache_layout, pod_images, selection, software_catalogue, tool_catalogue
from kubelab.config import load


def versions(**changed: str) -> model.VersionSet:
    """Return the set 1.37 with some versions changed."""
    return components_data.versions(**changed)


def test_every_program_lands_where_the_coreos_contract_says() -> None:
    """No program goes outside /opt/bin and /opt/cni/bin, and none lands twice on one path of a machine."""
    for kind in model.Kind:
        targets = [target for _, target in software_catalogue.for_kind(kind)]
        assert targets
        assert len(set(targets)) == len(targets)
        assert {str(Path(target).parent) for target in targets} <= {"/opt/bin", "/opt/cni/bin"}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (model.Kind.ETCD, {"etcd", "etcdctl", "etcdutl"}),
        (model.Kind.WORKER, {"kubelet", "kubectl", "containerd", "containerd-shim-runc-v2", "ctr", "crictl",
                             "flanneld", "calico-node", "calicoctl", "host-local", "bridge", "loopback",
                             "bandwidth", "portmap", "flannel", "calico"}),
    ],
)  # fmt: skip
def test_a_machine_gets_its_programs_and_no_other(kind: model.Kind, names: set[str]) -> None:
    """An etcd machine gets etcd's three programs; a node gets the kubelet's surroundings, never kubeadm."""
    assert {name for name, _ in software_catalogue.for_kind(kind)} == names


def test_the_two_programs_called_flannel_and_calico_do_not_mix() -> None:
    """flanneld is a daemon in /opt/bin although Go calls it flannel; flannel is the CNI plugin."""
    targets = dict(software_catalogue.for_kind(model.Kind.WORKER))
    assert targets["flanneld"] == "/opt/bin/flanneld"
    assert targets["flannel"] == "/opt/cni/bin/flannel"
    assert software_catalogue.BINARIES["flanneld"].name == "flannel"
    assert software_catalogue.BINARIES["flannel"].name == "flannel-cni"


def test_no_program_belongs_to_two_families() -> None:
    """A program's name says which family it is of."""
    names = [binary.name for family in software_catalogue.FAMILIES.values() for binary in family.binaries]
    assert len(set(names)) == len(names)


def test_images_come_in_the_order_in_which_a_cluster_needs_them() -> None:
    """The control plane imports pause and the API server first, and nothing that only workers run."""
    master = pod_images.images_for_kind(model.Kind.CONTROL_PLANE)
    assert master[:2] == ("pause", "kube-apiserver")
    assert not {"coredns", "redis", "guestbook", "web-view", "agnhost"} & set(master)
    worker = pod_images.images_for_kind(model.Kind.WORKER)
    assert worker == ("pause", "kube-proxy", "volume-folder", "coredns", "redis", "guestbook", "web-view", "agnhost")
    assert pod_images.images_for_kind(model.Kind.ETCD) == ()


def test_references_are_the_usual_names_and_none_floats() -> None:
    """Every image has a registry and a version for a tag: nothing is `latest`."""
    for image in pod_images.IMAGES.values():
        registry, _, rest = image.reference(versions()).partition("/")
        assert "." in registry
        tag = rest.partition(":")[2]
        assert tag.lstrip("v")[0].isdigit()


def test_the_shelf_names_every_program_and_image_as_a_box_sees_it() -> None:
    """Boxes find all under /opt/kubelab, in a folder or file whose name holds version and digest."""
    found = cache_layout.software(versions())
    assert set(found.binaries) == set(software_catalogue.BINARIES)
    assert set(found.images) == set(pod_images.USUAL)
    assert set(cache_layout.software(versions(), list(pod_images.IMAGES)).images) == set(pod_images.IMAGES)
    assert found.binaries["kubelet"].startswith("/opt/kubelab/components/kubernetes-1.37.1-")
    assert found.images["coredns"].archive.startswith("/opt/kubelab/images/coredns-v1.14.7-")
    assert found.images["coredns"].reference == "registry.k8s.io/coredns/coredns:v1.14.7"


def test_stamps_carry_the_versions_of_the_set() -> None:
    """The kubelet says the set's version, whole and in parts."""
    flags = cache_layout.linker_flags(software_catalogue.FAMILIES["kubernetes"], versions(kubernetes="1.38.2"))
    assert "-X k8s.io/component-base/version.gitVersion=v1.38.2" in flags
    assert "version.gitMajor=1 " in flags
    assert "version.gitMinor=38 " in flags
    assert "{" not in flags


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of components/ that a test may change."""
    folder = tmp_path / "components"
    shutil.copytree(paths.COMPONENTS, folder)
    monkeypatch.setattr(paths, "COMPONENTS", folder)
    return folder


@pytest.mark.parametrize("file", ["go.mod", "go.sum"])
def test_a_changed_source_file_is_another_address(copied: Path, file: str) -> None:
    """A line more in go.mod or go.sum gives the family, and the images that hold it, another address."""
    before, image = cache_layout.family_entry(versions(), "coredns"), cache_layout.image_entry(versions(), "coredns")
    other = cache_layout.family_entry(versions(), "etcd")
    with (copied / "coredns" / file).open("a") as text:
        text.write("\n// changed\n")
    assert cache_layout.family_entry(versions(), "coredns").digest != before.digest
    assert cache_layout.image_entry(versions(), "coredns").digest != image.digest
    assert cache_layout.family_entry(versions(), "etcd") == other


def test_a_changed_byte_is_another_address(copied: Path) -> None:
    """A checksum replaced by another of the same length is seen too."""
    before = cache_layout.family_entry(versions(), "coredns")
    file = copied / "coredns" / "go.sum"
    text = file.read_text()
    file.write_text(text.replace("h1:A", "h1:B", 1))
    assert len(file.read_text()) == len(text)
    assert cache_layout.family_entry(versions(), "coredns").digest != before.digest


def test_a_changed_dockerfile_is_another_address(copied: Path) -> None:
    """What an image's folder holds decides its address; the family inside keeps its own."""
    before, family = (
        cache_layout.image_entry(versions(), "agnhost"),
        cache_layout.family_entry(versions(), "kubernetes"),
    )
    with (copied / "images" / "agnhost" / "Dockerfile").open("a") as text:
        text.write("LABEL changed=yes\n")
    assert cache_layout.image_entry(versions(), "agnhost").digest != before.digest
    assert cache_layout.family_entry(versions(), "kubernetes") == family


def test_a_changed_flag_is_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags, cgo and stamps are part of what determines a binary."""
    before = cache_layout.family_entry(versions(), "coredns").digest
    row = software_catalogue.FAMILIES["coredns"]
    changes = [
        dataclasses.replace(row, tags=()),
        dataclasses.replace(row, cgo=True),
        dataclasses.replace(row, stamps={}),
        dataclasses.replace(row, linker=()),
    ]
    for changed in changes:
        monkeypatch.setattr(software_catalogue, "FAMILIES", {**software_catalogue.FAMILIES, "coredns": changed})
        assert cache_layout.family_entry(versions(), "coredns").digest != before


def test_what_an_editor_leaves_behind_changes_no_address(copied: Path) -> None:
    """Hidden files and compiled Python in a component's folder do not cost a build."""
    before = cache_layout.family_entry(versions(), "coredns")
    (copied / "coredns" / ".go.mod.swp").write_text("")
    assert cache_layout.family_entry(versions(), "coredns") == before


def test_the_committed_sets_are_what_the_go_modules_build() -> None:
    """labs/versions/*.yaml and components/*/go.mod name the same versions."""
    for one in selection.sets():
        cache_layout.check_pins(one)
        assert cache_layout.pinned(software_catalogue.in_set("kubernetes", one)) == one.kubernetes
    assert cache_layout.pinned(software_catalogue.FAMILIES["kubernetes"]) == "1.37.1"


def test_an_older_version_is_built_from_its_own_folder_and_the_rest_is_shared() -> None:
    """Two sets differ in Kubernetes, etcd, and the images that hold Kubernetes' programs; all else is built once."""
    newer, older = (set(selection.entries(load.versions(name))) for name in ("1.37", "1.36"))
    assert software_catalogue.in_set("etcd", load.versions("1.36")).folder.name == "etcd-3.6"
    assert software_catalogue.in_set("etcd", load.versions("1.37")).folder.name == "etcd"
    controllers = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "agnhost")
    assert {entry.key for entry in older - newer} == {"kubernetes", "etcd", *(f"image-{name}" for name in controllers)}
    assert len(older) == len(newer)


def test_the_sets_name_the_same_components() -> None:
    """An add-on that comes into one set comes into the other; other versions have Kubernetes, etcd and agnhost."""
    newer, older = (load.versions(name).components for name in ("1.37", "1.36"))
    assert list(newer) == list(older)
    assert {name for name in newer if newer[name] != older[name]} == {"kubernetes", "etcd", "agnhost"}


def test_every_folder_of_another_version_belongs_to_a_set() -> None:
    """A folder that no set builds from would be dead weight in every checkout."""
    used = {software_catalogue.in_set(family.name, one).folder for one in selection.sets()
            for family in cache_layout.built(one)}  # fmt: skip
    spare = {path for path in paths.COMPONENTS.iterdir() if re.search(r"-\d+\.\d+$", path.name)}
    assert spare
    assert spare <= used


def test_a_set_that_cannot_be_built_is_refused_with_all_its_reasons() -> None:
    """Two versions that no go.mod builds are two details of one error."""
    with pytest.raises(errors.LabError) as caught:
        cache_layout.check_pins(versions(etcd="3.9.9", coredns="9.9.9"))
    assert caught.value.ident == "component-pin"
    assert [detail.split(":")[0] for detail in caught.value.details] == ["coredns", "etcd"]


def test_a_set_without_a_component_is_refused_by_name() -> None:
    """A set that forgets coredns says so, with the file to mend."""
    lacking = {name: text for name, text in versions().components.items() if name != "coredns"}
    with pytest.raises(errors.LabError, match=r"labs/versions/1.37.yaml names no version of coredns"):
        cache_layout.software(model.VersionSet(name="1.37", components=lacking))


@pytest.mark.parametrize("one", selection.sets(), ids=lambda one: str(one.name))
def test_kubernetes_builds_each_program_of_its_go_mod_but_kubeadm(one: model.VersionSet) -> None:
    """A program that is added to go.mod is built with the others; kubeadm alone waits until a bench asks."""
    text = (software_catalogue.in_set("kubernetes", one).folder / "go.mod").read_text(encoding="utf-8")
    lines = text.partition("tool (")[2].partition(")")[0]
    kubeadm = tool_catalogue.TOOLS["kubeadm"].target
    family = software_catalogue.FAMILIES["kubernetes"]
    assert {*family.target.split(), kubeadm} == set(lines.split())
    assert {target.rpartition("/")[2] for target in family.target.split()} == {
        binary.built for binary in family.binaries
    }


def test_coredns_has_the_plug_ins_of_the_corefile_and_those_that_a_student_may_try() -> None:
    """A directive that was not compiled in is refused when CoreDNS starts: no pod would be Ready."""
    source = (paths.COMPONENTS / "coredns/main.go").read_text(encoding="utf-8")
    compiled = set(re.findall(r"coredns/plugin/(\w+)\"", source))
    corefile = (
        (paths.TEMPLATES / "addons/10-dns.yaml.j2")
        .read_text(encoding="utf-8")
        .partition("Corefile: |")[2]
        .partition("---")[0]
    )
    used = {word.replace("prometheus", "metrics") for word in re.findall(r"^ {8}(\w+)(?= |$)", corefile, re.MULTILINE)}
    assert {"errors", "kubernetes", "metrics", "forward", "loadbalance"} <= used
    assert used | {"hosts", "rewrite", "log", "template", "file", "etcd", "autopath", "view"} <= compiled
    lacking = set(re.findall(r'"(\w+)"', source.partition("lacking = ")[2].partition("\n")[0]))
    assert lacking
    assert not lacking & compiled
