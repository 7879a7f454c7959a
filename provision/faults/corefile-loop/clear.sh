#!/usr/bin/env bash
# CoreDNS' configuration is what it was.
revert configmap coredns kube-system
