#!/usr/bin/env bash
# All memory is the pods' again.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
