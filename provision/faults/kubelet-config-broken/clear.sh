#!/usr/bin/env bash
# The configuration is what it was.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
