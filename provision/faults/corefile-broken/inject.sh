#!/usr/bin/env bash
# LINE: a directive that CoreDNS refuses. A running pod keeps its old configuration; a new pod does not start.
# shellcheck disable=SC2016 # jq's own variables
change configmap coredns kube-system --arg line "$LINE" \
  '.data.Corefile |= sub("\n    errors\n"; "\n    errors\n    " + $line + "\n")'
