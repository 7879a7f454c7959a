#!/usr/bin/env bash
# BYTES: a quota below what the store holds already: the first write raises the alarm, which stays.
limited() { grep -v '^quota-backend-bytes:'; printf 'quota-backend-bytes: %s\n' "$BYTES"; }
alarmed() { store put kubelab-fault x; [[ $(store alarm list) == *NOSPACE* ]]; }

edit /etc/etcd/etcd.conf.yaml limited
again etcd
wait_for 20 "the alarm" alarmed
