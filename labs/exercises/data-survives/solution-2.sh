# A claim of the default class, another volume's name, a path that ends in a slash; the entry goes in through a pipe.
kubectl -n "$SPACE" exec deploy/diary -- cat "$PATH_/entry" > entry
kubectl -n "$SPACE" apply --server-side -f - <<JSON
{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "$CLAIM"},
 "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "0.1Gi"}}}}
JSON
kubectl -n "$SPACE" patch deployment diary -p '{"spec": {
  "strategy": {"$retainKeys": ["type"], "type": "Recreate"},
  "template": {"spec": {
    "volumes": [{"$patch": "replace"}, {"name": "kept", "persistentVolumeClaim": {"claimName": "'"$CLAIM"'"}}],
    "containers": [{"name": "diary", "volumeMounts": [{"$patch": "replace"}, {"name": "kept", "mountPath": "'"$PATH_"'/"}]}]}}}}'
kubectl -n "$SPACE" rollout status deployment diary --timeout=60s
kubectl -n "$SPACE" exec -i deploy/diary -- sh -c "cat > $PATH_/entry" < entry
