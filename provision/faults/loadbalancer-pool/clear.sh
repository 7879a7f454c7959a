#!/usr/bin/env bash
# MetalLB announces the lab's pool again.
revert l2advertisement machines metallb-system
