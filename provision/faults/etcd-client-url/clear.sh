#!/usr/bin/env bash
# etcd listens where it says it does.
put /etc/etcd/etcd.conf.yaml
again etcd
again flannel-config
