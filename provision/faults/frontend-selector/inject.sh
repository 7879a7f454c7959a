#!/usr/bin/env bash
# LABEL: what the frontend's service looks for, and no pod has.
# shellcheck disable=SC2016 # jq's own variables
change service frontend guestbook --arg value "$LABEL" '.spec.selector.tier = $value'
