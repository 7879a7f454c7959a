#!/usr/bin/env bash
# Nobody is anonymous but a health probe.
put /etc/kubernetes/kube-apiserver/authentication.yaml
rerun kube-apiserver
api
