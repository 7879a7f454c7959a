#!/usr/bin/env bash
# The store is back, and with it the unit that needs it.
on etcd
on flannel-config
