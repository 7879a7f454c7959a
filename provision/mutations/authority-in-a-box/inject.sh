#!/usr/bin/env bash
# The key that signs for the whole cluster lies in a second place.
install -m 0600 /etc/kubernetes/kube-controller-manager/ca.key /root/authority.key
