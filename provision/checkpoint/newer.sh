#!/usr/bin/env bash
# newer TIME: list the objects that people created or deleted since TIME (RFC 3339, UTC), from the audit log.
# A row has the word `new` or `deleted`, kind, namespace and name.
set -euo pipefail
cat /var/log/kubernetes/audit*.log 2> /dev/null | jq -r --arg since "$1" '
  select(.requestReceivedTimestamp > $since and .stage == "ResponseComplete" and .objectRef.subresource == null)
  | select(.user.username | test("^system:(apiserver|node:|kube-|serviceaccount:kube-system:)") | not)
  | select(.objectRef.name != null and (.objectRef.resource | test("reviews$") | not))
  | (if .responseStatus.code == 201 then "new"
     elif .verb == "delete" and .responseStatus.code < 300 then "deleted" else empty end) as $word
  | [$word, .objectRef.resource, .objectRef.namespace // "-", .objectRef.name] | @tsv' | sort -u
