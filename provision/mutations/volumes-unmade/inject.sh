#!/usr/bin/env bash
# Nobody makes volumes: claims wait.
change deployment local-path-provisioner local-path-storage '.spec.replicas = 0'
kubectl wait --for=delete pod -l app=local-path-provisioner -n local-path-storage --timeout=60s > /dev/null
