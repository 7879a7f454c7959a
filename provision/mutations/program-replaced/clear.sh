#!/usr/bin/env bash
# They lead where they led.
put /opt/bin/etcd /opt/bin/etcdutl
