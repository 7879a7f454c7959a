#!/usr/bin/env bash
# Put the provisioner's replicas back.
revert deployment local-path-provisioner local-path-storage
kubectl rollout status deployment local-path-provisioner -n local-path-storage --timeout=90s > /dev/null
