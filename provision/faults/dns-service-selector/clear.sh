#!/usr/bin/env bash
# The service of cluster DNS selects CoreDNS' pods.
revert service kube-dns kube-system
