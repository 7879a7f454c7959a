"""The words a person types; `./run --list` shows them all."""

import gc
import os
import sys

gc.disable()  # imported modules are no garbage: searching them again and again takes a tenth of a word's start
_before, sys.pycache_prefix = sys.pycache_prefix, os.devnull
import kubelab  # noqa: E402, F401 (from its source: in a pack it makes every later import do so)

sys.pycache_prefix = _before
from kubelab.tasks import main, namespace, streams  # noqa: E402

if __name__ == "__main__":
    streams.settle()  # first: what prints measures its terminal as soon as it is imported

ns = namespace.typed()
gc.freeze()
gc.enable()

if __name__ == "__main__":
    main.main(ns)
