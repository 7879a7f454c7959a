#!/usr/bin/env bash
# CPUS: the CPU request of a frontend pod. The old pods keep serving; a new pod finds no node.
# shellcheck disable=SC2016 # jq's own variables
change deployment frontend guestbook --arg cpus "$CPUS" \
  '.spec.template.spec.containers[0].resources.requests.cpu = $cpus'
