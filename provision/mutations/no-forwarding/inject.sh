#!/usr/bin/env bash
# The kernel does not forward packets.
sysctl -qw net.ipv4.ip_forward=0
