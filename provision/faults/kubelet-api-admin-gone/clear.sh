#!/usr/bin/env bash
# The API server may use the kubelets' API.
revert clusterrolebinding kubelab:kubelet-clients -
