#!/usr/bin/env bash
# Close the read-only port.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
