#!/usr/bin/env bash
# The kubelet is stopped, and would not come back with the machine.
off kubelet
