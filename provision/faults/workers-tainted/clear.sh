#!/usr/bin/env bash
# The taint goes from every node that has it.
# shellcheck disable=SC2016 # jq's own variables
api
mapfile -t tainted < <(kubectl get nodes -o json | jq -r --arg key "$KEY" \
  '.items[] | select(any(.spec.taints[]?; .key == $key)) | .metadata.name')
((${#tainted[@]} == 0)) || kubectl taint nodes "${tainted[@]}" "$KEY-" > /dev/null
