#!/usr/bin/env bash
# make-volumes: the folder in which the node keeps its volumes. Each volume's own is made when a claim asks for it.
. "$(dirname "$0")/../lib.sh"

install -d -m 0755 "$STATE/volumes"
