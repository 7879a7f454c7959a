#!/usr/bin/env bash
# MetalLB announces a pool that does not exist.
change l2advertisement machines metallb-system --arg name "$NAME" '.spec.ipAddressPools = [$name]'
