#!/usr/bin/env bash
# Nobody in particular is somebody: what everybody may see, the anonymous may.
edit /etc/kubernetes/kube-apiserver/authentication.yaml sed '/conditions:/,$d'
rerun kube-apiserver
api
