#!/usr/bin/env bash
# NAME: a policy that selects every pod of the guestbook and lets nothing in or out.
api
kubectl create -f - > /dev/null << END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: $NAME
  namespace: guestbook
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
END
