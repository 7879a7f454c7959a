#!/usr/bin/env bash
# The API server encrypts again. Every secret is written anew, so that none stays unencrypted.
put /etc/kubernetes/kube-apiserver/encryption.yaml
rerun kube-apiserver
api
kubectl get secrets -A -o json | kubectl replace -f - > /dev/null
