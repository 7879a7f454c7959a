#!/usr/bin/env bash
# The worker reserves no extra memory.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
