#!/usr/bin/env bash
# Remove the subjects of the binding that lets the API server read logs and run commands through the kubelets.
change clusterrolebinding kubelab:kubelet-clients - 'del(.subjects)'
