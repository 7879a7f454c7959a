#!/usr/bin/env bash
# The only store is away. The unit that writes flannel's configuration needs it, and stops with it.
off etcd
