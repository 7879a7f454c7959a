#!/usr/bin/env bash
# The only store is away. The units that write flannel's and Calico's configuration need it, and stop with it.
off etcd
