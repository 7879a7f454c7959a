#!/usr/bin/env bash
# The account reads no config map.
revert clusterrole dashboard-reader -
