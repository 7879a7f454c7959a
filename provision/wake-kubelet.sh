#!/usr/bin/env bash
# wake-kubelet SECONDS: restart the kubelet if no API server answers and its manifest has been ignored for SECONDS.
# A kubelet that has not reached the API server since its own start ends no static pod, and so runs no new one in its
# place. After a restart it knows no old pod. Prints a line if it restarted the kubelet.
set -euo pipefail
PATH=/opt/bin:$PATH
manifest=/etc/kubernetes/manifests/kube-apiserver.yaml

! curl --silent --insecure --max-time 2 --output /dev/null https://127.0.0.1:6443/livez || exit 0
started=$(date -d "$(systemctl show --property ActiveEnterTimestamp --value kubelet.service)" +%s)
# A new manifest means a new pod and a new sandbox. Containers do not show it: the old pod's may have restarted since.
unheard=$(crictl pods --name '^kube-apiserver-' --output json | jq --argjson started "$started" --argjson after "$1" \
  --argjson changed "$(stat -c %.3Z "$manifest" 2> /dev/null || echo 0)" '[.items[].createdAt | tonumber / 1e9] | max as $made |
    $made != null and $changed > ([$made, $started] | max) and now > $changed + $after')
[[ $unheard == true ]] || exit 0
crictl pods --quiet --name '^kube-apiserver-' | xargs --no-run-if-empty crictl --timeout 40s stopp > /dev/null
systemctl restart --no-block kubelet.service
echo "the kubelet had not run the API server's manifest: it starts anew"
