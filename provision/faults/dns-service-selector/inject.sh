#!/usr/bin/env bash
# LABEL: what the service of cluster DNS looks for, and no pod has.
# shellcheck disable=SC2016 # jq's own variables
change service kube-dns kube-system --arg value "$LABEL" '.spec.selector["k8s-app"] = $value'
