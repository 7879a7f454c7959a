#!/usr/bin/env bash
# The network policy blocks every pod.
revert networkpolicy dashboard dashboard
