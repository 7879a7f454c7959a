#!/usr/bin/env bash
# etcd asks clients for a certificate.
put /etc/etcd/etcd.conf.yaml
again etcd
wait_for 60 "etcd" systemctl is-active --quiet etcd.service
