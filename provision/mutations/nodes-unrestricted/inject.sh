#!/usr/bin/env bash
# A node may change another node.
edit /etc/kubernetes/manifests/kube-apiserver.yaml sed 's/=NodeRestriction/=NamespaceExists/'
wait_for 90 "the new API server" pgrep -f -- --enable-admission-plugins=NamespaceExists
api
