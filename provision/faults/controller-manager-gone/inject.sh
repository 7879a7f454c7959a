#!/usr/bin/env bash
# Remove the manifest: the kubelet ends the controller-manager.
rm -f /etc/kubernetes/manifests/kube-controller-manager.yaml
