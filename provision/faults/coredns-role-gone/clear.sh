#!/usr/bin/env bash
# Put the rules of CoreDNS' role back.
revert clusterrole system:coredns -
