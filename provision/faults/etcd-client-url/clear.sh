#!/usr/bin/env bash
# etcd listens on the machine's address again.
put /etc/etcd/etcd.conf.yaml
again etcd
again flannel-config
