#!/usr/bin/env bash
# The API server accepts anonymous requests on every path, not only on health probes.
edit /etc/kubernetes/kube-apiserver/authentication.yaml sed '/conditions:/,$d'
rerun kube-apiserver
api
