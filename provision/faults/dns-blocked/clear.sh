#!/usr/bin/env bash
# The policy goes.
drop networkpolicy "$NAME" kube-system
