#!/usr/bin/env bash
# Put CoreDNS' number of replicas back.
revert deployment coredns kube-system
