#!/usr/bin/env bash
# It has ended.
systemctl stop kubelab-mutation.service 2> /dev/null || true
