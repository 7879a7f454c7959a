#!/usr/bin/env bash
# PORT: a target port of the frontend's service that is closed in every pod.
# shellcheck disable=SC2016 # jq's own variables
change service frontend guestbook --argjson port "$PORT" '.spec.ports[0].targetPort = $port'
