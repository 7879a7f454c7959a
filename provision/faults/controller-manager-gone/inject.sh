#!/usr/bin/env bash
# Nothing tells the kubelet that there should be a controller-manager.
rm -f /etc/kubernetes/manifests/kube-controller-manager.yaml
