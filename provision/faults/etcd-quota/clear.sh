#!/usr/bin/env bash
# The quota is what it was, and the alarm, which etcd keeps in its store, is taken back.
disarmed() { store alarm disarm && [[ -z $(store alarm list) ]]; }

put /etc/etcd/etcd.conf.yaml
again etcd
wait_for 30 "etcd without an alarm" disarmed
store del kubelab-fault > /dev/null
again flannel-config
