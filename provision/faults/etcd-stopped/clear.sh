#!/usr/bin/env bash
# The store is back, and with it the two units that need it.
on etcd
on flannel-config
on calico-config
