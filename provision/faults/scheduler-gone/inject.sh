#!/usr/bin/env bash
# Remove the manifest: the kubelet ends the scheduler.
rm -f /etc/kubernetes/manifests/kube-scheduler.yaml
