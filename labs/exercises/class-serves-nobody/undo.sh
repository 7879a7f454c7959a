# Volumes that are kept would outlive the exercise: those of its class go with their claims, and their folders with them.
kubectl get pv -o jsonpath='{range .items[?(@.spec.storageClassName=="'"$CLASS"'")]}{.metadata.name} {.status.phase}{"\n"}{end}' > volumes.txt
while read -r name phase; do
  kubectl patch pv "$name" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
  [[ $phase != Available ]] || kubectl delete pv "$name" --wait=false
done < volumes.txt
