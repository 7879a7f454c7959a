#!/usr/bin/env bash
# The kubelet has the certificate that it was given.
put /etc/kubernetes/kubelet/kubeconfig
again kubelet
