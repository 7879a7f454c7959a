#!/usr/bin/env bash
# LABEL: a label that no pod has, set as the selector of the cluster DNS service.
# shellcheck disable=SC2016 # jq's own variables
change service kube-dns kube-system --arg value "$LABEL" '.spec.selector["k8s-app"] = $value'
