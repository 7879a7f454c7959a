#!/usr/bin/env bash
# The scheduler trusts the lab's authority.
put /etc/kubernetes/kube-scheduler/kubeconfig
rerun kube-scheduler
