#!/usr/bin/env bash
# The control plane: kubeadm init, then the pod network and the application, as kubeadm's page says.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PATH=/opt/bin:$PATH KUBECONFIG=/etc/kubernetes/admin.conf
mark() { printf '%s\t%s\t%s\n' "$1" "$EPOCHREALTIME" "$2" >> /var/lib/kubelab/timeline.tsv; }

begin=$EPOCHREALTIME
kubeadm init --config "$here/init.yaml" --ignore-preflight-errors=all
mark "$begin" "kubeadm init"
begin=$EPOCHREALTIME
# In one call, and without fetching the schema: the same shortcut that the lab takes.
kubectl apply --server-side --validate=false -f "$here/flannel.yaml" -f "$here/application.yaml"
mark "$begin" "apply flannel and the application"
