#!/usr/bin/env bash
# CPUS: what a frontend asks for; the old pods serve on, a new one finds no node.
# shellcheck disable=SC2016 # jq's own variables
change deployment frontend guestbook --arg cpus "$CPUS" \
  '.spec.template.spec.containers[0].resources.requests.cpu = $cpus'
