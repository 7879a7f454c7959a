# variants: wrong=missing, wrong=mode
# This volume is kept by hand; the next one goes with its claim.
kubectl delete storageclass "$CLASS" --ignore-not-found
kubectl apply -f - <<END
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: $CLASS}
provisioner: $(kubectl get storageclass local -o jsonpath='{.provisioner}')
volumeBindingMode: WaitForFirstConsumer
END
[[ $WRONG == missing ]] || { kubectl -n "$SPACE" get pvc "$CLAIM" -o yaml > claim.yaml
  kubectl -n "$SPACE" delete pvc "$CLAIM" --timeout=60s
  kubectl patch --local -f claim.yaml -o yaml --type=merge -p '{"metadata":{"uid":null,"resourceVersion":null,"annotations":null},"status":null}' > new.yaml
  kubectl create -f new.yaml
}
kubectl -n "$SPACE" rollout status deployment app --timeout=80s
volume=$(kubectl -n "$SPACE" get pvc "$CLAIM" -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
