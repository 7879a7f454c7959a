#!/usr/bin/env bash
# It forwards.
sysctl -qw net.ipv4.ip_forward=1
