#!/usr/bin/env bash
# The volume with the API server's configuration stays; the container does not mount it.
edit /etc/kubernetes/manifests/kube-apiserver.yaml \
  sed '/^      volumeMounts:/,/^  volumes:/{/- name: config/,/readOnly/d}'
