#!/usr/bin/env bash
# FLAG: a flag that gets the path of a missing key.
edit /etc/kubernetes/manifests/kube-controller-manager.yaml \
  sed -E "s|(--$FLAG=/etc/kubernetes/kube-controller-manager)/|\1/pki/|"
