#!/usr/bin/env bash
# It may not.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
