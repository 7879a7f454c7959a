#!/usr/bin/env bash
# Give the kubelet's kubeconfig an expired certificate of the right authority.
put /etc/kubernetes/kubelet/kubeconfig
again kubelet
