#!/usr/bin/env bash
# make-room: mend an exceeded quota as etcd's manual says (compact, defragment, clear the alarm); restore the old quota.
set -euo pipefail
set -a
# shellcheck source=/dev/null
. /etc/etcd/etcdctl.env
set +a
etcdctl=/opt/bin/etcdctl
revision=$($etcdctl endpoint status --write-out json | jq '.[0].Status.header.revision')
$etcdctl compact "$revision" > /dev/null
$etcdctl defrag > /dev/null
$etcdctl alarm disarm
cp -a /run/survive-etcd.conf.yaml /etc/etcd/etcd.conf.yaml
systemctl restart etcd.service
