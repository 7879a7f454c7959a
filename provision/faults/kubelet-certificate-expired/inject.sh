#!/usr/bin/env bash
# The kubelet's kubeconfig holds a certificate of the right authority whose time is over.
put /etc/kubernetes/kubelet/kubeconfig
again kubelet
