#!/usr/bin/env bash
# The kubelet looks where the API server is.
put /etc/kubernetes/kubelet/kubeconfig
again kubelet
