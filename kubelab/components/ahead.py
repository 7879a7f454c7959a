"""Does beside the compiler what waits for the network: the modules of the next families, and the box image."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator, Sequence

from kubelab import errors, model
from kubelab.components import box_image, cache_layout, compiling, pod_images, software_catalogue
from kubelab.ui import progress


@contextlib.contextmanager
def running(todo: Sequence[cache_layout.Entry], versions: model.VersionSet) -> Iterator[None]:
    """Fetch for all but the first of these entries while the block builds one after the other.

    Nothing is reported: the block comes to each of it later, finds it done or waits for it, and tells what fails.
    """
    over = list[bool]()
    families = [software_catalogue.in_set(entry.name, versions) for entry in todo if not entry.is_image]
    downloads = threading.Thread(target=_download, args=(families[1:], over), daemon=True)
    # Not waited for: a build that fails does so at once, and whoever needs the image next waits for its lock.
    image = threading.Thread(target=_box_image, args=(todo,), daemon=True)
    if len(families) > 1:
        downloads.start()
        image.start()
    try:
        yield
    finally:
        over.append(True)
        if downloads.is_alive():
            downloads.join()


def _download(families: Sequence[software_catalogue.Family], over: Sequence[bool]) -> None:
    with contextlib.suppress(OSError):  # the build itself meets it, too, and says so
        log = compiling.fresh_log("downloads").stem
        for family in families:
            with contextlib.suppress(errors.LabError), contextlib.closing(compiling.listed(family, log)) as lines:
                for _ in lines:
                    if over:
                        return


def _box_image(todo: Sequence[cache_layout.Entry]) -> None:
    """Make the box image if pod images on its userland are to come: then there is Docker."""
    names = [entry.name for entry in todo if entry.is_image]
    if any(pod_images.IMAGES[name].recipe is software_catalogue.Recipe.DOCKERFILE for name in names):
        with contextlib.suppress(errors.LabError, OSError):
            box_image.ensure(progress.Progress(progress.Style.PLAIN, out=io.StringIO()))
