#!/usr/bin/env bash
# Stop calico-node: new policies become no rules on this node. Existing rules stay.
off calico-node
