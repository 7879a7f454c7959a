#!/usr/bin/env bash
# New pods of this machine are given the address of cluster DNS.
put /etc/kubernetes/kubelet/config.yaml
again kubelet
wait_for 20 "the kubelet" curl -sf http://127.0.0.1:10248/healthz
