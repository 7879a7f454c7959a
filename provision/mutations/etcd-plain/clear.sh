#!/usr/bin/env bash
# Start etcd and the units that depend on it.
systemctl stop kubelab-mutation.service 2> /dev/null || true
rm -f /run/kubelab-plain
on etcd
on flannel-config
on calico-config
