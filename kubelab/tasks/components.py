"""components.*: build, list, free and account for the software of a lab."""

from __future__ import annotations

import shlex
from typing import Any

from kubelab import components, errors, model, paths
from kubelab.components import bundle as bundles
from kubelab.components import bundle_source, inventory, licences, selection
from kubelab.components import unbundle as unpacking
from kubelab.config import load
from kubelab.tasks import decorator
from kubelab.ui import amounts, progress, terminal

SET = "1.37"
HELP = {
    "only": "families and pod images, with commas between: etcd,kube-proxy (all if left out)",
    "versions": f"the version set, a file of labs/versions/ ({SET} if left out)",
    "json": "print one JSON document for programs",
}


@decorator.task(help={"only": HELP["only"], "versions": HELP["versions"]})
def build(_: Any, only: str = "", versions: str = SET) -> None:
    """Build what the cache lacks: binaries from source, then the pod images that hold them."""
    run = progress.Progress.chosen(log=paths.cache() / "logs" / "components.log")
    names = [name for name in only.split(",") if name] or None
    built = components.ensure(load.versions(versions), run, names)
    run.say(f"{built} built in {run.seconds:.0f} s; ./run components.list shows all" if built else "all is built")


@decorator.task(
    name="list",
    help={**HELP, "verify": "read every byte instead of looking at sizes and times"},
)
def list_(
    _: Any,
    only: str = "",
    versions: str = SET,
    verify: bool = False,
    json: bool = False,
) -> errors.Exit:
    """Show every component: version, source, size, whether it is built; exit code 4 if something is not."""
    names = [name for name in only.split(",") if name] or None
    rows = inventory.rows(load.versions(versions), names, thorough=verify)
    terminal.write(inventory.document(rows) if json else inventory.report(rows))
    return errors.Exit.GOOD if inventory.whole(rows) else errors.Exit.ABSENT


@decorator.task(help={"go": "free Go's module and build caches too", "all": "free everything that was built, too"})
def clean(_: Any, go: bool = False, all: bool = False) -> None:
    """Free what no version set needs: old builds and leftovers of interrupted ones."""
    freed = inventory.clean(selection.sets(), go=go, everything=all)
    terminal.write(f"freed {amounts.human(freed)}\n")


@decorator.task(name="licences", help={"versions": HELP["versions"], "json": HELP["json"]})
def licences_(_: Any, versions: str = SET, json: bool = False) -> errors.Exit:
    """List the licences of the shipped software, with every linked Go module; fails if one is unknown."""
    rows = licences.rows(load.versions(versions))
    terminal.write(licences.document(rows) if json else licences.table(rows))
    return errors.Exit.GOOD if licences.known(rows) else errors.Exit.FAILED


@decorator.task(
    help={
        "out": "the file to write (kubelab-VERSION-amd64.bundle.tar.gz here if left out)",
        "versions": f"the version set (the lab's, else {SET}, if left out)",
        "checkout": "put this project's files in, too: `tar -xzf FILE kubelab` gives a folder to work in",
        "lab": "put in what this lab alone needs, too: the box of virtual machines, keepalived",
    }
)
def bundle(_: Any, out: str = "", versions: str = "", checkout: bool = False, lab: str = "") -> None:
    """Write one file with everything a lab needs, for computers without a network: `lab.up --bundle FILE` there."""
    run = progress.Progress.chosen(log=paths.cache() / "logs" / "components.log")
    spec = load.read(lab) if lab else None
    found = load.versions(versions or (spec.versions if spec else SET))
    file = paths.typed(out or bundles.default_name(found))
    provider = spec.provider if spec else model.Provider.DOCKER
    names = selection.of_file(spec) if spec else ()
    written = bundles.write(found, file, run, checkout=checkout, provider=provider, names=names)
    run.say(f"{written.file}: {amounts.human(written.size)} ({amounts.human(written.unpacked)} unpacked)")
    run.say(f"sha256 {written.sha256}")
    run.say(f"on the other computer: ./run lab.up --bundle {shlex.quote(written.file.name)}")
    run.say(f"for a class: ./run components.serve {shlex.quote(str(written.file))}")


@decorator.task(
    positional=["file"],
    help={
        "file": "a bundle",
        "bind": "this computer's address on which to listen (the one that leads to the network if left out)",
        "port": "the port there (0: any free one)",
    },
)
def serve(_: Any, file: str, bind: str = "", port: int = 8766) -> None:
    """Serve a bundle over http to a class, and print the line that students type; stays until Ctrl-C."""
    from kubelab.components import bundle_server  # noqa: PLC0415 (a server of HTTP, for this word alone)
    from kubelab.host import outward  # noqa: PLC0415 (as above)

    report = progress.Progress.chosen()
    path = bundle_source.named(file, report)
    place = outward.chosen(bind)
    if place.others:
        report.say(f"this computer has other addresses, which --bind takes: {', '.join(place.others)}")
    bundle_server.serve(path, place.bind, port, place.reached, report)


@decorator.task(
    positional=["file"],
    help={
        "file": "a bundle: a path or an address",
        "versions": HELP["versions"],
        "list": "list its content, unpack nothing",
    },
)
def unbundle(_: Any, file: str, versions: str = SET, list: bool = False) -> None:
    """Put a bundle's software into the cache and into Docker, checked to the last byte; needs no network."""
    run = progress.Progress.chosen(log=paths.cache() / "logs" / "components.log")
    if list:
        run.say(unpacking.read(bundle_source.named(file, run)).document().decode())
        return
    taken = bundle_source.bring(file, load.versions(versions), run)
    run.say(f"took {', '.join(taken.names)}" if taken.names else "all that is in it was here already")
