#!/usr/bin/env bash
# FLAG: a flag whose key is looked for where there is none.
edit /etc/kubernetes/manifests/kube-controller-manager.yaml \
  sed -E "s|(--$FLAG=/etc/kubernetes/kube-controller-manager)/|\1/pki/|"
