#!/usr/bin/env bash
# LAST: the last number of the DNS address that pods of this machine are given.
edit /etc/kubernetes/kubelet/config.yaml sed -E "/^clusterDNS:/{n;s|[0-9]+\$|$LAST|}"
again kubelet
wait_for 20 "the kubelet" curl -sf http://127.0.0.1:10248/healthz
