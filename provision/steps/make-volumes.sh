#!/usr/bin/env bash
# make-volumes: make the folder for the node's volumes. Each volume gets its own folder in it when a claim asks for one.
. "$(dirname "$0")/../lib.sh"

install -d -m 0755 "$STATE/volumes"
