#!/usr/bin/env bash
# apply-addons FOLDER: apply the objects that changed since they were applied, delete those that are no longer in
# objects.tsv, then name the nodes' roles (lines of roles.tsv: node, role).
# A ConfigMap in the cluster records the applied objects: it is lost and restored together with them.
set -euo pipefail
PATH=/opt/bin:$PATH
folder=$1 wanted=$1/objects.tsv
record=(configmap kubelab-objects --namespace kube-system)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ready() { kubectl get --raw /readyz > /dev/null 2>&1; }
label() { kubectl label node "$1" "node-role.kubernetes.io/$2=" --overwrite > /dev/null 2>&1; }
# Validation would fetch megabytes of schema first; the files were validated when they were rendered.
apply() { kubectl apply --server-side --force-conflicts --validate=false -f "$1"; }

end=$((SECONDS + 900))
until ready; do
  ((SECONDS < end)) || { echo "the API server did not answer in 900 s" >&2; exit 1; }
  sleep 0.2
done
kubectl get "${record[@]}" --ignore-not-found -o 'jsonpath={.data.objects\.tsv}' > "$work/applied"
"${0%/*}/kubelab-object-changes" "$folder" "$work"
[[ ! -s $work/anew.yaml ]] || kubectl delete --ignore-not-found -f "$work/anew.yaml"
if [[ ! -s $work/applied ]]; then
  apply "$folder"
elif [[ -s $work/changed.yaml ]]; then
  apply "$work/changed.yaml"
fi
[[ ! -s $work/gone.yaml ]] || kubectl delete --ignore-not-found --wait=false -f "$work/gone.yaml"
while read -r name; do
  phase=$(kubectl get pv "$name" --ignore-not-found -o 'jsonpath={.status.phase}')
  [[ $phase == Bound || $phase == Released ]] || kubectl delete pv --ignore-not-found --wait=false "$name"
done < "$work/volumes"
if ! cmp -s "$work/applied" "$wanted"; then
  kubectl create "${record[@]}" --from-file="$wanted" --dry-run=client -o yaml > "$work/record.yaml"
  apply "$work/record.yaml"
fi
while IFS=$'\t' read -r node role; do
  until label "$node" "$role"; do
    ((SECONDS < end)) || { echo "node $node did not register in time" >&2; exit 1; }
    sleep 0.5
  done
done < "$folder/roles.tsv"
