"""Measures a lab on this computer, and kubeadm beside it on the same boxes; asserts nothing about time."""
