#!/usr/bin/env bash
# It does not.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
