#!/usr/bin/env bash
# The scheduler's manifest is what it was.
put /etc/kubernetes/manifests/kube-scheduler.yaml
