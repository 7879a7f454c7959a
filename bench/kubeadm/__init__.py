"""The peer: a cluster by kubeadm on three of the same boxes, with the same binaries and pod images."""
