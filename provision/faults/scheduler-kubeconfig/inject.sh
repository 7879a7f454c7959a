#!/usr/bin/env bash
# NAME: a kubeconfig that is not there, in all three flags that name one.
edit /etc/kubernetes/manifests/kube-scheduler.yaml sed "s|/kube-scheduler/kubeconfig|/kube-scheduler/$NAME|"
