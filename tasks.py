"""The words a person types; `./run --list` shows them all."""

import os
import sys

_before, sys.pycache_prefix = sys.pycache_prefix, os.devnull
import kubelab  # noqa: E402, F401 (from its text: in a pack it then sees to all that follows)

sys.pycache_prefix = _before
from kubelab.tasks import namespace, program  # noqa: E402

ns = namespace.typed()

if __name__ == "__main__":
    program.main(ns)
