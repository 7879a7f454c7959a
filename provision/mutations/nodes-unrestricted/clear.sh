#!/usr/bin/env bash
# A node may change only itself.
put /etc/kubernetes/manifests/kube-apiserver.yaml
wait_for 90 "the old API server" pgrep -f -- --enable-admission-plugins=NodeRestriction
api
