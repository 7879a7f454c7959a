# A copy of local under another name; the claim is made anew while its pod waits, for one pod only.
kubectl get storageclass local -o yaml > local.yaml
kubectl delete storageclass "$CLASS" --ignore-not-found
kubectl patch --local -f local.yaml -o yaml --type=merge -p '{"reclaimPolicy":"Retain","metadata":{"name":"'"$CLASS"'",
  "uid":null,"resourceVersion":null,"annotations":{"storageclass.kubernetes.io/is-default-class":"false"}}}' > own.yaml
kubectl create -f own.yaml
kubectl -n "$SPACE" delete pvc "$CLAIM" --timeout=60s
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  storageClassName: $CLASS
  accessModes: [ReadWriteOncePod]
  resources: {requests: {storage: 1Gi}}
END
kubectl -n "$SPACE" rollout status deployment app --timeout=80s
