#!/usr/bin/env bash
# The kubelet lists its pods on a port without TLS or authentication.
edit /etc/kubernetes/kubelet/config.yaml sed 's/^readOnlyPort: 0/readOnlyPort: 10255/'
again kubelet
wait_for 60 "the port" sh -c "ss --no-header --tcp --listening --numeric | grep -q :10255"
