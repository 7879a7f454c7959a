#!/usr/bin/env bash
# Scale CoreDNS to zero replicas.
api
kubectl scale deployment coredns -n kube-system --replicas 0 > /dev/null
