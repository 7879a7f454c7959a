#!/usr/bin/env bash
# Put the manifest back.
put /etc/kubernetes/manifests/calico-kube-controllers.yaml
