#!/usr/bin/env bash
# Remove the manifest: the kubelet ends calico-kube-controllers.
rm -f /etc/kubernetes/manifests/calico-kube-controllers.yaml
