#!/usr/bin/env bash
# Stop the process.
systemctl stop kubelab-argument.service 2> /dev/null || true
