#!/usr/bin/env bash
# A worker's kubelet tells everybody about its pods, without TLS.
edit /etc/kubernetes/kubelet/config.yaml sed 's/^readOnlyPort: 0/readOnlyPort: 10255/'
again kubelet
wait_for 60 "the port" sh -c "ss --no-header --tcp --listening --numeric | grep -q :10255"
