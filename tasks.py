"""The words a person types; `./run --list` shows them all."""

import gc
import os
import sys

gc.disable()  # what is imported is no garbage: to look through it again and again is a tenth of a word's start
_before, sys.pycache_prefix = sys.pycache_prefix, os.devnull
import kubelab  # noqa: E402, F401 (from its text: in a pack it then sees to all that follows)

sys.pycache_prefix = _before
from kubelab.tasks import main, namespace, streams  # noqa: E402

if __name__ == "__main__":
    streams.settle()  # first: what prints measures its terminal as soon as it is imported

ns = namespace.typed()
gc.freeze()
gc.enable()

if __name__ == "__main__":
    main.main(ns)
