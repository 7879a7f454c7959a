#!/usr/bin/env bash
# The control plane has a second copy of the cluster's signing key.
install -m 0600 /etc/kubernetes/kube-controller-manager/ca.key /root/authority.key
