#!/usr/bin/env bash
# A pod that no scheduler takes, of an image that no version set names, with an address that is in no range.
api
kubectl create -f - > /dev/null << 'END'
apiVersion: v1
kind: Pod
metadata: {name: astray, namespace: default, labels: {kubelab/part-of-lab: nobody}}
spec:
  schedulerName: nobody
  containers: [{name: astray, image: "example.org/unknown:1"}]
END
kubectl patch pod astray -n default --subresource status --type merge \
  -p '{"status": {"podIP": "203.0.113.9", "podIPs": [{"ip": "203.0.113.9"}]}}' > /dev/null
