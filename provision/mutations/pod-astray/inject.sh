#!/usr/bin/env bash
# A pod with an unknown scheduler, an unknown image, and an address outside the lab's ranges.
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
