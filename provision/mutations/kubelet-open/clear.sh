#!/usr/bin/env bash
# It asks who one is, and what one may.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
