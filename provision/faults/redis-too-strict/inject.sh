#!/usr/bin/env bash
# LABEL: a tier that may reach the leader, and no pod has; the frontend's is another.
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
