#!/usr/bin/env bash
# PORT: where the frontend's service leads, and no pod listens.
# shellcheck disable=SC2016 # jq's own variables
change service frontend guestbook --argjson port "$PORT" '.spec.ports[0].targetPort = $port'
