#!/usr/bin/env bash
# What CoreDNS cannot answer it asks itself; it notices, and ends.
change configmap coredns kube-system \
  '.data.Corefile |= (gsub("\n *forward [^\n]*"; "") | sub("\n    errors\n"; "\n    errors\n    forward . 127.0.0.1\n"))'
