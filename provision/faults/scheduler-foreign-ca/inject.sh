#!/usr/bin/env bash
# A kubeconfig with the right identity that trusts the wrong authority.
put /etc/kubernetes/kube-scheduler/kubeconfig
rerun kube-scheduler
