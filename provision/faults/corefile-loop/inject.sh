#!/usr/bin/env bash
# What CoreDNS cannot answer it asks itself; it notices, and ends.
change configmap coredns kube-system \
  '.data.Corefile |= (gsub("(?m)^ *forward .*\n"; "") | sub("(?m)^    errors$"; "    errors\n    forward . 127.0.0.1"))'
