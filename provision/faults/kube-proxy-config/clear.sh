#!/usr/bin/env bash
# Put kube-proxy's kubeconfig back.
put /etc/kubernetes/kube-proxy/kubeconfig
rerun kube-proxy
