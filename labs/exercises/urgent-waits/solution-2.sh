# Just above the barges, with its policy written out; the old pod goes first, and the next one has the new priority.
kubectl delete priorityclass "$CLASS" --ignore-not-found
kubectl apply -f - <<END
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: $CLASS, labels: {goes: first}}
description: The ferry does not wait.
value: 101
preemptionPolicy: PreemptLowerPriority
END
kubectl -n "$SPACE" scale deployment ferry --replicas=0
kubectl -n "$SPACE" patch deployment ferry --type=json \
  -p '[{"op": "add", "path": "/spec/template/spec/priorityClassName", "value": "'"$CLASS"'"}]'
kubectl -n "$SPACE" scale deployment ferry --replicas=1
kubectl -n "$SPACE" rollout status deployment ferry --timeout=80s
