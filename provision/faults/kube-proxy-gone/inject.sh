#!/usr/bin/env bash
# Remove the manifest: the kubelet ends kube-proxy.
rm -f /etc/kubernetes/manifests/kube-proxy.yaml
