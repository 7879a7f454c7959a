#!/usr/bin/env bash
# CoreDNS may look at what it answers about.
revert clusterrole system:coredns -
