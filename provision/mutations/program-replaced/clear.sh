#!/usr/bin/env bash
# Put the links back.
put /opt/bin/etcd /opt/bin/etcdutl
