"""components.*: build, list, free and account for the software of a lab."""

from __future__ import annotations

import sys
from typing import Any

from kubelab import components, errors, load, paths, progress
from kubelab.components import choice, inventory, licences
from kubelab.tasks import edge

SET = "1.37"
HELP = {
    "only": "families and pod images, with commas between: etcd,kube-proxy (all if left out)",
    "versions": f"the version set, a file of labs/versions/ ({SET} if left out)",
    "json": "print one JSON document for programs",
}


@edge.task(help={"only": HELP["only"], "versions": HELP["versions"]})
def build(_: Any, only: str = "", versions: str = SET) -> None:
    """Build what the cache lacks: binaries from source, then the pod images that hold them."""
    run = progress.Progress.chosen(log=paths.cache() / "logs" / "components.log")
    names = [name for name in only.split(",") if name] or None
    built = components.ensure(load.versions(versions), run, names)
    run.say(f"{built} built in {run.seconds:.0f} s; ./run components.list shows all" if built else "all is built")


@edge.task(
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
    sys.stdout.write(inventory.document(rows) if json else inventory.report(rows))
    return errors.Exit.GOOD if inventory.whole(rows) else errors.Exit.ABSENT


@edge.task(help={"go": "free Go's module and build caches too", "all": "free everything that was built, too"})
def clean(_: Any, go: bool = False, all: bool = False) -> None:
    """Free what no version set needs: old builds and what interrupted ones left."""
    freed = inventory.clean(choice.sets(), go=go, everything=all)
    sys.stdout.write(f"freed {inventory.human(freed)}\n")


@edge.task(name="licences", help={"versions": HELP["versions"], "json": HELP["json"]})
def licences_(_: Any, versions: str = SET, json: bool = False) -> errors.Exit:
    """List the licences of what is shipped, with every Go module that is linked in; fails if one is unknown."""
    rows = licences.rows(load.versions(versions))
    sys.stdout.write(licences.document(rows) if json else licences.table(rows))
    return errors.Exit.GOOD if licences.known(rows) else errors.Exit.FAILED
