#!/usr/bin/env bash
# LABEL: a label that no pod has, set as the selector of the frontend's service.
# shellcheck disable=SC2016 # jq's own variables
change service frontend guestbook --arg value "$LABEL" '.spec.selector.tier = $value'
