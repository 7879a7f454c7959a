#!/usr/bin/env bash
# Scale the volume provisioner to zero replicas: claims wait.
change deployment local-path-provisioner local-path-storage '.spec.replicas = 0'
kubectl wait --for=delete pod -l app=local-path-provisioner -n local-path-storage --timeout=60s > /dev/null
