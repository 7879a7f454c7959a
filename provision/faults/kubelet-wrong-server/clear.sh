#!/usr/bin/env bash
# Put the kubelet's kubeconfig back.
put /etc/kubernetes/kubelet/kubeconfig
again kubelet
