#!/usr/bin/env bash
# Stop etcd. The units that write flannel's and Calico's configuration depend on it and stop too.
off etcd
