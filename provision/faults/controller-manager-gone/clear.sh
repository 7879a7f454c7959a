#!/usr/bin/env bash
# The manifest is where the kubelet looks for it.
put /etc/kubernetes/manifests/kube-controller-manager.yaml
