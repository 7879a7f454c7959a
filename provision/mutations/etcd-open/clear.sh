#!/usr/bin/env bash
# It asks for one.
put /etc/etcd/etcd.conf.yaml
again etcd
wait_for 60 "etcd" systemctl is-active --quiet etcd.service
