#!/usr/bin/env bash
# NAME: a policy that selects every pod of kube-system and blocks incoming traffic.
api
kubectl create -f - > /dev/null << END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: $NAME
  namespace: kube-system
spec:
  podSelector: {}
  policyTypes: [Ingress]
END
