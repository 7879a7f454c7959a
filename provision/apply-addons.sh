#!/usr/bin/env bash
# apply-addons FOLDER: apply its manifests in order, as soon as the API server answers; then name the nodes' roles.
# Lines of FOLDER/roles.tsv: node, role.
set -euo pipefail
PATH=/opt/bin:$PATH
folder=$1

ready() { kubectl get --raw /readyz > /dev/null 2>&1; }

label() {
  kubectl label node "$1" "node-role.kubernetes.io/$2=" --overwrite > /dev/null 2>&1
}

end=$((SECONDS + 900))
until ready; do
  ((SECONDS < end)) || { echo "the API server did not answer in 900 s" >&2; exit 1; }
  sleep 0.2
done
# Validation would fetch megabytes of schema first; the files were validated when they were rendered.
kubectl apply --server-side --force-conflicts --validate=false -f "$folder"
while IFS=$'\t' read -r node role; do
  until label "$node" "$role"; do
    ((SECONDS < end)) || { echo "node $node did not register in time" >&2; exit 1; }
    sleep 0.5
  done
done < "$folder/roles.tsv"
