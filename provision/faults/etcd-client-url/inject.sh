#!/usr/bin/env bash
# etcd runs, and only clients on its own machine can connect.
edit /etc/etcd/etcd.conf.yaml sed 's|^listen-client-urls:.*|listen-client-urls: https://127.0.0.1:2379|'
again etcd
