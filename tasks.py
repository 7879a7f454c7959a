"""The words a person types; `./run --list` shows them all."""

from kubelab.tasks import namespace

ns = namespace.collection()
