"""The remedies of components, bundles and loaded images, done as printed."""

from __future__ import annotations

import dataclasses
import subprocess

import components_data
import labs_data
import site_data
import triggers_components
from fakes import Answer, Computer, report
from mends import mends

from kubelab import components, errors, paths
from kubelab.clients import bundle_address
from kubelab.components import bundle, bundle_source, cache_layout, inventory
from kubelab.components import local_image as components_load
from kubelab.config import load
from kubelab.lab import loading


@mends("component-unknown", "./run components.list", then="go-missing")
def a_component_of_the_list(_: Computer, __: errors.LabError) -> None:
    """The name is known, and the next thing that a bare computer lacks is asked for."""
    versions = components_data.versions()
    assert "etcd" in {row.name for row in inventory.rows(versions)}
    components.ensure(versions, report()[0], ["etcd"])


@mends("component-pin", "change labs/versions/")
def the_version_set_is_put_back(_: Computer, __: errors.LabError) -> None:
    """The set that is committed fits the modules."""
    cache_layout.check_pins(components_data.versions())


@mends("components-in-use", "./run lab.destroy")
def the_lab_is_destroyed(computer: Computer, _: errors.LabError) -> None:
    """No container has the cache mounted any more."""
    computer.program("docker", {"ps --all --filter volume=": Answer(), "images": Answer(), "image": Answer()})
    inventory.clean([components_data.versions()], everything=True)


@mends("checkout-unknown", "clone of the project")
def a_clone(computer: Computer, _: errors.LabError) -> None:
    """The same files where git knows them."""
    (computer.folder / "README.md").write_text("kubelab", encoding="utf-8")
    for words in (["init", "--quiet"], ["add", "README.md"]):
        subprocess.run(["git", "-C", str(computer.folder), *words], check=True)
    assert bundle.tracked() == ["README.md"]


@mends("load-file", "docker save --output FILE.tar NAME:TAG")
def the_archive_is_written(computer: Computer, _: errors.LabError) -> None:
    """As docker save writes it."""
    assert components_load.take("default", str(triggers_components.image(computer, "my/app:1"))).names


@mends("load-image", "docker save --output FILE.tar NAME:TAG")
def an_archive_instead_of_a_text(computer: Computer, _: errors.LabError) -> None:
    """As docker save writes it."""
    assert components_load.take("default", str(triggers_components.image(computer, "my/app:1"))).names


@mends("load-unnamed", "--name NAME:TAG")
def the_name_is_given(computer: Computer, error: errors.LabError) -> None:
    """The remedy names the very archive."""
    archive = triggers_components.image(computer)
    assert f"./run lab.load {archive} --name NAME:TAG" == error.remedy
    assert components_load.take("default", str(archive), "my/app:1").names


@mends("load-platform", "docker build --platform linux/amd64")
def an_image_for_the_nodes(computer: Computer, _: errors.LabError) -> None:
    """Built for the boxes' processors."""
    assert components_load.take("default", str(triggers_components.image(computer, "my/app:1"))).names


@mends("load-own", "--name NAME:TAG")
def a_tag_that_the_lab_does_not_use(computer: Computer, _: errors.LabError) -> None:
    """The same image under another tag."""
    archive = triggers_components.image(computer, "kubelab/guestbook:1.0.0")
    row = components_load.take("default", str(archive), "my/guestbook:2")
    lab = dataclasses.replace(labs_data.lab(), versions=load.versions("1.37"))
    loading._refuse_own(lab, row.names)


@mends("load-unknown", "./run lab.unload --all")
def everything_is_unloaded(_: Computer, __: errors.LabError) -> None:
    """Where nothing was loaded that is no error."""
    assert loading.table("default")
    loading.remove(paths.LabPaths(name="default"), "", report()[0], everything=True)


@mends("bundle-missing", "ls -l the path")
def the_right_path(computer: Computer, _: errors.LabError) -> None:
    """The file is there and can be read."""
    (computer.folder / "lab.bundle.tar.gz").touch()
    assert bundle_source.named(str(computer.folder / "lab.bundle.tar.gz"), report()[0])


@mends("bundle-address", "'http://HOST/FILE#sha256=DIGEST'")
def the_printed_line(_: Computer, __: errors.LabError) -> None:
    """As components.serve prints it."""
    assert bundle_address.parse(f"http://host/lab.bundle.tar.gz#sha256={'0' * 64}").sha256


@mends("bundle-undigested", "#sha256=DIGEST")
def the_digest_is_typed(_: Computer, error: errors.LabError) -> None:
    """Behind the very address, which the remedy repeats."""
    address = error.remedy.split("'")[1].replace("DIGEST", "0" * 64)
    assert bundle_address.parse(address).url == "http://host/lab.bundle.tar.gz"


@mends("bundle-unreachable", "the same command again")
def the_server_is_back(_: Computer, __: errors.LabError) -> None:
    """It has the rest."""
    with site_data.site({"/b": [site_data.Reply(content=triggers_components.BUNDLE)]}) as there:
        assert triggers_components.fetched(there.url).read_bytes() == triggers_components.BUNDLE
        assert there.ranges() == ["bytes=2-"]


@mends("bundle-absent", "compare the address")
def the_right_address(_: Computer, __: errors.LabError) -> None:
    """The file is there."""
    the_server_has_it()


@mends("bundle-redirect", "the address at which the file is")
def the_address_behind_the_redirect(_: Computer, __: errors.LabError) -> None:
    """With the digest behind it, http does no harm."""
    the_server_has_it()


@mends("bundle-other", "the line that ./run components.serve prints now")
def the_line_of_today(_: Computer, __: errors.LabError) -> None:
    """With the digest of the file that is there."""
    the_server_has_it()


def the_server_has_it() -> None:
    """Fetch the bundle from where it is."""
    with site_data.site({"/b": [site_data.Reply(content=triggers_components.BUNDLE)]}) as there:
        assert triggers_components.fetched(there.url).read_bytes() == triggers_components.BUNDLE


@mends("serve-address", "--bind and --port")
def an_address_of_this_computer_for_a_class(computer: Computer, _: errors.LabError) -> None:
    """One that ip shows."""
    with triggers_components.served(computer, "127.0.0.1") as server:
        assert server.server_port


@mends("components-busy", "once it is done")
def the_other_build_is_done(_: Computer, __: errors.LabError) -> None:
    """Its lock went with it."""
    triggers_components.build("etcd")
