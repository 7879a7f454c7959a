#!/usr/bin/env bash
# CLASS: a storage class that the cluster does not have, named by the claim of a new pod.
# The label makes the objects part of the lab: the lab's checks ignore objects without it.
api
image=$(kubectl get deployment redis-leader -n guestbook -o jsonpath='{.spec.template.spec.containers[0].image}')
kubectl create -f - > /dev/null << END
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: archive, namespace: guestbook, labels: {kubelab/part-of-lab: guestbook}}
spec:
  storageClassName: $CLASS
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 100Mi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: archive, namespace: guestbook, labels: {app: archive, kubelab/part-of-lab: guestbook}}
spec:
  selector: {matchLabels: {app: archive}}
  template:
    metadata: {labels: {app: archive, kubelab/part-of-lab: guestbook}}
    spec:
      automountServiceAccountToken: false
      containers:
        - name: redis
          image: $image
          imagePullPolicy: IfNotPresent
          args: [redis-server, --dir, /data, --replicaof, redis-leader, "6379", --protected-mode, "no"]
          resources: {requests: {cpu: 10m, memory: 16Mi}}
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: archive}}]
END
