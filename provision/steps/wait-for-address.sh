#!/usr/bin/env bash
# wait-for-address ADDRESS: wait for the lab's network, which Vagrant connects a moment after the box has started.
. "$(dirname "$0")/../lib.sh"

has_address() { ip -o -4 address show | grep -qF " $1/"; }

wait_for 60 "the address $1" has_address "$1"
