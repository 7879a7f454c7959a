#!/usr/bin/env bash
# HOST: a name that DNS does not know. The old pods keep serving; a new pod never becomes ready.
# shellcheck disable=SC2016 # jq's own variables
change deployment frontend guestbook --arg value "$HOST:6379" \
  '(.spec.template.spec.containers[0].env[] | select(.name == "REDIS_LEADER") | .value) = $value'
