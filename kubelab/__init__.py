"""Kubelab: a lab file becomes a live Kubernetes cluster, built by hand, piece by piece."""

import os
import pathlib
import sys

if (pathlib.Path(__file__).resolve().parent.parent / "pack").exists():  # a course's: see kubelab/source.py
    _before, sys.pycache_prefix = sys.pycache_prefix, os.devnull
    from kubelab import source

    sys.pycache_prefix = _before
    source.only()
