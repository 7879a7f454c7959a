#!/usr/bin/env bash
# The kernel forwards packets again.
sysctl -qw net.ipv4.ip_forward=1
