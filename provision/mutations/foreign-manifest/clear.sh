#!/usr/bin/env bash
# Remove the manifest and wait until the pod has ended.
rm -f /etc/kubernetes/manifests/foreign.yaml
gone() { [[ -z $(crictl ps --quiet --name '^kube-nobody$') ]]; }
wait_for 60 "the end of the foreign pod" gone
