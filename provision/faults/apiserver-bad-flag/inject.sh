#!/usr/bin/env bash
# FLAG: a flag that is spelled with one letter more.
edit /etc/kubernetes/manifests/kube-apiserver.yaml sed "s|--$FLAG=|--${FLAG}s=|"
