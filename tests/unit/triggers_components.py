"""The errors of components, bundles and loaded images, each brought about by its own cause."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
import tarfile
from pathlib import Path

import components_data
import filelock
import labs_data
import site_data
from fakes import Answer, Computer, report
from triggers import triggers

from kubelab import components, paths
from kubelab.clients import bundle_address, bundle_fetch, download, web_client
from kubelab.components import (
    bundle,
    bundle_server,
    bundle_source,
    cache_layout,
    inventory,
    licences,
    store,
    wheels,
)
from kubelab.components import local_image as components_load
from kubelab.config import load
from kubelab.lab import ignition_documents, loading
from kubelab.ui import web_server


@triggers("component-unknown")
def a_mistyped_component(_: Computer) -> None:
    """`components.build --only ectd`."""
    components.ensure(components_data.versions(), report()[0], ["ectd"])


@triggers("component-pin")
def a_version_that_nothing_builds(_: Computer) -> None:
    """The version set was edited, go.mod was not."""
    cache_layout.check_pins(components_data.versions(etcd="9.9.9"))


@triggers("component-build")
def a_compiler_that_refuses(computer: Computer) -> None:
    """gcc says that it cannot."""
    computer.program("gcc", {"": Answer(err="pause.c:1: error: no", code=1)})
    computer.program("go", {"version": Answer(out="go version go1.27.1 linux/amd64")})
    components.ensure(components_data.versions(), report()[0], ["pause"])


@triggers("ignition-refused")
def a_document_that_ignition_does_not_read(computer: Computer) -> None:
    """The validator, which is built here, warns of a misspelt key."""
    computer.program("go", {"version": Answer(out="go version go1.27.1 linux/amd64")})
    validator = cache_layout.tool_entry(ignition_documents.VALIDATOR)
    validator.root.mkdir(parents=True)
    validator.paths[0].write_text("#!/bin/sh\necho 'warning at $.systemd.unit: Unused key unit'\n", encoding="utf-8")
    validator.paths[0].chmod(0o755)
    store.write_record(validator.record, {}, validator.paths)
    ignition_documents.validate([computer.folder / "etcd-01.ign"], report()[0])


@triggers("components-absent")
def licences_of_what_is_not_built(_: Computer) -> None:
    """An empty cache."""
    licences.rows(components_data.versions())


@triggers("components-in-use")
def cleaning_under_a_running_lab(computer: Computer) -> None:
    """A container mounts the cache."""
    computer.program("docker", {"ps --all --filter volume=": Answer(out="kubelab-default-etcd-01\n")})
    inventory.clean([components_data.versions()], everything=True)


@triggers("bundle-wheels")
def packages_that_pip_cannot_have(computer: Computer) -> None:
    """There is no network."""
    computer.program("python", {"-m pip download": Answer(err="ERROR: Could not find a version", code=1)})
    computer.patch.setattr(sys, "executable", str(computer.folder / "bin/python"))
    with report()[0].phase("wheels") as phase:
        wheels.fetch(computer.folder, phase)


@triggers("checkout-unknown")
def a_copy_without_git(computer: Computer) -> None:
    """The project was unpacked, not cloned."""
    computer.everything()
    computer.patch.setattr(paths, "ROOT", computer.folder)
    bundle.tracked()


@triggers("load-failed")
def a_worker_that_does_not_answer(computer: Computer) -> None:
    """ssh gets in nowhere."""
    box_ = {"Id": "1", "Name": "kubelab-default-kube-worker-01"}
    computer.program("docker", {"ps -aq": Answer(out="1"), "container inspect": Answer(out=json.dumps([box_]))})
    computer.program("ssh", {"": Answer(err="No route to host", code=255)})
    lab = dataclasses.replace(labs_data.lab(), versions=load.versions("1.37"))
    loading.put(labs_data.held(lab), str(image(computer, "my/app:1")), "")


def image(computer: Computer, *names: str, architecture: str = "amd64") -> Path:
    """Return a docker-archive of one image with these names."""
    archive = computer.folder / "image.tar"
    manifest = json.dumps([{"RepoTags": names, "Config": "c.json", "Layers": []}]).encode()
    with tarfile.open(archive, "w") as tar:
        config = json.dumps({"architecture": architecture}).encode()
        for name, content in {"c.json": config, "manifest.json": manifest}.items():
            row = tarfile.TarInfo(name)
            row.size = len(content)
            tar.addfile(row, io.BytesIO(content))
    return archive


@triggers("load-image")
def a_file_that_is_no_archive(computer: Computer) -> None:
    """A text."""
    (computer.folder / "notes.tar").write_text("hello", encoding="utf-8")
    components_load.take("default", str(computer.folder / "notes.tar"))


@triggers("load-file")
def a_path_that_leads_nowhere(_: Computer) -> None:
    """Docker is not asked for a path."""
    components_load.take("default", "./nosuch.tar")


@triggers("load-unnamed")
def an_archive_without_a_name(computer: Computer) -> None:
    """`docker save` of an id."""
    components_load.take("default", str(image(computer)))


@triggers("load-platform")
def an_image_for_another_kind_of_computer(computer: Computer) -> None:
    """A telephone's."""
    components_load.take("default", str(image(computer, "my/app:1", architecture="arm64")))


@triggers("load-own")
def an_image_with_a_name_of_the_labs(computer: Computer) -> None:
    """The guestbook would be something else at its next start."""
    row = components_load.take("default", str(image(computer, "kubelab/guestbook:1.0.0")))
    loading._refuse_own(dataclasses.replace(labs_data.lab(), versions=load.versions("1.37")), row.names)


@triggers("load-unknown")
def an_image_that_was_not_loaded(_: Computer) -> None:
    """Nothing was."""
    loading.remove(paths.LabPaths(name="default"), "my/app:1", report()[0], everything=False)


def build(name: str) -> None:
    """Hold a build lock for a moment."""
    with store.all_locks([name]):
        pass


@triggers("components-busy")
def a_build_in_another_terminal(_: Computer) -> None:
    """It holds the component's lock."""
    build("etcd")
    with filelock.FileLock(store._holder_file("etcd").with_suffix(".lock")):
        build("etcd")


@triggers("bundle-missing")
def a_path_without_a_bundle(computer: Computer) -> None:
    """`lab.up --bundle lab.bundel.tar.gz`."""
    bundle_source.named(str(computer.folder / "lab.bundel.tar.gz"), report()[0])


BUNDLE = b"all of it"
"""What stands for a bundle: its content is looked at only after its digest."""


def fetched(url: str) -> Path:
    """Return the bundle of a server."""
    address = bundle_address.parse(f"{url}/b#sha256={site_data.digest(BUNDLE)}")
    return bundle_fetch.fetched(address, lambda _: None)


@triggers("bundle-address")
def an_address_of_another_kind(_: Computer) -> None:
    """`lab.up --bundle ftp://…`."""
    bundle_source.named("ftp://host/lab.bundle.tar.gz", report()[0])


@triggers("bundle-undigested")
def plain_http_without_a_digest(_: Computer) -> None:
    """`lab.up --bundle http://…`."""
    bundle_source.named("http://host/lab.bundle.tar.gz", report()[0])


@triggers("bundle-unreachable")
def a_server_that_stops_in_the_middle(computer: Computer) -> None:
    """Two bytes came."""
    computer.patch.setattr(download, "AGAIN", 0)
    computer.patch.setattr(download, "PAUSE", 0.01)
    with site_data.site({"/b": [site_data.Reply(content=BUNDLE, until=2), site_data.Reply(status=500)]}) as there:
        fetched(there.url)


@triggers("bundle-absent")
def an_address_without_a_file(_: Computer) -> None:
    """404."""
    with site_data.site({}) as there:
        fetched(there.url)


@triggers("bundle-redirect")
def a_redirect_to_plain_http(_: Computer) -> None:
    """Whoever is on the way could answer."""
    web_client.refuse_downgrade("https://host/b", "http://host/b")


@triggers("bundle-other")
def another_file_at_the_address(_: Computer) -> None:
    """The teacher wrote a new one."""
    with site_data.site({"/b": [site_data.Reply(content=b"another")]}) as there:
        fetched(there.url)


def served(computer: Computer, bind: str) -> web_server.Server:
    """Return a server of a bundle."""
    (computer.folder / "b").write_bytes(BUNDLE)
    offer = bundle_server.Offer(name="b", content=(computer.folder / "b").open("rb"), size=9, sha256="")
    return bundle_server.server(offer, bind, 0, print)


@triggers("serve-address")
def an_address_that_others_have(computer: Computer) -> None:
    """Of the network that is for examples."""
    served(computer, "192.0.2.1")
