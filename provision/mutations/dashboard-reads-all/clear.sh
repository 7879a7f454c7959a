#!/usr/bin/env bash
# It reads none.
revert clusterrole dashboard-reader -
