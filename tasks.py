"""The words a person types; `./run --list` shows them all."""

from kubelab.tasks import namespace, program

ns = namespace.collection()

if __name__ == "__main__":
    program.main(ns)
