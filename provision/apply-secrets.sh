#!/usr/bin/env bash
# apply-secrets FOLDER: make a TLS secret of each NAMESPACE.NAME.crt and its key, before the objects that use it.
# The keys are files, and no objects of a manifest: manifests are shown, compared and archived.
set -euo pipefail
PATH=/opt/bin:$PATH

# Whatever is created otherwise looks as if a person had changed it.
apply() { kubectl apply --server-side --force-conflicts -f -; }

end=$((SECONDS + 900))
until kubectl get --raw /readyz > /dev/null 2>&1; do
  ((SECONDS < end)) || { echo "the API server did not answer in 900 s" >&2; exit 1; }
  sleep 0.2
done
for certificate in "$1"/*.crt; do
  file=${certificate##*/} stem=${certificate%.crt}
  space=${file%%.*} name=${file#*.}
  # Not if it exists: that would take away the labels that the manifest gives the namespace.
  kubectl get namespace "$space" > /dev/null 2>&1 ||
    kubectl create namespace "$space" --dry-run=client -o yaml | apply
  kubectl create secret tls "${name%.crt}" --namespace "$space" --cert "$certificate" --key "$stem.key" \
    --dry-run=client -o yaml | apply
done
