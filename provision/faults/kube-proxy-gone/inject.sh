#!/usr/bin/env bash
# Nothing tells the kubelet that there should be a kube-proxy.
rm -f /etc/kubernetes/manifests/kube-proxy.yaml
