#!/usr/bin/env bash
# Remove the finalizer, then delete the namespace.
api
! had namespace "$NAME" - || exit 0
kubectl patch configmap inventory -n "$NAME" --type=merge -p '{"metadata": {"finalizers": null}}' > /dev/null || true
kubectl delete namespace "$NAME" --ignore-not-found --timeout=60s > /dev/null
