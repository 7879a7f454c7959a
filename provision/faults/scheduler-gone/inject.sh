#!/usr/bin/env bash
# Nothing tells the kubelet that there should be a scheduler.
rm -f /etc/kubernetes/manifests/kube-scheduler.yaml
