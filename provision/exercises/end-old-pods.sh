#!/usr/bin/env bash
# end-old-pods: hurry an API server back whose files are right. One of before that does not answer would be waited for
# until its grace period is over; and a kubelet that was started while none answered may wait for the old one for ever.
set -euo pipefail
PATH=/opt/bin:$PATH
old=$(date -d '-20 seconds' +%s%N)
crictl ps --name '^kube-apiserver$' -o json |
  jq -r --argjson old "$old" '.containers[] | select((.createdAt | tonumber) < $old) | .id' |
  xargs -r crictl stop -t 1
systemctl restart kubelet
