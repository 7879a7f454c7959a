#!/usr/bin/env bash
# The kubelet authenticates and authorizes every request.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
