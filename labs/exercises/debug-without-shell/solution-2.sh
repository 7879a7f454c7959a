# Without kubectl debug: the container is written by hand, and mounts the pod's own volume.
safe='"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsUser": 1000, "runAsGroup": 1000'
[[ $RULES != plain ]] || safe='"runAsUser": 0'
cat > pod.json <<END
{"spec": {"ephemeralContainers": [{"name": "eyes", "image": "$IMAGE", "targetContainerName": "$APP",
  "command": ["sh", "-c", "cat /mnt/$FILE; sleep 3"], "securityContext": {$safe},
  "volumeMounts": [{"name": "state", "mountPath": "/mnt", "readOnly": true}]}]}}
END
kubectl -n "$SPACE" patch pod "$APP" --subresource=ephemeralcontainers --patch-file=pod.json
said() { kubectl -n "$SPACE" logs "$APP" -c eyes | grep .; }
until_true 30 said
kubectl -n "$SPACE" create configmap answer --from-literal=word="$(said)" --dry-run=client -o yaml > answer.yaml
kubectl -n "$SPACE" apply --server-side --force-conflicts -f answer.yaml
