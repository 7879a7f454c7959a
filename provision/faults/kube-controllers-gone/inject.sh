#!/usr/bin/env bash
# Nothing tells the kubelet that there should be a translator of network policies.
rm -f /etc/kubernetes/manifests/calico-kube-controllers.yaml
