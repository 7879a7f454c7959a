#!/usr/bin/env bash
# The API server's manifest is what it was.
put /etc/kubernetes/manifests/kube-apiserver.yaml
