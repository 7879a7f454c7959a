#!/usr/bin/env bash
# Stop the program.
systemctl stop kubelab-stranger.service 2> /dev/null || true
