#!/usr/bin/env bash
# The controller-manager's manifest is what it was.
put /etc/kubernetes/manifests/kube-controller-manager.yaml
