"""Kubelab: a lab file becomes a live Kubernetes cluster, built by hand, piece by piece."""
