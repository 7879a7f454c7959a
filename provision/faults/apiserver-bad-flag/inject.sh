#!/usr/bin/env bash
# FLAG: a flag that gets an extra letter.
edit /etc/kubernetes/manifests/kube-apiserver.yaml sed "s|--$FLAG=|--${FLAG}s=|"
