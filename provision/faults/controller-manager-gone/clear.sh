#!/usr/bin/env bash
# Put the manifest back.
put /etc/kubernetes/manifests/kube-controller-manager.yaml
