#!/usr/bin/env bash
# etcd is in its place, and with it the units that need it.
systemctl stop kubelab-mutation.service 2> /dev/null || true
rm -f /run/kubelab-plain
on etcd
on flannel-config
on calico-config
