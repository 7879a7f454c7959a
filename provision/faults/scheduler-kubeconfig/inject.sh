#!/usr/bin/env bash
# NAME: a missing kubeconfig, set in every flag that names one.
edit /etc/kubernetes/manifests/kube-scheduler.yaml sed "s|/kube-scheduler/kubeconfig|/kube-scheduler/$NAME|"
