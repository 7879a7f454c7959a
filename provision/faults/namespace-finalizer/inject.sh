#!/usr/bin/env bash
# NAME: a namespace that is being deleted and waits for a controller that does not exist.
api
kubectl create namespace "$NAME" > /dev/null
kubectl label namespace "$NAME" kubelab/part-of-lab=inventory > /dev/null  # without the label it would not be judged
kubectl create -f - > /dev/null << END
apiVersion: v1
kind: ConfigMap
metadata:
  name: inventory
  namespace: $NAME
  finalizers: [example.com/archive]
END
kubectl delete namespace "$NAME" --wait=false > /dev/null
