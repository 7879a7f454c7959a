#!/usr/bin/env bash
# Put CoreDNS' configuration back.
revert configmap coredns kube-system
