#!/usr/bin/env bash
# Put the process limit back.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
