#!/usr/bin/env bash
# Nobody does.
systemctl stop kubelab-stranger.service 2> /dev/null || true
