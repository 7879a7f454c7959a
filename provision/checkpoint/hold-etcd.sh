#!/usr/bin/env bash
# hold-etcd: stop this member of etcd. Of several all stop before the first gets other data: a restored member has the
# identity that it had, and must not talk to one with the data from before.
set -euo pipefail
systemctl stop flannel-config.service etcd.service
