for volume in $(kubectl get pv -o jsonpath='{range .items[?(@.status.phase=="Released")]}{.metadata.name} {end}'); do
  kubectl patch pv "$volume" --type=merge -p '{"spec":{"claimRef":null},"metadata":{"annotations":{"pv.kubernetes.io/bound-by-controller":null}}}'
done || true
