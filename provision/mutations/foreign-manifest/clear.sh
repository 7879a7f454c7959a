#!/usr/bin/env bash
# The folder holds what was rendered, and the pod is gone.
rm -f /etc/kubernetes/manifests/foreign.yaml
gone() { [[ -z $(crictl ps --quiet --name '^kube-nobody$') ]]; }
wait_for 60 "the end of the foreign pod" gone
