#!/usr/bin/env bash
# end-old-pods: speed up the return of an API server whose files are right. An old one that does not answer would keep
# its grace period. A kubelet that started without an API server may wait for the old pod for ever.
set -euo pipefail
PATH=/opt/bin:$PATH
old=$(date -d '-20 seconds' +%s%N)
crictl ps --name '^kube-apiserver$' -o json |
  jq -r --argjson old "$old" '.containers[] | select((.createdAt | tonumber) < $old) | .id' |
  xargs -r crictl stop -t 1
systemctl restart kubelet
