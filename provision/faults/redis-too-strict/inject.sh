#!/usr/bin/env bash
# LABEL: a tier that no pod has. The policy admits it to the leader in place of the frontend's tier.
api
kubectl create -f - > /dev/null << END
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: redis-leader
  namespace: guestbook
spec:
  podSelector: {matchLabels: {app: redis, role: leader}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {tier: $LABEL}}}, {podSelector: {matchLabels: {role: follower}}}]
      ports: [{port: 6379}]
END
