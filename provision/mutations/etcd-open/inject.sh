#!/usr/bin/env bash
# etcd accepts clients without a certificate.
edit /etc/etcd/etcd.conf.yaml sed \
  '/^client-transport-security/,/^peer/{s/client-cert-auth: true/client-cert-auth: false/;/trusted-ca-file/d}'
again etcd
wait_for 60 "etcd" systemctl is-active --quiet etcd.service
