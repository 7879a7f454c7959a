#!/usr/bin/env bash
# kube-proxy looks where the API server is.
put /etc/kubernetes/kube-proxy/kubeconfig
rerun kube-proxy
