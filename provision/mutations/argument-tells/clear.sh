#!/usr/bin/env bash
# It has ended.
systemctl stop kubelab-argument.service 2> /dev/null || true
