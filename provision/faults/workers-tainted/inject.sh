#!/usr/bin/env bash
# KEY: a taint on every worker. Running pods stay; new pods find no node.
api
kubectl taint nodes -l node-role.kubernetes.io/worker "$KEY=true:NoSchedule" --overwrite > /dev/null
