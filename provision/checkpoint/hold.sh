#!/usr/bin/env bash
# hold [volumes]: stop every program of this node that uses etcd; with `volumes`, also every pod that uses a volume.
set -euo pipefail
systemctl stop kubelet.service flanneld.service calico-node.service

stop() { xargs -r /opt/bin/crictl stop --timeout 5 > /dev/null 2>&1 || true; }

for name in kube-apiserver kube-controller-manager kube-scheduler calico-kube-controllers; do
  /opt/bin/crictl ps --quiet --name "^$name\$" | stop
done
[[ ${1:-} == volumes ]] || exit 0
for claim in /var/lib/kubelet/pods/*/volumes/kubernetes.io~local-volume; do
  [[ -d $claim ]] || continue
  pod=${claim#/var/lib/kubelet/pods/}
  /opt/bin/crictl ps --quiet --label "io.kubernetes.pod.uid=${pod%%/*}" | stop
done
