#!/usr/bin/env bash
# A worker's kernel forwards nothing.
sysctl -qw net.ipv4.ip_forward=0
