# variants: wrong=plain, wrong=kept
# Both claims exist for a while, and a pod copies from one to the other; the old volume and its folder go by hand.
kubectl -n "$SPACE" scale deployment diary --replicas=0
kubectl -n "$SPACE" apply -f - <<END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: v1
kind: Pod
metadata: {name: copy}
spec:
  restartPolicy: Never
  containers:
    - name: copy
      image: "$IMAGE"
      command: [sh, -c, "cp -a /old/. /new/"]
      volumeMounts: [{name: old, mountPath: /old}, {name: new, mountPath: /new}]
  volumes: [{name: old, persistentVolumeClaim: {claimName: small}}, {name: new, persistentVolumeClaim: {claimName: large}}]
END
until_true 60 kubectl -n "$SPACE" wait pod copy --for=jsonpath='{.status.phase}'=Succeeded --timeout=5s
kubectl -n "$SPACE" delete pod copy --timeout=30s
volume=$(kubectl -n "$SPACE" get pvc small -o jsonpath='{.spec.volumeName}')
node=$(kubectl get pv "$volume" -o jsonpath='{.spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]}')
path=$(kubectl get pv "$volume" -o jsonpath='{.spec.local.path}{.spec.hostPath.path}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl -n "$SPACE" delete pvc small --timeout=60s
kubectl delete pv "$volume" --timeout=30s
box "$node" "rm -rf '$path'"
volume=$(kubectl -n "$SPACE" get pvc large -o jsonpath='{.spec.volumeName}')
kubectl patch pv "$volume" --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl -n "$SPACE" patch deployment diary --type=json -p '[{"op": "replace", "path": "/spec/template/spec/volumes/0",
  "value": {"name": "data", "persistentVolumeClaim": {"claimName": "large"}}}]'
kubectl -n "$SPACE" scale deployment diary --replicas=1
kubectl -n "$SPACE" rollout status deployment diary --timeout=80s
