kubectl delete storageclass "$CLASS" --ignore-not-found
kubectl apply -f - <<END
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: $CLASS}
provisioner: $(kubectl get storageclass local -o jsonpath='{.provisioner}')
volumeBindingMode: WaitForFirstConsumer
reclaimPolicy: Retain
END
kubectl -n "$SPACE" scale deployment app --replicas=0
kubectl -n "$SPACE" delete pvc "$CLAIM" --timeout=60s
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $CLAIM}
spec:
  storageClassName: $CLASS
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 200Mi}}
END
kubectl -n "$SPACE" scale deployment app --replicas=1
kubectl -n "$SPACE" rollout status deployment app --timeout=80s
