#!/usr/bin/env bash
# wake-kubelet SECONDS: have the API server's manifest run, if no API server answers, the manifest has been there for that
# long, and nothing was made of it. A kubelet that has not heard from the API server since its own start ends no static
# pod, and so runs no other in its place; one that starts anew knows of no other. Prints a line if it did something.
set -euo pipefail
PATH=/opt/bin:$PATH
manifest=/etc/kubernetes/manifests/kube-apiserver.yaml

! curl --silent --insecure --max-time 2 --output /dev/null https://127.0.0.1:6443/livez || exit 0
started=$(date -d "$(systemctl show --property ActiveEnterTimestamp --value kubelet.service)" +%s)
# A new manifest is a new pod, and so a new sandbox; the old one's container may have been started again since.
unheard=$(crictl pods --name '^kube-apiserver-' --output json | jq --argjson started "$started" --argjson after "$1" \
  --argjson changed "$(stat -c %.3Z "$manifest" 2> /dev/null || echo 0)" '[.items[].createdAt | tonumber / 1e9] | max as $made |
    $made != null and $changed > ([$made, $started] | max) and now > $changed + $after')
[[ $unheard == true ]] || exit 0
crictl pods --quiet --name '^kube-apiserver-' | xargs --no-run-if-empty crictl --timeout 40s stopp > /dev/null
systemctl restart --no-block kubelet.service
echo "the kubelet had not run the API server's manifest: it starts anew"
