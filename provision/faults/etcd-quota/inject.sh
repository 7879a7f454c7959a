#!/usr/bin/env bash
# BYTES: a quota below the size of the store. The first write raises an alarm that stays.
limited() { grep -v '^quota-backend-bytes:'; printf 'quota-backend-bytes: %s\n' "$BYTES"; }
alarmed() { store put kubelab-fault x; [[ $(store alarm list) == *NOSPACE* ]]; }

edit /etc/etcd/etcd.conf.yaml limited
again etcd
wait_for 20 "the alarm" alarmed
