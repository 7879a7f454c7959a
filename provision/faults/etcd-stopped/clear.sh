#!/usr/bin/env bash
# Start etcd and the two units that depend on it.
on etcd
on flannel-config
on calico-config
